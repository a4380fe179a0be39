/** The accounts of an application staged for an import: whose each is, who is made of it, and why nobody. */
import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { removeApplication } from '#client/applications.ts';
import { stageAccounts, type AccountStaging } from '#client/import-accounts.ts';
import { localDate } from '#domain/due.ts';
import type { HrChange } from '#domain/hr-event.ts';
import { DEFAULT_PROFILE_FIELDS } from '#domain/profile-field.ts';
import type { ImportRecord } from '#directory/imports.ts';
import { recordAccount } from '#directory/accounts.ts';
import { pauseApplication } from '#directory/application-states.ts';
import { changePerson } from '#directory/people.ts';
import { saveProfileField } from '#directory/profile-fields.ts';
import { createSealer } from '#directory/sealing.ts';
import { saveDemoApplication } from '../support/demo-application.ts';
import { freshDirectory, type FreshDirectory } from '../support/directory.ts';
import { startSimulatedOrg, type SimulatedOrg } from '../support/simulator.ts';

let directory: FreshDirectory;
let org: SimulatedOrg;
const sealer = createSealer(randomBytes(32));
const MAIL = 'joinery-demo.example';

beforeAll(async () => {
  directory = await freshDirectory();
});
afterAll(() => directory.close());
beforeEach(async () => {
  await directory.sql`truncate person, application, hr_event, import cascade`;
  for (const field of DEFAULT_PROFILE_FIELDS) await saveProfileField(directory.sql, field);
  org = await startSimulatedOrg();
  await configure();
});
afterEach(() => org.close());

const configure = (changes: object = {}) => saveDemoApplication(directory.sql, sealer, org.url, changes);
const person = (employeeNumber: string, profile: Record<string, string> = {}) =>
  changePerson(directory.sql, { employeeNumber, status: 'active', profile: { familyName: 'X', ...profile } });
const user = (name: string, fields: object = {}) => org.createUser({ Username: `${name}@${MAIL}`, ...fields });

async function makeUsers(count: number): Promise<void> {
  await org.setLicence('Salesforce', 1_000);
  const [profile] = await org.query<{ Id: string }>("SELECT Id FROM Profile WHERE Name = 'Standard User'");
  const fields = { ProfileId: profile?.Id, EmployeeNumber: 'N{n}', Street: 'A\\t{n}\tB' };
  await org.makeRecords({ object: 'User', count, fields });
}

async function stage(more: Partial<AccountStaging> = {}): Promise<ImportRecord> {
  const options = { directory: directory.sql, sealer, defaultTimeZone: 'UTC', by: 'cli:1', ...more };
  const staged = await stageAccounts(options, 'salesforce');
  if (!staged) throw new Error('no application');
  return staged;
}

interface StoredRow {
  line: number;
  employee_number: string | null;
  cells: { nativeId: string; username: string; status: string; attributes: Record<string, unknown> };
  verdict: string;
  reason: string | null;
  state: string | null;
  events: HrChange[] | null;
}

const rows = ({ id }: ImportRecord) =>
  directory.sql<StoredRow[]>`select * from import_row where import = ${id} order by line`;
const rowOf = async (staged: ImportRecord, name: string): Promise<StoredRow | undefined> =>
  (await rows(staged)).find(({ cells }) => cells.username === `${name}@${MAIL}`);
const everything = async () => [
  await directory.sql`select * from person`,
  await directory.sql`select * from account`,
  await directory.sql`select * from hr_event`,
  await org.query('SELECT Id, LastModifiedDate FROM User ORDER BY Id'),
];

describe('an account', () => {
  it('that is nobody’s makes the person it tells of, by a joiner of today', async () => {
    const id = await user('ada', {
      EmployeeNumber: 'E1',
      FirstName: 'Ada',
      LastName: 'Byron',
      Title: 'Rep',
      Street: 'Main St 1\n2nd floor',
    });
    const staged = await stage();
    const row = await rowOf(staged, 'ada');
    const profile = {
      givenName: 'Ada',
      familyName: 'Byron',
      email: `ada@${MAIL}`,
      title: 'Rep',
      street: 'Main St 1, 2nd floor',
      timeZone: 'GMT',
    };
    const today = localDate(new Date().toISOString(), 'UTC');
    expect(row).toMatchObject({
      employee_number: 'E1',
      verdict: 'new',
      reason: null,
      state: 'waiting',
      cells: { nativeId: id, status: 'active', attributes: { EmployeeNumber: 'E1' } },
      events: [
        {
          id: `import:${staged.id}:E1`,
          type: 'joiner',
          employeeNumber: 'E1',
          effectiveDate: today,
          profile,
        },
      ],
    });
    expect(row?.events?.[0]?.profile).toEqual(profile);
  });

  it('says by import mappings who that is, since when, and under whom', async () => {
    await configure({
      importMappings: [
        { field: 'employeeNumber', expression: '"X-" + attributes["EmployeeNumber"]' },
        { field: 'familyName', attribute: 'LastName' },
        { field: 'email', attribute: 'Email' },
        { field: 'company', constant: 'Acme' },
        { field: 'startDate', expression: 'attributes["Division"]' },
      ],
    });
    const boss = await user('boss', { EmployeeNumber: '1', Division: '2019-05-01' });
    await user('ada', { EmployeeNumber: '2', ManagerId: boss, Division: '2020-06-01' });
    const staged = await stage();
    const [event] = (await rowOf(staged, 'ada'))?.events ?? [];
    expect(event).toMatchObject({ employeeNumber: 'X-2', effectiveDate: '2020-06-01' });
    expect(event?.profile).toEqual({
      familyName: 'Doe',
      email: `ada@${MAIL}`,
      company: 'Acme',
      managerEmployeeNumber: 'X-1',
    });
  });

  it('whose manager is known has that one, however the manager is known', async () => {
    await person('E7');
    await person('E8');
    const linked = await user('linked');
    await recordAccount(directory.sql, {
      employeeNumber: 'E7',
      application: 'salesforce',
      nativeId: linked,
      username: 'linked',
      status: 'active',
    });
    const unlinked = await user('unlinked', { EmployeeNumber: 'E8' });
    const stranger = await user('stranger');
    await user('one', { EmployeeNumber: 'E1', ManagerId: linked });
    await user('two', { EmployeeNumber: 'E2', ManagerId: unlinked });
    await user('three', { EmployeeNumber: 'E3', ManagerId: stranger });
    const staged = await stage();
    const managers = (await rows(staged)).flatMap(({ employee_number, events }) =>
      events ? [[employee_number, events[0]?.profile?.['managerEmployeeNumber']]] : [],
    );
    expect(Object.fromEntries(managers)).toEqual({ E1: 'E7', E2: 'E8', E3: undefined });
  });

  it('that matches one person is to be linked, unless it would be taken away again', async () => {
    await configure({ scope: 'department != "Legal"' });
    await person('E1', { department: 'Sales' });
    await person('E2', { department: 'Legal' });
    await user('one', { EmployeeNumber: 'E1' });
    await user('two', { EmployeeNumber: 'E2' });
    const staged = await stage();
    expect(await rowOf(staged, 'one')).toMatchObject({ verdict: 'unlinked', employee_number: 'E1', state: 'waiting' });
    expect(await rowOf(staged, 'two')).toMatchObject({
      verdict: 'unlinked',
      state: null,
      reason: 'the application is not for this person',
    });
  });

  it('that is linked, disputed or protected is told as such, and nothing is to be done', async () => {
    await configure({ protect: ['username.startsWith("admin-")'] });
    await person('E1');
    const account = { employeeNumber: 'E1', application: 'salesforce', username: 'one', status: 'active' } as const;
    await recordAccount(directory.sql, { ...account, nativeId: await user('one', { EmployeeNumber: 'E1' }) });
    await user('again', { EmployeeNumber: 'E1' });
    await user('admin-ada', { EmployeeNumber: 'E5' });
    const staged = await stage();
    expect(await rowOf(staged, 'one')).toMatchObject({ verdict: 'linked', employee_number: 'E1', state: null });
    expect(await rowOf(staged, 'again')).toMatchObject({ verdict: 'disputed', state: null });
    expect(await rowOf(staged, 'admin-ada')).toMatchObject({
      verdict: 'protected',
      state: null,
      events: null,
      reason: 'username.startsWith("admin-")',
    });
  });

  it.each<[string, object, string, object]>([
    ['has no employee number', {}, 'employeeNumber: is missing (attribute EmployeeNumber)', {}],
    ['is inactive', { EmployeeNumber: 'E1', IsActive: false }, 'the account is inactive', {}],
    [
      'has a number that can be none',
      { EmployeeNumber: 'E 1' },
      'employeeNumber: must be 1 to 64 letters, digits or . _ -',
      {},
    ],
    [
      'lacks what nobody is without',
      { EmployeeNumber: 'E1' },
      'city: is missing (attribute City)',
      { required: 'city' },
    ],
    [
      'has a value that the field does not take',
      { EmployeeNumber: 'E1', Country: 'Germany' },
      'country: must be a two-letter country code such as DE',
      {},
    ],
    [
      'is of nobody whom the application is for',
      { EmployeeNumber: 'E1', Department: 'Legal' },
      'the application is not for this person, and would take the account away',
      { scope: 'department != "Legal"' },
    ],
  ])('makes nobody when it %s', async (_, fields, reason, { required, ...changes }: { required?: string } = {}) => {
    await configure(changes);
    const field = DEFAULT_PROFILE_FIELDS.find(({ name }) => name === required);
    if (field) await saveProfileField(directory.sql, { ...field, required: true });
    await user('ada', fields);
    expect(await rowOf(await stage(), 'ada')).toMatchObject({
      verdict: 'unmatched',
      reason,
      state: null,
      events: null,
      employee_number: null,
    });
  });

  it('makes nobody whose number is somebody’s whom no rule finds it for', async () => {
    await configure({ correlation: [{ attribute: 'FederationIdentifier', expression: 'lower(email)' }] });
    await person('E1');
    await user('ada', { EmployeeNumber: 'e1' });
    expect(await rowOf(await stage(), 'ada')).toMatchObject({
      verdict: 'unmatched',
      reason: 'employeeNumber: e1 is known, and no correlation rule finds this account',
    });
  });

  it('makes nobody with what is another’s alone, be it of somebody known or of an account before it', async () => {
    const phone = DEFAULT_PROFILE_FIELDS.find(({ name }) => name === 'phone');
    if (phone) await saveProfileField(directory.sql, { ...phone, unique: true });
    await person('E1', { phone: '1' });
    for (const [name, number] of Object.entries({ one: '1', two: '2', three: '2' }))
      await user(name, { EmployeeNumber: name, Phone: number });
    const staged = await stage();
    const [first, second] = [await rowOf(staged, 'two'), await rowOf(staged, 'three')].toSorted(
      (a, b) => (a?.line ?? 0) - (b?.line ?? 0),
    );
    expect(await rowOf(staged, 'one')).toMatchObject({
      verdict: 'unmatched',
      reason: 'phone: must be unique: E1 has it',
    });
    expect(first).toMatchObject({ verdict: 'new' });
    expect(second).toMatchObject({
      verdict: 'unmatched',
      reason: `phone: must be unique: ${first?.employee_number ?? ''} has it`,
    });
  });

  it('of an inactive one makes a person where that is asked for', async () => {
    await user('ada', { EmployeeNumber: 'E1', IsActive: false });
    expect(await rowOf(await stage({ includeInactive: true }), 'ada')).toMatchObject({ verdict: 'new' });
  });

  it('is disputed when another would make the same person, and both are named', async () => {
    await user('ada', { EmployeeNumber: 'E1' });
    await user('byron', { EmployeeNumber: 'e1' });
    const staged = await stage();
    for (const name of ['ada', 'byron']) {
      const row = await rowOf(staged, name);
      expect(row).toMatchObject({ verdict: 'disputed', state: null, events: null });
      expect(row?.reason).toMatch(/^(ada|byron)@\S+, (ada|byron)@\S+ would all be [Ee]1$/);
    }
  });
});

describe('an import', () => {
  it('changes nothing but its rows, and counts them', async () => {
    await person('E1');
    await user('one', { EmployeeNumber: 'E1' });
    await user('two', { EmployeeNumber: 'E2' });
    await user('three', { EmployeeNumber: 'E3' });
    const before = await everything();
    const told: number[] = [];
    const staged = await stage({ onPage: (accounts) => told.push(accounts) });
    expect(await everything()).toEqual(before);
    const all = await rows(staged);
    expect(staged.counts).toEqual({
      new: 2,
      unlinked: 1,
      protected: 1,
      ...(all.length > 4 ? { unmatched: all.length - 4 } : {}),
    });
    expect(told.at(-1)).toBe(all.length);
    expect(staged).toMatchObject({
      kind: 'accounts',
      source: 'salesforce',
      application: 'salesforce',
      state: 'staged',
      createdBy: 'cli:1',
    });
  });

  it('takes only accounts that meet a condition', async () => {
    await user('one', { EmployeeNumber: 'E1', Department: 'Sales' });
    await user('two', { EmployeeNumber: 'E2', Department: 'Legal' });
    const staged = await stage({ where: 'attributes["Department"] == "Sales"' });
    expect((await rows(staged)).map((row) => row.employee_number)).toEqual(['E1']);
  });

  it.each([
    ['attributes["Departement"] == "Sales"', 'where: accounts are read without Departement'],
    ['department == "Sales"', 'where: Unknown variable: department'],
    ['username', 'where: gives string, expected bool'],
  ])('is refused with the condition %s', async (where, why) => {
    await expect(stage({ where })).rejects.toThrow(why);
    expect(await directory.sql`select * from import`).toEqual([]);
  });

  it('is refused while Import Users is off, and while the application is paused', async () => {
    await configure({ toggles: { importUsers: false } });
    await expect(stage()).rejects.toThrow('Import Users is off');
    await configure();
    await pauseApplication(directory.sql, 'salesforce', 'test', 'maintenance');
    await expect(stage()).rejects.toThrow('salesforce is paused: maintenance');
    expect(await directory.sql`select * from import`).toEqual([]);
  });

  it('that breaks off is kept as failed with the reason, and without rows', async () => {
    await makeUsers(250);
    await org.addFault({ match: { path: 'Id > ' }, times: 'always', action: { kind: 'maintenance-page' } });
    await expect(stage()).rejects.toThrow('salesforce');
    const [stored] = await directory.sql<{ state: string; failure: string }[]>`select state, failure from import`;
    expect(stored).toMatchObject({ state: 'failed' });
    expect(stored?.failure).toContain('salesforce');
    expect(await directory.sql`select * from import_row`).toEqual([]);
  });

  it('stays when its application is removed', async () => {
    await user('one', { EmployeeNumber: 'E1' });
    await stage();
    expect(
      await removeApplication(directory.sql, 'salesforce', { forgetAccounts: false, actor: 'test' }),
    ).toMatchObject({ result: 'removed' });
    expect(await directory.sql`select source, application from import`).toMatchObject([
      { source: 'salesforce', application: null },
    ]);
  });

  it('of hundreds of accounts asks once for the names of a page and once for its accounts', async () => {
    await makeUsers(450);
    await org.clearLog();
    const staged = await stage();
    expect(staged.counts.new).toBe(450);
    const made = (await rows(staged)).filter(({ verdict }) => verdict === 'new');
    expect(made.at(-1)?.cells.attributes['Street']).toMatch(/^A\\t\d+\tB$/);
    expect(made.at(-1)?.events?.[0]?.profile?.['street']).toMatch(/^A\\t\d+ B$/);
    expect((await org.apiCalls()).length).toBeLessThanOrEqual(8);
  });
});
