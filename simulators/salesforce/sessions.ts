// Access tokens, refresh tokens and the connected apps they are for. All are kept with the org, so that a token lives
// as long as it says, and not as long as the simulator's process.

import { randomBytes } from 'node:crypto';

import { SalesforceError } from './errors.ts';
import type { Call } from './http.ts';
import type { Row } from './journal.ts';
import type { Org } from './row-rules.ts';
import { INTEGRATION_USER } from './seed.ts';

export interface ConnectedApp {
  clientId: string;
  clientSecret?: string;
  /** The user of the client-credentials flow; without one the flow is off. */
  runAs?: string;
  /** PEM of an X.509 certificate or a public key, for the JWT bearer flow. */
  certificate?: string;
  /** Usernames that an administrator has pre-authorised for the JWT bearer flow. */
  authorizedUsers?: string[];
}

export interface Session {
  token: string;
  userId: string;
  clientId: string;
  expiresAt: number;
}

interface RefreshToken {
  userId: string;
  clientId: string;
}

const DEMO_APP: ConnectedApp = {
  clientId: 'joinery-demo',
  clientSecret: 'joinery-demo-secret',
  runAs: INTEGRATION_USER,
};
const DEFAULT_TTL_MS = 2 * 60 * 60 * 1000;

export function connectedApps(org: Org): Record<string, ConnectedApp> {
  return (
    (org.store.setting('connectedApps') as Record<string, ConnectedApp> | undefined) ?? {
      [DEMO_APP.clientId]: DEMO_APP,
    }
  );
}

/** Adds a connected app, or replaces the one with the same client id. */
export function saveConnectedApp(org: Org, app: ConnectedApp): void {
  org.store.set('connectedApps', { ...connectedApps(org), [app.clientId]: app });
}

function sessionTtlMs(org: Org): number {
  return (org.store.setting('sessionTtlMs') as number | undefined) ?? DEFAULT_TTL_MS;
}

export function openSession(org: Org, userId: string, clientId: string): Session {
  const live = Object.entries(sessions(org)).filter(([, session]) => session.expiresAt > Date.now());
  const token = `${organizationId(org).slice(0, 15)}!${randomBytes(48).toString('base64url')}`;
  const session: Session = { token, userId, clientId, expiresAt: Date.now() + sessionTtlMs(org) };
  org.store.set('sessions', { ...Object.fromEntries(live), [token]: session });
  return session;
}

/** The session a call shows in its Authorization header; INVALID_SESSION_ID when it shows none that lives. */
export function authenticate(org: Org, authorization: Call['headers'][string]): Session {
  const session = liveSession(org, bearerToken(authorization) ?? '');
  if (session === undefined) throw sessionInvalid();
  return session;
}

export function sessionInvalid(): SalesforceError {
  return new SalesforceError('INVALID_SESSION_ID', 'Session expired or invalid');
}

/** The token in an Authorization header. */
export function bearerToken(authorization: Call['headers'][string]): string | undefined {
  return /^(?:Bearer|OAuth) (\S+)$/.exec(String(authorization))?.[1];
}

/** The session of a token, as long as it has not run out and its user is active. */
export function liveSession(org: Org, token: string): Session | undefined {
  const session = sessions(org)[token];
  if (session === undefined || session.expiresAt <= Date.now()) return undefined;
  return org.store.live('User', session.userId)?.IsActive === true ? session : undefined;
}

export function endSession(org: Org, token: string): boolean {
  const { [token]: ended, ...others } = sessions(org);
  if (ended !== undefined) org.store.set('sessions', others);
  return ended !== undefined;
}

/** A refresh token, as a person gets one by agreeing in the browser, a step the simulator leaves out. */
export function issueRefreshToken(org: Org, userId: string, clientId: string): string {
  const token = `5Aep${randomBytes(40).toString('base64url')}`;
  org.store.set('refreshTokens', { ...refreshTokens(org), [token]: { userId, clientId } });
  return token;
}

export function findRefreshToken(org: Org, token: string): RefreshToken | undefined {
  return refreshTokens(org)[token];
}

export function endRefreshToken(org: Org, token: string): boolean {
  const { [token]: ended, ...others } = refreshTokens(org);
  if (ended !== undefined) org.store.set('refreshTokens', others);
  return ended !== undefined;
}

export function organization(org: Org): Row {
  for (const row of org.store.rows('Organization')) return row;
  throw new Error('the org has no Organization row');
}

export const organizationId = (org: Org): string => organization(org).Id;

function sessions(org: Org): Record<string, Session> {
  return (org.store.setting('sessions') as Record<string, Session> | undefined) ?? {};
}

function refreshTokens(org: Org): Record<string, RefreshToken> {
  return (org.store.setting('refreshTokens') as Record<string, RefreshToken> | undefined) ?? {};
}
