import { describe, expect, it } from 'vitest';

import { requestToken, send, useOrg } from './harness.ts';

describe('what keeps a user from being deactivated', () => {
  const org = useOrg();
  const USERNAME = 'stuck@acme.example';
  const deactivate = async (id: string, token = org().token): Promise<unknown> => {
    const headers = { authorization: `Bearer ${token}` };
    const reply = await org().call('PATCH', `/sobjects/User/${id}`, { IsActive: false }, headers);
    return reply.body[0] ?? 'done';
  };
  const refusal = (message: string): object => ({ errorCode: 'FIELD_INTEGRITY_EXCEPTION', message, fields: [] });
  const APPROVER =
    'You cannot deactivate this user because the user is an approver or a delegated approver in an approval process.';

  it('is a setting of the org, until it holds somebody else', async () => {
    const id = await org().createUser({ Username: USERNAME });
    await org().createUser({ Username: 'next@acme.example' });
    await org().admin('POST', '/blockers', { username: USERNAME, reason: 'default-case-owner' });
    expect(await deactivate(id)).toEqual(
      refusal('You cannot deactivate this user. You cannot deactivate a user who is the default owner of cases'),
    );
    await org().admin('POST', '/blockers', { username: 'next@acme.example', reason: 'default-case-owner' });
    expect(await deactivate(id)).toBe('done');
  });

  it('is the default lead owner too, and all are listed and taken back together', async () => {
    const id = await org().createUser({ Username: USERNAME });
    await org().admin('POST', '/blockers', { username: USERNAME, reason: 'default-lead-owner' });
    await org().admin('POST', '/blockers', { username: USERNAME, message: 'The only recipient of an alert' });
    expect(await org().admin('GET', '/blockers')).toEqual({
      blockers: [
        {
          username: USERNAME,
          messages: ['The only recipient of an alert', 'You cannot disable the Web to Lead Default Creator.'],
        },
      ],
    });
    await org().admin('DELETE', '/blockers');
    expect(await deactivate(id)).toBe('done');
  });

  it('is being the value of a custom hierarchy field of an active user', async () => {
    const field = { object: 'User', name: 'Second_Approver__c', type: 'hierarchy' };
    await org().admin('POST', '/fields', field);
    for (const wrong of [{ object: 'Lead' }, { externalId: true }]) {
      const order = { ...field, name: 'Other__c', ...wrong };
      expect((await send(`${org().url}/simulator/fields`, 'POST', order)).status).toBe(400);
    }
    const approver = await org().createUser({ FirstName: 'Ann' });
    const worker = await org().createUser({ Second_Approver__c: approver });
    const [named] = await org().values(
      `SELECT Second_Approver__r.FirstName FROM User WHERE Second_Approver__c = '${approver}'`,
      'Second_Approver__r',
    );
    expect(named).toMatchObject({ FirstName: 'Ann' });
    expect(await deactivate(approver)).toEqual(
      refusal('Cannot inactivate user that is the value of a hierarchy field: Second Approver. : Ann Doe'),
    );
    const loop = await org().call('PATCH', `/sobjects/User/${approver}`, { Second_Approver__c: worker });
    expect(loop.body[0]).toMatchObject({ errorCode: 'FIELD_INTEGRITY_EXCEPTION', fields: ['Second_Approver__c'] });
    expect(await deactivate(worker)).toBe('done');
    expect(await deactivate(approver)).toBe('done');
  });

  it('is not being a manager', async () => {
    const manager = await org().createUser();
    await org().createUser({ ManagerId: manager });
    expect(await deactivate(manager)).toBe('done');
  });

  it('is an approval request that waits for them, until it waits for somebody else', async () => {
    const id = await org().createUser({ Username: USERNAME });
    const target = (await org().call('POST', '/sobjects/Account', { Name: 'Acme' })).body.id;
    const order = { object: 'ProcessInstanceWorkitem', count: 1, owner: USERNAME, fields: { TargetObjectId: target } };
    const { ids } = (await org().admin('POST', '/records', order)) as unknown as { ids: [string] };
    const found = await org().query(
      `SELECT Id, ActorId, ProcessInstanceId, ProcessInstance.TargetObjectId, ProcessInstance.Status FROM ProcessInstanceWorkitem WHERE ActorId = '${id}'`,
    );
    expect(found.records).toMatchObject([
      { Id: ids[0], ActorId: id, ProcessInstance: { TargetObjectId: target, Status: 'Pending' } },
    ]);
    expect(await deactivate(id)).toEqual(refusal(APPROVER));
    const inactive = await org().createUser({ IsActive: false });
    const path = `/sobjects/ProcessInstanceWorkitem/${ids[0]}`;
    const refused = await org().call('PATCH', path, { ActorId: inactive });
    expect(refused.body[0]).toMatchObject({ errorCode: 'INACTIVE_OWNER_OR_USER' });
    expect((await org().call('PATCH', path, { ActorId: await org().createUser() })).status).toBe(204);
    expect(await deactivate(id)).toBe('done');
  });

  it('is approving in the place of an active user', async () => {
    const deputy = await org().createUser();
    const boss = await org().createUser({ DelegatedApproverId: deputy });
    expect(await deactivate(deputy)).toEqual(refusal(APPROVER));
    await org().call('PATCH', `/sobjects/User/${boss}`, { DelegatedApproverId: null });
    expect(await deactivate(deputy)).toBe('done');
  });

  it('is being the last active administrator', async () => {
    const Username = 'operator@acme.example';
    const ProfileId = await org().idOf('Profile', 'Name', 'Standard User');
    const AssigneeId = await org().createUser({ Username, ProfileId });
    const set = { Name: 'Manages_Users', Label: 'Manages Users', PermissionsManageUsers: true };
    const PermissionSetId = (await org().call('POST', '/sobjects/PermissionSet', set)).body.id;
    await org().call('POST', '/sobjects/PermissionSetAssignment', { AssigneeId, PermissionSetId });
    await org().admin('POST', '/connected-apps', { clientId: 'operator', clientSecret: 's', runAs: Username });
    const login = { grant_type: 'client_credentials', client_id: 'operator', client_secret: 's' };
    const token = String((await requestToken(org().url, login)).body.access_token);
    const [first, last] = [
      await org().idOf('User', 'Username', 'admin@joinery-demo.example'),
      await org().idOf('User', 'Username', 'integration@joinery-demo.example'),
    ];
    expect(await deactivate(first, token)).toBe('done');
    expect(await deactivate(last, token)).toMatchObject({ errorCode: 'CANNOT_DISABLE_LAST_ADMIN' });
  });

  it('is neither a dashboard nor a job, which the API tells of all the same', async () => {
    const id = await org().createUser({ Username: USERNAME });
    await org().admin('POST', '/records', {
      object: 'Dashboard',
      count: 1,
      owner: USERNAME,
      fields: { Title: 'Sales' },
    });
    await org().admin('POST', '/records', {
      object: 'CronTrigger',
      count: 1,
      owner: USERNAME,
      fields: { Name: 'Nightly' },
    });
    expect(await deactivate(id)).toBe('done');
    expect(await org().values(`SELECT Title FROM Dashboard WHERE RunningUserId = '${id}'`, 'Title')).toEqual(['Sales']);
    const jobs = await org().query(`SELECT CronJobDetail.Name, State FROM CronTrigger WHERE OwnerId = '${id}'`);
    expect(jobs.records).toMatchObject([{ State: 'WAITING', CronJobDetail: { Name: 'Nightly' } }]);
    expect((await org().call('POST', '/sobjects/Dashboard', { Title: 'x' })).status).toBe(405);
  });
});
