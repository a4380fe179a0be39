// The OAuth endpoints: token (client credentials, JWT bearer, password, refresh), revoke, userinfo, and the identity URL.

import { createHmac } from 'node:crypto';

import { formatTime } from './field-rules.ts';
import { type Answer, type Call, empty, json } from './http.ts';
import type { Row } from './journal.ts';
import { usernameOfAssertion } from './jwt.ts';
import { OAuthError } from './oauth-error.ts';
import { checkLogin } from './passwords.ts';
import type { Org } from './row-rules.ts';
import {
  bearerToken,
  type ConnectedApp,
  connectedApps,
  endRefreshToken,
  endSession,
  findRefreshToken,
  liveSession,
  openSession,
  organizationId,
} from './sessions.ts';
import { isFrozen } from './user-logins.ts';

const JWT_BEARER = 'urn:ietf:params:oauth:grant-type:jwt-bearer';

/** `POST /services/oauth2/token`. */
export async function token(org: Org, call: Call, baseUrl: string): Promise<Answer> {
  try {
    const form = formOf(call);
    const grant = form.get('grant_type');
    if (grant === null) throw new OAuthError('invalid_request', 'grant type is missing');
    const { app, user } = await grantedUser(org, grant, form, baseUrl);
    return org.store.transaction(() => tokenAnswer(org, app, user, grant, baseUrl));
  } catch (error) {
    if (!(error instanceof OAuthError)) throw error;
    return json(400, { error: error.code, error_description: error.message });
  }
}

/** The form, with the client's id and secret in it also when they came in the Authorization header. */
function formOf(call: Call): URLSearchParams {
  const form = new URLSearchParams(call.body);
  const [, basic] = /^Basic (\S+)$/.exec(String(call.headers.authorization)) ?? [];
  if (basic === undefined) return form;
  const [id = '', ...secret] = Buffer.from(basic, 'base64').toString().split(':');
  form.set('client_id', id);
  form.set('client_secret', secret.join(':'));
  return form;
}

/** `POST /services/oauth2/revoke`. */
export function revoke(org: Org, call: Call): Answer {
  const ended = new URLSearchParams(call.body).get('token') ?? call.query.get('token') ?? '';
  const known = org.store.transaction(() => endSession(org, ended) || endRefreshToken(org, ended));
  return known ? empty(200) : json(400, { error: 'invalid_token', error_description: 'invalid token' });
}

/** `GET /services/oauth2/userinfo`. */
export function userinfo(org: Org, call: Call, baseUrl: string): Answer {
  const user = bearer(org, call);
  if (user === undefined) return { status: 403, headers: { 'Content-Type': 'text/plain' }, body: 'Bad_OAuth_Token' };
  return json(200, {
    sub: identityUrl(org, user, baseUrl),
    user_id: user.Id,
    organization_id: organizationId(org),
    preferred_username: user.Username,
    nickname: user.CommunityNickname,
    name: user.Name,
    email: user.Email,
    email_verified: true,
    given_name: user.FirstName ?? null,
    family_name: user.LastName,
    zoneinfo: user.TimeZoneSidKey,
    active: user.IsActive,
    user_type: 'STANDARD',
    language: user.LanguageLocaleKey,
    locale: user.LocaleSidKey,
    updated_at: user.LastModifiedDate,
    urls: urls(baseUrl),
  });
}

/** `GET /id/{organization}/{user}`. */
export function identity(org: Org, call: Call, baseUrl: string): Answer {
  const user = bearer(org, call);
  const asked = call.path.split('/');
  if (user === undefined || asked[2] !== organizationId(org) || asked[3] !== user.Id) {
    return { status: 403, headers: { 'Content-Type': 'text/plain' }, body: 'Bad_OAuth_Token' };
  }
  return json(200, {
    id: identityUrl(org, user, baseUrl),
    asserted_user: true,
    user_id: user.Id,
    organization_id: organizationId(org),
    username: user.Username,
    nick_name: user.CommunityNickname,
    display_name: user.Name,
    email: user.Email,
    active: user.IsActive,
    user_type: 'STANDARD',
    language: user.LanguageLocaleKey,
    locale: user.LocaleSidKey,
    last_modified_date: user.LastModifiedDate,
    urls: urls(baseUrl),
  });
}

export function identityUrl(org: Org, user: Row, baseUrl: string): string {
  return `${baseUrl}/id/${organizationId(org)}/${user.Id}`;
}

interface Grant {
  app: ConnectedApp;
  user: Row;
}

async function grantedUser(org: Org, grant: string, form: URLSearchParams, baseUrl: string): Promise<Grant> {
  if (grant === 'client_credentials') return clientCredentials(org, form);
  if (grant === JWT_BEARER) {
    const { app, username } = await usernameOfAssertion(org, form.get('assertion') ?? '', baseUrl);
    return { app, user: usableUser(org, username) };
  }
  if (grant === 'password') return password(org, form);
  if (grant === 'refresh_token') return refreshToken(org, form);
  throw new OAuthError('unsupported_grant_type', 'grant type not supported');
}

function clientCredentials(org: Org, form: URLSearchParams): Grant {
  const app = clientOf(org, form, true);
  if (app.runAs === undefined) throw new OAuthError('invalid_grant', 'no client credentials user enabled');
  return { app, user: usableUser(org, app.runAs) };
}

function password(org: Org, form: URLSearchParams): Grant {
  const app = clientOf(org, form, true);
  const user = org.store.find('User', 'Username', form.get('username') ?? '')[0];
  const right = user !== undefined && org.store.transaction(() => checkLogin(org, user, form.get('password') ?? ''));
  if (!right) throw new OAuthError('invalid_grant', 'authentication failure');
  return { app, user: usableUser(org, String(user.Username)) };
}

function refreshToken(org: Org, form: URLSearchParams): Grant {
  const app = clientOf(org, form, form.has('client_secret'));
  const refresh = findRefreshToken(org, form.get('refresh_token') ?? '');
  const user = refresh?.clientId === app.clientId ? org.store.live('User', refresh.userId) : undefined;
  if (user === undefined) throw new OAuthError('invalid_grant', 'expired access/refresh token');
  return { app, user: usableUser(org, String(user.Username)) };
}

function clientOf(org: Org, form: URLSearchParams, withSecret: boolean): ConnectedApp {
  const app = connectedApps(org)[form.get('client_id') ?? ''];
  if (app === undefined) throw new OAuthError('invalid_client_id', 'client identifier invalid');
  if (withSecret && (app.clientSecret === undefined || form.get('client_secret') !== app.clientSecret)) {
    throw new OAuthError('invalid_client', 'invalid client credentials');
  }
  return app;
}

function usableUser(org: Org, username: string): Row {
  const user = org.store.find('User', 'Username', username)[0];
  if (user === undefined) throw new OAuthError('invalid_grant', 'authentication failure');
  if (user.IsActive !== true) throw new OAuthError('inactive_user', 'user is inactive');
  if (isFrozen(org, user.Id)) throw new OAuthError('invalid_grant', 'authentication failure');
  return user;
}

function tokenAnswer(org: Org, app: ConnectedApp, user: Row, grant: string, baseUrl: string): Answer {
  const session = openSession(org, user.Id, app.clientId);
  org.store.update('User', user.Id, { LastLoginDate: formatTime(Date.now()) });
  const id = identityUrl(org, user, baseUrl);
  const issuedAt = String(Date.now());
  const signature = createHmac('sha256', app.clientId)
    .update(id + issuedAt)
    .digest('base64');
  const own = grant === 'client_credentials' ? { api_instance_url: baseUrl } : {};
  return json(200, {
    access_token: session.token,
    signature,
    scope: 'api id',
    instance_url: baseUrl,
    ...own,
    id,
    token_type: 'Bearer',
    issued_at: issuedAt,
  });
}

function bearer(org: Org, call: Call): Row | undefined {
  const header = bearerToken(call.headers.authorization);
  const session = liveSession(org, header ?? call.query.get('oauth_token') ?? '');
  return session === undefined ? undefined : org.store.live('User', session.userId);
}

function urls(baseUrl: string): Record<string, string> {
  const rest = `${baseUrl}/services/data/v{version}/`;
  return { rest, sobjects: `${rest}sobjects/`, query: `${rest}query/` };
}
