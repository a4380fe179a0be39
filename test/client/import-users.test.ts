/** The accounts of an application, held against the directory: whose each is, and linking them in bulk. */
import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Account } from '#domain/account.ts';
import { countAccounts, reviewAccounts, type ReviewedAccount } from '#client/import-users.ts';
import { findAccount, recordAccount } from '#directory/accounts.ts';
import { pauseApplication } from '#directory/application-states.ts';
import { createSealer } from '#directory/sealing.ts';
import { changePerson } from '#directory/people.ts';
import type { PersonStatus } from '#domain/person.ts';
import { saveDemoApplication } from '../support/demo-application.ts';
import { freshDirectory, type FreshDirectory } from '../support/directory.ts';
import { startSimulatedOrg, type SimulatedOrg } from '../support/simulator.ts';

const APPLICATION = 'salesforce';
const CORRELATION = [
  { attribute: 'EmployeeNumber', expression: 'employeeNumber' },
  { attribute: 'Email', expression: 'email' },
];

let directory: FreshDirectory;
let org: SimulatedOrg;
const sealer = createSealer(randomBytes(32));

beforeEach(async () => {
  directory = await freshDirectory();
  org = await startSimulatedOrg();
  await configure();
});
afterEach(async () => {
  await org.close();
  await directory.close();
});

const configure = (changes: object = {}) =>
  saveDemoApplication(directory.sql, sealer, org.url, { correlation: CORRELATION, ...changes });
const person = (employeeNumber: string, profile: Record<string, string> = {}, status: PersonStatus = 'active') =>
  changePerson(directory.sql, { employeeNumber, status, profile: { familyName: employeeNumber, ...profile } });
const user = (name: string, fields: object = {}) =>
  org.createUser({ Username: `${name}@joinery-demo.example`, ...fields });

async function seen(linkAs?: string): Promise<ReviewedAccount[]> {
  const all: ReviewedAccount[] = [];
  const options = { directory: directory.sql, sealer, ...(linkAs === undefined ? {} : { linkAs }) };
  for await (const page of (await reviewAccounts(options, APPLICATION)) ?? []) all.push(...page);
  return all;
}

async function situationOf(nativeId: string, linkAs?: string): Promise<ReviewedAccount | undefined> {
  return (await seen(linkAs)).find((account) => account.nativeId === nativeId);
}

const recorded = () => directory.sql<{ employee_number: string; native_id: string; status: string }[]>`
  select employee_number, native_id, status from account order by employee_number`;
const audits = () => directory.sql<{ actor: string; subject: string; detail: { count: number } }[]>`
  select actor, subject, detail from audit where action = 'accounts linked'`;

describe('an account', () => {
  it('that matches one person is unlinked, and theirs', async () => {
    await person('E1', { givenName: 'Ada' });
    const id = await user('ada', { EmployeeNumber: 'e1' });
    expect(await situationOf(id)).toEqual({
      nativeId: id,
      username: 'ada@joinery-demo.example',
      status: 'active',
      situation: 'unlinked',
      employeeNumber: 'E1',
      person: 'Ada E1',
    });
  });

  it('that matches nobody is unmatched', async () => {
    await person('E1');
    expect(await situationOf(await user('stranger'))).toMatchObject({ situation: 'unmatched' });
  });

  it('is disputed when two people match it', async () => {
    await person('E1', { email: 'both@acme.example' });
    await person('E2', { email: 'BOTH@acme.example' });
    expect(await situationOf(await user('both', { Email: 'both@acme.example' }))).toMatchObject({
      situation: 'disputed',
      why: 'it matches E1, E2',
    });
  });

  it('is disputed when its person matches another one too, wherever that is', async () => {
    await person('E1');
    const ids = [await user('one', { EmployeeNumber: 'E1' }), await user('two', { EmployeeNumber: 'E1' })];
    for (const id of ids) {
      const account = await situationOf(id);
      expect(account).toMatchObject({ situation: 'disputed' });
      expect(account?.why).toContain('one@joinery-demo.example');
      expect(account?.why).toContain('two@joinery-demo.example');
    }
  });

  it('is disputed when its person has another one already', async () => {
    await person('E1');
    const former = {
      nativeId: await user('former'),
      username: 'former@joinery-demo.example',
      status: 'active',
    } as const;
    await recordAccount(directory.sql, { ...former, employeeNumber: 'E1', application: APPLICATION });
    const id = await user('now', { EmployeeNumber: 'E1' });
    expect(await situationOf(id)).toMatchObject({ situation: 'disputed', employeeNumber: 'E1' });
    expect(await situationOf(former.nativeId)).toMatchObject({ situation: 'linked', employeeNumber: 'E1' });
  });

  it('that only a weaker rule matches is nobody’s when a stronger one tells of another person', async () => {
    await person('E1', { email: 'shared@acme.example' });
    const id = await user('other', { EmployeeNumber: 'E9', Email: 'shared@acme.example' });
    expect(await situationOf(id)).toMatchObject({ situation: 'unmatched' });
  });

  it('that meets a protecting condition is protected, linked or not', async () => {
    await configure({ protect: ['username.startsWith("admin-")'] });
    await person('E1');
    const id = await user('admin-ada', { EmployeeNumber: 'E1' });
    expect(await situationOf(id, 'test')).toMatchObject({
      situation: 'protected',
      why: 'username.startsWith("admin-")',
    });
    expect(await recorded()).toEqual([]);
  });

  it('that Joinery signs in with is protected, whoever it matches', async () => {
    await person('E1', { email: 'integration@joinery-demo.example' });
    const own = (await seen('test')).find(({ username }) => username === 'integration@joinery-demo.example');
    expect(own).toMatchObject({ situation: 'protected', why: 'it is the account Joinery signs in with' });
    expect(await recorded()).toEqual([]);
  });
});

describe('linking', () => {
  it('of an account that somebody closed does not open it again', async () => {
    await person('E1', { givenName: 'Ada', email: 'one@joinery-demo.example', country: 'GB' });
    const id = await user('one', { EmployeeNumber: 'E1', IsActive: false });
    expect(await situationOf(id, 'test')).toMatchObject({ situation: 'linked' });
    expect(await findAccount(directory.sql, 'E1', APPLICATION)).toMatchObject({
      status: 'inactive',
      closedElsewhere: true,
    });
  });

  it('records those that match one person and nothing else, with who asked and how many; again, it records none', async () => {
    await person('E1');
    await person('E2');
    await person('E3');
    const one = await user('one', { EmployeeNumber: 'E1' });
    const two = await user('two', { EmployeeNumber: 'E2', IsActive: false });
    await user('three', { EmployeeNumber: 'E3' });
    await user('three-again', { EmployeeNumber: 'E3' });
    const before = await users();
    const first = await countAll('cli:1');
    expect(first).toMatchObject({ linked: 2, nowLinked: 2, unlinked: 0, disputed: 2 });
    expect(await recorded()).toEqual([
      { employee_number: 'E1', native_id: one, status: 'active' },
      { employee_number: 'E2', native_id: two, status: 'inactive' },
    ]);
    expect(await audits()).toMatchObject([
      {
        actor: 'cli:1',
        subject: APPLICATION,
        detail: {
          count: 2,
          new: expect.arrayContaining([
            { employeeNumber: 'E1', nativeId: one, username: 'one@joinery-demo.example' },
          ]) as unknown,
        },
      },
    ]);
    expect(await countAll('cli:1')).toMatchObject({ linked: 2, nowLinked: 0 });
    expect(await audits()).toHaveLength(1);
    expect(await users()).toEqual(before);
  });

  it('leaves accounts alone that would be taken away again: of who has left, has not started, or is not in scope', async () => {
    await configure({ scope: 'department == "Sales"' });
    await person('E1', { department: 'Sales' }, 'left');
    await person('E2', { department: 'Sales' }, 'expected');
    await person('E3', { department: 'Legal' });
    await person('E4', { department: 'Sales' });
    for (const number of ['E1', 'E2', 'E3', 'E4']) await user(number.toLowerCase(), { EmployeeNumber: number });
    const found = new Map((await seen('test')).map((account) => [account.employeeNumber, account]));
    expect(found.get('E1')).toMatchObject({ situation: 'unlinked', why: 'the person has left' });
    expect(found.get('E2')).toMatchObject({ situation: 'unlinked', why: 'the person has not started' });
    expect(found.get('E3')).toMatchObject({ situation: 'unlinked', why: 'the application is not for this person' });
    expect(found.get('E4')).toMatchObject({ situation: 'linked', nowLinked: true });
    expect((await recorded()).map((row) => row.employee_number)).toEqual(['E4']);
  });

  it('is refused while Import Users is off, and looking is not', async () => {
    await configure({ toggles: { importUsers: false } });
    await person('E1');
    await user('one', { EmployeeNumber: 'E1' });
    await expect(seen('test')).rejects.toThrow('Import Users is off');
    expect(await recorded()).toEqual([]);
    expect(await countAll()).toMatchObject({ unlinked: 1 });
  });

  it('of an application that is paused asks nothing of it', async () => {
    await pauseApplication(directory.sql, APPLICATION, 'test', 'maintenance');
    await org.clearLog();
    await expect(seen()).rejects.toThrow('salesforce is paused: maintenance');
    expect(await org.requests()).toEqual([]);
  });

  it('goes through hundreds of accounts in a few calls each page, and sees what is on another one', async () => {
    await org.setLicence('Salesforce', 1_000);
    const numbers = Array.from({ length: 410 }, (_, index) => `N${index}`);
    for (const number of numbers) await person(number);
    await user('early', { EmployeeNumber: 'N300' });
    const [profile] = await org.query<{ Id: string }>("SELECT Id FROM Profile WHERE Name = 'Standard User'");
    await org.makeRecords({ object: 'User', count: 410, fields: { ProfileId: profile?.Id, EmployeeNumber: 'N{n}' } });
    const made = await org.query<{ EmployeeNumber: string }>(
      "SELECT EmployeeNumber FROM User WHERE EmployeeNumber LIKE 'N%'",
    );
    const matching = made.filter(({ EmployeeNumber }) => numbers.includes(EmployeeNumber)).length;
    expect(matching).toBeGreaterThan(400);
    await org.clearLog();
    expect(await countAll('test')).toMatchObject({ nowLinked: matching - 2, disputed: 2 });
    expect((await org.apiCalls()).length).toBeLessThanOrEqual(20);
    expect(await recorded()).toHaveLength(matching - 2);
  });

  it('knows no application that is not there', async () => {
    expect(await reviewAccounts({ directory: directory.sql, sealer }, 'nowhere')).toBeUndefined();
  });
});

async function countAll(linkAs?: string) {
  const options = { directory: directory.sql, sealer, ...(linkAs === undefined ? {} : { linkAs }) };
  const pages = await reviewAccounts(options, APPLICATION);
  return pages && countAccounts(pages);
}

const users = () => org.query<Account>('SELECT Id, IsActive, LastModifiedDate FROM User ORDER BY Id');
