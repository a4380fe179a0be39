/**
 * Somebody leaves who owns thousands of records, holds permission sets, sits in a queue, and is needed by the org: access
 * ends first, the records change hands whatever dies on the way, and what blocks the rest is a task that ends by itself.
 */
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { HrEvent } from '#domain/hr-event.ts';
import { findTask } from '#directory/tasks.ts';
import { saveDemoApplication } from '../support/demo-application.ts';
import { startWorkerProcess } from '../support/worker-process.ts';
import { openWorld, type World } from '../support/world.ts';
import { createSealer } from '#directory/sealing.ts';

let world: World;
afterEach(() => world.close());

const HELD = [
  { type: 'profile', name: 'Sales User' },
  { type: 'permission-set', name: 'Sales_Console' },
  { type: 'permission-set', name: 'Forecast_Editor' },
  { type: 'permission-set', name: 'Finance_Reports' },
  { type: 'queue', name: 'Inbound_Leads' },
];

/** The demo's application, where Sales hold all this and leave their records to the manager. */
async function openSales(...time: Parameters<typeof openWorld>): Promise<void> {
  world = await openWorld(...time);
  await saveDemoApplication(world.directory, createSealer(world.settings.secretKey), world.org.url, {
    birthrights: [{ when: 'true', grant: HELD }],
    transfer: [{ objects: ['Account', 'Contact', 'Opportunity', 'Lead'], to: ['successor', 'manager'] }],
  });
}

const joins = (employeeNumber: string, managerEmployeeNumber: string | null): HrEvent => ({
  id: `${employeeNumber}-join`,
  type: 'joiner',
  employeeNumber,
  effectiveDate: world.day(-1),
  profile: {
    givenName: 'Ada',
    familyName: employeeNumber,
    email: `${employeeNumber}@joinery-demo.example`,
    country: 'GB',
    managerEmployeeNumber,
  },
});
const leaves = (employeeNumber: string): HrEvent => ({
  id: `${employeeNumber}-leave`,
  type: 'leaver',
  employeeNumber,
  effectiveDate: world.day(0),
});

async function ownedBy(object: string, userId: string): Promise<number> {
  const rows = await world.org.query<{ n: number }>(
    `SELECT COUNT(Id) n FROM ${object} WHERE OwnerId = '${userId}' GROUP BY OwnerId`,
  );
  return rows[0]?.n ?? 0;
}

const membershipsOf = async (userId: string) =>
  (await world.org.query(`SELECT Id FROM GroupMember WHERE UserOrGroupId = '${userId}'`)).length;

describe('a leaver with 5,000 records, three permission sets, a queue and a blocker', () => {
  it('is frozen before anything else, transferred, and finishes by itself once nothing blocks any more', async () => {
    await openSales('time-skipping');
    await world.submit(joins('boss', null));
    await world.untilIdle('boss');
    await world.submit(joins('rep', 'boss'));
    await world.untilIdle('rep');
    const [boss] = await world.org.usersOf('boss');
    const [rep] = await world.org.usersOf('rep');
    const [bossId, repId] = [boss?.Id ?? '', rep?.Id ?? ''];
    for (const [object, count] of [
      ['Account', 2_000],
      ['Contact', 1_500],
      ['Opportunity', 1_000],
      ['Lead', 500],
    ] as const)
      await world.org.makeRecords({ object, count, owner: 'rep@joinery-demo.example' });
    await world.org.block('rep@joinery-demo.example', 'default-lead-owner');
    await world.org.makeRecords({ object: 'Dashboard', count: 2, fields: { RunningUserId: repId } });
    expect(await world.org.permissionSetsOf(repId)).toHaveLength(3);
    expect(await membershipsOf(repId)).toBe(1);

    await world.org.clearLog();
    await world.submit(leaves('rep'));
    const task = await world.untilTask();
    expect(task).toMatchObject({ kind: 'blocked', operation: 'deactivate', employeeNumber: 'rep' });
    expect(task.remedy).toContain('Lead Settings');

    expect(await world.org.isFrozen(repId)).toBe(true);
    for (const [object, count] of [
      ['Account', 2_000],
      ['Contact', 1_500],
      ['Opportunity', 1_000],
      ['Lead', 500],
    ] as const)
      expect([object, await ownedBy(object, repId), await ownedBy(object, bossId)]).toEqual([object, 0, count]);
    expect(await world.org.permissionSetsOf(repId)).toEqual([]);
    expect(await membershipsOf(repId)).toBe(0);
    const writes = (await world.org.apiCalls()).filter(({ method }) => method === 'PATCH' || method === 'DELETE');
    expect(writes[0]?.body).toContain('IsFrozen');
    // 25 pages of 200, and nothing row by row.
    expect(writes.length).toBeLessThan(35);
    const [manifest] = await world.directory`
      select count(*)::int as moves, count(distinct new_owner)::int as owners from record_move where moved_at is not null`;
    expect(manifest).toEqual({ moves: 5_000, owners: 1 });

    await world.org.unblock();
    await world.untilIdle('rep');
    expect(await world.org.usersOf('rep')).toMatchObject([{ IsActive: false }]);
    expect(await findTask(world.directory, task.id)).toMatchObject({ state: 'mended' });
    expect(await world.event('rep-leave')).toMatchObject({
      state: 'done',
      outcome: { summary: expect.stringContaining('2000 Account to Ada boss') },
    });
    expect((await world.event('rep-leave')).outcome?.summary).toMatch(/scan breaks: .*2 dashboards/);
  });
});

describe('a worker that is killed while records change hands', () => {
  it('leaves no record behind and none out of the manifest', async () => {
    await openSales('real-time', { worker: false });
    let worker = await startWorkerProcess(world);
    try {
      const carriedOut = (id: string) =>
        vi.waitFor(async () => expect((await world.event(id)).state).toBe('done'), { timeout: 60_000, interval: 100 });
      await world.submit(joins('mover-boss', null));
      await carriedOut('mover-boss-join');
      await world.submit(joins('mover-rep', 'mover-boss'));
      await carriedOut('mover-rep-join');
      const [rep] = await world.org.usersOf('mover-rep');
      await world.org.makeRecords({ object: 'Account', count: 900, owner: 'mover-rep@joinery-demo.example' });

      const page = { match: { method: 'PATCH', sobject: 'Account' }, skip: 2, action: { kind: 'hold' } };
      const held = await world.org.addFault(page);
      await world.submit(leaves('mover-rep'));
      await held.hit();
      await worker.kill();
      await held.release();
      worker = await startWorkerProcess(world);

      await carriedOut('mover-rep-leave');
      expect(await ownedBy('Account', rep?.Id ?? '')).toBe(0);
      const [manifest] = await world.directory`
        select count(*)::int as moves, count(moved_at)::int as moved from record_move`;
      expect(manifest).toEqual({ moves: 900, moved: 900 });
    } finally {
      await worker.kill();
    }
  }, 120_000);
});
