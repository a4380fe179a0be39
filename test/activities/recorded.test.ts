/** What activities put on record, and what they tell, when an application gives only part of an answer or none. */
import { randomBytes } from 'node:crypto';
import { MockActivityEnvironment } from '@temporalio/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createAccountActivities } from '#activities/accounts.ts';
import { createEntitlementActivities } from '#activities/entitlements.ts';
import { createPlanActivities, type AccountPlan } from '#activities/plans.ts';
import type { Created, CreateRequest, OperationRequest, Reported } from '#activities/request.ts';
import type { Entitlement } from '#domain/account.ts';
import type { ChangeType } from '#domain/hr-event.ts';
import type { LaneEvent } from '#domain/lane.ts';
import type { Operation, OperationKind } from '#domain/plan.ts';
import { findAccount, missingManagerLinks, recordAccount, recordPending } from '#directory/accounts.ts';
import { managedEntitlements, recordGrants } from '#directory/grants.ts';
import { changePerson } from '#directory/people.ts';
import { createSealer } from '#directory/sealing.ts';
import { buildDependencies } from '#worker/dependencies.ts';
import { changeStoredApplication, saveDemoApplication } from '../support/demo-application.ts';
import { freshDirectory, type FreshDirectory } from '../support/directory.ts';
import { startSimulatedOrg, type SimulatedOrg } from '../support/simulator.ts';

let directory: FreshDirectory;
let org: SimulatedOrg;
let dependencies: ReturnType<typeof buildDependencies>;
const secretKey = randomBytes(32);

beforeAll(async () => {
  directory = await freshDirectory();
});
afterAll(() => directory.close());
beforeEach(async () => {
  await directory.sql`truncate person, application cascade`;
  org = await startSimulatedOrg();
  dependencies = buildDependencies({
    databaseUrl: directory.url,
    secretKey,
    oldSecretKeys: [],
    smtpUrl: 'smtp://127.0.0.1:9',
    mailFrom: 'joinery@joinery-demo.example',
    defaultTimeZone: 'UTC',
  });
  await saveDemoApplication(directory.sql, createSealer(secretKey), org.url);
  await changeStoredApplication(directory.sql, {
    birthrights: [{ when: 'true', grant: [{ type: 'profile', name: 'Sales User' }, CONSOLE, NO_SUCH, EDITOR] }],
  });
});
afterEach(async () => {
  await dependencies.close();
  await org.close();
});

const set = (name: string): Entitlement => ({ type: 'permission-set', name });
const CONSOLE = set('Sales_Console');
const EDITOR = set('Forecast_Editor');
const NO_SUCH = set('Sales_Consoul');
const LIMIT = {
  kind: 'status',
  status: 403,
  body: [{ message: 'TotalRequests Limit exceeded.', errorCode: 'REQUEST_LIMIT_EXCEEDED' }],
};

const event = (employeeNumber: string, type: ChangeType = 'joiner'): LaneEvent => ({
  id: `${type}-${employeeNumber}`,
  sequence: 1,
  type,
  employeeNumber,
  person: employeeNumber,
  dueAt: '2026-01-01T00:00:00Z',
  acceptedAt: '2026-01-01T00:00:00Z',
  immediate: false,
  amendments: [],
});
const operation = (kind: OperationKind, more: Partial<Operation> = {}): Operation => ({
  kind,
  changes: [],
  entitlements: [],
  reason: 'birthright',
  ...more,
});

async function hired(employeeNumber: string, profile: Record<string, string> = {}): Promise<void> {
  const email = `${employeeNumber.toLowerCase()}@joinery-demo.example`;
  const named = { givenName: 'Ada', familyName: 'Byron', email, country: 'GB', timeZone: 'Europe/London', ...profile };
  await changePerson(directory.sql, { employeeNumber, status: 'active', profile: named });
}

/** Somebody with an account, made in Setup and on record. */
async function member(employeeNumber: string, profile: Record<string, string> = {}): Promise<string> {
  await hired(employeeNumber, profile);
  const username = `${employeeNumber.toLowerCase()}@joinery-demo.example`;
  const nativeId = await org.createUser({ Username: username, EmployeeNumber: employeeNumber });
  await recordAccount(directory.sql, {
    employeeNumber,
    application: 'salesforce',
    nativeId,
    username,
    status: 'active',
  });
  return nativeId;
}

const managed = async () =>
  (await managedEntitlements(directory.sql, 'E1', 'salesforce')).map(({ name }) => name).toSorted();

function grant(entitlements: Entitlement[], environment = new MockActivityEnvironment()): Promise<Reported> {
  const { grantEntitlements } = createEntitlementActivities(dependencies);
  const request: OperationRequest = {
    event: event('E1'),
    application: 'salesforce',
    operation: operation('grant', { entitlements }),
  };
  return environment.run(grantEntitlements, request) as Promise<Reported>;
}

function plan(type: ChangeType = 'joiner'): Promise<AccountPlan> {
  const { planAccount } = createPlanActivities(dependencies);
  const request = { event: event('E1', type), application: 'salesforce' };
  return new MockActivityEnvironment().run(planAccount, request) as Promise<AccountPlan>;
}

describe('an account that two people match at once', () => {
  it('is the first one’s; the other is told whose it is', async () => {
    const nativeId = await member('E1');
    await hired('E2');
    const { linkAccount } = createAccountActivities(dependencies);
    const account = { nativeId, username: 'e1@joinery-demo.example', status: 'active' as const };
    const request = { event: event('E2'), application: 'salesforce', operation: operation('link'), account };
    await expect(new MockActivityEnvironment().run(linkAccount, request)).rejects.toMatchObject({
      type: 'conflict',
      nonRetryable: true,
      message: 'salesforce: e1@joinery-demo.example matches E2 and is the account of E1',
    });
    expect(await findAccount(directory.sql, 'E2', 'salesforce')).toBeUndefined();
  });
});

describe('a grant', () => {
  const assigning = { method: 'POST', body: 'PermissionSetAssignment' };

  it('that was done and whose answer is lost is on record', async () => {
    const user = await member('E1');
    await org.addFault({ match: assigning, action: { kind: 'cut', when: 'after-commit' } });
    await expect(grant([CONSOLE])).rejects.toMatchObject({ type: 'transient' });
    expect(await org.permissionSetsOf(user)).toEqual(['Sales_Console']);
    expect(await managed()).toEqual(['Sales_Console']);
  });

  it('that is cancelled while it is at work is on record', async () => {
    await member('E1');
    const fault = await org.addFault({ match: assigning, action: { kind: 'hold' } });
    const environment = new MockActivityEnvironment();
    const granting = grant([CONSOLE], environment);
    const ended = expect(granting).rejects.toThrow('cancelled');
    await fault.hit();
    environment.cancel();
    await ended;
    await fault.release();
    expect(await managed()).toEqual(['Sales_Console']);
  });

  it('that is refused is not on record, unless it was before', async () => {
    await member('E1');
    const { entries } = await grant([CONSOLE, NO_SUCH]);
    expect(entries.map(({ outcome, subjects }) => [outcome, ...subjects])).toEqual([
      ['done', 'permission-set Sales_Console'],
      ['failed', 'permission-set Sales_Consoul'],
    ]);
    expect(await managed()).toEqual(['Sales_Console']);

    const earlier = { employeeNumber: 'E1', application: 'salesforce', eventId: 'earlier', reason: 'birthright' };
    await recordGrants(directory.sql, earlier, [NO_SUCH]);
    await grant([CONSOLE, NO_SUCH]);
    expect(await managed()).toEqual(['Sales_Console', 'Sales_Consoul']);
  });

  it('of which a part has to wait for long tells the part that is done', async () => {
    await member('E1');
    await org.addFault({ match: assigning, action: LIMIT });
    const licence = { type: 'permission-set-license', name: SET_LICENCE };
    const { entries } = await grant([licence, CONSOLE]);
    expect(entries).toMatchObject([
      { outcome: 'done', subjects: [`permission-set-license ${SET_LICENCE}`] },
      {
        outcome: 'failed',
        subjects: ['permission-set Sales_Console'],
        failure: { kind: 'throttled', retryAfterMs: expect.any(Number) as number },
      },
    ]);
  });
});

describe('an account that is made together with its grants', () => {
  const assigning = { method: 'POST', body: 'PermissionSetAssignment' };

  /** Once it is planned, something may stand in the way of the grant. */
  async function create(entitlements: Entitlement[], standInTheWay?: () => Promise<unknown>): Promise<Created> {
    await hired('E1', { email: 'e1@joinery-demo.example', department: 'Sales', country: 'US' });
    const { operations } = await plan();
    const { createAccount } = createAccountActivities(dependencies);
    const [making] = operations;
    if (making?.kind !== 'create') throw new Error('nothing is to be made');
    await standInTheWay?.();
    return new MockActivityEnvironment().run(createAccount, {
      event: event('E1'),
      application: 'salesforce',
      operation: making,
      grant: operation('grant', { entitlements }),
    } satisfies CreateRequest) as Promise<Created>;
  }
  const told = ({ entries }: Created) => entries.map((entry) => [entry.operation, entry.outcome, ...entry.subjects]);

  it('is told with what was given and what was refused', async () => {
    const made = await create([CONSOLE, NO_SUCH]);
    expect(made.granted).toBe(true);
    expect(told(made)).toMatchObject([
      ['create', 'done', 'profile Sales User'],
      ['grant', 'done', 'permission-set Sales_Console'],
      ['grant', 'failed', 'permission-set Sales_Consoul'],
    ]);
    const [user] = await org.usersOf('E1');
    expect(await org.permissionSetsOf(user?.Id ?? '')).toEqual(['Sales_Console']);
    expect(await managed()).toEqual(['Sales_Console']);
  });

  it('is told alone when the grant has to be tried again, which is on record already', async () => {
    const made = await create([CONSOLE], () =>
      org.addFault({ match: assigning, action: { kind: 'cut', when: 'after-commit' } }),
    );
    expect(made.granted).toBeUndefined();
    expect(told(made)).toMatchObject([['create', 'done', 'profile Sales User']]);
    expect(await managed()).toEqual(['Sales_Console']);
    await grant([CONSOLE]);
    expect(await org.usersOf('E1')).toHaveLength(1);
  });
});

const SET_LICENCE = 'SalesConsoleUser';

describe('a manager link that the application has no time for', () => {
  it('is a failed entry beside the account’s own, and is still missing', async () => {
    const boss = await member('E1');
    await member('E2', { managerEmployeeNumber: 'E1' });
    await org.addFault({ match: { body: 'ManagerId' }, action: LIMIT });
    const { updateAccount } = createAccountActivities(dependencies);
    const changes = [{ attribute: 'Title', old: null, new: 'Director' }];
    const { entries } = (await new MockActivityEnvironment().run(updateAccount, {
      event: event('E1', 'mover'),
      application: 'salesforce',
      operation: operation('update', { changes }),
    } satisfies OperationRequest)) as Reported;
    expect(entries).toMatchObject([
      { outcome: 'done', employeeNumber: 'E1', changes },
      { outcome: 'failed', employeeNumber: 'E2', failure: { kind: 'throttled' } },
    ]);
    expect(await missingManagerLinks(directory.sql, ['E2'], 'salesforce', 10)).toMatchObject([
      { managerNativeId: boss },
    ]);
  });
});

describe('a plan', () => {
  it('foresees of a grant exactly what is refused, and the account can be made', async () => {
    await hired('E1');
    const { operations, foreseen } = await plan();
    expect(operations.map(({ kind }) => kind)).toEqual(['create', 'grant']);
    expect(foreseen).toMatchObject({
      operation: { kind: 'grant', entitlements: [NO_SUCH] },
      failure: { kind: 'invalid-data', message: 'salesforce: there is no permission-set "Sales_Consoul"' },
    });
  });

  it('foresees what stops the account before what stops a grant, and tells both', async () => {
    await hired('E1', { timeZone: 'Pacific/Chatham' });
    const { foreseen } = await plan();
    expect(foreseen?.operation.kind).toBe('create');
    expect(foreseen?.failure.message).toMatch(/Pacific\/Chatham.*Sales_Consoul/s);
  });

  it('forgets a grant that somebody took away, and not one whose call may still be at work', async () => {
    const user = await member('E1');
    await org.assign(user, 'Sales_Console');
    const given = { employeeNumber: 'E1', application: 'salesforce', eventId: 'earlier', reason: 'birthright' };
    await recordGrants(directory.sql, given, [CONSOLE, EDITOR, set('Developer_Tools')]);
    await directory.sql`update "grant" set granted_at = now() - interval '1 hour' where name <> 'Developer_Tools'`;
    await plan('mover');
    expect(await managed()).toEqual(['Developer_Tools', 'Sales_Console']);
  });

  it('forgets a pending value that is not wanted any more', async () => {
    await member('E1', { title: 'Engineer' });
    const sentAt = new Date().toISOString();
    await recordPending(directory.sql, 'E1', 'salesforce', {
      Title: { value: 'Engineer', sentAt },
      Email: { value: 'another@joinery-demo.example', sentAt },
    });
    const { operations } = await plan('mover');
    const changed = operations.flatMap(({ changes }) => changes.map(({ attribute }) => attribute));
    expect(changed).not.toContain('Title');
    expect((await findAccount(directory.sql, 'E1', 'salesforce'))?.pending).toEqual({
      Title: { value: 'Engineer', sentAt },
    });
  });

  it('takes nothing from an account for what was granted to a former one', async () => {
    const user = await member('E1');
    await org.assign(user, 'Developer_Tools');
    const given = { employeeNumber: 'E1', application: 'salesforce', eventId: 'earlier', reason: 'birthright' };
    await recordGrants(directory.sql, given, [set('Developer_Tools')]);
    expect((await plan('mover')).operations.map(({ kind }) => kind)).toContain('revoke');
    await directory.sql`update account set native_id = '005000000000000AAA'`;
    const { operations } = await plan('mover');
    expect(operations[0]?.kind).toBe('link');
    expect(operations.map(({ kind }) => kind)).not.toContain('revoke');
  });
});
