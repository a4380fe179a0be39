// Whether a user may be deactivated.

import { blockersOf } from './blockers.ts';
import { SalesforceError } from './errors.ts';
import type { Row } from './journal.ts';
import type { Caller, Org } from './row-rules.ts';

const ADMINISTRATOR_PROFILE = 'System Administrator';

/** Refuses to deactivate oneself, the last administrator, and a user whom something in the org depends on. */
export function refuseDeactivation(org: Org, user: Row, caller: Caller): void {
  if (user.Id === caller.userId) throw blocked('You cannot deactivate your own user record.');
  if (isLastAdministrator(org, user))
    throw new SalesforceError('CANNOT_DISABLE_LAST_ADMIN', 'You cannot disable the last administrator', { fields: [] });
  const [blocker] = blockersOf(org, user);
  if (blocker !== undefined) throw blocked(blocker);
}

function isLastAdministrator(org: Org, user: Row): boolean {
  const profile = org.store.live('Profile', String(user.ProfileId));
  if (profile?.Name !== ADMINISTRATOR_PROFILE) return false;
  const administrators = org.store.find('User', 'ProfileId', profile.Id);
  return !administrators.some((other) => other.IsActive === true && other.Id !== user.Id);
}

function blocked(message: string): SalesforceError {
  return new SalesforceError('FIELD_INTEGRITY_EXCEPTION', message, { fields: [] });
}
