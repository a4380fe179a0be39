/**
 * An operator cancels a run in Temporal's UI. On the development server: the time-skipping one can not continue a run as
 * new once its cancellation was asked for.
 */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { personWorkflowId } from '#workflows/ids.ts';
import { openWorld, type World } from '../support/world.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld('real-time');
});
afterAll(() => world.close());

const SOON = { timeout: 20_000, interval: 50 };

describe('a run that an operator cancels while it waits', () => {
  it('ends that event visibly, and what else HR said of the person goes on', async () => {
    const employeeNumber = `O${randomBytes(5).toString('hex')}`;
    const profile = { familyName: 'Byron', email: `${employeeNumber}@joinery-demo.example` };
    const lane = world.client.workflow.getHandle(personWorkflowId(employeeNumber));
    const state = async (id: string) => (await world.event(`${employeeNumber}-${id}`)).state;
    const change = { employeeNumber, profile };
    await world.submit(
      { ...change, id: `${employeeNumber}-1`, type: 'joiner', effectiveDate: world.day(-3) },
      { ...change, id: `${employeeNumber}-2`, type: 'mover', effectiveDate: world.day(10) },
      { employeeNumber, id: `${employeeNumber}-3`, type: 'leaver', effectiveDate: world.day(30) },
    );
    await vi.waitFor(async () => expect((await lane.describe()).type).toBe('mover'), SOON);

    await lane.cancel();
    await vi.waitFor(async () => expect(await state('2')).toBe('cancelled'), SOON);
    await vi.waitFor(
      async () => expect(await lane.describe()).toMatchObject({ type: 'leaver', status: { name: 'RUNNING' } }),
      SOON,
    );
    expect(await state('1')).toBe('done');
    expect(await state('3')).toBe('signalled');

    await lane.cancel();
    await vi.waitFor(async () => expect((await lane.describe()).status.name).toBe('CANCELLED'), SOON);
    expect(await state('3')).toBe('cancelled');
  });
});
