// Seats. Every active user takes one seat of the licence their profile belongs to, and one of each feature licence
// they are flagged for. An over-allocated licence stays full until its users are fewer than its seats.

import { SalesforceError } from './errors.ts';
import type { Draft } from './journal.ts';
import { FEATURE_FLAGS } from './schema-user.ts';
import type { Org } from './row-rules.ts';

const FEATURE_SEATS = 10;

export function licenseOfProfile(org: Org, profileId: unknown): string {
  return String(org.store.live('Profile', String(profileId))?.UserLicenseId);
}

/** Takes a seat; LICENSE_LIMIT_EXCEEDED when none is free. */
export function takeSeat(org: Org, licenseId: string): void {
  const license = org.store.live('UserLicense', licenseId);
  const used = Number(license?.UsedLicenses ?? 0);
  if (used >= Number(license?.TotalLicenses ?? 0)) throw licenseLimitExceeded();
  org.store.update('UserLicense', licenseId, { UsedLicenses: used + 1 });
}

export function freeSeat(org: Org, licenseId: string): void {
  const used = Number(org.store.live('UserLicense', licenseId)?.UsedLicenses ?? 0);
  org.store.update('UserLicense', licenseId, { UsedLicenses: used - 1 });
}

/** Refuses a user who is to hold more feature licences than there are seats for. */
export function requireFeatureSeats(org: Org, draft: Draft, ownId?: string): void {
  for (const [flag] of FEATURE_FLAGS) {
    if (draft[flag] !== true) continue;
    const holders = org.store.find('User', flag, true).filter((user) => user.IsActive === true && user.Id !== ownId);
    if (holders.length >= featureSeats(org, flag)) throw licenseLimitExceeded();
  }
}

function featureSeats(org: Org, flag: string): number {
  return (org.store.setting('featureSeats') as Record<string, number> | undefined)?.[flag] ?? FEATURE_SEATS;
}

/** Gives a licence (by its name, or a feature licence by its flag) this many seats; false when there is no such licence. */
export function setSeats(org: Org, name: string, total: number): boolean {
  const license =
    org.store.find('UserLicense', 'Name', name)[0] ?? org.store.find('PermissionSetLicense', 'DeveloperName', name)[0];
  if (license !== undefined) {
    org.store.update(license.Id.startsWith('100') ? 'UserLicense' : 'PermissionSetLicense', license.Id, {
      TotalLicenses: total,
    });
    return true;
  }
  if (!FEATURE_FLAGS.some(([flag]) => flag === name)) return false;
  org.store.set('featureSeats', { ...(org.store.setting('featureSeats') as object | undefined), [name]: total });
  return true;
}

export function licenseLimitExceeded(): SalesforceError {
  return new SalesforceError('LICENSE_LIMIT_EXCEEDED', 'License Limit Exceeded', { fields: [] });
}
