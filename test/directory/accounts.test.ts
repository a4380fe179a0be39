/** Accounts, manager links and grants as the directory keeps them. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ALL_TOGGLES } from '#domain/application.ts';
import {
  dueDeletions,
  findAccount,
  missingManagerLinks,
  recordAccount,
  recordManagerLinks,
  recordPending,
  recordStatus,
} from '#directory/accounts.ts';
import { settleHrEvent } from '#directory/hr-events.ts';
import { submitDeletions } from '#activities/retention.ts';
import { saveApplication } from '#directory/applications.ts';
import { forgetGrants, managedEntitlements, recordGrants } from '#directory/grants.ts';
import { changePerson, expectPeople, findPerson, forgetExpectedPerson } from '#directory/people.ts';
import { freshDirectory, type FreshDirectory } from '../support/directory.ts';
import { PLAIN_APPLICATION } from '../support/plain-application.ts';

let directory: FreshDirectory;

beforeAll(async () => {
  directory = await freshDirectory();
  await saveApplication(directory.sql, PLAIN_APPLICATION);
});
afterAll(() => directory.close());
beforeEach(() => directory.sql`truncate person cascade`.then(() => undefined));

const person = (employeeNumber: string, manager?: string) =>
  changePerson(directory.sql, {
    employeeNumber,
    status: 'active',
    profile: { familyName: employeeNumber, managerEmployeeNumber: manager ?? null },
  });

const account = (employeeNumber: string, managerNativeId?: string) =>
  recordAccount(
    directory.sql,
    {
      employeeNumber,
      application: 'crm',
      nativeId: `id-${employeeNumber}`,
      username: employeeNumber,
      status: 'active',
    },
    managerNativeId,
  );

const missing = (employeeNumber: string) => missingManagerLinks(directory.sql, [employeeNumber], 'crm', 200);

describe('manager links', () => {
  it('are missing neither before the manager has an account nor after they were made', async () => {
    await person('boss');
    await person('report', 'boss');
    await account('report');
    expect(await missing('report')).toEqual([]);
    await account('boss');
    const links = await missing('report');
    expect(links).toMatchObject([{ employeeNumber: 'report', nativeId: 'id-report', managerNativeId: 'id-boss' }]);
    await recordManagerLinks(directory.sql, 'crm', links);
    expect(await missing('report')).toEqual([]);
  });

  it('show a manager who arrives last every report', async () => {
    await person('boss');
    for (const name of ['a', 'b']) {
      await person(name, 'boss');
      await account(name);
    }
    await account('boss');
    expect((await missing('boss')).map(({ employeeNumber }) => employeeNumber)).toEqual(['a', 'b']);
  });

  it('keep what is known when an account is recorded again without a word about the manager', async () => {
    await person('boss');
    await person('report', 'boss');
    await account('boss');
    await account('report', 'id-boss');
    await account('report');
    expect(await missing('report')).toEqual([]);
  });
});

describe('grants', () => {
  const to = { employeeNumber: 'a', application: 'crm', eventId: 'e1', reason: 'birthright' };
  const console_ = { type: 'permission-set', name: 'Console' };

  it('keep their first reason and are forgotten one by one', async () => {
    await person('a');
    await account('a');
    await recordGrants(directory.sql, to, [console_, { type: 'permission-set', name: 'Reader' }]);
    await recordGrants(directory.sql, { ...to, reason: 'again' }, [console_]);
    expect((await managedEntitlements(directory.sql, 'a', 'crm'))[0]).toEqual({ ...console_, reason: 'birthright' });
    await forgetGrants(directory.sql, 'a', 'crm', [console_]);
    expect((await managedEntitlements(directory.sql, 'a', 'crm')).map(({ name }) => name)).toEqual(['Reader']);
  });
});

describe('people', () => {
  it('are changed field by field: what is not named stays, null clears', async () => {
    await changePerson(directory.sql, {
      employeeNumber: 'a',
      status: 'active',
      profile: { familyName: 'A', title: 'Clerk', phone: '1' },
    });
    const after = await changePerson(directory.sql, {
      employeeNumber: 'a',
      status: 'active',
      profile: { title: 'Manager', phone: null },
    });
    expect(after.profile).toEqual({ familyName: 'A', title: 'Manager' });
  });

  it('expected but never started are forgotten; those who started are not', async () => {
    await expectPeople(directory.sql, [{ employeeNumber: 'x', profile: { familyName: 'X' } }]);
    await person('y');
    await forgetExpectedPerson(directory.sql, 'x');
    await forgetExpectedPerson(directory.sql, 'y');
    expect(await findPerson(directory.sql, 'x')).toBeUndefined();
    expect(await findPerson(directory.sql, 'y')).toBeDefined();
  });

  it('known already are not made expected again', async () => {
    await person('y');
    await expectPeople(directory.sql, [{ employeeNumber: 'y', profile: { familyName: 'Other' } }]);
    expect(await findPerson(directory.sql, 'y')).toMatchObject({ status: 'active', profile: { familyName: 'y' } });
  });
});

describe('what belongs to an account', () => {
  const another = (nativeId: string) =>
    recordAccount(directory.sql, {
      employeeNumber: 'e',
      application: 'crm',
      nativeId,
      username: 'e',
      status: 'active',
    });
  const recorded = async () => ({
    grants: (await managedEntitlements(directory.sql, 'e', 'crm')).map(({ name }) => name),
    pending: Object.keys((await findAccount(directory.sql, 'e', 'crm'))?.pending ?? {}),
    linked: (await missing('e')).length === 0,
  });
  beforeEach(async () => {
    await person('boss');
    await person('e', 'boss');
    await account('boss');
    await account('e', 'id-boss');
    const to = { employeeNumber: 'e', application: 'crm', eventId: '1', reason: 'birthright' };
    await recordGrants(directory.sql, to, [{ type: 'set', name: 'Console' }]);
    const sentAt = '2026-01-01T00:00:00.000Z';
    await recordPending(directory.sql, 'e', 'crm', { Email: { value: 'e@x.example', sentAt } });
  });

  it('stays while the account is the same', async () => {
    await another('id-e');
    expect(await recorded()).toEqual({ grants: ['Console'], pending: ['Email'], linked: true });
  });

  it('does not pass to the account that follows', async () => {
    await another('id-e2');
    expect(await recorded()).toEqual({ grants: [], pending: [], linked: false });
  });

  it('is not pending any more once the account is taken out of use', async () => {
    await recordStatus(directory.sql, 'e', 'crm', 'frozen');
    expect((await recorded()).pending).toEqual(['Email']);
    await recordStatus(directory.sql, 'e', 'crm', 'inactive');
    expect((await recorded()).pending).toEqual([]);
  });

  it('is read though it was stored before it was noted when it was sent', async () => {
    await directory.sql`update account set pending = '{"Email": "e@x.example", "Phone": null}' where employee_number = 'e'`;
    expect((await findAccount(directory.sql, 'e', 'crm'))?.pending).toEqual({
      Email: { value: 'e@x.example', sentAt: null },
      Phone: { value: null, sentAt: null },
    });
  });
});

describe('a deletion that is due', () => {
  const due = async () => (await dueDeletions(directory.sql, 10)).length;
  const switched = (change: object) =>
    directory.sql`update application set ${directory.sql(change as Record<string, string>)} where name = 'crm'`;
  const deleteUser = (on: boolean) =>
    switched({ toggles: directory.sql.json({ ...ALL_TOGGLES, deleteUser: on } as never) });
  beforeEach(async () => {
    await directory.sql`delete from hr_event`;
    await person('E1');
    await account('E1');
    await directory.sql`update account set status = 'inactive', delete_at = now() - interval '1 hour'`;
  });

  it('waits where accounts may not be deleted, until they may', async () => {
    await deleteUser(false);
    expect(await due()).toBe(0);
    await deleteUser(true);
    await switched({ mode: 'link-only' });
    expect(await due()).toBe(0);
    await switched({ mode: 'provision' });
    expect(await due()).toBe(1);
  });

  it('is asked for once, and again a week after that left the account there', async () => {
    expect(await submitDeletions(directory.sql)).toBe(1);
    expect(await submitDeletions(directory.sql)).toBe(0);
    const [{ id } = { id: '' }] = await directory.sql<{ id: string }[]>`select id from hr_event`;
    await settleHrEvent(directory.sql, id, 'failed', { summary: '', workflowId: '', runId: '' });
    expect(await due()).toBe(0);
    await directory.sql`update account set delete_at = now() - interval '9 days'`;
    await directory.sql`
      update hr_event set id = id || ' of last week', accepted_at = now() - interval '8 days', settled_at = now() - interval '8 days'`;
    expect(await submitDeletions(directory.sql)).toBe(1);
  });

  it('is asked for at once where the last one was of an earlier leave', async () => {
    await submitDeletions(directory.sql);
    await directory.sql`
      update hr_event set id = id || ' of the last leave', accepted_at = now() - interval '2 days', settled_at = now() - interval '2 days'`;
    expect(await due()).toBe(1);
  });
});
