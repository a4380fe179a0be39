/** What single refusals of Salesforce mean: a row that is done already, one that waiting mends, one that is somebody else's. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Connector, EntitlementChange } from '#connectors/connector.ts';
import type { Entitlement } from '#domain/account.ts';
import { refusal } from '#connectors/salesforce/failures.ts';
import { salesforce } from '#connectors/salesforce/index.ts';
import { startSimulatedOrg, type SimulatedOrg } from '../support/simulator.ts';
import { connect, failureOf, newAccount, onlyId, permissionSet } from './salesforce-org.ts';

const ROLE: Entitlement = { type: 'role', name: 'Sales_Rep' };
const FEATURE: Entitlement = { type: 'feature-license', name: 'UserPermissionsMarketingUser' };
const LICENCE: Entitlement = { type: 'permission-set-license', name: 'SalesConsoleUser' };

describe('salesforce', () => {
  let org: SimulatedOrg;
  let connector: Required<Connector>;
  let nativeId: string;
  beforeEach(async () => {
    org = await startSimulatedOrg();
    connector = connect(org);
    nativeId = onlyId(await connector.create([newAccount(1)]));
  });
  afterEach(() => org.close());

  const change = (entitlement: Entitlement): EntitlementChange => ({ nativeId, entitlement });
  const refuseRow = (statusCode: string, message: string, method = 'PATCH') =>
    org.addFault({ match: { method, path: '/composite' }, action: { kind: 'row-error', row: 0, statusCode, message } });
  const refuseCall = (status: number, body: unknown, path = '/composite/sobjects') =>
    org.addFault({ match: { path }, action: { kind: 'status', status, body, contentType: 'text/html' } });

  describe('a grant on the user’s own row', () => {
    it.each([ROLE, FEATURE])('of a $type is not done because a trigger speaks of duplicates', async (entitlement) => {
      await refuseRow('CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY', 'Duplicate PermissionSetAssignment in a trigger');
      expect(await connector.grant([change(entitlement)])).toMatchObject([{ ok: false }]);
    });

    it('is not done because something else of the user is taken', async () => {
      await refuseRow('DUPLICATE_VALUE', 'duplicate value found: EmployeeNumber');
      expect(await connector.grant([change(ROLE)])).toMatchObject([{ ok: false, error: { kind: 'conflict' } }]);
    });

    it('does not take a role that is gone for the user', async () => {
      await refuseRow('INVALID_CROSS_REFERENCE_KEY', 'invalid cross reference id');
      const [outcome] = await connector.grant([change(ROLE)]);
      expect(outcome).toMatchObject({ ok: false, error: { message: expect.not.stringContaining('no such user') } });
    });
  });

  it('a grant of a permission set is done when it says that it is there in words alone', async () => {
    await refuseRow('UNKNOWN', 'Duplicate PermissionSetAssignment. Assignee: x', 'POST');
    expect(await connector.grant([change(permissionSet('Sales_Console'))])).toEqual([{ ok: true, nativeId }]);
  });

  it('a revoke of what somebody else has just taken is done', async () => {
    onlyId(await connector.grant([change(LICENCE)]));
    await refuseRow('INVALID_CROSS_REFERENCE_KEY', 'invalid cross reference id', 'DELETE');
    expect(await connector.revoke([change(LICENCE)])).toMatchObject([{ ok: true, nativeId }]);
  });

  it('takes a number that looks like an id for no reference: it is the user that is gone', async () => {
    await refuseRow('INVALID_CROSS_REFERENCE_KEY', 'invalid cross reference id');
    const update = { nativeId, attributes: { EmployeeNumber: 'A12345678901234' }, entitlements: [] };
    expect(await connector.update([update])).toMatchObject([{ ok: false, error: { kind: 'not-found' } }]);
  });

  describe('waiting mends', () => {
    const LOCKED =
      'UserTrigger: System.DmlException: first error: UNABLE_TO_LOCK_ROW, unable to obtain exclusive access';

    it.each(['CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY', 'CANNOT_EXECUTE_FLOW_TRIGGER'])(
      'a lock that a trigger or flow met (%s), also when it is a leaver',
      async (code) => {
        await refuseRow(code, LOCKED);
        const update = { nativeId, attributes: { Title: 'X' }, entitlements: [] };
        expect(await connector.update([update])).toMatchObject([{ ok: false, error: { kind: 'transient', code } }]);
        await refuseRow(code, LOCKED);
        expect(await connector.deactivate([nativeId])).toMatchObject([{ ok: false, error: { kind: 'transient' } }]);
        await refuseRow(code, 'the trigger says no');
        expect(await connector.deactivate([nativeId])).toMatchObject([{ ok: false, error: { kind: 'blocked' } }]);
      },
    );

    it.each([408, 425, 429])('HTTP %i, of which nobody knows whether a create was done', async (status) => {
      await refuseCall(status, 'come again later');
      const update = { nativeId, attributes: { Title: 'X' }, entitlements: [] };
      expect(await failureOf(connector.update([update]))).toMatchObject({ kind: 'transient' });
      await refuseCall(status, 'come again later');
      expect(await failureOf(connector.create([newAccount(2)]))).toMatchObject({ kind: 'unknown-outcome' });
    });

    it('a page of a result that is no longer there', () => {
      const native = { errorCode: 'INVALID_QUERY_LOCATOR', message: 'Invalid query locator' };
      expect(refusal(native, { action: 'find', status: 404 }).kind).toBe('transient');
    });
  });

  it.each([
    [413, 'bug'],
    [415, 'bug'],
    [401, 'auth'],
    [403, 'auth'],
    [404, 'auth'],
    [302, 'auth'],
  ])('takes HTTP %i without a word of Salesforce for %s', async (status, kind) => {
    await refuseCall(status, '<html>no</html>');
    const update = { nativeId, attributes: { Title: 'X' }, entitlements: [] };
    expect(await failureOf(connector.update([update]))).toMatchObject({ kind });
  });
});
