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
