/**
 * Stories of one person, told in their own time: months pass in moments on the time-skipping server, everything else is
 * the real thing (directory, jsforce against the simulator, SMTP).
 */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { HrChange } from '#domain/hr-event.ts';
import { startOfDay } from '#domain/due.ts';
import { openWorld, type World } from '../support/world.ts';

let world: World;

beforeEach(async () => {
  world = await openWorld('time-skipping');
});
afterEach(() => world.close());

const profile = {
  givenName: 'Ada',
  familyName: 'Byron',
  email: 'ada.byron@joinery-demo.example',
  privateEmail: 'ada@home.example',
  department: 'Sales',
  title: 'Sales Representative',
  country: 'AU',
  timeZone: 'Australia/Melbourne',
};

const joiner = (id: string, effectiveDate: string, more: Partial<HrChange> = {}): HrChange => ({
  id,
  type: 'joiner',
  employeeNumber: 'E1',
  effectiveDate,
  profile,
  ...more,
});

const leaver = (id: string, effectiveDate: string, more: Partial<HrChange> = {}): HrChange => ({
  id,
  type: 'leaver',
  employeeNumber: 'E1',
  effectiveDate,
  ...more,
});

async function cancellationAsked(): Promise<boolean> {
  const events = (await world.histories('E1')).at(-1)?.events ?? [];
  return events.some((event) => event.activityTaskCancelRequestedEventAttributes);
}

describe('a hire 30 days ahead in Melbourne', () => {
  it('has no account until 00:00 of the first day there, and then has one', async () => {
    const day = world.day(30, 'Australia/Melbourne');
    await world.submit(joiner('j1', day));
    await world.temporal.sleep('29 days');
    expect(await world.org.usersOf('E1')).toEqual([]);

    await world.untilIdle('E1');
    const [user] = await world.org.usersOf('E1');
    expect(user).toMatchObject({
      Username: 'ada.byron@joinery-demo.example',
      IsActive: true,
      Profile: { Name: 'Sales User' },
    });
    const begun = await world.openedAt('E1');
    const due = Date.parse(startOfDay(day, 'Australia/Melbourne'));
    expect(begun - due).toBeGreaterThanOrEqual(0);
    expect(begun - due).toBeLessThan(60_000);
    expect(await world.event('j1')).toMatchObject({ state: 'done', outcome: { secondsLate: 0 } });
  });

  it('is welcomed at the private address, since the work mailbox is not read yet', async () => {
    await world.submit(joiner('j1', world.day(0, 'Australia/Melbourne')));
    await world.untilIdle('E1');
    expect(await world.mails()).toEqual([
      { to: 'ada@home.example', subject: 'Welcome, Ada Byron: your accounts are ready' },
    ]);
  });

  it('never happens when it is rescinded in time', async () => {
    await world.submit(joiner('j1', world.day(30)));
    await world.temporal.sleep('10 days');
    await world.submit({ id: 'r1', type: 'rescind', employeeNumber: 'E1', target: 'j1' });
    await world.untilIdle('E1');
    expect(await world.org.usersOf('E1')).toEqual([]);
    expect((await world.event('j1')).state).toBe('rescinded');
    expect((await world.event('r1')).state).toBe('applied');
    expect(await world.directory`select * from person`).toEqual([]);
  });

  it('moves when the date is amended, and takes the amended fields', async () => {
    await world.submit(joiner('j1', world.day(30)));
    const later = world.day(40, 'Australia/Melbourne');
    await world.submit({
      id: 'a1',
      type: 'amend',
      employeeNumber: 'E1',
      target: 'j1',
      effectiveDate: later,
      profile: { title: 'Sales Manager' },
    });
    await world.temporal.sleep('35 days');
    expect(await world.org.usersOf('E1')).toEqual([]);
    await world.untilIdle('E1');
    expect(await world.org.usersOf('E1')).toMatchObject([{ Title: 'Sales Manager' }]);
    expect((await world.openedAt('E1')) - Date.parse(startOfDay(later, 'Australia/Melbourne'))).toBeLessThan(60_000);
    expect((await world.event('a1')).state).toBe('applied');
  });
});

describe('a correction that comes too late', () => {
  it('changes nothing and says what to send instead', async () => {
    await world.submit(joiner('j1', world.day(-1)));
    await world.untilIdle('E1');
    await world.submit({ id: 'r1', type: 'rescind', employeeNumber: 'E1', target: 'j1' });
    await world.untilIdle('E1');
    expect(await world.event('r1')).toMatchObject({
      state: 'too-late',
      outcome: { summary: expect.stringContaining('send a mover or a leaver') },
    });
    expect(await world.org.usersOf('E1')).toMatchObject([{ IsActive: true }]);
  });
});

describe('an event that is overdue', () => {
  it('runs at once and records how late it was', async () => {
    await world.submit(joiner('j1', world.day(-3)));
    await world.untilIdle('E1');
    const { outcome } = await world.event('j1');
    expect(outcome?.secondsLate).toBeGreaterThan(2 * 86_400);
    expect(await world.currentDetails('E1')).toMatch(/Ada Byron.*\(E1\).*joiner[\s\S]*days late[\s\S]*ended: done/);
  });
});

describe('a mover', () => {
  it('takes what no longer follows, gives what follows now, and leaves what was given by hand', async () => {
    await world.submit(joiner('j1', world.day(-2)));
    await world.untilIdle('E1');
    const [before] = await world.org.usersOf('E1');
    await world.org.assign(before!.Id, 'Knowledge_Reader');

    await world.submit({
      id: 'm1',
      type: 'mover',
      employeeNumber: 'E1',
      effectiveDate: world.day(5),
      profile: { department: 'IT', title: 'Programmer' },
    });
    await world.untilIdle('E1');
    const [after] = await world.org.usersOf('E1');
    expect(after).toMatchObject({ Id: before!.Id, Department: 'IT', Title: 'Programmer' });
    const sets = await world.org.permissionSetsOf(after!.Id);
    expect(sets).toContain('Developer_Tools');
    expect(sets).toContain('Knowledge_Reader');
    expect(sets).not.toContain('Sales_Console');
  });
});

describe('a leaver', () => {
  it('is frozen first, then loses what was granted, then is deactivated', async () => {
    await world.submit(joiner('j1', world.day(-2)), leaver('l1', world.day(14)));
    await world.temporal.sleep('12 days');
    const [user] = await world.org.usersOf('E1');
    expect(user).toMatchObject({ IsActive: true });
    await world.org.clearLog();
    await world.untilIdle('E1');

    const changes = (await world.org.apiCalls()).filter(({ method }) => method !== 'GET');
    expect(changes[0]?.body).toContain('IsFrozen');
    expect(changes.at(-1)?.body).toContain('IsActive');
    expect(await world.org.usersOf('E1')).toMatchObject([{ IsActive: false }]);
    expect(await world.org.isFrozen(user!.Id)).toBe(true);
    expect(await world.org.permissionSetsOf(user!.Id)).toEqual([]);
  });

  it('that is immediate ends a joiner at work, and what it made is taken away', async () => {
    const create = await world.org.addFault({
      match: { method: 'POST', path: '/composite/sobjects', body: 'TimeZoneSidKey' },
      action: { kind: 'hold' },
    });
    await world.submit(joiner('j1', world.day(-1)));
    await create.hit();
    await world.submit(leaver('l1', world.day(0), { immediate: true }));
    // The time-skipping server loses a cancellation that crosses the activity's end.
    await vi.waitFor(async () => expect(await cancellationAsked()).toBe(true), { timeout: 20_000 });
    await create.release();
    await world.untilIdle('E1');

    expect(await world.org.usersOf('E1')).toMatchObject([{ IsActive: false }]);
    expect((await world.event('j1')).state).toBe('cancelled');
    expect((await world.event('l1')).state).toBe('done');
    expect(await world.mails()).toEqual([]);
  });

  it('makes what was to come before it pointless, not what comes after', async () => {
    await world.submit(
      joiner('j1', world.day(-1)),
      { id: 'm1', type: 'mover', employeeNumber: 'E1', effectiveDate: world.day(20), profile: { title: 'Never' } },
      { id: 'j2', type: 'joiner', employeeNumber: 'E1', effectiveDate: world.day(90), profile },
    );
    await world.temporal.sleep('1 day');
    await world.submit(leaver('l1', world.day(0), { immediate: true }));
    await world.temporal.sleep('30 days');
    expect(await world.org.usersOf('E1')).toMatchObject([{ IsActive: false }]);
    await world.untilIdle('E1');
    expect(await world.org.usersOf('E1')).toMatchObject([{ IsActive: true, Title: 'Sales Representative' }]);
  });
});

describe('a leaver that is due while something is stuck', () => {
  it('waits two minutes and no longer for an application that does not answer', async () => {
    await world.submit(joiner('j1', world.day(-3)));
    await world.untilIdle('E1');
    const down = { kind: 'status', status: 503, body: '<html></html>', contentType: 'text/html' };
    await world.org.addFault({ match: { path: '/composite$' }, times: 20, action: down });
    await world.submit(
      { id: 'm1', type: 'mover', employeeNumber: 'E1', effectiveDate: world.day(-2), profile: { title: 'Manager' } },
      leaver('l1', world.day(-1)),
    );
    await world.temporal.sleep('30 minutes');
    expect((await world.event('m1')).state).toBe('cancelled');
    const [user] = await world.org.usersOf('E1');
    expect(await world.org.isFrozen(user!.Id)).toBe(true);
    await world.untilIdle('E1');
    expect(await world.event('l1')).toMatchObject({ state: 'done' });
    expect(await world.org.usersOf('E1')).toMatchObject([{ IsActive: false }]);
  });
});

describe('a leaver in an application that was switched off', () => {
  it('loses the access there all the same', async () => {
    await world.submit(joiner('j1', world.day(-3)));
    await world.untilIdle('E1');
    await world.directory`update application set enabled = false`;
    await world.submit(leaver('l1', world.day(-1)));
    await world.untilIdle('E1');
    expect(await world.org.usersOf('E1')).toMatchObject([{ IsActive: false }]);
  });
});

describe('a person who leaves the scope of an application and comes back', () => {
  it('loses the account and gets the same one back', async () => {
    await world.directory`update application set scope = 'department != "Shipping"', version = version + 1`;
    const move = (id: string, department: string) =>
      world.submit({ id, type: 'mover', employeeNumber: 'E1', effectiveDate: world.day(-1), profile: { department } });
    await world.submit(joiner('j1', world.day(-3)));
    await world.untilIdle('E1');
    await move('m1', 'Shipping');
    await world.untilIdle('E1');
    expect(await world.org.usersOf('E1')).toMatchObject([{ IsActive: false }]);
    await move('m2', 'IT');
    await world.untilIdle('E1');
    const users = await world.org.usersOf('E1');
    expect(users).toMatchObject([{ IsActive: true, Department: 'IT' }]);
    expect(await world.org.permissionSetsOf(users[0]!.Id)).toEqual(['Developer_Tools']);
  });
});

describe('a rehire', () => {
  it('gets the same account back, unfrozen, with what follows now', async () => {
    await world.submit(
      joiner('j1', world.day(-2)),
      leaver('l1', world.day(10)),
      joiner('j2', world.day(60), { profile: { ...profile, department: 'IT' } }),
    );
    await world.temporal.sleep('1 day');
    const [first] = await world.org.usersOf('E1');
    await world.temporal.sleep('20 days');
    expect(await world.org.usersOf('E1')).toMatchObject([{ IsActive: false }]);
    await world.untilIdle('E1');

    const users = await world.org.usersOf('E1');
    expect(users).toMatchObject([{ Id: first!.Id, IsActive: true, Department: 'IT' }]);
    expect(await world.org.isFrozen(first!.Id)).toBe(false);
    expect(await world.org.permissionSetsOf(first!.Id)).toContain('Developer_Tools');
  });
});

describe('an event delivered again after it was carried out', () => {
  it('does nothing, even to somebody who has come back since', async () => {
    await world.submit(joiner('j1', world.day(-3)), leaver('l1', world.day(-2)), joiner('j2', world.day(-1)));
    await world.untilIdle('E1');
    expect(await world.org.usersOf('E1')).toMatchObject([{ IsActive: true }]);
    await world.signalAgain('l1');
    await world.untilIdle('E1');
    const [user] = await world.org.usersOf('E1');
    expect(user).toMatchObject({ IsActive: true });
    expect(await world.org.isFrozen(user!.Id)).toBe(false);
  });
});

describe('an application that refuses', () => {
  it('holds the event as a task with the reason and the remedy, until the next event runs', async () => {
    await world.submit(joiner('j1', world.day(-2), { profile: { ...profile, timeZone: 'Pacific/Chatham' } }));
    expect(await world.untilTask()).toMatchObject({ kind: 'invalid-data', remedy: expect.stringContaining('profile') });
    await world.submit({
      id: 'm1',
      type: 'mover',
      employeeNumber: 'E1',
      effectiveDate: world.day(0),
      profile: { timeZone: 'Australia/Sydney' },
    });
    await world.untilIdle('E1');
    expect(await world.event('j1')).toMatchObject({
      state: 'failed',
      outcome: { summary: expect.stringMatching(/salesforce: .*failed.*Time Zone/) },
    });
    expect(await world.org.usersOf('E1')).toMatchObject([{ IsActive: true }]);
  });
});

describe('somebody who is expected', () => {
  it('has no account before the first day, whatever HR says meanwhile', async () => {
    await world.submit(joiner('j1', world.day(30)));
    await world.submit({
      id: 'm1',
      type: 'mover',
      employeeNumber: 'E1',
      effectiveDate: world.day(0),
      profile: { title: 'Manager' },
    });
    await world.temporal.sleep('10 days');
    expect((await world.event('m1')).state).toBe('done');
    expect(await world.org.usersOf('E1')).toEqual([]);
    await world.untilIdle('E1');
    expect(await world.org.usersOf('E1')).toMatchObject([{ IsActive: true, Title: 'Manager' }]);
  });
});

describe('two people with the same address', () => {
  it('never share an account: the second one’s joiner waits for somebody, and says what to do', async () => {
    await world.submit(joiner('j1', world.day(-1)));
    await world.untilIdle('E1');
    await world.submit({ ...joiner('j2', world.day(-1)), employeeNumber: 'E2' });
    expect(await world.untilTask()).toMatchObject({ employeeNumber: 'E2', kind: 'conflict' });
    const users = [...(await world.org.usersOf('E1')), ...(await world.org.usersOf('E2'))];
    expect(users).toHaveLength(1);
  });
});

describe('managers', () => {
  it('are linked in whatever order people arrive', async () => {
    const boss = { ...profile, familyName: 'Lovelace', email: 'boss@joinery-demo.example' };
    await world.submit(joiner('j1', world.day(-1), { profile: { ...profile, managerEmployeeNumber: 'E2' } }));
    await world.untilIdle('E1');
    await world.submit({ id: 'j2', type: 'joiner', employeeNumber: 'E2', effectiveDate: world.day(-1), profile: boss });
    await world.untilIdle('E2');
    const [report] = await world.org.usersOf('E1');
    const [manager] = await world.org.usersOf('E2');
    expect(report?.ManagerId).toBe(manager?.Id);
  });
});

describe('the price in API calls', () => {
  it('is at most 6 for a joiner, 6 for a mover, 9 for a leaver', async () => {
    const price = async () => (await world.org.apiCalls()).length;
    await world.org.clearLog();
    await world.submit(joiner('j1', world.day(-2)));
    await world.untilIdle('E1');
    expect(await price()).toBeLessThanOrEqual(6);

    await world.org.clearLog();
    await world.submit({
      id: 'm1',
      type: 'mover',
      employeeNumber: 'E1',
      effectiveDate: world.day(-1),
      profile: { department: 'Shipping', title: 'Clerk' },
    });
    await world.untilIdle('E1');
    expect(await price()).toBeLessThanOrEqual(6);

    await world.org.clearLog();
    await world.submit(leaver('l1', world.day(0)));
    await world.untilIdle('E1');
    expect(await price()).toBeLessThanOrEqual(9);
  });
});
