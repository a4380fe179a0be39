import { describe, expect, it } from 'vitest';

import { useOrg } from './harness.ts';

describe('the page for a person', () => {
  const org = useOrg();
  const open = async (query = ''): Promise<string> => (await fetch(`${org().url}/${query}`)).text();

  it('says that the org is simulated, and shows licences and users', async () => {
    const manager = await org().createUser({ LastName: 'Boss' });
    const id = await org().createUser({ LastName: 'Worker', Department: 'Logistics', ManagerId: manager });
    await org().call('POST', '/sobjects/PermissionSetAssignment', {
      AssigneeId: id,
      PermissionSetId: await org().idOf('PermissionSet', 'Name', 'Shipping_Desk'),
    });
    const login = await org().idOf('UserLogin', 'UserId', id);
    await org().call('PATCH', `/sobjects/UserLogin/${login}`, { IsFrozen: true });
    const html = await open('?q=logistics');
    expect(html).toContain('SIMULATED');
    for (const text of [
      'Salesforce Platform',
      'Jane Worker',
      'Sales User',
      'Shipping Desk',
      'Logistics',
      'Jane Boss',
      'frozen',
    ]) {
      expect(html).toContain(text);
    }
    expect(html).toContain('1 found');
  });

  it('shows licences of all kinds, queues, what blocks a deactivation, duplicate rules and requests', async () => {
    const username = 'queued@acme.example';
    const id = await org().createUser({ Username: username, LastName: 'Queued', UserPermissionsKnowledgeUser: true });
    await org().admin('POST', '/licenses', { name: 'quoteit', total: 4321 });
    await org().call('POST', '/sobjects/UserPackageLicense', {
      UserId: id,
      PackageLicenseId: await org().idOf('PackageLicense', 'NamespacePrefix', 'quoteit'),
    });
    const GroupId = await org().idOf('Group', 'DeveloperName', 'Back_Office_Tasks');
    await org().call('POST', '/sobjects/GroupMember', { GroupId, UserOrGroupId: id });
    await org().admin('POST', '/records', { object: 'Task', count: 17, owner: 'Back_Office_Tasks' });
    await org().admin('POST', '/blockers', { username, reason: 'default-workflow-user' });
    await org().admin('POST', '/duplicate-rules', { object: 'Contact', rule: 'name', on: true, allowSave: true });
    const text = (await open()).replace(/<[^>]+>/g, ' ').replace(/\s+/g, ' ');
    for (const part of [
      'Package licence quoteit 1 4321',
      'Feature licence Knowledge User 1 10',
      'Permission set licence CRM Analytics Plus 0 2',
      'Back Office Tasks queue Task, Case 1 17',
      'Sales Team public group 0',
      'Jane Queued You cannot deactivate the Default Workflow User',
      'Contact name save all the same',
    ]) {
      expect(text).toContain(part);
    }
    expect(text).toMatch(/POST \/services\/data\/v67\.0\/sobjects\/GroupMember 201 \d+(\.\d+)? /);
  });

  it('escapes what people have typed', async () => {
    await org().createUser({ LastName: '<script>alert(1)</script>' });
    const html = await open();
    expect(html).not.toContain('<script>');
    expect(html).toContain('&#60;script&#62;');
    expect(await open('?q=%22%3E%3Cb%3E')).not.toContain('"><b>');
  });

  it('shows fifty users at a time', async () => {
    const template = await org().user();
    const records = Array.from({ length: 120 }, (_, i) => ({
      attributes: { type: 'User' },
      ...template,
      Username: `n${i}@x.example`,
    }));
    await org().call('POST', '/composite/sobjects', { records });
    const count = (html: string): number => html.split('@x.example').length - 1;
    expect([count(await open('?q=x.example')), count(await open('?q=x.example&page=3'))].map((n) => n - 1)).toEqual([
      49, 19,
    ]);
    expect(await open('?q=x.example')).toContain('Page 1 of 3, 120 found');
  });
});
