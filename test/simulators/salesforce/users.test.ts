import { describe, expect, it } from 'vitest';

import { useOrg } from './harness.ts';

describe('creating a user', () => {
  const org = useOrg();

  it('fills in what follows from the rest', async () => {
    const id = await org().createUser({ Username: 'Jane.Doe@Acme.Example' });
    const { body } = await org().call('GET', `/sobjects/User/${id}`);
    expect(body).toMatchObject({
      Username: 'jane.doe@acme.example',
      Name: 'Jane Doe',
      UserType: 'Standard',
      IsActive: true,
      CommunityNickname: 'jane.doe',
    });
    expect(body.SystemModstamp).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+0000$/);
  });

  const DUPLICATE_USERNAME =
    'Duplicate Username.<br>The username already exists in this or another Salesforce organization. Usernames must be ' +
    "unique across all Salesforce organizations. To resolve, use a different username (it doesn't need to match the " +
    "user's email address). ";
  const DUPLICATE_NICKNAME =
    'Duplicate Nickname.<br>Another user has already selected this nickname.<br>Please select another.';
  const ALL_REQUIRED = [
    'Username',
    'LastName',
    'Email',
    'Alias',
    'TimeZoneSidKey',
    'LocaleSidKey',
    'EmailEncodingKey',
    'ProfileId',
    'LanguageLocaleKey',
  ];

  it.each([
    [
      'a name without the form of an e-mail',
      { Username: 'jane' },
      'FIELD_INTEGRITY_EXCEPTION',
      'Username must be in the form of an email address (for example, john@acme.com): Username',
      ['Username'],
    ],
    ['a bad e-mail', { Email: 'x' }, 'INVALID_EMAIL_ADDRESS', 'Email: invalid email address: x', ['Email']],
    [
      'a long alias',
      { Alias: 'abcdefghi' },
      'STRING_TOO_LONG',
      'Alias: data value too large: abcdefghi (max length=8)',
      ['Alias'],
    ],
    [
      'an unknown time zone',
      { TimeZoneSidKey: 'X' },
      'INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST',
      'Time Zone: bad value for restricted picklist field: X',
      ['TimeZoneSidKey'],
    ],
    [
      'an unknown locale',
      { LocaleSidKey: 'xx' },
      'INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST',
      'Locale: bad value for restricted picklist field: xx',
      ['LocaleSidKey'],
    ],
    [
      'a profile that is not there',
      { ProfileId: '00e7g0000009999AAA' },
      'INVALID_CROSS_REFERENCE_KEY',
      'invalid cross reference id',
      [],
    ],
    [
      'a manager id of the wrong kind',
      { ManagerId: '00e7g0000009999AAA' },
      'MALFORMED_ID',
      'Manager ID: id value of incorrect type: 00e7g0000009999AAA',
      ['ManagerId'],
    ],
    ['no alias', { Alias: null }, 'REQUIRED_FIELD_MISSING', 'Required fields are missing: [Alias]', ['Alias']],
  ])('is refused for %s', async (_, change, errorCode, message, fields) => {
    const reply = await org().call('POST', '/sobjects/User', await org().user(change));
    expect(reply.status).toBe(400);
    expect(reply.body).toEqual([{ errorCode, message, fields }]);
  });

  it('names every missing field', async () => {
    const reply = await org().call('POST', '/sobjects/User', {});
    expect(reply.body).toEqual([
      {
        errorCode: 'REQUIRED_FIELD_MISSING',
        message: `Required fields are missing: [${ALL_REQUIRED.join(', ')}]`,
        fields: ALL_REQUIRED,
      },
    ]);
  });

  it('is refused for a field that is not there or is not to be written', async () => {
    const unknown = await org().call('POST', '/sobjects/User', await org().user({ Foo: 1 }));
    expect(unknown.body[0]).toMatchObject({
      errorCode: 'INVALID_FIELD',
      message: "No such column 'Foo' on sobject of type User",
    });
    const derived = await org().call('POST', '/sobjects/User', await org().user({ UserType: 'Standard' }));
    expect(derived.body[0]).toMatchObject({ errorCode: 'INVALID_FIELD_FOR_INSERT_UPDATE', fields: ['UserType'] });
  });

  it('is refused for a username in use, in any case, also by an inactive user', async () => {
    const id = await org().createUser({ Username: 'taken@acme.example', IsActive: false });
    const reply = await org().call('POST', '/sobjects/User', await org().user({ Username: 'Taken@ACME.example' }));
    expect(reply.body).toEqual([
      { errorCode: 'DUPLICATE_USERNAME', message: DUPLICATE_USERNAME, fields: ['Username'] },
    ]);
    await org().call('PATCH', `/sobjects/User/${id}`, { Username: 'freed@acme.example' });
    await org().createUser({ Username: 'taken@acme.example' });
  });

  it('is refused for a nickname or a federation id in use', async () => {
    const id = await org().createUser({ CommunityNickname: 'jd', FederationIdentifier: 'jd@idp' });
    const nickname = await org().call('POST', '/sobjects/User', await org().user({ CommunityNickname: 'JD' }));
    expect(nickname.body).toEqual([
      { errorCode: 'DUPLICATE_COMM_NICKNAME', message: DUPLICATE_NICKNAME, fields: ['CommunityNickname'] },
    ]);
    const federation = await org().call('POST', '/sobjects/User', await org().user({ FederationIdentifier: 'JD@idp' }));
    expect(federation.body).toEqual([
      {
        errorCode: 'DUPLICATE_VALUE',
        message: `duplicate value found: FederationIdentifier duplicates value on record with id: ${id}`,
        fields: [],
      },
    ]);
  });

  it('is refused for a caller who may not manage users', async () => {
    const standard = await org().idOf('Profile', 'Name', 'Standard User');
    const username = 'plain@acme.example';
    const id = await org().createUser({ Username: username, ProfileId: standard });
    const body = await org().user();
    await org().admin('POST', '/connected-apps', { clientId: 'plain', clientSecret: 's', runAs: username });
    const login = await fetch(`${org().url}/services/oauth2/token`, {
      method: 'POST',
      body: new URLSearchParams({ grant_type: 'client_credentials', client_id: 'plain', client_secret: 's' }),
    });
    const { access_token: token } = (await login.json()) as { access_token: string };
    const reply = await org().call('POST', '/sobjects/User', body, { authorization: `Bearer ${token}` });
    expect([reply.status, reply.body[0]?.errorCode]).toEqual([403, 'INSUFFICIENT_ACCESS_OR_READONLY']);
    expect(id).toMatch(/^005/);
  });
});

describe('changing a user', () => {
  const org = useOrg();

  it('is 204 and moves SystemModstamp and the name', async () => {
    const id = await org().createUser();
    const before = await org().values(`SELECT SystemModstamp FROM User WHERE Id = '${id}'`, 'SystemModstamp');
    const reply = await org().call('PATCH', `/sobjects/User/${id}`, { LastName: 'Smith', Department: 'Sales' });
    expect([reply.status, reply.body]).toEqual([204, '']);
    const { body } = await org().call('GET', `/sobjects/User/${id}`);
    expect(body).toMatchObject({ Name: 'Jane Smith', Department: 'Sales' });
    expect(String(body.SystemModstamp) >= String(before[0])).toBe(true);
  });

  it('keeps nothing of a change that is refused', async () => {
    const id = await org().createUser({ Department: 'Old' });
    const reply = await org().call('PATCH', `/sobjects/User/${id}`, { Department: 'New', Email: 'bad' });
    expect(reply.status).toBe(400);
    expect(await org().values(`SELECT Department FROM User WHERE Id = '${id}'`, 'Department')).toEqual(['Old']);
  });

  it('refuses a manager who is, in the end, the user', async () => {
    const boss = await org().createUser();
    const worker = await org().createUser({ ManagerId: boss });
    const reply = await org().call('PATCH', `/sobjects/User/${boss}`, { ManagerId: worker });
    expect(reply.body[0]).toMatchObject({ errorCode: 'FIELD_INTEGRITY_EXCEPTION', fields: ['ManagerId'] });
  });

  it('has no delete', async () => {
    const id = await org().createUser();
    const reply = await org().call('DELETE', `/sobjects/User/${id}`);
    expect(reply.status).toBe(405);
    expect(reply.body[0]).toMatchObject({
      errorCode: 'METHOD_NOT_ALLOWED',
      message: "HTTP Method 'DELETE' not allowed. Allowed are HEAD,GET,PATCH",
    });
    const many = await org().call('DELETE', `/composite/sobjects?ids=${id}`);
    expect(many.body[0]).toMatchObject({ success: false, errors: [{ statusCode: 'INVALID_TYPE_FOR_OPERATION' }] });
  });
});

describe('deactivating a user', () => {
  const org = useOrg();
  const deactivate = async (id: string): Promise<unknown> =>
    (await org().call('PATCH', `/sobjects/User/${id}`, { IsActive: false })).body[0] ?? 'done';

  it('keeps assignments and memberships', async () => {
    const id = await org().createUser();
    await org().call('POST', '/sobjects/PermissionSetAssignment', {
      AssigneeId: id,
      PermissionSetId: await org().idOf('PermissionSet', 'Name', 'Sales_Console'),
    });
    expect(await deactivate(id)).toBe('done');
    const left = await org().values(
      `SELECT PermissionSet.Name FROM PermissionSetAssignment WHERE AssigneeId = '${id}' AND PermissionSet.IsOwnedByProfile = false`,
      'PermissionSet',
    );
    expect(left).toMatchObject([{ Name: 'Sales_Console' }]);
  });

  it.each([
    ['web-to-lead-creator', 'You cannot disable the Web to Lead Default Creator.'],
    [
      'default-case-owner',
      'You cannot deactivate this user. You cannot deactivate a user who is the default owner of cases',
    ],
    ['default-workflow-user', 'You cannot deactivate the Default Workflow User'],
    ['hierarchy-field', 'Cannot inactivate user that is the value of a hierarchy field: Reviewer. : Jane Doe'],
  ])('is blocked for the %s', async (reason, message) => {
    const id = await org().createUser({ Username: 'stuck@acme.example' });
    await org().admin('POST', '/blockers', { username: 'stuck@acme.example', reason });
    expect(await deactivate(id)).toEqual({ errorCode: 'FIELD_INTEGRITY_EXCEPTION', message, fields: [] });
    await org().admin('POST', '/blockers', { username: 'stuck@acme.example', message: null });
    expect(await deactivate(id)).toBe('done');
  });

  it('is refused for oneself', async () => {
    const self = await org().idOf('User', 'Username', 'integration@joinery-demo.example');
    expect(await deactivate(self)).toMatchObject({ errorCode: 'FIELD_INTEGRITY_EXCEPTION' });
  });
});
