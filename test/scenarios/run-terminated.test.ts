/** Somebody terminates a run that waits with a task: the event is begun again, and no task is left behind. */
import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { findTask } from '#directory/tasks.ts';
import { openWorld, type World } from '../support/world.ts';

let world: World;
beforeEach(async () => {
  world = await openWorld('real-time');
});
afterEach(() => world.close());

const person = `K${randomBytes(5).toString('hex')}`;

async function stuckAndTerminated(): Promise<number> {
  await world.org.setLicence('Salesforce', 0);
  await world.submit({
    id: `j-${person}`,
    type: 'joiner',
    employeeNumber: person,
    effectiveDate: world.day(-2),
    profile: {
      givenName: 'Ada',
      familyName: 'Byron',
      email: `${person}@joinery-demo.example`,
      timeZone: 'Europe/London',
    },
  });
  const { id } = await world.untilTask();
  await world.client.workflow.getHandle(`person:${person}`).terminate('by mistake');
  expect(await world.answer('retry', id)).toMatchObject({
    result: 'refused',
    why: expect.stringContaining(`the run of task ${id} has ended`),
  });
  return id;
}

it('finds its task where it is still stuck, and closes it where it is not', async () => {
  const id = await stuckAndTerminated();
  await world.signalAgain(`j-${person}`);
  await expect.poll(async () => (await world.answer('retry', id)).result, { timeout: 20_000 }).toBe('answered');
  await expect.poll(async () => (await findTask(world.directory, id))?.attempts, { timeout: 20_000 }).toBe(2);

  await expect
    .poll(async () => (await world.currentDetails(person)).includes(`waits for task ${id}`), { timeout: 20_000 })
    .toBe(true);
  await world.client.workflow.getHandle(`person:${person}`).terminate('again');
  await world.org.setLicence('Salesforce', 100);
  await world.signalAgain(`j-${person}`);
  await world.untilIdle(person);
  expect(await world.event(`j-${person}`)).toMatchObject({ state: 'done' });
  expect(await findTask(world.directory, id)).toMatchObject({ state: 'mended', closedBy: 'joinery' });
  expect(await world.org.usersOf(person)).toHaveLength(1);
}, 60_000);
