/**
 * The worker is killed with -9 at the worst moments: the application or the mail server has done what it was asked, and
 * nobody has heard so. Another worker goes on. There is exactly one account, and each person is told exactly once.
 */
import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { caughtMails, mailFault } from '../support/mails.ts';
import { startWorkerProcess, type WorkerProcess } from '../support/worker-process.ts';
import { openWorld, type World } from '../support/world.ts';

/** A dead worker is noticed when its heartbeats stop, after ten seconds. */
const NOTICED = { timeout: 60_000, interval: 100 };

let world: World;
let worker: WorkerProcess;
let person: string;

beforeAll(async () => {
  world = await openWorld('real-time', { worker: false });
});
afterAll(() => world.close());
beforeEach(async () => {
  person = `W${randomBytes(5).toString('hex')}`;
  worker = await startWorkerProcess(world);
});
afterEach(() => worker.kill());

const joiner = () => ({
  id: `${person}-join`,
  type: 'joiner' as const,
  employeeNumber: person,
  effectiveDate: world.day(-1),
  profile: {
    givenName: 'Ada',
    familyName: 'Byron',
    email: `${person}@joinery-demo.example`,
    department: 'Sales',
    country: 'GB',
  },
});
const leaver = () => ({
  id: `${person}-leave`,
  type: 'leaver' as const,
  employeeNumber: person,
  effectiveDate: world.day(0),
});

async function killedAt(fault: { hit(): Promise<void>; release(): Promise<void> }): Promise<void> {
  await fault.hit();
  await worker.kill();
  await fault.release();
  worker = await startWorkerProcess(world);
}

const settled = (id: string) => vi.waitFor(async () => expect((await world.event(id)).state).toBe('done'), NOTICED);

async function expectOneAccountAndOneWelcome(): Promise<void> {
  const users = await world.org.usersOf(person);
  expect(users).toMatchObject([
    { IsActive: true, Username: `${person}@joinery-demo.example`.toLowerCase(), Profile: { Name: 'Sales User' } },
  ]);
  expect(await world.org.permissionSetsOf(users[0]?.Id ?? '')).toEqual(['Forecast_Editor', 'Sales_Console']);
  const mails = (await caughtMails(world.mail)).filter(({ messageId }) => messageId.includes(person));
  expect(mails).toHaveLength(1);
}

describe('a worker killed', () => {
  it.each([
    ['while it waits for what it asked Salesforce', { method: 'POST', path: '/composite$' }],
    [
      'between Salesforce’s commit of a new user and the answer',
      { method: 'POST', path: '/composite/sobjects$', body: 'TimeZoneSidKey' },
    ],
    [
      'between Salesforce’s commit of a permission set and the answer',
      { method: 'POST', path: '/composite', body: 'PermissionSetId' },
    ],
  ])('%s leaves one account and one mail', async (_, match) => {
    const fault = await world.org.addFault({ match, action: { kind: 'hold' } });
    await world.submit(joiner());
    await killedAt(fault);
    await settled(`${person}-join`);
    await expectOneAccountAndOneWelcome();
  });

  it('between the mail server’s yes and its being heard leaves one mail', async () => {
    const fault = await mailFault(world.mail, { stage: 'data', action: 'hold-after-accept', times: 1 });
    await world.submit(joiner());
    await killedAt(fault);
    await settled(`${person}-join`);
    await expectOneAccountAndOneWelcome();
  });

  it.each([
    ['freeze', { method: 'PATCH', body: 'IsFrozen' }],
    ['deactivation', { method: 'PATCH', body: 'IsActive' }],
  ])('between Salesforce’s commit of a leaver’s %s and the answer ends with no access', async (_, match) => {
    await world.submit(joiner());
    await settled(`${person}-join`);
    const fault = await world.org.addFault({ match, action: { kind: 'hold' } });
    await world.submit(leaver());
    await killedAt(fault);
    await settled(`${person}-leave`);
    const [user, ...others] = await world.org.usersOf(person);
    expect(others).toEqual([]);
    expect(user).toMatchObject({ IsActive: false });
    expect(await world.org.isFrozen(user?.Id ?? '')).toBe(true);
    expect(await world.org.permissionSetsOf(user?.Id ?? '')).toEqual([]);
  });
});
