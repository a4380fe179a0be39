/** A page of an import of accounts: people come out of accounts, accounts are linked, and what does not hold any more is left. */
import { randomBytes } from 'node:crypto';
import { MockActivityEnvironment } from '@temporalio/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createImportPageActivities } from '#activities/import-pages.ts';
import type { ImportPageResult } from '#activities/import-request.ts';
import { planPeople } from '#activities/planning.ts';
import { stageAccounts } from '#client/import-accounts.ts';
import { submitHrEvents } from '#client/intake.ts';
import { languageOf, localeOf, timeZoneOf } from '#domain/locale.ts';
import { DEFAULT_PROFILE_FIELDS } from '#domain/profile-field.ts';
import { findAccount, missingManagerLinks, recordAccount } from '#directory/accounts.ts';
import { hrEventsOf, unsignalledHrEvents } from '#directory/hr-events.ts';
import { changePerson, findPerson } from '#directory/people.ts';
import { saveProfileField } from '#directory/profile-fields.ts';
import { createSealer } from '#directory/sealing.ts';
import { unpackEntries } from '#directory/packed-entries.ts';
import { buildDependencies } from '#worker/dependencies.ts';
import { changeStoredApplication, saveDemoApplication } from '../support/demo-application.ts';
import { freshDirectory, type FreshDirectory } from '../support/directory.ts';
import { startSimulatedOrg, type SimulatedOrg } from '../support/simulator.ts';

const MAIL = 'joinery-demo.example';
const secretKey = randomBytes(32);
const sealer = createSealer(secretKey);
let directory: FreshDirectory;
let org: SimulatedOrg;
let dependencies: ReturnType<typeof buildDependencies>;

beforeAll(async () => {
  directory = await freshDirectory();
});
afterAll(() => directory.close());
beforeEach(async () => {
  await directory.sql`truncate person, application, import, hr_event, audit cascade`;
  for (const field of DEFAULT_PROFILE_FIELDS) await saveProfileField(directory.sql, field);
  org = await startSimulatedOrg();
  dependencies = buildDependencies({
    databaseUrl: directory.url,
    secretKey,
    oldSecretKeys: [],
    smtpUrl: 'smtp://127.0.0.1:9',
    mailFrom: `joinery@${MAIL}`,
    defaultTimeZone: 'UTC',
  });
  await saveDemoApplication(directory.sql, sealer, org.url);
});
afterEach(async () => {
  await dependencies.close();
  await org.close();
});

const person = (employeeNumber: string, profile: Record<string, string> = {}) =>
  changePerson(directory.sql, {
    employeeNumber,
    status: 'active',
    profile: { familyName: 'X', email: `${employeeNumber}@${MAIL}`, ...profile },
  });
const user = (name: string, fields: object = {}) => org.createUser({ Username: `${name}@${MAIL}`, ...fields });
const recorded = (employeeNumber: string) => findAccount(directory.sql, employeeNumber, 'salesforce');
const users = () => org.query('SELECT Id, IsActive, LastModifiedDate FROM User ORDER BY Id');

const pages = () => createImportPageActivities(dependencies);
const activity = <T>(step: () => Promise<T>) => new MockActivityEnvironment().run(step) as Promise<T>;

/** Stages what the org has, and puts it in its order. */
async function staged(): Promise<number> {
  const options = { directory: directory.sql, sealer, defaultTimeZone: 'UTC', by: 'cli:1' };
  const { id = 0 } = (await stageAccounts(options, 'salesforce')) ?? {};
  await activity(() => pages().beginImport({ import: id }));
  return id;
}

const run = (id: number, { after = 0, upTo = 200 } = {}): Promise<ImportPageResult> =>
  activity(() => pages().importPage({ import: id, application: '', after, upTo }));
const told = ({ entries }: ImportPageResult) =>
  unpackEntries(entries).map(({ employeeNumber, operation, outcome, reason }) => [
    employeeNumber,
    operation,
    outcome,
    reason,
  ]);
const states = (id: number) => directory.sql`
  select employee_number, state, reason from import_row where import = ${id} and position is not null order by 1`;

describe('a page of accounts', () => {
  it('makes a person of an account, with the history that says so, and links them', async () => {
    const nativeId = await user('ada', { EmployeeNumber: 'E1', FirstName: 'Ada', LastName: 'Byron' });
    const before = await users();
    const id = await staged();
    const result = await run(id);
    expect(result.counts).toEqual({ done: 1, unchanged: 0, failed: 0, handed: 0, skipped: 0 });
    expect(await findPerson(directory.sql, 'E1')).toMatchObject({
      status: 'active',
      profile: { givenName: 'Ada', familyName: 'Byron', email: `ada@${MAIL}` },
      startDate: null,
    });
    expect(await recorded('E1')).toMatchObject({ nativeId, username: `ada@${MAIL}`, status: 'active' });
    const [event, ...more] = await hrEventsOf(directory.sql, 'E1');
    expect(more).toEqual([]);
    expect(event).toMatchObject({ id: `import:${id}:E1`, type: 'joiner', source: 'salesforce', state: 'done' });
    expect(event?.outcome?.summary).toContain(`made of the account ada@${MAIL}`);
    expect(await unsignalledHrEvents(directory.sql, 0, 10)).toEqual([]);
    expect(unpackEntries(result.entries)).toEqual([
      {
        eventId: `import:${id}:E1`,
        employeeNumber: 'E1',
        person: 'Ada Byron',
        application: 'salesforce',
        operation: 'link',
        outcome: 'done',
        username: `ada@${MAIL}`,
        nativeId,
        changes: [],
        subjects: [],
        reason: 'the person is made of the account',
      },
    ]);
    expect(await users()).toEqual(before);
  });

  it('knows since when, where the account tells it', async () => {
    await changeStoredApplication(directory.sql, {
      importMappings: [
        { field: 'employeeNumber', attribute: 'EmployeeNumber' },
        { field: 'familyName', attribute: 'LastName' },
        { field: 'email', attribute: 'Email' },
        { field: 'startDate', attribute: 'Division' },
      ],
    });
    await user('ada', { EmployeeNumber: 'E1', Division: '2020-02-03' });
    await run(await staged());
    expect(await findPerson(directory.sql, 'E1')).toMatchObject({ startDate: '2020-02-03' });
  });

  it('links the account of somebody known, closed ones too, and opens none', async () => {
    await person('E1');
    await person('E2');
    await user('one', { EmployeeNumber: 'E1' });
    await user('two', { EmployeeNumber: 'E2', IsActive: false });
    const id = await staged();
    expect(told(await run(id))).toEqual([
      ['E1', 'link', 'done', 'the account matches nobody else'],
      ['E2', 'link', 'done', 'the account matches nobody else'],
    ]);
    expect(await recorded('E1')).toMatchObject({ status: 'active', closedElsewhere: false });
    expect(await recorded('E2')).toMatchObject({ status: 'inactive', closedElsewhere: true });
    expect(await hrEventsOf(directory.sql, 'E1')).toEqual([]);
    expect(await directory.sql`select * from "grant"`).toEqual([]);
  });

  it('knows managers, and that their accounts stand above one another already', async () => {
    const boss = await user('boss', { EmployeeNumber: 'E9' });
    await user('ada', { EmployeeNumber: 'E1', ManagerId: boss });
    await run(await staged());
    expect((await findPerson(directory.sql, 'E1'))?.profile['managerEmployeeNumber']).toBe('E9');
    expect(await missingManagerLinks(directory.sql, ['E1'], 'salesforce', 10)).toEqual([]);
  });

  it('says in the audit who made and linked whom', async () => {
    await person('E1');
    await user('one', { EmployeeNumber: 'E1' });
    await user('two', { EmployeeNumber: 'E2' });
    const id = await staged();
    await run(id);
    const audits = await directory.sql`
      select actor, action, subject, detail from audit where action in ('people imported', 'accounts linked') order by action desc`;
    expect(audits).toMatchObject([
      { actor: 'cli:1', subject: 'salesforce', action: 'people imported', detail: { events: [`import:${id}:E2`] } },
      { actor: 'cli:1', subject: 'salesforce', action: 'accounts linked', detail: { import: id, count: 2 } },
    ]);
  });

  it('does its own rows and no others', async () => {
    for (const number of ['E1', 'E2', 'E3']) await user(number.toLowerCase(), { EmployeeNumber: number });
    const id = await staged();
    expect((await run(id, { after: 1, upTo: 2 })).counts).toMatchObject({ done: 1 });
    expect((await states(id)).map(({ state }) => String(state)).toSorted()).toEqual(['done', 'waiting', 'waiting']);
  });

  it('again does nothing and answers the same', async () => {
    await person('E1');
    await user('one', { EmployeeNumber: 'E1' });
    await user('two', { EmployeeNumber: 'E2' });
    const id = await staged();
    await user('three', { EmployeeNumber: 'E3' });
    const first = await run(id);
    const known = await directory.sql`select * from person, account, hr_event, audit`;
    const again = await run(id);
    expect(again.counts).toEqual(first.counts);
    expect(unpackEntries(again.entries)).toEqual(unpackEntries(first.entries));
    expect(await directory.sql`select * from person, account, hr_event, audit`).toEqual(known);
  });

  it('is nobody’s work twice at the same time', async () => {
    for (const number of ['E1', 'E2', 'E3']) await user(number.toLowerCase(), { EmployeeNumber: number });
    const id = await staged();
    const [one, other] = await Promise.all([run(id), run(id)]);
    expect(one.counts).toEqual({ done: 3, unchanged: 0, failed: 0, handed: 0, skipped: 0 });
    expect(unpackEntries(one.entries)).toEqual(unpackEntries(other.entries));
    expect(await directory.sql`select count(*)::int as n from audit where action = 'people imported'`).toEqual([
      { n: 1 },
    ]);
  });
});

describe('what does not hold any more is left as it is, and says why', () => {
  const account = async (name: string, employeeNumber: string, nativeId?: string) => {
    await recordAccount(directory.sql, {
      employeeNumber,
      application: 'salesforce',
      nativeId: nativeId ?? `005${name}`,
      username: name,
      status: 'active',
    });
  };

  it('somebody who is known by now', async () => {
    await user('ada', { EmployeeNumber: 'E1' });
    await user('bob', { EmployeeNumber: 'E2' });
    const id = await staged();
    const joiner = { id: 'hr-1', type: 'joiner', employeeNumber: 'E1', effectiveDate: '2026-01-01' };
    const profile = { familyName: 'Byron', email: `ada@${MAIL}` };
    await submitHrEvents([{ ...joiner, profile }], {
      directory: directory.sql,
      defaultTimeZone: 'UTC',
      source: 'test',
    });
    const result = await run(id);
    expect(result.counts).toMatchObject({ done: 1, skipped: 1 });
    expect(told(result)[0]).toEqual(['E1', 'link', 'skipped', 'E1 is known by now: stage the accounts again']);
    expect(await recorded('E1')).toBeUndefined();
    expect(await hrEventsOf(directory.sql, 'E1')).toHaveLength(1);
    expect(await states(id)).toMatchObject([
      { employee_number: 'E1', state: 'skipped' },
      { employee_number: 'E2', state: 'done' },
    ]);
  });

  it('an account that is somebody’s by now, and a person who has another', async () => {
    await person('E1');
    await person('E2');
    await person('E9');
    const ada = await user('ada', { EmployeeNumber: 'E1' });
    await user('bob', { EmployeeNumber: 'E2' });
    const cyd = await user('cyd', { EmployeeNumber: 'E3' });
    const id = await staged();
    await account('ada', 'E9', ada);
    await account('other', 'E2');
    await person('E8');
    await account('cyd', 'E8', cyd);
    expect(told(await run(id)).map(([number, , outcome, why]) => [number, outcome, why])).toEqual([
      ['E1', 'skipped', 'the account is recorded as E9’s by now'],
      ['E2', 'skipped', 'E2 has other by now'],
      ['E3', 'skipped', 'the account is recorded as E8’s by now'],
    ]);
    expect(await findPerson(directory.sql, 'E3')).toBeUndefined();
  });

  it('is done where somebody linked it to the same person', async () => {
    await person('E1');
    const nativeId = await user('ada', { EmployeeNumber: 'E1' });
    const id = await staged();
    await account('ada', 'E1', nativeId);
    expect((await run(id)).counts).toMatchObject({ done: 1 });
  });

  it('a value that somebody else has by now, and a field that is required by now', async () => {
    const [phone, city] = ['phone', 'city'].map((name) => DEFAULT_PROFILE_FIELDS.find((field) => field.name === name));
    if (phone) await saveProfileField(directory.sql, { ...phone, unique: true });
    await user('ada', { EmployeeNumber: 'E1', Phone: '1', City: 'Bern' });
    await user('bob', { EmployeeNumber: 'E2' });
    const id = await staged();
    await person('E9', { phone: '1' });
    if (city) await saveProfileField(directory.sql, { ...city, required: true });
    expect(told(await run(id)).map(([, , , why]) => why)).toEqual([
      'profile.phone must be unique: E9 has it by now',
      'profile.city is missing',
    ]);
  });

  it('somebody who has left, or whom the application is not for any more', async () => {
    await person('E1');
    await user('ada', { EmployeeNumber: 'E1' });
    await user('bob', { EmployeeNumber: 'E2', Department: 'Legal' });
    const id = await staged();
    await changePerson(directory.sql, { employeeNumber: 'E1', status: 'left', profile: {} });
    await changeStoredApplication(directory.sql, { scope: 'department != "Legal"' });
    expect(told(await run(id)).map(([, , , why]) => why)).toEqual([
      'the person has left',
      'the application is not for this person',
    ]);
    expect(await findPerson(directory.sql, 'E2')).toBeUndefined();
  });

  it('an account of somebody who changed so much that it is not theirs any more', async () => {
    await changeStoredApplication(directory.sql, { correlation: [{ attribute: 'Email', expression: 'email' }] });
    await person('E1');
    await person('E2');
    await user('e1', { EmployeeNumber: 'X1', Email: `e1@${MAIL}` });
    await user('e2', { EmployeeNumber: 'X2', Email: `e2@${MAIL}` });
    const id = await staged();
    await person('E2', { email: `namesake@${MAIL}` });
    expect(told(await run(id)).map(([number, , outcome, why]) => [number, outcome, why])).toEqual([
      ['E1', 'done', 'the account matches nobody else'],
      ['E2', 'skipped', 'the account does not match E2 any more'],
    ]);
    expect(await recorded('E2')).toBeUndefined();
  });

  it('everything, while Import Users is off', async () => {
    await user('ada', { EmployeeNumber: 'E1' });
    const id = await staged();
    const toggles = { importUsers: false, createUser: true, editUser: true, deleteUser: true, passwordSync: true };
    await changeStoredApplication(directory.sql, { toggles });
    await expect(run(id)).rejects.toMatchObject({ type: 'invalid-data', nonRetryable: true });
    expect(await findPerson(directory.sql, 'E1')).toBeUndefined();
  });
});

describe('who was imported', () => {
  it('needs nothing that the account tells of, and their leaver takes the account away', async () => {
    const fields = { FirstName: 'Ada', LastName: 'Byron', Title: 'Rep', City: 'Bern', Country: 'CH' };
    const locales = {
      TimeZoneSidKey: timeZoneOf('CH'),
      LocaleSidKey: localeOf('CH'),
      LanguageLocaleKey: languageOf('CH'),
    };
    const ours = { CommunityNickname: 'ada.byron', Alias: 'abyron', FederationIdentifier: `ada@${MAIL}` };
    await user('ada', { EmployeeNumber: 'E1', ...fields, ...locales, ...ours });
    await run(await staged());
    const imported = await findPerson(directory.sql, 'E1');
    if (!imported) throw new Error('nobody was imported');
    const context = { signal: new AbortController().signal };
    const connection = await dependencies.connections.open('salesforce', context);
    const plan = async (cause: 'mover' | 'leaver') => {
      const request = { person: imported, cause };
      const [item] = await planPeople(directory.sql, connection, [request], await dependencies.expressions(), context);
      return item?.operations.map(({ kind, changes }) => [kind, ...changes.map(({ attribute }) => attribute)]);
    };
    expect(await plan('mover')).toEqual([['grant']]);
    expect(await plan('leaver')).toEqual([['freeze'], ['scan'], ['deactivate']]);
  });
});
