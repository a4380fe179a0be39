/** What a mover changes in depth: an e-mail address that has to be confirmed, a role that replaces another, what others gave. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { HrEvent } from '#domain/hr-event.ts';
import { findAccount } from '#directory/accounts.ts';
import { managedEntitlements } from '#directory/grants.ts';
import { openWorld, type World } from '../support/world.ts';

let world: World;
beforeEach(async () => {
  world = await openWorld('time-skipping');
  await happens({
    id: 'join',
    type: 'joiner',
    employeeNumber: 'E1',
    effectiveDate: world.day(-3),
    profile: {
      givenName: 'Ada',
      familyName: 'Byron',
      email: 'ada@joinery-demo.example',
      department: 'Sales',
      country: 'GB',
    },
  });
});
afterEach(() => world.close());

async function happens(event: HrEvent): Promise<void> {
  await world.submit(event);
  await world.untilIdle('E1');
}

const moves = (id: string, profile: Record<string, string>): HrEvent => ({
  id,
  type: 'mover',
  employeeNumber: 'E1',
  effectiveDate: world.day(-1),
  profile,
});
const summary = async (id: string) => (await world.event(id)).outcome?.summary ?? '';
const roleOf = async () =>
  (
    await world.org.query<{ UserRole: { DeveloperName: string } | null }>(
      `SELECT UserRole.DeveloperName FROM User WHERE EmployeeNumber = 'E1'`,
    )
  )[0]?.UserRole?.DeveloperName;
const managed = async () =>
  (await managedEntitlements(world.directory, 'E1', 'salesforce')).map(({ type, name }) => `${type} ${name}`);

describe('a new e-mail address that Salesforce holds until it is confirmed', () => {
  it('is pending, and is not sent again with the next change, until it is confirmed', async () => {
    await world.org.confirmEmails(true);
    await happens(moves('m1', { email: 'ada.king@joinery-demo.example', title: 'Manager' }));
    expect(await summary('m1')).toMatch(/salesforce: update, done\nsalesforce: update, pending/);
    const pending = async () => (await findAccount(world.directory, 'E1', 'salesforce'))?.pending;
    expect(await pending()).toMatchObject({ Email: { value: 'ada.king@joinery-demo.example' } });
    expect(await world.org.emailConfirmations()).toMatchObject({ pending: 1, sent: 1 });

    await happens(moves('m2', { title: 'Director' }));
    expect(await world.org.emailConfirmations()).toMatchObject({ pending: 1, sent: 1 });
    expect(await pending()).toMatchObject({ Email: { value: 'ada.king@joinery-demo.example' } });

    await world.org.confirmEmail('ada@joinery-demo.example');
    await happens(moves('m3', { email: 'ada.byron@joinery-demo.example' }));
    expect(await pending()).toMatchObject({ Email: { value: 'ada.byron@joinery-demo.example' } });
  });
});

describe('a mover to another department', () => {
  it('gets the other role in place of the old one, and only what Joinery gave is taken', async () => {
    const [user] = await world.org.usersOf('E1');
    await world.org.assign(user?.Id ?? '', 'Developer_Tools');
    expect(await roleOf()).toBe('Sales_Rep');
    expect(await managed()).toContain('role Sales_Rep');

    await happens(moves('m1', { department: 'Marketing' }));
    expect(await roleOf()).toBe('Support_Agent');
    expect(await managed()).toEqual([
      'permission-set Service_Console',
      'public-group All_Staff',
      'queue Support_Queue',
      'role Support_Agent',
    ]);
    expect(await world.org.permissionSetsOf(user?.Id ?? '')).toEqual(['Developer_Tools', 'Service_Console']);

    await happens(moves('m2', { department: 'IT' }));
    expect(await roleOf()).toBeUndefined();
    expect(await managed()).not.toContain('role Support_Agent');
  });
});
