import { Connection } from 'jsforce';
import { beforeEach, describe, expect, it } from 'vitest';

import { useOrg } from './harness.ts';

describe('SOAP login', () => {
  const org = useOrg();
  const username = 'admin@joinery-demo.example';
  const password = 'Secret&<1>2';
  let userId = '';

  beforeEach(async () => {
    userId = await org().idOf('User', 'Username', username);
    await org().call('POST', `/sobjects/User/${userId}/password`, { NewPassword: password });
  });

  const connection = (version = '64.0'): Connection => new Connection({ version, loginUrl: org().url });
  const outcome = async (typed: string, version?: string): Promise<string> =>
    connection(version)
      .login(username, typed)
      .then(
        () => 'logged in',
        (error: Error) => error.message,
      );
  const REFUSED = 'INVALID_LOGIN: Invalid username, password, security token; or user locked out.';

  it('opens a session that the data API takes', async () => {
    const client = connection();
    const info = await client.login(username, password);
    expect(info).toEqual({ id: userId, organizationId: expect.stringMatching(/^00D/), url: expect.any(String) });
    expect(client.instanceUrl).toBe(org().url);
    const found = await client.query<{ Username: string }>(`SELECT Username FROM User WHERE Id = '${userId}'`);
    expect(found.records[0]?.Username).toBe(username);
  });

  it('wants the security token after the password, once there is one', async () => {
    const { securityToken } = await org().admin('POST', '/security-tokens', { username });
    expect(await outcome(password)).toBe(REFUSED);
    expect(await outcome(`${password}${String(securityToken)}`)).toBe('logged in');
    await org().call('POST', `/sobjects/User/${userId}/password`, { NewPassword: 'Another123' });
    expect(await outcome(`Another123${String(securityToken)}`)).toBe(REFUSED);
    expect(await outcome('Another123')).toBe('logged in');
  });

  it('refuses a wrong password, and a user who is frozen or inactive, in the same words', async () => {
    expect(await outcome('wrong')).toBe(REFUSED);
    const login = await org().idOf('UserLogin', 'UserId', userId);
    await org().call('PATCH', `/sobjects/UserLogin/${login}`, { IsFrozen: true });
    expect(await outcome(password)).toBe(REFUSED);
    await org().call('PATCH', `/sobjects/UserLogin/${login}`, { IsFrozen: false });
    expect(await outcome(password)).toBe('logged in');
    await org().call('PATCH', `/sobjects/User/${userId}`, { IsActive: false });
    expect(await outcome(password)).toBe(REFUSED);
  });

  it('is not available any more in version 65.0', async () => {
    expect(await outcome(password, '65.0')).toMatch(/^UNSUPPORTED_API_VERSION: /);
  });

  it('gives no session for a password that has to be changed', async () => {
    const { NewPassword } = (await org().call('DELETE', `/sobjects/User/${userId}/password`)).body;
    expect(await outcome(String(NewPassword))).toMatch(/expired/i);
  });

  it('leaves no password in the log', async () => {
    await outcome(password);
    const { requests } = await org().admin('GET', '/requests');
    expect([...requests].find((one) => String(one['path']).includes('/Soap/'))?.['body']).toContain(
      '<password>***</password>',
    );
  });
});
