/** Planning for many people: what it costs, and that one person's trouble is not the others'. */
import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { asPlanItems } from '#activities/plan-items.ts';
import { planPeople, type Planned } from '#activities/planning.ts';
import type { ChangeType } from '#domain/hr-event.ts';
import type { Person, PersonStatus } from '#domain/person.ts';
import { recordAccount } from '#directory/accounts.ts';
import type { Sql } from '#directory/database.ts';
import { recordGrants } from '#directory/grants.ts';
import { changePerson } from '#directory/people.ts';
import { createSealer } from '#directory/sealing.ts';
import { buildDependencies } from '#worker/dependencies.ts';
import { saveDemoApplication } from '../support/demo-application.ts';
import { freshDirectory, type FreshDirectory } from '../support/directory.ts';
import { startSimulatedOrg, type SimulatedOrg } from '../support/simulator.ts';

const CONSOLE = { type: 'permission-set', name: 'Sales_Console' };
const secretKey = randomBytes(32);

let directory: FreshDirectory;
let org: SimulatedOrg;
let dependencies: ReturnType<typeof buildDependencies>;

beforeAll(async () => {
  directory = await freshDirectory();
});
afterAll(() => directory.close());
beforeEach(async () => {
  await directory.sql`truncate person, application cascade`;
  org = await startSimulatedOrg();
  dependencies = buildDependencies({
    databaseUrl: directory.url,
    secretKey,
    oldSecretKeys: [],
    smtpUrl: 'smtp://127.0.0.1:9',
    mailFrom: 'joinery@joinery-demo.example',
    defaultTimeZone: 'UTC',
  });
  await saveDemoApplication(directory.sql, createSealer(secretKey), org.url);
});
afterEach(async () => {
  await dependencies.close();
  await org.close();
});

const emailOf = (employeeNumber: string) => `${employeeNumber.toLowerCase()}@joinery-demo.example`;

function knows(employeeNumber: string, more: Record<string, string> = {}, status: PersonStatus = 'active') {
  const profile = { givenName: 'Ada', familyName: employeeNumber, email: emailOf(employeeNumber), country: 'GB' };
  return changePerson(directory.sql, { employeeNumber, status, profile: { ...profile, ...more } });
}

/** A user in Salesforce, and in the directory when it is known. */
async function hasAccount(employeeNumber: string, recorded: boolean, fields: object = {}): Promise<string> {
  const username = emailOf(employeeNumber);
  const nativeId = await org.createUser({
    Username: username,
    Email: username,
    EmployeeNumber: employeeNumber,
    ...fields,
  });
  const record = { employeeNumber, application: 'salesforce', nativeId, username, status: 'active' as const };
  if (recorded) await recordAccount(directory.sql, record);
  return nativeId;
}

async function planned(people: Person[], cause: ChangeType = 'mover', sql: Sql = directory.sql): Promise<Planned[]> {
  const connection = await dependencies.connections.open('salesforce', {});
  const requests = people.map((person) => ({ person, cause }));
  return planPeople(sql, connection, requests, await dependencies.expressions(), {});
}

const kinds = ({ operations }: Planned) => operations.map(({ kind }) => kind);

/** The directory, and how many statements and parts of statements were made with it. */
function counted(sql: Sql): { sql: Sql; statements: () => number } {
  let count = 0;
  const counting = new Proxy(sql, {
    apply(target, self, args: unknown[]) {
      count += 1;
      return Reflect.apply(target, self, args) as unknown;
    },
  });
  return { sql: counting, statements: () => count };
}

describe('many people', () => {
  it('cost no more statements and no more calls than three', async () => {
    const price = async (prefix: string, size: number) => {
      const people: Person[] = [];
      for (let number = 0; number < size; number++) {
        const employeeNumber = `${prefix}${number}`;
        people.push(await knows(employeeNumber, { managerEmployeeNumber: `${prefix}0` }));
        if (number % 3 < 2) await hasAccount(employeeNumber, number % 3 === 0);
      }
      const { sql, statements } = counted(directory.sql);
      await planned(people.slice(0, 1));
      await org.clearLog();
      const items = await planned(people, 'mover', sql);
      expect(items.map(({ employeeNumber }) => employeeNumber)).toEqual(people.map((one) => one.employeeNumber));
      return { statements: statements(), calls: (await org.apiCalls()).length };
    };
    const few = await price('A', 3);
    expect(few.calls).toBe(2);
    expect(await price('B', 45)).toEqual(few);
  });

  it('each get the plan that they would get alone', async () => {
    const people = [
      await knows('E1'),
      await knows('E2', { managerEmployeeNumber: 'E1', department: 'Sales' }),
      await knows('E3', {}, 'expected'),
      await knows('E4', {}, 'left'),
      await knows('E5'),
    ];
    await hasAccount('E1', true);
    await hasAccount('E4', true);
    await hasAccount('E5', false);
    const given = { employeeNumber: 'E1', application: 'salesforce', eventId: 'e', reason: 'earlier' };
    await recordGrants(directory.sql, given, [CONSOLE]);
    const [user] = await org.usersOf('E1');
    await org.assign(user?.Id ?? '', CONSOLE.name);

    const together = await planned(people);
    const alone: Planned[] = [];
    for (const person of people) alone.push(...(await planned([person])));
    expect(together).toEqual(alone);
    expect(together.map(kinds)).toEqual([
      expect.arrayContaining(['revoke', 'update']),
      ['create', 'grant'],
      [],
      ['freeze', 'scan', 'deactivate'],
      expect.arrayContaining(['link']),
    ]);
    expect(together.map(({ cause }) => cause)).toEqual(['mover', 'mover', 'mover', 'leaver', 'mover']);
    expect(together[1]?.operations[0]?.changes).toContainEqual({ attribute: 'ManagerId', old: null, new: user?.Id });
  });

  it('are not held up by one whose account is disputed, or is another person’s', async () => {
    const disputed = await knows('E1');
    await org.createUser({ Username: 'one@x.example', EmployeeNumber: 'E1' });
    await org.createUser({ Username: 'two@x.example', EmployeeNumber: 'E1' });
    const other = await knows('E2');
    const taken = await org.createUser({ Username: 'three@x.example', EmployeeNumber: 'E2' });
    await knows('E9');
    const ofOther = { employeeNumber: 'E9', application: 'salesforce', nativeId: taken, username: 'three@x.example' };
    await recordAccount(directory.sql, { ...ofOther, status: 'active' });

    const items = await planned([disputed, other, await knows('E3')]);
    expect(items.map(({ failure }) => failure?.message)).toEqual([
      expect.stringMatching(/^salesforce: several accounts match E1: one@x.example/),
      'salesforce: three@x.example matches E2 and is the account of E9',
      undefined,
    ]);
    expect(items.map(kinds)).toEqual([[], [], expect.arrayContaining(['create'])]);
  });

  it('are told that the account is of somebody who has left, and what to do if it is the same person', async () => {
    const other = await knows('E2');
    const taken = await org.createUser({ Username: 'old@x.example', EmployeeNumber: 'E2' });
    await knows('E9', {}, 'left');
    const ofOther = { employeeNumber: 'E9', application: 'salesforce', nativeId: taken, username: 'old@x.example' };
    await recordAccount(directory.sql, { ...ofOther, status: 'inactive' });
    const [item] = await planned([other]);
    expect(item?.failure).toMatchObject({
      message: 'salesforce: old@x.example matches E2 and is the account of E9, who has left',
      remedy: expect.stringContaining('HR sends the joiner with the old number, E9'),
    });
  });

  it('do not get an account that matches two of them', async () => {
    const same = { email: 'shared@joinery-demo.example' };
    await org.createUser({ Username: same.email, FederationIdentifier: same.email });
    const items = await planned([await knows('E1', same), await knows('E2', same), await knows('E3')]);
    expect(items.map(({ failure }) => failure?.message)).toEqual([
      'salesforce: shared@joinery-demo.example matches E1 and E2',
      'salesforce: shared@joinery-demo.example matches E2 and E1',
      undefined,
    ]);
  });

  it('are not held up by one for whom a rule can not be computed', async () => {
    await directory.sql`
      update application set version = version + 1, scope = ${'word(email, 1, "@") != "" && [employeeNumber][employeeNumber == "E1" ? 5 : 0] != ""'}`;
    const items = await planned([await knows('E1'), await knows('E2')]);
    expect(items[0]).toMatchObject({ operations: [], failure: { kind: 'invalid-data', remedy: expect.any(String) } });
    expect(items[1]?.failure).toBeUndefined();
    expect(kinds(items[1] ?? fail())).toContain('create');
  });

  it('all fail when the application does not answer', async () => {
    const people = [await knows('E1'), await knows('E2')];
    await planned(people);
    const down = { kind: 'status', status: 503, body: '<html></html>', contentType: 'text/html' };
    await org.addFault({ match: { path: '/' }, times: 20, action: down });
    await expect(planned(people)).rejects.toMatchObject({ kind: 'transient' });
  });
});

describe('a plan item', () => {
  it('says where values come from, what would be refused, which licences it takes and what it costs', async () => {
    const nobodyKnows = { type: 'permission-set', name: 'No_Such_Set' };
    const birthrights = [{ when: 'true', grant: [{ type: 'profile', name: 'Sales User' }, nobodyKnows] }];
    await directory.sql`
      update application set version = version + 1, birthrights = ${directory.sql.json(birthrights)}`;
    const person = await knows('E1', { title: 'Analyst' });
    const connection = await dependencies.connections.open('salesforce', {});
    const [item] = await asPlanItems(connection, await planned([person], 'joiner'), {});
    expect(item).toMatchObject({ employeeNumber: 'E1', person: 'Ada E1', application: 'salesforce', skipped: [] });
    expect(item?.warnings.join()).toMatch(/No_Such_Set/);
    expect(item?.licences).toContainEqual(expect.stringMatching(/^user-license /));
    expect(item?.calls).toBeGreaterThan(0);
    expect(Object.keys(item?.rules ?? {})).toContain('Title');
    expect(Object.keys(item ?? {})).not.toContain('seen');
  });
});

function fail(): never {
  throw new Error('there is no item');
}
