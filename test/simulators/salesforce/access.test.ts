import { describe, expect, it } from 'vitest';

import { requestToken, useOrg } from './harness.ts';

describe('freezing', () => {
  const org = useOrg();
  const logIn = async (username: string, password: string): Promise<unknown> => {
    const client = { client_id: 'joinery-demo', client_secret: 'joinery-demo-secret' };
    const { status, body } = await requestToken(org().url, { grant_type: 'password', ...client, username, password });
    return status === 200 ? 'in' : body.error;
  };

  it('keeps a user out until they are unfrozen; deactivation does too', async () => {
    const username = 'door@acme.example';
    const id = await org().createUser({ Username: username });
    await org().call('POST', `/sobjects/User/${id}/password`, { NewPassword: 'correct-horse-7' });
    expect(await logIn(username, 'correct-horse-7')).toBe('in');
    expect(await logIn(username, 'wrong-horse-7')).toBe('invalid_grant');
    const login = await org().idOf('UserLogin', 'UserId', id);
    expect((await org().call('PATCH', `/sobjects/UserLogin/${login}`, { IsFrozen: true })).status).toBe(204);
    expect(await logIn(username, 'correct-horse-7')).toBe('invalid_grant');
    await org().call('PATCH', `/sobjects/UserLogin/${login}`, { IsFrozen: false });
    expect(await logIn(username, 'correct-horse-7')).toBe('in');
    await org().call('PATCH', `/sobjects/User/${id}`, { IsActive: false });
    expect(await logIn(username, 'correct-horse-7')).toBe('inactive_user');
  });

  it('has a row for every user, which nobody can create or delete', async () => {
    const users = await org().query('SELECT COUNT() FROM User');
    const logins = await org().query('SELECT COUNT() FROM UserLogin WHERE IsFrozen = false');
    expect(logins.totalSize).toBe(users.totalSize);
    expect((await org().call('POST', '/sobjects/UserLogin', {})).status).toBe(405);
  });

  it('is refused for oneself, and locking for anybody', async () => {
    const self = await org().idOf('User', 'Username', 'integration@joinery-demo.example');
    const login = await org().idOf('UserLogin', 'UserId', self);
    const frozen = await org().call('PATCH', `/sobjects/UserLogin/${login}`, { IsFrozen: true });
    expect(frozen.body[0]).toMatchObject({ errorCode: 'CANNOT_FREEZE_SELF' });
    const locked = await org().call('PATCH', `/sobjects/UserLogin/${login}`, { IsPasswordLocked: true });
    expect(locked.body[0]).toMatchObject({ errorCode: 'CANNOT_PASSWORD_LOCKOUT' });
  });

  it('follows ten wrong passwords by itself, as a lock that can be taken off', async () => {
    const username = 'forgot@acme.example';
    const id = await org().createUser({ Username: username });
    await org().call('POST', `/sobjects/User/${id}/password`, { NewPassword: 'correct-horse-7' });
    for (let i = 0; i < 10; i++) await logIn(username, 'no');
    expect(await logIn(username, 'correct-horse-7')).toBe('invalid_grant');
    const login = await org().idOf('UserLogin', 'UserId', id);
    await org().call('PATCH', `/sobjects/UserLogin/${login}`, { IsPasswordLocked: false });
    expect(await logIn(username, 'correct-horse-7')).toBe('in');
  });
});

describe('passwords', () => {
  const org = useOrg();

  it('can be set, reset and seen to have expired', async () => {
    const path = `/sobjects/User/${await org().createUser()}/password`;
    expect((await org().call('POST', path, { NewPassword: 'correct-horse-7' })).status).toBe(204);
    expect((await org().call('GET', path)).body).toEqual({ isExpired: false });
    const reset = await org().call('DELETE', path);
    expect(reset.body.NewPassword).toMatch(/\S{8,}/);
    expect((await org().call('GET', path)).body).toEqual({ isExpired: true });
  });

  it('have to satisfy the policy, and may not be repeated', async () => {
    const path = `/sobjects/User/${await org().createUser()}/password`;
    const weak = await org().call('POST', path, { NewPassword: 'onlyletters' });
    expect([weak.status, weak.body]).toEqual([
      400,
      [{ errorCode: 'INVALID_NEW_PASSWORD', message: 'Your password must have a mix of letters and numbers.' }],
    ]);
    await org().call('POST', path, { NewPassword: 'correct-horse-7' });
    const repeated = await org().call('POST', path, { NewPassword: 'correct-horse-7' });
    expect([repeated.status, repeated.body[0]?.message]).toEqual([500, 'invalid repeated password']);
  });

  it('are nowhere to be read', async () => {
    const id = await org().createUser();
    await org().call('POST', `/sobjects/User/${id}/password`, { NewPassword: 'correct-horse-7' });
    const user = await org().call('GET', `/sobjects/User/${id}`);
    expect(Object.keys(user.body).filter((key) => key.startsWith('$'))).toEqual([]);
    expect(JSON.stringify(await org().admin('GET', '/requests'))).not.toContain('correct-horse-7');
  });
});

describe('permission set assignments', () => {
  const org = useOrg();
  const assign = async (AssigneeId: string, name: string): Promise<{ id: string; error: unknown }> => {
    const PermissionSetId = await org().idOf('PermissionSet', 'Name', name);
    const { body } = await org().call('POST', '/sobjects/PermissionSetAssignment', { AssigneeId, PermissionSetId });
    return { id: String(body.id), error: body[0] };
  };

  it('are created once and deleted once', async () => {
    const user = await org().createUser();
    const set = await org().idOf('PermissionSet', 'Name', 'Sales_Console');
    const { id } = await assign(user, 'Sales_Console');
    expect(id).toMatch(/^0Pa/);
    expect((await assign(user, 'Sales_Console')).error).toEqual({
      errorCode: 'DUPLICATE_VALUE',
      message: `Duplicate PermissionSetAssignment. Assignee: ${user}; Permission Set: ${set}`,
      fields: [],
    });
    expect((await org().call('DELETE', `/sobjects/PermissionSetAssignment/${id}`)).status).toBe(204);
    const again = await org().call('DELETE', `/sobjects/PermissionSetAssignment/${id}`);
    expect([again.status, again.body]).toEqual([
      404,
      [{ errorCode: 'ENTITY_IS_DELETED', message: 'entity is deleted', fields: [] }],
    ]);
  });

  it('keep their ids', async () => {
    const { id } = await assign(await org().createUser(), 'Sales_Console');
    const other = await org().idOf('PermissionSet', 'Name', 'HR_Records');
    const reply = await org().call('PATCH', `/sobjects/PermissionSetAssignment/${id}`, { PermissionSetId: other });
    expect(reply.body[0]).toMatchObject({ errorCode: 'INVALID_FIELD_FOR_INSERT_UPDATE', fields: ['PermissionSetId'] });
  });

  it('exist for each profile by itself, follow the profile, and cannot be taken away', async () => {
    const user = await org().createUser();
    const shadows = async (): Promise<unknown[]> =>
      (await org().query(`SELECT Id, PermissionSet.Label FROM PermissionSetAssignment WHERE AssigneeId = '${user}'`))
        .records as never;
    const [shadow] = (await shadows()) as { Id: string; PermissionSet: { Label: string } }[];
    expect(shadow?.PermissionSet.Label).toBe('Sales User');
    const refused = await org().call('DELETE', `/sobjects/PermissionSetAssignment/${shadow?.Id}`);
    expect(refused.body[0]).toMatchObject({ errorCode: 'INSUFFICIENT_ACCESS_OR_READONLY' });
    await org().call('PATCH', `/sobjects/User/${user}`, {
      ProfileId: await org().idOf('Profile', 'Name', 'Support User'),
    });
    expect(await shadows()).toMatchObject([{ PermissionSet: { Label: 'Support User' } }]);
  });

  it('can be to a permission set group', async () => {
    const AssigneeId = await org().createUser();
    const PermissionSetGroupId = await org().idOf('PermissionSetGroup', 'DeveloperName', 'Sales_Bundle');
    const assignment = { AssigneeId, PermissionSetGroupId };
    expect((await org().call('POST', '/sobjects/PermissionSetAssignment', assignment)).status).toBe(201);
    const again = await org().call('POST', '/sobjects/PermissionSetAssignment', assignment);
    expect(again.body[0]).toMatchObject({ errorCode: 'DUPLICATE_VALUE' });
  });

  it('are refused for an inactive user', async () => {
    const user = await org().createUser({ IsActive: false });
    expect((await assign(user, 'Sales_Console')).error).toMatchObject({ errorCode: 'INACTIVE_OWNER_OR_USER' });
  });
});

describe('groups and queues', () => {
  const org = useOrg();

  it('answer a second create of the same member with the first', async () => {
    const member = {
      GroupId: await org().idOf('Group', 'DeveloperName', 'Support_Queue'),
      UserOrGroupId: await org().createUser(),
    };
    const first = await org().call('POST', '/sobjects/GroupMember', member);
    const second = await org().call('POST', '/sobjects/GroupMember', member);
    expect(second.body).toEqual(first.body);
    expect((await org().query(`SELECT COUNT() FROM GroupMember WHERE GroupId = '${member.GroupId}'`)).totalSize).toBe(
      1,
    );
  });

  it('of Salesforce itself are in the list and cannot be changed', async () => {
    const types = new Set(await org().values('SELECT Type FROM Group', 'Type'));
    expect(types).toEqual(new Set(['Regular', 'Queue', 'Role', 'RoleAndSubordinates', 'Organization']));
    const [role] = await org().values("SELECT Id FROM Group WHERE Type = 'Role'", 'Id');
    const member = { GroupId: role, UserOrGroupId: await org().createUser() };
    expect((await org().call('POST', '/sobjects/GroupMember', member)).status).toBe(400);
  });

  it('lose their members when they are deleted', async () => {
    const group = await org().call('POST', '/sobjects/Group', { Name: 'Short lived' });
    const member = { GroupId: group.body.id, UserOrGroupId: await org().createUser() };
    await org().call('POST', '/sobjects/GroupMember', member);
    await org().call('DELETE', `/sobjects/Group/${String(group.body.id)}`);
    expect((await org().query('SELECT COUNT() FROM GroupMember')).totalSize).toBe(0);
  });
});

describe('records', () => {
  const org = useOrg();

  it('need an active owner', async () => {
    const owner = await org().createUser({ IsActive: false });
    const reply = await org().call('POST', '/sobjects/Account', { Name: 'Acme', OwnerId: owner });
    expect(reply.body[0]).toMatchObject({
      errorCode: 'INACTIVE_OWNER_OR_USER',
      message: `operation performed with inactive user [${owner}] as owner of account`,
    });
  });

  it('that are deleted are in the recycle bin', async () => {
    const { body } = await org().call('POST', '/sobjects/Contact', { LastName: 'Doe' });
    await org().call('DELETE', `/sobjects/Contact/${String(body.id)}`);
    expect((await org().query('SELECT COUNT() FROM Contact')).totalSize).toBe(0);
    const all = await org().call(
      'GET',
      `/queryAll?q=${encodeURIComponent('SELECT Id FROM Contact WHERE IsDeleted = true')}`,
    );
    expect(all.body.records).toMatchObject([{ Id: body.id }]);
    const read = await org().call('GET', `/sobjects/Contact/${String(body.id)}`);
    expect([read.status, read.body[0]?.errorCode]).toEqual([404, 'ENTITY_IS_DELETED']);
  });
});
