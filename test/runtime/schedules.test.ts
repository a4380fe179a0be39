/** Schedules on the real development server: made once, brought up to date, run by Temporal. */
import { randomBytes } from 'node:crypto';
import type { Client, Connection } from '@temporalio/client';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { ensureSchedule, type ScheduledWorkflow } from '#runtime/schedules.ts';
import { connectTemporal } from '#runtime/temporal.ts';

let connection: Connection;
let client: Client;
let wanted: ScheduledWorkflow;

beforeAll(async () => {
  const address = inject('temporalAddress');
  const temporal = { address, namespace: 'default', connectionOptions: { address } };
  ({ connection, client } = await connectTemporal({ temporal }));
});
beforeEach(() => {
  // A name of its own for each test: the server is shared.
  const workflowType = `test-${randomBytes(5).toString('hex')}`;
  wanted = { workflowType, taskQueue: `${workflowType}-queue`, everySeconds: 3_600, summary: 'looks after what waits' };
});
afterEach(() => handle().delete());
afterAll(() => connection.close());

const handle = () => client.schedule.getHandle(wanted.workflowType);

describe('a schedule', () => {
  it('starts its workflow on its task queue, never two at once, and does not catch up', async () => {
    await ensureSchedule(client, wanted);
    const { spec, action, policies, state } = await handle().describe();
    expect(spec.intervals).toMatchObject([{ every: 3_600_000 }]);
    expect(action).toMatchObject({
      workflowType: wanted.workflowType,
      workflowId: wanted.workflowType,
      taskQueue: wanted.taskQueue,
    });
    expect(policies).toMatchObject({ overlap: 'SKIP', catchupWindow: 60_000 });
    expect(state.paused).toBe(false);
  });

  it('that is wanted again is the same; changed, it is brought up to date', async () => {
    await ensureSchedule(client, wanted);
    const before = await handle().describe();
    await ensureSchedule(client, wanted);
    const again = await handle().describe();
    expect([again.spec.intervals, again.action]).toEqual([before.spec.intervals, before.action]);

    await ensureSchedule(client, { ...wanted, everySeconds: 60, taskQueue: 'another' });
    const { spec, action } = await handle().describe();
    expect(spec.intervals).toMatchObject([{ every: 60_000 }]);
    expect(action).toMatchObject({ taskQueue: 'another', workflowId: wanted.workflowType });
  });

  it('that somebody paused stays paused, with the note', async () => {
    await ensureSchedule(client, wanted);
    await handle().pause('until the licences are there');
    await ensureSchedule(client, { ...wanted, everySeconds: 60 });
    const { state, spec } = await handle().describe();
    expect(state).toMatchObject({ paused: true, note: 'until the licences are there' });
    expect(spec.intervals).toMatchObject([{ every: 60_000 }]);
  });

  it('wanted by many processes at once is one', async () => {
    await Promise.all(Array.from({ length: 8 }, () => ensureSchedule(client, wanted)));
    expect((await handle().describe()).spec.intervals).toHaveLength(1);
  });

  it('is run by Temporal at its interval, under ids that begin with its name', async () => {
    await ensureSchedule(client, { ...wanted, everySeconds: 1 });
    const runs = async () =>
      (await handle().describe()).info.recentActions.map(({ action }) => action.workflow.workflowId);
    await expect.poll(async () => (await runs()).length, { timeout: 15_000 }).toBeGreaterThan(0);
    for (const id of await runs()) expect(id).toMatch(new RegExp(`^${wanted.workflowType}-2`));
    await handle().pause();
    const [first = ''] = await runs();
    await client.workflow.getHandle(first).terminate();
  }, 30_000);
});
