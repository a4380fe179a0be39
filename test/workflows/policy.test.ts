/** What an application's policy keeps from being done: toggles, link-only, protection, and how far an account is taken away. */
import { readFile } from 'node:fs/promises';
import { afterEach, expect, it } from 'vitest';
import { ALL_TOGGLES, type Application } from '#domain/application.ts';
import { saveApplicationRules } from '#client/applications.ts';
import { readReport, type ReportRow } from '#client/report.ts';
import { findAccount, recordAccount } from '#directory/accounts.ts';
import { createSealer } from '#directory/sealing.ts';
import { openWorld, type World } from '../support/world.ts';

const CONTACTS = new URL('../../docs/examples/salesforce-contacts.json', import.meta.url);

let world: World;
afterEach(() => world.close());

const profile = {
  givenName: 'Ada',
  familyName: 'Byron',
  email: 'ada@joinery-demo.example',
  department: 'Sales',
  country: 'GB',
};
async function joins(): Promise<void> {
  await world.submit({ id: 'join', type: 'joiner', employeeNumber: 'E1', effectiveDate: world.day(-3), profile });
  await world.untilIdle('E1');
}
async function moves(id: string, changes: Record<string, string>): Promise<void> {
  await world.submit({ id, type: 'mover', employeeNumber: 'E1', effectiveDate: world.day(-2), profile: changes });
  await world.untilIdle('E1');
}
async function leaves(): Promise<void> {
  await world.submit({ id: 'leave', type: 'leaver', employeeNumber: 'E1', effectiveDate: world.day(-1) });
  await world.untilIdle('E1');
}
/** What somebody changes in the application's policy meanwhile. */
async function policy(
  changes: Partial<Pick<Application, 'toggles' | 'protect' | 'removal' | 'scope'>>,
  name = 'salesforce',
) {
  for (const [column, value] of Object.entries(changes))
    await world.directory`
      update application set ${world.directory(column)} = ${typeof value === 'string' ? value : world.directory.json(value as never)},
        version = version + 1 where name = ${name}`;
}
const summary = async (id: string) => (await world.event(id)).outcome?.summary ?? '';
async function told(eventId: string): Promise<ReportRow[]> {
  const rows: ReportRow[] = [];
  const { outcome } = await world.event(eventId);
  for await (const row of readReport(world.client, { user: 'E1', application: 'salesforce' })) rows.push(row);
  return rows.filter(({ runId }) => runId === outcome?.runId);
}
/** The leave did not end well: that access lasts is in the event's first line, in the report, and in the manager's mail. */
async function keepsAccess(why: string): Promise<void> {
  const says = `can still sign in as ada@joinery-demo.example: ${why}`;
  expect((await world.event('leave')).state).toMatch(/^(partly-)?failed$/);
  expect((await summary('leave')).split('\n')[0]).toContain(says);
  const failed = (await told('leave')).filter(({ outcome }) => outcome === 'failed');
  expect(failed.map(({ failure }) => failure?.message)).toEqual([expect.stringContaining(says)]);
}
const users = () => world.org.usersOf('E1');

it('a change that is switched off is skipped, and the outcome and the report say why, once', async () => {
  world = await openWorld('real-time');
  await joins();
  await policy({ toggles: { ...ALL_TOGGLES, editUser: false } });
  await moves('m1', { title: 'Manager' });

  expect((await users())[0]).toMatchObject({ Title: null });
  expect(await summary('m1')).toContain('salesforce: update, skipped: Edit User is off');
  expect(await told('m1')).toMatchObject([
    {
      operation: 'update',
      outcome: 'skipped',
      reason: 'Edit User is off',
      changes: [{ attribute: 'Title', new: 'Manager' }],
    },
  ]);
});

it('where nobody may be created, what would come after is skipped too', async () => {
  world = await openWorld('real-time', { application: { toggles: { ...ALL_TOGGLES, createUser: false } } });
  await joins();
  expect(await users()).toEqual([]);
  expect(await summary('join')).toMatch(/salesforce: create.*, skipped: Create User is off/);
  expect((await told('join')).map(({ reason }) => reason)).toEqual(
    expect.arrayContaining(['Create User is off', 'needs create, which is skipped: Create User is off']),
  );
});

it('what is skipped is told once, however often the plan is made afresh', async () => {
  world = await openWorld('real-time');
  await joins();
  await leaves();
  await policy({ toggles: { ...ALL_TOGGLES, editUser: false } });
  await world.org.setLicence('Salesforce', await world.org.licencesUsed('Salesforce'));
  const back = { ...profile, title: 'Manager' };
  await world.submit({ id: 'back', type: 'joiner', employeeNumber: 'E1', effectiveDate: world.day(-1), profile: back });
  const task = await world.untilTask();
  await world.org.setLicence('Salesforce', 100);
  await world.answer('retry', task.id);
  await world.untilIdle('E1');

  const rows = await told('back');
  expect(rows.filter(({ operation, outcome }) => operation === 'reactivate' && outcome === 'done')).toHaveLength(1);
  expect(rows.filter(({ outcome }) => outcome === 'skipped')).toMatchObject([{ operation: 'update' }]);
  expect((await summary('back')).match(/update, skipped/g)).toHaveLength(1);
});

it('an application that only links takes the account over and changes nothing in it', async () => {
  world = await openWorld('real-time', { application: { mode: 'link-only' } });
  await world.org.createUser({ Username: profile.email, Email: profile.email, EmployeeNumber: 'E1', Title: 'Boss' });
  await joins();
  await leaves();
  expect(await findAccount(world.directory, 'E1', 'salesforce')).toMatchObject({ username: profile.email });
  expect(await users()).toMatchObject([{ Title: 'Boss', IsActive: true }]);
  expect(await world.org.isFrozen((await users())[0]?.Id ?? '')).toBe(false);
  expect(await summary('leave')).toMatch(/salesforce: deactivate, skipped: link-only/);
  await keepsAccess('link-only: ');
});

it('a leaver keeps the account where nobody may be taken away, from the first freeze on', async () => {
  world = await openWorld('real-time', { application: { toggles: { ...ALL_TOGGLES, deleteUser: false } } });
  await joins();
  await leaves();
  const [user] = await users();
  expect(user).toMatchObject({ IsActive: true });
  expect(await world.org.isFrozen(user?.Id ?? '')).toBe(false);
  expect(await summary('leave')).toMatch(
    /freeze, skipped: Delete User is off[^]*deactivate, skipped: Delete User is off/,
  );
  await keepsAccess('Delete User is off');
});

it('a protected account is neither linked nor frozen nor changed', async () => {
  world = await openWorld('real-time', { application: { protect: ['attributes.Title == "Administrator"'] } });
  await world.org.createUser({ Username: profile.email, EmployeeNumber: 'E1', Title: 'Administrator' });
  await joins();
  expect(await findAccount(world.directory, 'E1', 'salesforce')).toBeUndefined();
  expect(await summary('join')).toMatch(/salesforce: link, skipped: ada@joinery-demo.example is protected: attributes/);
  await leaves();
  expect(await users()).toMatchObject([{ IsActive: true, Title: 'Administrator' }]);
  await keepsAccess('ada@joinery-demo.example is protected: attributes');
});

it('an account that is protected since is not frozen when its person leaves', async () => {
  world = await openWorld('time-skipping');
  await joins();
  await policy({ protect: ['username == "ada@joinery-demo.example"'] });
  await leaves();
  const [user] = await users();
  expect(user).toMatchObject({ IsActive: true });
  expect(await world.org.isFrozen(user?.Id ?? '')).toBe(false);
  expect(await summary('leave')).toMatch(/freeze, skipped: ada@joinery-demo.example is protected/);
});

it('a leaver whose account is only to be frozen keeps what was granted', async () => {
  const removal = { leaver: 'freeze', outOfScope: 'keep', deleteAfterDays: 0 };
  world = await openWorld('time-skipping', { application: { removal } });
  await joins();
  const [user] = await users();
  const granted = await world.org.permissionSetsOf(user?.Id ?? '');
  await leaves();
  expect((await users())[0]).toMatchObject({ IsActive: true });
  expect(await world.org.isFrozen(user?.Id ?? '')).toBe(true);
  expect((await world.event('leave')).state).toBe('done');
  expect(await world.org.permissionSetsOf(user?.Id ?? '')).toEqual(granted);
});

it('somebody whom the application is not for any more keeps the account where the policy says so', async () => {
  const removal = { leaver: 'deactivate', outOfScope: 'keep', deleteAfterDays: 0 };
  world = await openWorld('time-skipping', { application: { removal } });
  await joins();
  await policy({ scope: 'department == "Nowhere"' });
  await moves('m1', { title: 'Manager' });
  expect(await users()).toMatchObject([{ IsActive: true, Title: null }]);
  expect((await world.event('m1')).state).toBe('done');
});

it('an account is deleted when its days are over, once, unless its person has come back', async () => {
  world = await openWorld('time-skipping');
  const document = JSON.parse(await readFile(CONTACTS, 'utf8')) as Application;
  const settings = { ...document.settings, loginUrl: world.org.url };
  const removal = { leaver: 'delete', outOfScope: 'keep', deleteAfterDays: 30 };
  await saveApplicationRules(
    world.directory,
    createSealer(world.settings.secretKey),
    { ...document, settings, removal },
    'test',
  );
  const contacts = () => world.org.query('SELECT Id FROM Contact');
  const deleteAt = async () => (await findAccount(world.directory, 'E1', 'contacts'))?.deleteAt;
  const passes = () =>
    world.directory`update account set delete_at = now() - interval '1 minute' where delete_at is not null`;

  await joins();
  await leaves();
  expect(await contacts()).toHaveLength(1);
  expect(Date.parse((await deleteAt()) ?? '')).toBeGreaterThan(Date.now() + 29 * 86_400_000);
  expect((await world.watch()).deletions).toBe(0);

  await world.submit({ id: 'back', type: 'joiner', employeeNumber: 'E1', effectiveDate: world.day(-1), profile });
  await world.untilIdle('E1');
  expect(await deleteAt()).toBeNull();

  await world.submit({ id: 'gone', type: 'leaver', employeeNumber: 'E1', effectiveDate: world.day(0) });
  await world.untilIdle('E1');
  await passes();
  await policy({ toggles: { ...ALL_TOGGLES, deleteUser: false } }, 'contacts');
  expect((await world.watch()).deletions).toBe(0);
  await policy({ toggles: ALL_TOGGLES }, 'contacts');
  expect((await world.watch()).deletions).toBe(1);
  expect((await world.watch()).deletions).toBe(0);
  const id = `retention:contacts:E1:${new Date().toISOString().slice(0, 10)}`;
  expect(await world.event(id)).toMatchObject({ type: 'mover', source: 'retention', body: { quiet: true } });
  await world.signalAgain(id);
  await world.untilIdle('E1');
  expect(await summary(id)).toContain('contacts: delete, done');
  expect(await contacts()).toEqual([]);
  expect(await findAccount(world.directory, 'E1', 'contacts')).toBeUndefined();
});

it('an account is kept where the policy does not delete any more by then', async () => {
  world = await openWorld('time-skipping', {
    application: { removal: { leaver: 'deactivate', outOfScope: 'keep', deleteAfterDays: 0 } },
  });
  await joins();
  await leaves();
  await world.directory`update account set delete_at = now() - interval '1 minute'`;
  expect((await world.watch()).deletions).toBe(1);
  await world.signalAgain(`retention:salesforce:E1:${new Date().toISOString().slice(0, 10)}`);
  await world.untilIdle('E1');
  expect(await findAccount(world.directory, 'E1', 'salesforce')).toMatchObject({ status: 'inactive', deleteAt: null });
});

it('nobody can say that a protected account is theirs', async () => {
  world = await openWorld('time-skipping', { application: { protect: ['username.startsWith("admin")'] } });
  const admin = await world.org.createUser({ Username: 'admin@x.example', EmployeeNumber: 'E1' });
  const own = await world.org.createUser({ Username: 'ada@x.example', EmployeeNumber: 'E1' });
  await world.submit({ id: 'join', type: 'joiner', employeeNumber: 'E1', effectiveDate: world.day(-3), profile });
  const task = await world.untilTask();
  const refused = await world.answer('resolve', task.id, { account: admin, note: 'mine' });
  expect(JSON.stringify(refused)).toMatch(/admin@x.example is protected/);
  await world.answer('resolve', task.id, { account: own, note: 'mine' });
  await world.untilIdle('E1');
  expect(await findAccount(world.directory, 'E1', 'salesforce')).toMatchObject({ nativeId: own });
});

it('an account that an administrator closed before it was found stays closed, until its person joins', async () => {
  world = await openWorld('time-skipping', {
    application: {
      scope: 'department == "IT"',
      birthrights: [
        { when: 'true', grant: [{ type: 'profile', name: 'Sales User' }] },
        { when: 'title == "Analyst"', grant: [{ type: 'permission-set', name: 'Sales_Console' }] },
      ],
    },
  });
  await joins();
  const closed = { Username: profile.email, EmployeeNumber: 'E1', IsActive: false };
  await world.org.createUser(closed);
  await moves('m1', { department: 'IT' });
  expect(await findAccount(world.directory, 'E1', 'salesforce')).toMatchObject({ closedElsewhere: true });
  await moves('m2', { title: 'Analyst' });
  expect(await users()).toMatchObject([{ IsActive: false, Title: 'Analyst' }]);
  expect((await world.event('m2')).state).toBe('done');
  expect(await summary('m2')).toMatch(/grant permission-set Sales_Console, skipped: the account is closed/);
  await world.submit({
    id: 'again',
    type: 'joiner',
    employeeNumber: 'E1',
    effectiveDate: world.day(-1),
    profile: { ...profile, department: 'IT', title: 'Analyst' },
  });
  await world.untilIdle('E1');
  const [user] = await users();
  expect(user).toMatchObject({ IsActive: true });
  expect(await world.org.permissionSetsOf(user?.Id ?? '')).toEqual(['Sales_Console']);
  expect(await findAccount(world.directory, 'E1', 'salesforce')).toMatchObject({ closedElsewhere: false });
});

it('a protected account gets no manager when the manager arrives', async () => {
  world = await openWorld('time-skipping', { application: { protect: ['username == "ada@joinery-demo.example"'] } });
  const ada = await world.org.createUser({ Username: profile.email, EmployeeNumber: 'E1' });
  await world.directory`
    insert into person (employee_number, status, profile) values ('E1', 'active', '{"managerEmployeeNumber": "E2"}')`;
  await recordAccount(world.directory, {
    employeeNumber: 'E1',
    application: 'salesforce',
    nativeId: ada,
    username: profile.email,
    status: 'active',
  });
  const boss = { ...profile, email: 'boss@joinery-demo.example', familyName: 'King' };
  await world.submit({ id: 'boss', type: 'joiner', employeeNumber: 'E2', effectiveDate: world.day(-1), profile: boss });
  await world.untilIdle('E2');
  expect(await world.org.usersOf('E2')).toHaveLength(1);
  expect(await world.org.query(`SELECT ManagerId FROM User WHERE EmployeeNumber = 'E1'`)).toMatchObject([
    { ManagerId: null },
  ]);
});

it('the account that Joinery signs in with is never touched, and who leaves with it is told of loudly', async () => {
  world = await openWorld('real-time');
  await joins();
  const own = await joineryAccount();
  await recordAccount(world.directory, { ...own, employeeNumber: 'E1', application: 'salesforce', status: 'active' });
  await leaves();
  expect(await world.org.isFrozen(own.nativeId)).toBe(false);
  expect(await summary('leave')).toMatch(
    /deactivate, skipped: .* is protected: it is the account Joinery signs in with/,
  );
  expect((await told('leave')).filter(({ outcome }) => outcome === 'failed')).toMatchObject([
    { operation: 'deactivate', failure: { kind: 'blocked', message: expect.stringContaining('can still sign in as') } },
  ]);
  expect((await summary('leave')).split('\n')[0]).toContain('can still sign in as');
});

it('nobody can say that the account Joinery signs in with is theirs', async () => {
  world = await openWorld('time-skipping');
  await world.org.createUser({ Username: 'admin@x.example', EmployeeNumber: 'E1' });
  const theirs = await world.org.createUser({ Username: 'ada@x.example', EmployeeNumber: 'E1' });
  await world.submit({ id: 'join', type: 'joiner', employeeNumber: 'E1', effectiveDate: world.day(-3), profile });
  const task = await world.untilTask();
  const { nativeId } = await joineryAccount();
  const refused = await world.answer('resolve', task.id, { account: nativeId, note: 'mine' });
  expect(JSON.stringify(refused)).toContain('is protected: it is the account Joinery signs in with');
  await world.answer('resolve', task.id, { account: theirs, note: 'mine' });
  await world.untilIdle('E1');
});

async function joineryAccount(): Promise<{ nativeId: string; username: string }> {
  const [user] = await world.org.query<{ Id: string; Username: string }>(
    "SELECT Id, Username FROM User WHERE Username = 'integration@joinery-demo.example'",
  );
  return { nativeId: user?.Id ?? '', username: user?.Username ?? '' };
}
