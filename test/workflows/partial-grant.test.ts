/** A grant of which a part is refused gives the rest. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { changeStoredApplication } from '../support/demo-application.ts';
import { openWorld, type World } from '../support/world.ts';

let world: World;
beforeEach(async () => {
  const set = (name: string) => ({ type: 'permission-set', name });
  const grant = [{ type: 'profile', name: 'Sales User' }, set('Sales_Console'), set('Sales_Consoul')];
  world = await openWorld('time-skipping');
  await changeStoredApplication(world.directory, { birthrights: [{ when: 'true', grant }] });
});
afterEach(() => world.close());

it('makes the account, grants the rest, and waits with a task for the wrong name alone until it is skipped', async () => {
  const profile = { givenName: 'Ada', familyName: 'Byron', email: 'ada@joinery-demo.example', country: 'GB' };
  await world.submit({ id: 'j1', type: 'joiner', employeeNumber: 'E1', effectiveDate: world.day(-1), profile });
  const { id, operation, message } = await world.untilTask();
  expect([operation, message]).toEqual(['grant', expect.stringContaining('Sales_Consoul')]);
  const [user] = await world.org.usersOf('E1');
  expect(await world.org.permissionSetsOf(user?.Id ?? '')).toEqual(['Sales_Console']);
  await world.answer('skip', id, { note: 'a typing error' });
  await world.untilIdle('E1');
  expect((await world.event('j1')).outcome?.summary).toMatch(
    /grant permission-set Sales_Console, done\nsalesforce: grant, skipped/,
  );
});
