// The JWT bearer flow: an assertion signed with the connected app's key, for a user an administrator pre-authorised.

import { createPublicKey, type KeyObject } from 'node:crypto';

import { decodeJwt, errors, type JWTPayload, jwtVerify } from 'jose';

import { OAuthError } from './oauth-error.ts';
import type { Org } from './row-rules.ts';
import { type ConnectedApp, connectedApps } from './sessions.ts';

const MAX_LIFE_SECONDS = 180;
const LOGIN_HOSTS = ['https://login.salesforce.com', 'https://test.salesforce.com'];

/** The app and the username an assertion stands for; refused when anything about it is wrong. */
export async function usernameOfAssertion(
  org: Org,
  assertion: string,
  baseUrl: string,
): Promise<{ app: ConnectedApp; username: string }> {
  const claims = claimsOf(assertion);
  const app = connectedApps(org)[String(claims.iss ?? '')];
  if (app === undefined) throw new OAuthError('invalid_client_id', 'client identifier invalid');
  if (app.certificate === undefined) throw new OAuthError('invalid_grant', 'invalid assertion');
  await verify(assertion, publicKey(app.certificate), baseUrl);
  const lifeLeft = (claims.exp ?? 0) - Math.floor(Date.now() / 1000);
  if (lifeLeft > MAX_LIFE_SECONDS || typeof claims.sub !== 'string')
    throw new OAuthError('invalid_grant', 'invalid assertion');
  const username = claims.sub.toLowerCase();
  if (app.authorizedUsers?.some((user) => user.toLowerCase() === username) !== true) {
    throw new OAuthError('invalid_grant', "user hasn't approved this consumer");
  }
  return { app, username };
}

function claimsOf(assertion: string): JWTPayload {
  try {
    return decodeJwt(assertion);
  } catch {
    throw new OAuthError('invalid_grant', 'invalid assertion');
  }
}

async function verify(assertion: string, key: KeyObject, baseUrl: string): Promise<void> {
  const audience = [...LOGIN_HOSTS, baseUrl];
  try {
    await jwtVerify(assertion, key, { algorithms: ['RS256'], audience, requiredClaims: ['iss', 'sub', 'aud', 'exp'] });
  } catch (error) {
    const wrongAudience = error instanceof errors.JWTClaimValidationFailed && error.claim === 'aud';
    throw new OAuthError('invalid_grant', wrongAudience ? 'audience is invalid' : 'invalid assertion');
  }
}

function publicKey(pem: string): KeyObject {
  // Reads a certificate as well as a bare public key.
  return createPublicKey(pem);
}
