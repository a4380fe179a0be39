import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { request } from 'node:http';

import { SignJWT } from 'jose';
import { beforeEach, describe, expect, it } from 'vitest';

import { requestToken, send, useOrg } from './harness.ts';

const DEMO = { client_id: 'joinery-demo', client_secret: 'joinery-demo-secret' };
const JWT_BEARER = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
const USER = 'integration@joinery-demo.example';

describe('the token endpoint', () => {
  const org = useOrg();
  const refusal = async (form: Record<string, string>): Promise<unknown> => {
    const reply = await requestToken(org().url, form);
    expect(reply.status).toBe(400);
    return reply.body;
  };

  it('gives the run-as user a session for client credentials, and no refresh token', async () => {
    const reply = await requestToken(org().url, { grant_type: 'client_credentials', ...DEMO });
    expect(reply.status).toBe(200);
    expect(reply.body).toMatchObject({ token_type: 'Bearer', instance_url: org().url, scope: 'api id' });
    expect(reply.body).not.toHaveProperty('refresh_token');
    const user = await org().idOf('User', 'Username', USER);
    expect(reply.body.id).toMatch(new RegExp(`/id/00D\\w{15}/${user}$`));
  });

  it('accepts a chunked body', async () => {
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const outgoing = request(`${org().url}/services/oauth2/token`, { method: 'POST' }, (response) => {
        response.resume();
        resolve(response.statusCode);
      });
      outgoing.once('error', reject);
      outgoing.write('grant_type=client_credentials&client_id=joinery-demo');
      outgoing.end('&client_secret=joinery-demo-secret');
    });
    expect(status).toBe(200);
  });

  it.each([
    ['no grant type', {}, 'invalid_request', 'grant type is missing'],
    ['another grant type', { grant_type: 'magic' }, 'unsupported_grant_type', 'grant type not supported'],
    ['a wrong client', { client_id: 'nobody' }, 'invalid_client_id', 'client identifier invalid'],
    ['a wrong secret', { client_secret: 'guess' }, 'invalid_client', 'invalid client credentials'],
  ])('refuses %s', async (_, change, error, error_description) => {
    const { grant_type, ...form } = { grant_type: 'client_credentials', ...DEMO, ...change };
    const sent = Object.keys(change).length === 0 ? form : { grant_type, ...form };
    expect(await refusal(sent)).toEqual({ error, error_description });
  });

  it('refuses client credentials of an app without a run-as user', async () => {
    await org().admin('POST', '/connected-apps', { clientId: 'bare', clientSecret: 's' });
    expect(await refusal({ grant_type: 'client_credentials', client_id: 'bare', client_secret: 's' })).toEqual({
      error: 'invalid_grant',
      error_description: 'no client credentials user enabled',
    });
  });

  it('refreshes with a refresh token until it is revoked', async () => {
    const made = await org().admin('POST', '/refresh-tokens', { clientId: 'joinery-demo', username: USER });
    const form = { grant_type: 'refresh_token', client_id: 'joinery-demo', refresh_token: String(made.refresh_token) };
    expect((await requestToken(org().url, form)).status).toBe(200);
    const revoked = await fetch(`${org().url}/services/oauth2/revoke`, {
      method: 'POST',
      body: new URLSearchParams({ token: String(made.refresh_token) }),
    });
    expect(revoked.status).toBe(200);
    expect(await refusal(form)).toEqual({ error: 'invalid_grant', error_description: 'expired access/refresh token' });
  });
});

describe('the JWT bearer flow', () => {
  const org = useOrg();
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const assertion = (
    claims: { aud?: string; sub?: string; exp?: number } = {},
    key: KeyObject = privateKey,
  ): Promise<string> =>
    new SignJWT({})
      .setProtectedHeader({ alg: 'RS256' })
      .setIssuer('jwt-app')
      .setSubject(claims.sub ?? USER)
      .setAudience(claims.aud ?? 'https://login.salesforce.com')
      .setExpirationTime(claims.exp ?? Math.floor(Date.now() / 1000) + 120)
      .sign(key);
  const login = async (text: string): Promise<unknown> => {
    const { status, body } = await requestToken(org().url, { grant_type: JWT_BEARER, assertion: text });
    return status === 200 ? 'logged in' : body.error_description;
  };

  beforeEach(async () => {
    const certificate = publicKey.export({ type: 'spki', format: 'pem' });
    await org().admin('POST', '/connected-apps', { clientId: 'jwt-app', certificate, authorizedUsers: [USER] });
  });

  it('logs a pre-authorised user in', async () => {
    expect(await login(await assertion())).toBe('logged in');
    expect(await login(await assertion({ aud: org().url }))).toBe('logged in');
  });

  it('refuses a signature by another key', async () => {
    const other = generateKeyPairSync('rsa', { modulusLength: 2048 });
    expect(await login(await assertion({}, other.privateKey))).toBe('invalid assertion');
  });

  it('refuses another audience, a past expiry and one too far ahead', async () => {
    const now = Math.floor(Date.now() / 1000);
    expect(await login(await assertion({ aud: 'https://elsewhere.example' }))).toBe('audience is invalid');
    expect(await login(await assertion({ exp: now - 5 }))).toBe('invalid assertion');
    expect(await login(await assertion({ exp: now + 600 }))).toBe('invalid assertion');
  });

  it('refuses a user who is not pre-authorised', async () => {
    expect(await login(await assertion({ sub: 'admin@joinery-demo.example' }))).toBe(
      "user hasn't approved this consumer",
    );
  });
});

describe('a session', () => {
  const org = useOrg();

  it('is needed for every resource but the list of versions', async () => {
    const versions = await send(`${org().url}/services/data`, 'GET');
    expect(versions.body.at(-1)).toEqual({ label: "Summer '26", url: '/services/data/v67.0', version: '67.0' });
    expect(versions.headers.get('sforce-limit-info')).toBeNull();
    const refused = await send(`${org().url}/services/data/v67.0/limits`, 'GET');
    expect(refused.status).toBe(401);
    expect(refused.body).toEqual([{ message: 'Session expired or invalid', errorCode: 'INVALID_SESSION_ID' }]);
  });

  const limitsWith = async (token: unknown): Promise<number> =>
    (
      await send(`${org().url}/services/data/v67.0/limits`, 'GET', undefined, {
        authorization: `Bearer ${String(token)}`,
      })
    ).status;

  it('ends when its time is over', async () => {
    await org().admin('POST', '/limits', { sessionTtlMs: 0 });
    const short = await requestToken(org().url, { grant_type: 'client_credentials', ...DEMO });
    expect(await limitsWith(short.body.access_token)).toBe(401);
    expect(await limitsWith(org().token)).toBe(200);
  });

  it('ends when it is revoked', async () => {
    const body = new URLSearchParams({ token: org().token });
    await fetch(`${org().url}/services/oauth2/revoke`, { method: 'POST', body });
    expect(await limitsWith(org().token)).toBe(401);
  });

  it('ends when its user is deactivated', async () => {
    const runAs = 'admin@joinery-demo.example';
    await org().admin('POST', '/connected-apps', { clientId: 'second', clientSecret: 's', runAs });
    const form = { grant_type: 'client_credentials', client_id: 'second', client_secret: 's' };
    const { access_token: token } = (await requestToken(org().url, form)).body;
    expect(await limitsWith(token)).toBe(200);
    await org().call('PATCH', `/sobjects/User/${await org().idOf('User', 'Username', runAs)}`, { IsActive: false });
    expect(await limitsWith(token)).toBe(401);
  });

  it('shows who is behind it', async () => {
    const headers = { authorization: `Bearer ${org().token}` };
    const info = await send(`${org().url}/services/oauth2/userinfo`, 'GET', undefined, headers);
    expect(info.body).toMatchObject({ preferred_username: USER, zoneinfo: 'America/Los_Angeles', active: true });
    const identity = await send(`${String(info.body.sub)}?format=json&oauth_token=${org().token}`, 'GET');
    expect(identity.body).toMatchObject({ username: USER, user_type: 'STANDARD' });
    const refused = await send(`${org().url}/services/oauth2/userinfo`, 'GET', undefined, {
      authorization: 'Bearer no',
    });
    expect([refused.status, refused.body]).toEqual([403, 'Bad_OAuth_Token']);
  });

  it('exists for versions 50.0 to 67.0 only', async () => {
    const at = async (version: string): Promise<number> =>
      (
        await send(`${org().url}/services/data/v${version}/limits`, 'GET', undefined, {
          authorization: `Bearer ${org().token}`,
        })
      ).status;
    expect([await at('49.0'), await at('50.0'), await at('67.0'), await at('68.0')]).toEqual([404, 200, 200, 404]);
  });
});
