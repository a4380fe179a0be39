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

  describe('knows a permission set', () => {
    const CONSOLE = permissionSet('Sales_Console');
    const setId = async (name: string) =>
      (await org.query<{ Id: string }>(`SELECT Id FROM PermissionSet WHERE Name = '${name}'`))[0]?.Id ?? '';
    const makeSet = (Name: string) =>
      org.asAdministrator('/sobjects/PermissionSet', { method: 'POST', body: JSON.stringify({ Name, Label: Name }) });

    it('by its namespace: a package’s own is not ours', async () => {
      await makeSet('Admin');
      const fields = { Name: 'Admin', Label: 'Admin', NamespacePrefix: 'quoteit' };
      await org.makeRecords({ object: 'PermissionSet', count: 1, fields });
      const group = { DeveloperName: 'Sales_Bundle', MasterLabel: 'Bundle', NamespacePrefix: 'quoteit' };
      await org.makeRecords({ object: 'PermissionSetGroup', count: 1, fields: group });
      const theirs = [permissionSet('quoteit__Admin'), { type: 'permission-set-group', name: 'quoteit__Sales_Bundle' }];
      for (const outcome of await connector.grant(theirs.map(change))) onlyId([outcome]);
      const held = async () => (await connector.read([nativeId]))[0]?.entitlements.slice(1);
      expect(await held()).toEqual(theirs);
      onlyId(await connector.revoke([change(permissionSet('Admin'))]));
      expect(await held()).toEqual(theirs);
      for (const outcome of await connector.revoke(theirs.map(change))) onlyId([outcome]);
      expect(await held()).toEqual([]);
    });

    it('that was made anew: the next try gives the new one', async () => {
      await makeSet('Short_Lived');
      const shortLived = permissionSet('Short_Lived');
      onlyId(await connector.grant([change(shortLived)]));
      onlyId(await connector.revoke([change(shortLived)]));
      await org.asAdministrator(`/sobjects/PermissionSet/${await setId('Short_Lived')}`, { method: 'DELETE' });
      await makeSet('Short_Lived');
      expect(await connector.grant([change(shortLived)])).toMatchObject([{ ok: false, error: { kind: 'transient' } }]);
      onlyId(await connector.grant([change(shortLived)]));
      await org.asAdministrator(`/composite/sobjects?ids=${await assignment('Short_Lived')}`, { method: 'DELETE' });
      await org.asAdministrator(`/sobjects/PermissionSet/${await setId('Short_Lived')}`, { method: 'DELETE' });
      expect(await connector.grant([change(shortLived)])).toMatchObject([
        { ok: false, error: { kind: 'invalid-data', message: expect.stringContaining('there is no permission-set') } },
      ]);
    });

    it('that was made seconds ago, and asks for one that is not there once', async () => {
      onlyId(await connector.grant([change(CONSOLE)]));
      await makeSet('Brand_New');
      onlyId(await connector.grant([change(permissionSet('Brand_New'))]));
      await connector.grant([change(permissionSet('Nowhere'))]);
      await org.clearLog();
      await connector.grant([change(permissionSet('Nowhere'))]);
      expect(await org.apiCalls()).toEqual([]);
    });

    const assignment = async (name: string) =>
      (
        await org.query<{ Id: string }>(
          `SELECT Id FROM PermissionSetAssignment WHERE AssigneeId = '${nativeId}' AND PermissionSet.Name = '${name}'`,
        )
      )[0]?.Id ?? '';
  });

  it('reads all permission sets of somebody who has more than a page of them', async () => {
    const fields = { Name: 'Set_{n}', Label: 'Set {n}' };
    const sets = await org.makeRecords({ object: 'PermissionSet', count: 450, fields });
    for (const PermissionSetId of sets)
      await org.asAdministrator('/sobjects/PermissionSetAssignment', {
        method: 'POST',
        body: JSON.stringify({ AssigneeId: nativeId, PermissionSetId }),
      });
    const [account] = await connector.read([nativeId]);
    expect(account?.entitlements).toHaveLength(1 + sets.length);
  });

  it('lets an urgent leaver’s look-up pass the crowd that waits', async () => {
    const narrow = connect(org, { concurrency: 1, timeoutMs: 60_000 });
    const held = await org.addFault({ match: { path: '/composite' }, action: { kind: 'hold' } });
    const crowd = [narrow.ownership.findOwner({ by: 'user', name: 'nobody@x.example' })];
    await held.hit();
    crowd.push(narrow.ownership.findOwner({ by: 'user', name: 'somebody@x.example' }));
    const leaver = narrow.revoke([change(LICENCE)], { urgent: true });
    await held.release();
    await Promise.all([...crowd, leaver]);
    const calls = (await org.apiCalls()).map(({ path, body }) => path + decodeURIComponent(body));
    const placeOf = (what: string) => calls.findIndex((call) => call.includes(what));
    expect(placeOf('somebody@x.example')).toBeGreaterThan(placeOf('User/describe'));
    expect(placeOf('User/describe')).toBeGreaterThan(0);
  });

  it('asks anew which fields there are when one that it knows is gone', async () => {
    await connector.read([nativeId]);
    const gone = {
      httpStatusCode: 400,
      httpHeaders: {},
      referenceId: 'users',
      body: [{ errorCode: 'INVALID_FIELD', message: "No such column 'UserPermissionsMarketingUser'" }],
    };
    const frozen = { ...gone, httpStatusCode: 200, referenceId: 'frozen', body: { done: true, records: [] } };
    const refuseOnce = () =>
      org.addFault({
        match: { method: 'POST', path: '/composite$' },
        action: { kind: 'status', status: 200, body: { compositeResponse: [gone, frozen] } },
      });
    await refuseOnce();
    expect(await failureOf(connector.read([nativeId]))).toMatchObject({ code: 'INVALID_FIELD' });
    for (const ask of [
      () => connector.read([nativeId]),
      () => connector.find([{ attribute: 'EmployeeNumber', values: ['N1'] }]),
      () => connector.revoke([change(LICENCE)]),
    ]) {
      await org.tell('/fields', { object: 'User', name: `Field_${String(Math.random()).slice(2)}__c` });
      await refuseOnce();
      expect(await ask()).toHaveLength(1);
    }
  });

  it('keeps what an update did when the addresses can not be read back', async () => {
    await org.addFault({ match: { method: 'GET', path: '/query' }, action: { kind: 'maintenance-page' } });
    const update = { nativeId, attributes: { Email: 'new@joinery-demo.example' }, entitlements: [] };
    expect(await connector.update([update])).toEqual([{ ok: true, nativeId, pending: ['Email'] }]);
  });

  describe('a collection that is refused as a whole among others', () => {
    const refuseParts = (httpStatusCode: number, errorCode: string, times: number) =>
      org.addFault({
        match: { method: 'POST', path: '/composite$', body: '/composite/sobjects' },
        times,
        action: {
          kind: 'status',
          status: 200,
          body: {
            compositeResponse: ['part0', 'part1'].map((referenceId) => ({
              referenceId,
              httpStatusCode,
              httpHeaders: {},
              body: [{ errorCode, message: 'no' }],
            })),
          },
        },
      });

    it('is divided, so that nobody is refused for what another asked', async () => {
      const two = onlyId(await connector.create([newAccount(2)]));
      await connector.listEntitlements();
      await refuseParts(400, 'JSON_PARSER_ERROR', 1);
      const both = [LICENCE, FEATURE];
      const outcomes = await Promise.all([
        connector.grant(both.map(change)),
        connector.grant(both.map((entitlement) => ({ nativeId: two, entitlement }))),
      ]);
      expect(outcomes.flat()).toMatchObject([{ ok: true }, { ok: true }, { ok: true }, { ok: true }]);
    });

    it('is judged with its own HTTP status', async () => {
      await connector.listEntitlements();
      await refuseParts(503, 'BRAND_NEW_CODE', 1);
      expect(await failureOf(connector.grant([LICENCE, FEATURE].map(change)))).toMatchObject({ kind: 'transient' });
    });
  });

  it('asks once for a field that the settings name in another case', async () => {
    const wide = connect(org, { extraFields: ['employeenumber', 'AboutMe', 'aboutme', 'isActive'] });
    expect((await wide.read([nativeId]))[0]?.attributes).toMatchObject({ EmployeeNumber: 'N1' });
  });

  it('refuses versions of the API that lack what is asked for', () => {
    const form = { loginUrl: org.url, login: 'client-credentials', clientId: 'x' };
    expect(salesforce.settings.safeParse({ ...form, apiVersion: '51.0' }).success).toBe(false);
    expect(salesforce.settings.safeParse({ ...form, apiVersion: '52.0' }).success).toBe(true);
  });
});
