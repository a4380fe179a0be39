// A changed e-mail address of a user, which in an org that asks for it counts only once they have confirmed it by a
// link in a mail. Off until an administrator switches it on.

import type { Draft, Row } from './journal.ts';
import type { Org } from './row-rules.ts';

export interface EmailConfirmations {
  /** Addresses that wait to be confirmed. */
  pending: number;
  /** Mails sent since the org is new. */
  sent: number;
}

const ON = 'emailConfirmation';
const SENT = 'emailConfirmationsSent';

function asksToConfirmEmail(org: Org): boolean {
  return org.store.setting(ON) === true;
}

export function setEmailConfirmation(org: Org, on: boolean): void {
  org.store.set(ON, on);
}

/** Takes a new address out of the changes of a user and keeps it until it is confirmed; each time a mail is sent. */
export function holdBackEmail(org: Org, user: Row, changes: Draft): void {
  const { Email: email } = changes;
  if (!asksToConfirmEmail(org) || typeof email !== 'string' || email === user.Email) return;
  delete changes.Email;
  changes.$pendingEmail = email;
  org.store.set(SENT, emailsSent(org) + 1);
}

/** Makes the address that waits the user's own; false when none does. */
export function confirmEmail(org: Org, user: Row, now: string): boolean {
  const { $pendingEmail: email } = user;
  if (typeof email !== 'string') return false;
  const stamps = { LastModifiedDate: now, SystemModstamp: now };
  org.store.update('User', user.Id, { Email: email, $pendingEmail: null, ...stamps });
  return true;
}

export function emailConfirmations(org: Org): EmailConfirmations {
  let pending = 0;
  for (const user of org.store.rows('User')) if (typeof user.$pendingEmail === 'string') pending += 1;
  return { pending, sent: emailsSent(org) };
}

function emailsSent(org: Org): number {
  return (org.store.setting(SENT) as number | undefined) ?? 0;
}
