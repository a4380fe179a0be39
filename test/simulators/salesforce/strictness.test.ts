import { describe, expect, it } from 'vitest';

import { requestToken, send, useOrg } from './harness.ts';

describe('the org', () => {
  const org = useOrg();
  const setId = (name = 'Sales_Console') => org().idOf('PermissionSet', 'Name', name);
  const assign = async (AssigneeId: string) =>
    org().call('POST', '/sobjects/PermissionSetAssignment', { AssigneeId, PermissionSetId: await setId() });

  it('answers 200 children of a row with it, and the others page by page', async () => {
    const AssigneeId = await org().createUser();
    const fields = { Name: 'Set_{n}', Label: 'Set {n}' };
    const { ids } = (await org().admin('POST', '/records', {
      object: 'PermissionSet',
      count: 201,
      fields,
    })) as unknown as {
      ids: string[];
    };
    for (const PermissionSetId of ids)
      await org().call('POST', '/sobjects/PermissionSetAssignment', { AssigneeId, PermissionSetId });
    const { records } = await org().query(
      `SELECT Id, (SELECT Id FROM PermissionSetAssignments) FROM User WHERE Id = '${AssigneeId}'`,
    );
    const children = records[0]?.PermissionSetAssignments as { records: unknown[]; nextRecordsUrl: string };
    // The profile's own set is one of them.
    expect(children).toMatchObject({ totalSize: 202, done: false });
    expect(children.records).toHaveLength(200);
    const next = await org().call('GET', children.nextRecordsUrl.replace(/^.*v67\.0/, ''));
    expect(next.body).toMatchObject({ totalSize: 202, done: true });
    expect(next.body.records).toHaveLength(2);
  });

  it('has names of permission sets once in a namespace', async () => {
    const make = (fields: object) => org().admin('POST', '/records', { object: 'PermissionSet', count: 1, fields });
    const one = { Name: 'Sales_Console', Label: 'Console', NamespacePrefix: 'pkg' };
    expect(await make(one)).toMatchObject({ count: 1 });
    expect(JSON.stringify(await make(one))).toContain('duplicates value');
    const ours = await org().call('POST', '/sobjects/PermissionSet', { Name: 'Sales_Console', Label: 'x' });
    expect(ours.body[0]).toMatchObject({ errorCode: 'DUPLICATE_VALUE' });
    const group = { DeveloperName: 'Sales_Bundle', MasterLabel: 'x', NamespacePrefix: 'pkg' };
    await org().admin('POST', '/records', { object: 'PermissionSetGroup', count: 1, fields: group });
    expect(await org().values("SELECT Name FROM PermissionSet WHERE NamespacePrefix = 'pkg'", 'Name')).toEqual([
      'Sales_Console',
      'Sales_Bundle',
    ]);
  });

  it('lets nobody give permission sets and licences who may only manage users', async () => {
    const username = 'manager@acme.example';
    const ProfileId = await org().idOf('Profile', 'Name', 'Standard User');
    const manager = await org().createUser({ Username: username, ProfileId });
    const flags = { PermissionsApiEnabled: true, PermissionsManageUsers: true };
    const made = await org().call('POST', '/sobjects/PermissionSet', { Name: 'Manager', Label: 'Manager', ...flags });
    await org().call('POST', '/sobjects/PermissionSetAssignment', {
      AssigneeId: manager,
      PermissionSetId: made.body.id,
    });
    await org().admin('POST', '/connected-apps', { clientId: 'weak', clientSecret: 's', runAs: username });
    const client = { grant_type: 'client_credentials', client_id: 'weak', client_secret: 's' };
    const authorization = `Bearer ${String((await requestToken(org().url, client)).body.access_token)}`;
    const create = async (object: string, fields: object) =>
      (await send(`${org().url}/services/data/v67.0/sobjects/${object}`, 'POST', fields, { authorization })).body;
    const AssigneeId = await org().createUser();
    const PermissionSetLicenseId = await org().idOf('PermissionSetLicense', 'DeveloperName', 'SalesConsoleUser');
    const refused = [{ errorCode: 'INSUFFICIENT_ACCESS_OR_READONLY' }];
    const PermissionSetId = await setId();
    expect(await create('PermissionSetAssignment', { AssigneeId, PermissionSetId })).toMatchObject(refused);
    expect(await create('PermissionSetLicenseAssign', { AssigneeId, PermissionSetLicenseId })).toMatchObject(refused);
    await org().call('PATCH', `/sobjects/PermissionSet/${made.body.id}`, {
      PermissionsAssignPermissionSets: true,
      PermissionsManageInternalUsers: true,
    });
    expect(await create('PermissionSetAssignment', { AssigneeId, PermissionSetId })).toMatchObject({ success: true });
    expect(await create('PermissionSetLicenseAssign', { AssigneeId, PermissionSetLicenseId })).toMatchObject({
      success: true,
    });
  });

  it('refuses a collection that names a record twice, in whichever form of its id', async () => {
    const id = await org().createUser();
    const twice = { status: 400, body: [{ errorCode: 'DUPLICATE_VALUE' }] };
    const record = (of: string) => ({ attributes: { type: 'User' }, id: of, Title: 'x' });
    const records = [record(id), record(id.slice(0, 15))];
    expect(await org().call('PATCH', '/composite/sobjects', { records })).toMatchObject(twice);
    const assignment = String((await assign(id)).body.id);
    expect(await org().call('DELETE', `/composite/sobjects?ids=${assignment},${assignment}`)).toMatchObject(twice);
  });

  it('knows no assignment any more that was deleted, but a lead in the recycle bin', async () => {
    const assignment = String((await assign(await org().createUser())).body.id);
    const lead = String((await org().call('POST', '/sobjects/Lead', { LastName: 'x', Company: 'y' })).body.id);
    for (const [id, statusCode] of [
      [assignment, 'INVALID_CROSS_REFERENCE_KEY'],
      [lead, 'ENTITY_IS_DELETED'],
    ]) {
      await org().call('DELETE', `/composite/sobjects?ids=${id}`);
      const again = await org().call('DELETE', `/composite/sobjects?ids=${id}`);
      expect(again.body[0]).toMatchObject({ success: false, errors: [{ statusCode }] });
    }
  });

  it.each([
    'Id IN (SELECT UserId FROM UserLogin ORDER BY UserId)',
    'Id IN (SELECT UserId FROM UserLogin OFFSET 1)',
    'NOT Id IN (SELECT UserId FROM UserLogin)',
    'NOT (IsActive = true AND Id IN (SELECT UserId FROM UserLogin))',
  ])('refuses WHERE %s', async (condition) => {
    const answer = await org().query(`SELECT Id FROM User WHERE ${condition}`);
    expect(answer[0]).toMatchObject({ errorCode: 'MALFORMED_QUERY' });
  });

  it('takes NOT IN (SELECT …)', async () => {
    const answer = await org().query('SELECT Id FROM User WHERE Id NOT IN (SELECT UserId FROM UserLogin)');
    expect(answer.totalSize).toBe(0);
  });
});
