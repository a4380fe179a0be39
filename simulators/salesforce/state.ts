// The org in numbers.

import { type EmailConfirmations, emailConfirmations } from './email-confirmation.ts';
import type { Simulator } from './simulator.ts';
import { organization } from './sessions.ts';
import { isFrozen } from './user-logins.ts';

export interface State {
  organization: { id: unknown; name: unknown; simulated: true };
  users: { total: number; active: number; inactive: number; frozen: number };
  licenses: { name: unknown; total: unknown; used: unknown }[];
  apiRequests: { used: number; max: number };
  emailConfirmations: EmailConfirmations;
  /** Calls of the data API that are being answered, the most at a time so far, and the limit. */
  inFlight: { now: number; peak: number; max: number | null };
}

/** How many users and seats there are, and how many API calls were made. */
export function state({ org, usage, inFlight }: Simulator): State {
  const users = { total: 0, active: 0, inactive: 0, frozen: 0 };
  for (const user of org.store.rows('User')) {
    users.total += 1;
    users[user.IsActive === true ? 'active' : 'inactive'] += 1;
    if (isFrozen(org, user.Id)) users.frozen += 1;
  }
  const { Id, Name } = organization(org);
  return {
    organization: { id: Id, name: Name, simulated: true },
    users,
    licenses: [...org.store.rows('UserLicense')].map((row) => ({
      name: row.Name,
      total: row.TotalLicenses,
      used: row.UsedLicenses,
    })),
    apiRequests: { used: usage.used, max: usage.max },
    emailConfirmations: emailConfirmations(org),
    inFlight: { now: inFlight.now, peak: inFlight.peak, max: inFlight.limit },
  };
}
