// Passwords of users: set, reset, expired, and the policy that refuses a weak or a repeated one; only hashes are kept.
// And the security token that whoever logs in from outside a trusted network appends to the password.

import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

import { SalesforceError } from './errors.ts';
import type { Row } from './journal.ts';
import type { Caller, Org } from './row-rules.ts';
import { loginOf } from './user-logins.ts';

const MIN_LENGTH = 8;
const REMEMBERED = 3;
const MAX_FAILURES = 10;

/** Sets a password; INVALID_NEW_PASSWORD when the policy refuses it. */
export function setPassword(org: Org, caller: Caller, user: Row, password: unknown): void {
  if (typeof password !== 'string' || password.length < MIN_LENGTH) {
    throw invalidPassword(`Your password must be at least ${MIN_LENGTH} characters long.`);
  }
  if (!/[A-Za-z]/.test(password) || !/\d/.test(password)) {
    throw invalidPassword('Your password must have a mix of letters and numbers.');
  }
  const hash = hashOf(user, password);
  const earlier = hashes(user);
  if (earlier.includes(hash)) throw new SalesforceError('UNKNOWN_EXCEPTION', 'invalid repeated password');
  keep(org, caller, user, [hash, ...earlier].slice(0, REMEMBERED), false);
}

/** Gives a user a password made up by Salesforce, to be changed at the next login, and returns it. */
export function resetPassword(org: Org, caller: Caller, user: Row): string {
  const password = `Reset1${randomBytes(9).toString('base64url')}`;
  keep(org, caller, user, [hashOf(user, password), ...hashes(user)].slice(0, REMEMBERED), true);
  return password;
}

export function isExpired(user: Row): boolean {
  return user.$passwordExpired === true;
}

/** Gives a user a security token, as Salesforce mails one; it ends with the password it was made for. */
export function makeSecurityToken(org: Org, user: Row): string {
  const token = randomBytes(16).toString('hex').slice(0, 24);
  org.store.update('User', user.Id, { $securityToken: token });
  return token;
}

/**
 * Whether this is what the user logs in with: the password, followed by the security token when they were given one.
 * Who was given none calls from a trusted network.
 */
export function checkLogin(org: Org, user: Row, text: string): boolean {
  const token = String(user.$securityToken ?? '');
  return checkPassword(org, user, text.endsWith(token) ? text.slice(0, text.length - token.length) : '');
}

/** Whether this is the user's password; ten wrong ones in a row lock the user out. */
function checkPassword(org: Org, user: Row, password: string): boolean {
  const login = loginOf(org, user.Id);
  if (login === undefined || login.IsPasswordLocked === true) return false;
  const [current] = hashes(user);
  const right = current !== undefined && timingSafeEqual(Buffer.from(current), Buffer.from(hashOf(user, password)));
  const failures = right ? 0 : Number(login.$failures ?? 0) + 1;
  org.store.update('UserLogin', login.Id, { $failures: failures, IsPasswordLocked: failures >= MAX_FAILURES });
  return right;
}

// A name with `$` is not a field of the object: no query and no describe shows it.
function keep(org: Org, caller: Caller, user: Row, newHashes: string[], expired: boolean): void {
  org.store.update('User', user.Id, {
    $passwords: newHashes.join(' '),
    $passwordExpired: expired,
    $securityToken: null,
    LastPasswordChangeDate: caller.now,
    SystemModstamp: caller.now,
  });
}

function hashes(user: Row): string[] {
  return String(user.$passwords ?? '')
    .split(' ')
    .filter(Boolean);
}

function hashOf(user: Row, password: string): string {
  return createHash('sha256').update(`${user.Id}:${password}`).digest('hex');
}

function invalidPassword(message: string): SalesforceError {
  return new SalesforceError('INVALID_NEW_PASSWORD', message);
}
