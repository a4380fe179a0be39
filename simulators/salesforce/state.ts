// The org in numbers.

import { type EmailConfirmations, emailConfirmations } from './email-confirmation.ts';
import { featureSeats, featureSeatsUsed } from './licenses.ts';
import type { Org } from './row-rules.ts';
import { FEATURE_FLAGS } from './schema-user.ts';
import type { Simulator } from './simulator.ts';
import { organization } from './sessions.ts';
import { isFrozen } from './user-logins.ts';

interface Seats {
  name: string;
  total: number;
  used: number;
}

export interface State {
  organization: { id: unknown; name: unknown; simulated: true };
  users: { total: number; active: number; inactive: number; frozen: number };
  licenses: Seats[];
  /** Those that are assigned one by one. */
  otherLicenses: (Seats & { kind: string })[];
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
    licenses: seatsOf(org, 'UserLicense', 'Name', 'TotalLicenses'),
    otherLicenses: [
      ...ofKind('Permission set licence', seatsOf(org, 'PermissionSetLicense', 'MasterLabel', 'TotalLicenses')),
      ...ofKind('Package licence', seatsOf(org, 'PackageLicense', 'NamespacePrefix', 'AllowedLicenses')),
      ...ofKind(
        'Feature licence',
        FEATURE_FLAGS.map(([flag, name]) => ({
          name,
          total: featureSeats(org, flag),
          used: featureSeatsUsed(org, flag),
        })),
      ),
    ],
    apiRequests: { used: usage.used, max: usage.max },
    emailConfirmations: emailConfirmations(org),
    inFlight: { now: inFlight.now, peak: inFlight.peak, max: inFlight.limit },
  };
}

function seatsOf(org: Org, object: string, name: string, total: string): Seats[] {
  return [...org.store.rows(object)].map((row) => ({
    name: String(row[name]),
    total: Number(row[total]),
    used: Number(row.UsedLicenses),
  }));
}

function ofKind(kind: string, licenses: Seats[]): State['otherLicenses'] {
  return licenses.map((license) => ({ kind, ...license }));
}
