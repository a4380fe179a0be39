// Seats. Every active user takes one seat of the licence their profile belongs to, and one of each feature licence
// they are flagged for. An over-allocated licence stays full until its users are fewer than its seats.

import { SalesforceError } from './errors.ts';
import type { Draft, Row } from './journal.ts';
import { FEATURE_FLAGS } from './schema-user.ts';
import type { Org } from './row-rules.ts';

const FEATURE_SEATS = 10;
/** The objects that are licences, the field that names one, and the field with its seats. */
const LICENSE_OBJECTS = [
  ['UserLicense', 'Name', 'TotalLicenses'],
  ['PermissionSetLicense', 'DeveloperName', 'TotalLicenses'],
  ['PackageLicense', 'NamespacePrefix', 'AllowedLicenses'],
] as const;

export function licenseOfProfile(org: Org, profileId: unknown): string {
  return String(org.store.live('Profile', String(profileId))?.UserLicenseId);
}

/** Takes a seat; LICENSE_LIMIT_EXCEEDED when none is free, or the licence is disabled. */
export function takeSeat(org: Org, licenseId: string): void {
  const license = org.store.live('UserLicense', licenseId);
  const used = Number(license?.UsedLicenses ?? 0);
  if (license?.Status !== 'Active' || used >= Number(license.TotalLicenses)) throw licenseLimitExceeded();
  org.store.update('UserLicense', licenseId, { UsedLicenses: used + 1 });
}

export function freeSeat(org: Org, licenseId: string): void {
  const used = Number(org.store.live('UserLicense', licenseId)?.UsedLicenses ?? 0);
  org.store.update('UserLicense', licenseId, { UsedLicenses: used - 1 });
}

/** Refuses a user who would take a feature licence that has no seat left; `before` is the user as they are, if they are. */
export function requireFeatureSeats(org: Org, after: Draft, before?: Row): void {
  for (const [flag] of FEATURE_FLAGS) {
    if (after[flag] !== true || (before?.IsActive === true && before[flag] === true)) continue;
    if (featureSeatsUsed(org, flag) >= featureSeats(org, flag)) throw licenseLimitExceeded();
  }
}

/** How many active users are flagged for a feature. */
export function featureSeatsUsed(org: Org, flag: string): number {
  return org.store.find('User', flag, true).filter((user) => user.IsActive === true).length;
}

export function featureSeats(org: Org, flag: string): number {
  return (org.store.setting('featureSeats') as Record<string, number> | undefined)?.[flag] ?? FEATURE_SEATS;
}

/** What an administrator, or the contract with Salesforce, says of a licence. */
export interface LicenseTerms {
  total?: number;
  status?: string;
}

/** Changes a licence, known by its name, DeveloperName, namespace or flag; false when there is none. */
export function setLicenseTerms(org: Org, name: string, { total, status }: LicenseTerms): boolean {
  for (const [object, key, count] of LICENSE_OBJECTS) {
    const license = org.store.find(object, key, name)[0];
    if (license === undefined) continue;
    const counts: Draft = total === undefined ? {} : { [count]: total };
    org.store.update(object, license.Id, status === undefined ? counts : { ...counts, Status: status });
    return true;
  }
  if (total === undefined || !FEATURE_FLAGS.some(([flag]) => flag === name)) return false;
  org.store.set('featureSeats', { ...(org.store.setting('featureSeats') as object | undefined), [name]: total });
  return true;
}

export function licenseLimitExceeded(): SalesforceError {
  return new SalesforceError('LICENSE_LIMIT_EXCEEDED', 'License Limit Exceeded', { fields: [] });
}
