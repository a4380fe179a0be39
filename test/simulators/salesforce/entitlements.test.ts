import { describe, expect, it } from 'vitest';

import { type Org, requestToken, send, useOrg } from './harness.ts';

const LIMIT = { errorCode: 'LICENSE_LIMIT_EXCEEDED', message: 'License Limit Exceeded', fields: [] };

/** Creates a row: its id, or the error that refused it. */
async function create(org: Org, object: string, fields: object): Promise<{ id: string; error: unknown }> {
  const { body } = await org.call('POST', `/sobjects/${object}`, fields);
  return { id: String(body.id), error: body[0] };
}

async function assignSet(org: Org, AssigneeId: string, name: string): Promise<{ id: string; error: unknown }> {
  const PermissionSetId = await org.idOf('PermissionSet', 'Name', name);
  return create(org, 'PermissionSetAssignment', { AssigneeId, PermissionSetId });
}

async function assignLicense(org: Org, AssigneeId: string, name: string): Promise<{ id: string; error: unknown }> {
  const PermissionSetLicenseId = await org.idOf('PermissionSetLicense', 'DeveloperName', name);
  return create(org, 'PermissionSetLicenseAssign', { AssigneeId, PermissionSetLicenseId });
}

/** A token of a new user with this profile. */
async function logInAs(org: Org, Username: string, profile = 'Standard User'): Promise<{ id: string; token: string }> {
  const id = await org.createUser({ Username, ProfileId: await org.idOf('Profile', 'Name', profile) });
  await org.admin('POST', '/connected-apps', { clientId: Username, clientSecret: 's', runAs: Username });
  const login = { grant_type: 'client_credentials', client_id: Username, client_secret: 's' };
  return { id, token: String((await requestToken(org.url, login)).body.access_token) };
}

describe('a permission set that needs a licence', () => {
  const org = useOrg();
  const ANALYTICS = 'EinsteinAnalyticsPlusPsl';
  const analyticsUsed = async (): Promise<unknown> =>
    (
      await org().values(
        `SELECT UsedLicenses FROM PermissionSetLicense WHERE DeveloperName = '${ANALYTICS}'`,
        'UsedLicenses',
      )
    )[0];

  it('is refused to a user of another user licence', async () => {
    const seller = await org().createUser();
    const { error } = await assignSet(org(), seller, 'Platform_App');
    expect(error).toEqual({
      errorCode: 'FIELD_INTEGRITY_EXCEPTION',
      message:
        "Can't assign permission set Platform App to user Jane Doe. The user license doesn't allow the permission set.",
      fields: [],
    });
    const platform = await org().idOf('Profile', 'Name', 'Standard Platform User');
    expect((await assignSet(org(), await org().createUser({ ProfileId: platform }), 'Platform_App')).id).toMatch(
      /^0Pa/,
    );
  });

  it('is refused until the permission set licence is assigned, which then cannot be taken away', async () => {
    const user = await org().createUser();
    expect((await assignSet(org(), user, 'Analytics_Plus')).error).toMatchObject({
      errorCode: 'FIELD_INTEGRITY_EXCEPTION',
      message: expect.stringContaining("isn't assigned the permission set license CRM Analytics Plus"),
    });
    const license = await assignLicense(org(), user, ANALYTICS);
    expect(license.id).toMatch(/^2LA/);
    const set = await assignSet(org(), user, 'Analytics_Plus');
    expect(set.id).toMatch(/^0Pa/);
    const refused = await org().call('DELETE', `/sobjects/PermissionSetLicenseAssign/${license.id}`);
    expect([refused.status, refused.body[0]?.errorCode]).toEqual([400, 'FIELD_INTEGRITY_EXCEPTION']);
    expect(refused.body[0]?.message).toContain('Analytics Plus');
    await org().call('DELETE', `/sobjects/PermissionSetAssignment/${set.id}`);
    expect((await org().call('DELETE', `/sobjects/PermissionSetLicenseAssign/${license.id}`)).status).toBe(204);
  });

  it('asks for its licence inside a permission set group too', async () => {
    const user = await org().createUser();
    const PermissionSetGroupId = await org().idOf('PermissionSetGroup', 'DeveloperName', 'Analytics_Bundle');
    const assignment = { AssigneeId: user, PermissionSetGroupId };
    expect((await create(org(), 'PermissionSetAssignment', assignment)).error).toMatchObject({
      errorCode: 'FIELD_INTEGRITY_EXCEPTION',
    });
    const license = await assignLicense(org(), user, ANALYTICS);
    expect((await create(org(), 'PermissionSetAssignment', assignment)).id).toMatch(/^0Pa/);
    const refused = await org().call('DELETE', `/sobjects/PermissionSetLicenseAssign/${license.id}`);
    expect(refused.body[0]).toMatchObject({ errorCode: 'FIELD_INTEGRITY_EXCEPTION' });
  });

  it('has as many seats as were bought, which a deactivated user keeps', async () => {
    const [first, second, third] = [await org().createUser(), await org().createUser(), await org().createUser()];
    await assignLicense(org(), first, ANALYTICS);
    const { id } = await assignLicense(org(), second, ANALYTICS);
    expect(await analyticsUsed()).toBe(2);
    expect((await assignLicense(org(), third, ANALYTICS)).error).toEqual(LIMIT);
    await org().call('PATCH', `/sobjects/User/${second}`, { IsActive: false });
    expect((await assignLicense(org(), third, ANALYTICS)).error).toEqual(LIMIT);
    await org().call('DELETE', `/sobjects/PermissionSetLicenseAssign/${id}`);
    expect(await analyticsUsed()).toBe(1);
    expect((await assignLicense(org(), third, ANALYTICS)).id).toMatch(/^2LA/);
  });

  it('is held once, and only while it is not disabled', async () => {
    const user = await org().createUser();
    const { id } = await assignLicense(org(), user, ANALYTICS);
    expect((await assignLicense(org(), user, ANALYTICS)).error).toMatchObject({
      errorCode: 'DUPLICATE_VALUE',
      message: expect.stringContaining(id),
    });
    await org().admin('POST', '/licenses', { name: ANALYTICS, status: 'Disabled' });
    expect((await assignLicense(org(), await org().createUser(), ANALYTICS)).error).toMatchObject({
      errorCode: 'FIELD_INTEGRITY_EXCEPTION',
    });
  });

  it('shows which licence that is', async () => {
    const [license] = await org().values(
      "SELECT License.Name, License.Type FROM PermissionSet WHERE Name = 'Analytics_Plus'",
      'License',
    );
    expect(license).toMatchObject({ Name: 'CRM Analytics Plus', Type: 'PermissionSetLicense' });
  });
});

describe('permission set groups', () => {
  const org = useOrg();

  it('are assigned instead of a permission set, never with one', async () => {
    const AssigneeId = await org().createUser();
    const PermissionSetGroupId = await org().idOf('PermissionSetGroup', 'DeveloperName', 'Service_Bundle');
    expect(PermissionSetGroupId).toMatch(/^0PG/);
    const PermissionSetId = await org().idOf('PermissionSet', 'Name', 'HR_Records');
    const both = { AssigneeId, PermissionSetGroupId, PermissionSetId };
    expect((await create(org(), 'PermissionSetAssignment', both)).error).toMatchObject({
      errorCode: 'FIELD_INTEGRITY_EXCEPTION',
    });
    expect((await create(org(), 'PermissionSetAssignment', { AssigneeId })).error).toMatchObject({
      errorCode: 'REQUIRED_FIELD_MISSING',
    });
  });

  it('give what their permission sets give, and go only when nobody has them', async () => {
    const { id, token } = await logInAs(org(), 'clerk@acme.example');
    const asClerk = async (): Promise<number> =>
      (await org().call('GET', '/limits', undefined, { authorization: `Bearer ${token}` })).status;
    expect(await asClerk()).toBe(403);
    const set = await create(org(), 'PermissionSet', { Name: 'Sees_Setup', Label: 'x', PermissionsViewSetup: true });
    const group = await create(org(), 'PermissionSetGroup', { DeveloperName: 'Clerks', MasterLabel: 'Clerks' });
    const component = { PermissionSetGroupId: group.id, PermissionSetId: set.id };
    await create(org(), 'PermissionSetGroupComponent', component);
    expect((await create(org(), 'PermissionSetGroupComponent', component)).error).toMatchObject({
      errorCode: 'DUPLICATE_VALUE',
    });
    const assigned = { AssigneeId: id, PermissionSetGroupId: group.id };
    await create(org(), 'PermissionSetAssignment', assigned);
    expect(await asClerk()).toBe(200);
    const refused = await org().call('DELETE', `/sobjects/PermissionSetGroup/${group.id}`);
    expect(refused.body[0]).toMatchObject({ errorCode: 'DELETE_FAILED' });
  });
});

describe('an assignment that expires', () => {
  const org = useOrg();
  const isActive = async (id: string): Promise<unknown> =>
    (await org().values(`SELECT IsActive FROM PermissionSetAssignment WHERE Id = '${id}'`, 'IsActive'))[0];

  it('is not active and gives nothing once its date has passed', async () => {
    const { id: user, token } = await logInAs(org(), 'temp@acme.example');
    const asTemp = async (): Promise<number> =>
      (await org().call('GET', '/limits', undefined, { authorization: `Bearer ${token}` })).status;
    const set = await create(org(), 'PermissionSet', { Name: 'Sees_Setup', Label: 'x', PermissionsViewSetup: true });
    const { id } = await create(org(), 'PermissionSetAssignment', {
      AssigneeId: user,
      PermissionSetId: set.id,
      ExpirationDate: '2999-01-01T00:00:00Z',
    });
    expect([await isActive(id), await asTemp()]).toEqual([true, 200]);
    await org().admin('POST', '/expired-assignments', { id });
    expect([await isActive(id), await asTemp()]).toEqual([false, 403]);
    expect(await org().query('SELECT COUNT() FROM PermissionSetAssignment WHERE IsActive = false')).toMatchObject({
      totalSize: 1,
    });
  });

  it('cannot be made with a date in the past', async () => {
    const AssigneeId = await org().createUser();
    const PermissionSetId = await org().idOf('PermissionSet', 'Name', 'HR_Records');
    const past = { AssigneeId, PermissionSetId, ExpirationDate: '2020-01-01T00:00:00Z' };
    expect((await create(org(), 'PermissionSetAssignment', past)).error).toMatchObject({ fields: ['ExpirationDate'] });
  });
});

describe('package licences', () => {
  const org = useOrg();
  const give = async (UserId: string, namespace: string): Promise<{ id: string; error: unknown }> => {
    const PackageLicenseId = await org().idOf('PackageLicense', 'NamespacePrefix', namespace);
    return create(org(), 'UserPackageLicense', { UserId, PackageLicenseId });
  };

  it('have seats that are taken, run out, and are given back by deleting the assignment', async () => {
    const [first, second, third] = [await org().createUser(), await org().createUser(), await org().createUser()];
    const { id } = await give(first, 'signdesk');
    expect(id).toMatch(/^051/);
    expect((await give(first, 'signdesk')).error).toMatchObject({ errorCode: 'DUPLICATE_VALUE' });
    await give(second, 'signdesk');
    expect((await give(third, 'signdesk')).error).toEqual(LIMIT);
    await org().call('DELETE', `/sobjects/UserPackageLicense/${id}`);
    expect((await give(third, 'signdesk')).id).toMatch(/^051/);
    await org().admin('POST', '/licenses', { name: 'signdesk', total: 3 });
    expect((await give(first, 'signdesk')).id).toMatch(/^051/);
    const used = await org().query("SELECT AllowedLicenses, UsedLicenses FROM PackageLicense WHERE Status = 'Active'");
    expect(used.records).toContainEqual(expect.objectContaining({ AllowedLicenses: 3, UsedLicenses: 3 }));
  });

  it('of a package for everybody never run out', async () => {
    for (let n = 0; n < 3; n++) expect((await give(await org().createUser(), 'mapview')).id).toMatch(/^051/);
  });
});

describe('feature licences', () => {
  const org = useOrg();

  it('that are over-allocated do not keep their holders from being changed', async () => {
    const holder = await org().createUser({ UserPermissionsMarketingUser: true });
    await org().createUser({ UserPermissionsMarketingUser: true });
    await org().admin('POST', '/licenses', { name: 'UserPermissionsMarketingUser', total: 1 });
    expect((await org().call('PATCH', `/sobjects/User/${holder}`, { Department: 'Sales' })).status).toBe(204);
    await org().call('PATCH', `/sobjects/User/${holder}`, { UserPermissionsMarketingUser: false });
    const back = await org().call('PATCH', `/sobjects/User/${holder}`, { UserPermissionsMarketingUser: true });
    expect(back.body).toEqual([LIMIT]);
  });
});

describe('roles', () => {
  const org = useOrg();
  const role = (name: string): Promise<string> => org().idOf('UserRole', 'DeveloperName', name);

  it('form a tree without loops', async () => {
    const rep = await role('Sales_Rep');
    const loop = await org().call('PATCH', `/sobjects/UserRole/${await role('CEO')}`, { ParentRoleId: rep });
    expect(loop.body[0]).toMatchObject({ errorCode: 'FIELD_INTEGRITY_EXCEPTION', fields: ['ParentRoleId'] });
  });

  it('bring two groups of their own, and go only when nobody has them and none is below', async () => {
    const { id } = await create(org(), 'UserRole', { Name: 'Night Shift', ParentRoleId: await role('CEO') });
    const types = await org().values(`SELECT Type FROM Group WHERE RelatedId = '${id}'`, 'Type');
    expect(types).toEqual(['Role', 'RoleAndSubordinates']);
    const user = await org().createUser({ UserRoleId: id });
    const used = await org().call('DELETE', `/sobjects/UserRole/${id}`);
    expect(used.body[0]).toMatchObject({ errorCode: 'DELETE_FAILED' });
    const parent = await org().call('DELETE', `/sobjects/UserRole/${await role('VP_Sales')}`);
    expect(parent.body[0]).toMatchObject({ errorCode: 'DELETE_FAILED' });
    await org().call('PATCH', `/sobjects/User/${user}`, { UserRoleId: null });
    expect((await org().call('DELETE', `/sobjects/UserRole/${id}`)).status).toBe(204);
    expect(await org().query(`SELECT COUNT() FROM Group WHERE RelatedId = '${id}'`)).toMatchObject({ totalSize: 0 });
  });
});

describe('queues and groups', () => {
  const org = useOrg();
  const group = (name: string): Promise<string> => org().idOf('Group', 'DeveloperName', name);

  it('say which objects a queue may own, once each', async () => {
    const QueueId = await group('Inbound_Leads');
    const owns = { QueueId, SobjectType: 'Case' };
    expect((await create(org(), 'QueueSobject', owns)).id).toMatch(/^03g/);
    expect((await create(org(), 'QueueSobject', owns)).error).toMatchObject({ errorCode: 'DUPLICATE_VALUE' });
    const account = await create(org(), 'QueueSobject', { QueueId, SobjectType: 'Account' });
    expect(account.error).toMatchObject({ errorCode: 'INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST' });
    const notAQueue = await create(org(), 'QueueSobject', { QueueId: await group('All_Staff'), SobjectType: 'Case' });
    expect(notAQueue.error).toMatchObject({ errorCode: 'INVALID_CROSS_REFERENCE_KEY' });
  });

  it('may hold each other, but never a queue and never themselves', async () => {
    const [all, sales] = [await group('All_Staff'), await group('Sales_Team')];
    const member = (GroupId: string, UserOrGroupId: string): Promise<{ id: string; error: unknown }> =>
      create(org(), 'GroupMember', { GroupId, UserOrGroupId });
    expect((await member(all, sales)).id).toMatch(/^011/);
    const refused = { errorCode: 'INVALID_CROSS_REFERENCE_KEY' };
    expect((await member(sales, all)).error).toMatchObject(refused);
    expect((await member(sales, await group('Support_Queue'))).error).toMatchObject(refused);
  });
});

describe('deactivation', () => {
  const org = useOrg();

  it('leaves a user every assignment and membership', async () => {
    const user = await org().createUser();
    await assignLicense(org(), user, 'HighVelocitySalesUser');
    await assignSet(org(), user, 'Sales_Engagement');
    const PackageLicenseId = await org().idOf('PackageLicense', 'NamespacePrefix', 'quoteit');
    await create(org(), 'UserPackageLicense', { UserId: user, PackageLicenseId });
    const GroupId = await org().idOf('Group', 'DeveloperName', 'Inbound_Leads');
    await create(org(), 'GroupMember', { GroupId, UserOrGroupId: user });
    expect((await org().call('PATCH', `/sobjects/User/${user}`, { IsActive: false })).status).toBe(204);
    const count = async (from: string): Promise<number> => (await org().query(`SELECT COUNT() FROM ${from}`)).totalSize;
    expect(await count(`PermissionSetLicenseAssign WHERE AssigneeId = '${user}'`)).toBe(1);
    expect(await count(`PermissionSetAssignment WHERE AssigneeId = '${user}' AND IsActive = true`)).toBe(2);
    expect(await count(`UserPackageLicense WHERE UserId = '${user}'`)).toBe(1);
    expect(await count(`GroupMember WHERE UserOrGroupId = '${user}'`)).toBe(1);
  });
});

describe('setting licences', () => {
  const org = useOrg();

  it('is refused for a licence nobody knows', async () => {
    const reply = await send(`${org().url}/simulator/licenses`, 'POST', { name: 'Nothing', total: 1 });
    expect([reply.status, reply.body]).toEqual([404, { error: 'no licence Nothing' }]);
  });
});
