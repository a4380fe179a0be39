/** What a leaver leaves behind, told as a story: records go to others by the rules, and come back with the person when somebody agrees. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { HrEvent } from '#domain/hr-event.ts';
import { findApplication, saveApplication } from '#directory/applications.ts';
import { openWorld, type World } from '../support/world.ts';

const LEAVER = 'byron@joinery-demo.example';
const MANAGER = 'lovelace@joinery-demo.example';

let world: World;

beforeEach(async () => {
  world = await openWorld('time-skipping');
  const application = await findApplication(world.directory, 'salesforce');
  if (!application) throw new Error('no application');
  const transfer = [
    { objects: ['Account', 'Opportunity'], to: ['successor', 'manager'] },
    { objects: ['Lead', 'Case'], to: ['queue:Inbound_Leads', 'user:admin@joinery-demo.example'] },
  ];
  await saveApplication(world.directory, { ...application, transfer });
});
afterEach(async () => {
  vi.useRealTimers();
  await world.close();
});

async function happens(event: HrEvent & { employeeNumber: string }): Promise<void> {
  await world.submit(event);
  await world.untilIdle(event.employeeNumber);
}

const joins = (employeeNumber: string, familyName: string, more: Record<string, string> = {}) => ({
  id: `${employeeNumber}-join-${familyName}`,
  type: 'joiner' as const,
  employeeNumber,
  effectiveDate: world.day(-1),
  profile: {
    familyName,
    email: `${familyName.toLowerCase()}@joinery-demo.example`,
    department: 'Executive',
    country: 'GB',
    ...more,
  },
});

/** How many records of a type each owner has. */
async function owners(object: string): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { Owner } of await world.org.query<{ Owner: { Name: string } }>(`SELECT Owner.Name FROM ${object}`))
    counts[Owner.Name] = (counts[Owner.Name] ?? 0) + 1;
  return counts;
}

it('gives records to the manager, a queue or a user, and back to the person who returns, when somebody agrees', async () => {
  await happens(joins('E1', 'Lovelace'));
  await happens(joins('E2', 'Byron', { managerEmployeeNumber: 'E1' }));
  await world.org.makeRecords({ object: 'Account', count: 230, owner: LEAVER });
  await world.org.makeRecords({ object: 'Account', count: 2, owner: MANAGER });
  await world.org.makeRecords({ object: 'Lead', count: 3, owner: LEAVER });
  await world.org.makeRecords({ object: 'Case', count: 1, owner: LEAVER });

  await happens({ id: 'E2-leave', type: 'leaver', employeeNumber: 'E2', effectiveDate: world.day(-1) });
  expect((await world.event('E2-leave')).state).toBe('done');
  expect(await owners('Account')).toEqual({ Lovelace: 232 });
  expect(await owners('Lead')).toEqual({ 'Inbound Leads': 3 });
  expect(await owners('Case')).toEqual({ 'Ada Administrator': 1 });
  expect(await world.org.usersOf('E2')).toMatchObject([{ IsActive: false }]);

  await world.submit({ ...joins('E2', 'Byron', { managerEmployeeNumber: 'E1' }), id: 'E2-return' });
  await world.answer('retry', (await world.untilTask()).id);
  await world.untilIdle('E2');
  expect(await owners('Account')).toEqual({ Lovelace: 2, Byron: 230 });
  expect(await owners('Lead')).toEqual({ Byron: 3 });
  expect(await owners('Case')).toEqual({ Byron: 1 });
});

it('goes on in another turn when one has taken its time, both ways', async () => {
  await happens(joins('E1', 'Lovelace'));
  await happens(joins('E2', 'Byron', { managerEmployeeNumber: 'E1' }));
  await world.org.makeRecords({ object: 'Account', count: 230, owner: LEAVER });
  const tookItsTime = async (): Promise<void> => {
    const match = { method: 'PATCH', sobject: 'Account' };
    const page = await world.org.addFault({ match, action: { kind: 'hold' } });
    await page.hit();
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 60_000 });
    await page.release();
  };

  await world.submit({ id: 'E2-leave', type: 'leaver', employeeNumber: 'E2', effectiveDate: world.day(-1) });
  await tookItsTime();
  await world.untilIdle('E2');
  expect(await owners('Account')).toEqual({ Lovelace: 230 });
  expect(await runsOf('transferOwnership')).toBe(2);

  await world.submit({ ...joins('E2', 'Byron', { managerEmployeeNumber: 'E1' }), id: 'E2-return' });
  await world.answer('retry', (await world.untilTask()).id);
  await tookItsTime();
  await world.untilIdle('E2');
  expect(await owners('Account')).toEqual({ Byron: 230 });
  expect(await runsOf('returnOwnership')).toBe(2);
  expect((await world.event('E2-return')).outcome?.summary).toContain('230 Account');
});

/** How often workflows of the leaver called this activity. */
async function runsOf(activity: string): Promise<number> {
  const events = (await world.histories('E2')).flatMap((history) => history.events ?? []);
  return events.filter((one) => one.activityTaskScheduledEventAttributes?.activityType?.name === activity).length;
}
