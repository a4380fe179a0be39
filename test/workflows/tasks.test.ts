/** What is stuck waits as a task, is answered by people, gives way to the next event, and goes on by itself when it can. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { HrEvent } from '#domain/hr-event.ts';
import { findTask } from '#directory/tasks.ts';
import { openWorld, type World } from '../support/world.ts';

let world: World;
const opened = (time: 'time-skipping' | 'real-time') => {
  beforeEach(async () => {
    world = await openWorld(time);
  });
  afterEach(() => world.close());
};

const profile = {
  givenName: 'Ada',
  familyName: 'Byron',
  email: 'ada@joinery-demo.example',
  department: 'Sales',
  timeZone: 'Europe/London',
  country: 'GB',
};
const joiner = (id: string, employeeNumber = 'E1', more: object = {}): HrEvent => ({
  id,
  type: 'joiner',
  employeeNumber,
  effectiveDate: world.day(-2),
  profile: { ...profile, email: `${employeeNumber.toLowerCase()}@joinery-demo.example`, ...more },
});
const leaver = (id: string, more: object = {}): HrEvent => ({
  id,
  type: 'leaver',
  employeeNumber: 'E1',
  effectiveDate: world.day(0),
  ...more,
});
const task = async (id: number) => findTask(world.directory, id);
const summary = async (id: string) => (await world.event(id)).outcome?.summary ?? '';

describe('a task', () => {
  opened('time-skipping');

  it('says what is stuck, on whom, why, and what to do; Temporal shows it too', async () => {
    await world.submit(joiner('j1', 'E1', { timeZone: 'Pacific/Chatham' }));
    const open = await world.untilTask();
    expect(open).toMatchObject({
      workflowId: 'person:E1',
      eventId: 'j1',
      person: 'Ada Byron',
      application: 'salesforce',
      kind: 'invalid-data',
      state: 'open',
      attempts: 1,
    });
    expect(open.message).toMatch(/Time Zone|TimeZoneSidKey/);
    expect(await world.currentDetails('E1')).toContain(`waits for task ${open.id} (invalid-data)`);
    expect((await world.event('j1')).state).toBe('signalled');
  });

  it('that is retried plans afresh, and is mended when what was wrong has been changed', async () => {
    await world.org.setLicence('Salesforce', 0);
    await world.submit(joiner('j1'));
    const { id, kind, resource } = await world.untilTask();
    expect([kind, resource]).toEqual(['capacity', 'user-license Salesforce']);
    await world.org.setLicence('Salesforce', 100);
    expect(await world.answer('retry', id)).toEqual({ result: 'answered', says: `task ${id}: retry by test` });
    await world.untilIdle('E1');
    expect(await world.event('j1')).toMatchObject({ state: 'done' });
    expect(await task(id)).toMatchObject({ state: 'mended', attempts: 2 });
    expect(await world.org.usersOf('E1')).toHaveLength(1);
    expect(await world.mails()).toHaveLength(1);
  });

  it('that is retried in vain stays open under its number', async () => {
    await world.submit(joiner('j1', 'E1', { timeZone: 'Pacific/Chatham' }));
    const { id } = await world.untilTask();
    await world.answer('retry', id);
    await expect.poll(async () => (await world.answer('skip', id, { note: 'enough' })).result).toBe('answered');
    await world.untilIdle('E1');
    expect(await task(id)).toMatchObject({ state: 'skipped', attempts: 2, closedBy: 'test', note: 'enough' });
    expect(await summary('j1')).toContain('skipped');
    expect((await world.event('j1')).state).toBe('done');
  });

  it('that is resolved with an account links that account and plans the rest', async () => {
    await world.org.createUser({ Username: 'one@joinery-demo.example', EmployeeNumber: 'E1' });
    const otherId = await world.org.createUser({ Username: 'other@joinery-demo.example', EmployeeNumber: 'E1' });
    await world.submit(joiner('j1'));
    const { id, kind } = await world.untilTask();
    expect(kind).toBe('conflict');
    const unknown = await world.answer('resolve', id, { note: 'that one', account: '005000000000000AAA' });
    expect(unknown).toMatchObject({ result: 'refused', why: expect.stringContaining('there is no account') });
    await world.answer('resolve', id, { note: 'that one', account: otherId });
    await world.untilIdle('E1');
    expect(await world.event('j1')).toMatchObject({ state: 'done' });
    expect(await summary('j1')).toContain('link');
    expect((await world.directory`select native_id from account`)[0]?.['native_id']).toBe(otherId);
  });

  it('that was done by hand is not tried again, and the report says who said so', async () => {
    await world.submit(joiner('j1'));
    await world.untilIdle('E1');
    await world.org.block('e1@joinery-demo.example', 'default-workflow-user');
    await world.submit(leaver('l1'));
    const { id, kind, operation } = await world.untilTask();
    expect([kind, operation]).toEqual(['blocked', 'deactivate']);
    await world.answer('resolve', id, { note: 'deactivated in Setup' });
    await world.untilIdle('E1');
    expect((await world.event('l1')).state).toBe('done');
    expect(await task(id)).toMatchObject({ state: 'resolved', note: 'deactivated in Setup' });
  });

  it('is refused what can not be said to it, with a sentence', async () => {
    await world.submit(joiner('j1'));
    await world.untilIdle('E1');
    await world.submit({
      id: 'm1',
      type: 'mover',
      employeeNumber: 'E1',
      effectiveDate: world.day(-1),
      profile: { timeZone: 'Pacific/Chatham' },
    });
    const { id } = await world.untilTask();
    const other = await world.org.createUser({ Username: 'other@joinery-demo.example' });
    expect(await world.answer('resolve', id, { note: 'that one', account: other })).toMatchObject({
      result: 'refused',
      why: expect.stringContaining('is not about which account it is'),
    });
    expect(await world.answer('skip', id)).toMatchObject({ result: 'refused', why: expect.stringContaining('note') });
    expect(await world.answer('skip', id + 1, { note: 'x' })).toEqual({ result: 'unknown' });
    await world.answer('skip', id, { note: 'not needed' });
    await world.untilIdle('E1');
    expect(await world.answer('retry', id)).toMatchObject({
      result: 'refused',
      why: expect.stringContaining('skipped by test'),
    });
  });

  it('gives way to the next event once that is due', async () => {
    await world.submit(joiner('j1', 'E1', { timeZone: 'Pacific/Chatham' }));
    const { id } = await world.untilTask();
    await world.submit(leaver('l1', { effectiveDate: world.day(5) }));
    await world.untilIdle('E1');
    expect(await task(id)).toMatchObject({ state: 'superseded', note: 'superseded by leaver l1' });
    expect((await world.event('j1')).state).toBe('failed');
    expect((await world.event('l1')).state).toBe('done');
  });

  it('is superseded when an immediate leaver comes', async () => {
    await world.submit(joiner('j1', 'E1', { timeZone: 'Pacific/Chatham' }));
    const { id } = await world.untilTask();
    await world.submit(leaver('l1', { immediate: true }));
    await world.untilIdle('E1');
    expect((await task(id))?.state).toBe('superseded');
    expect((await world.event('l1')).state).toBe('done');
  });

  it('of a blocked deactivation keeps the account frozen, tells the manager, is tried daily, escalates, and ends by itself', async () => {
    await world.submit(joiner('j1'));
    await world.untilIdle('E1');
    await world.org.block('e1@joinery-demo.example', 'default-case-owner');
    await world.submit(leaver('l1'));
    const { id } = await world.untilTask();
    const [user] = await world.org.usersOf('E1');
    expect(await world.org.isFrozen(user?.Id ?? '')).toBe(true);
    await world.temporal.sleep('3 days');
    await expect.poll(async () => (await task(id))?.escalatedAt).toBeTruthy();
    expect((await task(id))?.attempts).toBeGreaterThanOrEqual(3);
    await world.org.unblock();
    await world.untilIdle('E1');
    expect(await world.org.usersOf('E1')).toMatchObject([{ IsActive: false }]);
    expect(await task(id)).toMatchObject({ state: 'mended' });
    expect(await world.event('l1')).toMatchObject({ state: 'done' });
  });
});

describe('an event that waits', () => {
  opened('time-skipping');

  it('is not ended by its own signal said again, nor by that of an event that ended long ago', async () => {
    await world.submit(joiner('j1'));
    await world.untilIdle('E1');
    await world.org.block('e1@joinery-demo.example', 'default-case-owner');
    await world.submit(leaver('l1'));
    const { id } = await world.untilTask();
    await world.signalAgain('l1');
    await world.signalAgain('j1');
    await expect
      .poll(async () => JSON.stringify(await world.histories('E1')), { timeout: 20_000 })
      .toContain('isSettled');
    expect(await task(id)).toMatchObject({ state: 'open' });
    await world.org.unblock();
    await world.untilIdle('E1');
    expect((await world.event('l1')).state).toBe('done');
    expect(await world.org.usersOf('E1')).toMatchObject([{ IsActive: false }]);
  });

  it('as a leaver gives way to no mover, and the person keeps no access', async () => {
    await world.submit(joiner('j1'));
    await world.untilIdle('E1');
    await world.org.block('e1@joinery-demo.example', 'default-case-owner');
    await world.submit(leaver('l1'));
    const { id } = await world.untilTask();
    await world.submit({
      id: 'm1',
      type: 'mover',
      employeeNumber: 'E1',
      effectiveDate: world.day(0),
      profile: { title: 'Gone' },
    });
    await world.temporal.sleep('3 hours');
    expect(await task(id)).toMatchObject({ state: 'open' });
    await world.org.unblock();
    await world.untilIdle('E1');
    expect((await world.event('l1')).state).toBe('done');
    expect((await world.event('m1')).state).toBe('done');
    expect(await world.org.usersOf('E1')).toMatchObject([{ IsActive: false }]);
  });

  it('for an application that does not answer a leaver becomes a task after a while, and is tried on', async () => {
    await world.submit(joiner('j1'));
    await world.untilIdle('E1');
    await world.org.addFault({
      match: { path: '/services/data' },
      times: 'always',
      action: { kind: 'maintenance-page' },
    });
    await world.submit(leaver('l1'));
    await world.temporal.sleep('2 hours');
    expect(await world.untilTask()).toMatchObject({ kind: 'transient', employeeNumber: 'E1' });
    await world.org.clearFaults();
    await world.untilIdle('E1');
    expect((await world.event('l1')).state).toBe('done');
    expect(await world.org.usersOf('E1')).toMatchObject([{ IsActive: false }]);
  });
});

describe('people who wait for a licence', () => {
  opened('real-time');

  it('get it first come first served when one frees, without anybody asking', async () => {
    const used = await world.org.licencesUsed('Salesforce');
    await world.org.setLicence('Salesforce', used);
    for (const number of ['L1', 'L2', 'L3']) {
      await world.submit(joiner(`j-${number}`, number));
      await expect.poll(async () => (await waitingNumbers()).includes(number), { timeout: 20_000 }).toBe(true);
    }
    expect(await waitingNumbers()).toEqual(['L1', 'L2', 'L3']);
    expect((await world.watch()).releases).toEqual([]);

    await world.org.setLicence('Salesforce', used + 1);
    expect((await world.watch()).releases).toHaveLength(1);
    await world.untilIdle('L1');
    expect(await waitingNumbers()).toEqual(['L2', 'L3']);

    // Somebody new does not take what others wait for.
    await world.org.setLicence('Salesforce', used + 2);
    await world.submit(joiner('j-L4', 'L4'));
    await expect.poll(waitingNumbers, { timeout: 20_000 }).toEqual(['L2', 'L3', 'L4']);
    expect(await world.org.usersOf('L4')).toEqual([]);

    await world.org.setLicence('Salesforce', used + 4);
    await world.watch();
    await Promise.all(['L2', 'L3', 'L4'].map((number) => world.untilIdle(number)));
    for (const number of ['L2', 'L3', 'L4']) expect(await world.org.usersOf(number)).toHaveLength(1);
  }, 60_000);
});

describe('an application whose credentials are refused', () => {
  opened('real-time');

  it('is paused, fails nobody, and is resumed by the watch once they work again', async () => {
    const app = { clientId: 'joinery-demo', runAs: 'integration@joinery-demo.example' };
    await world.org.saveConnectedApp({ ...app, clientSecret: 'another-one' });
    await world.submit(joiner('j1', 'P1'), joiner('j2', 'P2'));
    await expect.poll(async () => (await states())[0]?.['paused_by'], { timeout: 20_000 }).toBe('joinery');
    expect((await world.watch()).resumed).toEqual([]);
    await expect.poll(() => world.currentDetails('P1'), { timeout: 20_000 }).toContain('waits: salesforce');
    expect((await world.event('j1')).state).toBe('signalled');

    await world.org.saveConnectedApp({ ...app, clientSecret: 'joinery-demo-secret' });
    expect((await world.watch()).resumed).toEqual(['salesforce']);
    expect((await states())[0]?.['paused_at']).toBeNull();
  }, 60_000);
});

describe('an application without calls left', () => {
  opened('time-skipping');

  it('parks joiners, lets leavers through, and goes on when calls are free again', async () => {
    await world.submit(joiner('j1'));
    await world.untilIdle('E1');
    await world.directory`
      insert into application_state (application, api_used, api_total, api_seen_at) values ('salesforce', 95, 100, now() + interval '1 day')
      on conflict (application) do update set api_used = 95, api_total = 100, api_seen_at = now() + interval '1 day'`;
    await world.submit(joiner('j2', 'E2'));
    await expect.poll(() => world.currentDetails('E2'), { timeout: 20_000 }).toContain('95 of 100 API calls are used');
    await world.submit(leaver('l1'));
    await expect.poll(async () => (await world.event('l1')).state, { timeout: 20_000 }).toBe('done');
    expect(await world.org.usersOf('E2')).toEqual([]);
    await world.directory`update application_state set api_used = 5`;
    await world.untilIdle('E2');
    expect((await world.event('j2')).state).toBe('done');
  });
});

const states = () => world.directory`select paused_at, paused_by from application_state`;

async function waitingNumbers(): Promise<string[]> {
  const rows = await world.directory`select employee_number from task where state = 'open' order by id`;
  return rows.map((row) => String(row['employee_number']));
}
