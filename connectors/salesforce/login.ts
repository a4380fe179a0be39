/** Signing in to Salesforce as ourselves: client credentials, JWT bearer, or username and password. */
import { createPrivateKey, type KeyObject, randomUUID } from 'node:crypto';
import { SignJWT } from 'jose';
import { OAuth2 } from 'jsforce';
import { isSafe, missingFor, type Secret, type Settings } from './settings.ts';
import { loginRefusal } from './failures.ts';
import { transport } from './transport.ts';

/** What a session needs. Kept in memory only. */
export interface Token {
  accessToken: string;
  instanceUrl: string;
  /** Record id of the user we act as. */
  userId: string;
}

const JWT_BEARER = 'urn:ietf:params:oauth:grant-type:jwt-bearer';

/** One call to the token endpoint. Throws what jsforce throws: `name` is OAuth's error, `message` its description. */
export async function signIn(settings: Settings, secret: Secret): Promise<Token> {
  const missing = missingFor(settings, secret);
  if (missing.length > 0)
    throw loginRefusal('incomplete', `${settings.login} needs ${missing.join(', ')}`, { action: 'sign in' });
  const { loginUrl, clientId } = settings;
  const oauth2 = new OAuth2({
    loginUrl,
    clientId,
    ...(secret.clientSecret ? { clientSecret: secret.clientSecret } : {}),
  });
  Object.assign(oauth2, { _transport: transport });
  const answer = await requestToken(oauth2, settings, secret);
  if (!isSafe(answer.instance_url))
    throw loginRefusal('unsafe_instance', 'the org has an address that is not https', { action: 'sign in' });
  return {
    accessToken: answer.access_token,
    instanceUrl: answer.instance_url,
    userId: answer.id.split('/').pop() ?? '',
  };
}

async function requestToken(oauth2: OAuth2, settings: Settings, secret: Secret) {
  switch (settings.login) {
    case 'client-credentials':
      return oauth2.requestToken({ grant_type: 'client_credentials' });
    case 'jwt-bearer':
      return oauth2.requestToken({
        grant_type: JWT_BEARER,
        assertion: await assertion(settings, secret.privateKey ?? ''),
      });
    case 'password':
      return oauth2.authenticate(settings.username ?? '', `${secret.password}${secret.securityToken ?? ''}`);
  }
}

/** Two minutes: Salesforce accepts three for certain, and clocks differ. */
async function assertion({ clientId, username, audience, loginUrl }: Settings, privateKey: string): Promise<string> {
  return new SignJWT()
    .setProtectedHeader({ alg: 'RS256' })
    .setIssuer(clientId)
    .setSubject(username ?? '')
    .setAudience(audience ?? new URL(loginUrl).origin)
    .setExpirationTime('2 minutes')
    .setJti(randomUUID())
    .sign(readKey(privateKey));
}

function readKey(pem: string): KeyObject {
  try {
    const key = createPrivateKey(pem);
    if (key.asymmetricKeyType === 'rsa') return key;
  } catch {
    // The reason is kept back: it may quote the key.
  }
  throw loginRefusal('invalid_key', 'the private key is not an RSA key in PEM form', { action: 'sign in' });
}
