import { describe, expect, it } from 'vitest';

import { useOrg } from './harness.ts';

const LIMIT = { errorCode: 'LICENSE_LIMIT_EXCEEDED', message: 'License Limit Exceeded', fields: [] };

describe('licences', () => {
  const org = useOrg();
  const identityUser = async (fields = {}): Promise<string> =>
    org().createUser({ ProfileId: await org().idOf('Profile', 'Name', 'Identity User'), ...fields });
  const used = async (): Promise<unknown> =>
    (await org().values("SELECT UsedLicenses FROM UserLicense WHERE Name = 'Identity'", 'UsedLicenses'))[0];
  const fill = async (): Promise<string[]> => [await identityUser(), await identityUser(), await identityUser()];
  const oneMore = async (fields = {}): Promise<unknown> => {
    const profile = await org().idOf('Profile', 'Name', 'Identity User');
    const { body } = await org().call('POST', '/sobjects/User', await org().user({ ProfileId: profile, ...fields }));
    return body[0] ?? 'created';
  };

  it('are used by active users, and run out', async () => {
    await fill();
    expect(await used()).toBe(3);
    expect(await oneMore()).toEqual(LIMIT);
    expect(await oneMore({ IsActive: false })).toBe('created');
    expect(await used()).toBe(3);
  });

  it('are freed by deactivation and not by freezing, and taken again by activation', async () => {
    const [first = '', second = ''] = await fill();
    const login = await org().idOf('UserLogin', 'UserId', second);
    await org().call('PATCH', `/sobjects/UserLogin/${login}`, { IsFrozen: true });
    expect(await oneMore()).toEqual(LIMIT);
    await org().call('PATCH', `/sobjects/User/${first}`, { IsActive: false });
    expect(await used()).toBe(2);
    expect(await oneMore()).toBe('created');
    const back = await org().call('PATCH', `/sobjects/User/${first}`, { IsActive: true });
    expect(back.body).toEqual([LIMIT]);
  });

  it('follow the profile', async () => {
    await fill();
    const seller = await org().createUser();
    const profile = await org().idOf('Profile', 'Name', 'Identity User');
    expect((await org().call('PATCH', `/sobjects/User/${seller}`, { ProfileId: profile })).body).toEqual([LIMIT]);
    await org().admin('POST', '/licenses', { name: 'Identity', total: 4 });
    expect((await org().call('PATCH', `/sobjects/User/${seller}`, { ProfileId: profile })).status).toBe(204);
    expect(await used()).toBe(4);
  });

  it('that are over-allocated stay full until their users are fewer than their seats', async () => {
    const [first = '', second = ''] = await fill();
    await org().admin('POST', '/licenses', { name: 'Identity', total: 2 });
    await org().call('PATCH', `/sobjects/User/${first}`, { IsActive: false });
    expect(await oneMore()).toEqual(LIMIT);
    await org().call('PATCH', `/sobjects/User/${second}`, { IsActive: false });
    expect(await oneMore()).toBe('created');
  });

  it('that are disabled have no seats', async () => {
    await org().admin('POST', '/licenses', { name: 'Identity', status: 'Disabled' });
    expect(await oneMore()).toEqual(LIMIT);
    await org().admin('POST', '/licenses', { name: 'Identity', status: 'Active' });
    expect(await oneMore()).toBe('created');
  });

  it('for features are counted too', async () => {
    await org().admin('POST', '/licenses', { name: 'UserPermissionsMarketingUser', total: 1 });
    await org().createUser({ UserPermissionsMarketingUser: true });
    const { body } = await org().call(
      'POST',
      '/sobjects/User',
      await org().user({ UserPermissionsMarketingUser: true }),
    );
    expect(body).toEqual([LIMIT]);
  });

  it('cannot be filtered by their counts', async () => {
    const reply = await org().query('SELECT Id FROM UserLicense WHERE UsedLicenses > 1');
    expect(reply[0]).toMatchObject({ errorCode: 'INVALID_FIELD' });
  });
});
