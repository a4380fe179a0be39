// Seats that are assigned to a user one by one: permission set licences, and the licences of managed packages. They
// stay taken when the user is deactivated, until the assignment is deleted.

import { SalesforceError } from './errors.ts';
import type { Row } from './journal.ts';
import { licenseLimitExceeded } from './licenses.ts';
import { activeUser, licensesNeeded } from './permission-sets.ts';
import type { ObjectRules, Org } from './row-rules.ts';

interface SeatKind {
  object: string;
  license: 'PermissionSetLicense' | 'PackageLicense';
  licenseField: string;
  userField: string;
  total: string;
  label: string;
}

/** A package that anybody may use has this many seats. */
const UNLIMITED = -1;

const PERMISSION_SET_LICENSE: SeatKind = {
  object: 'PermissionSetLicenseAssign',
  license: 'PermissionSetLicense',
  licenseField: 'PermissionSetLicenseId',
  userField: 'AssigneeId',
  total: 'TotalLicenses',
  label: 'permission set license assign',
};
const PACKAGE_LICENSE: SeatKind = {
  object: 'UserPackageLicense',
  license: 'PackageLicense',
  licenseField: 'PackageLicenseId',
  userField: 'UserId',
  total: 'AllowedLicenses',
  label: 'user package license',
};

export const userPackageLicenseRules: ObjectRules = seatRules(PACKAGE_LICENSE);

export const permissionSetLicenseAssignRules: ObjectRules = {
  ...seatRules(PERMISSION_SET_LICENSE),
  beforeDelete(org, row) {
    const set = setThatNeeds(org, String(row.PermissionSetLicenseId), String(row.AssigneeId));
    if (set === undefined) return;
    const message =
      "Can't remove the permission set license from the user because the user is assigned a permission set that " +
      `requires it: ${String(set.Label)}`;
    throw new SalesforceError('FIELD_INTEGRITY_EXCEPTION', message, { fields: [] });
  },
};

function seatRules({ object, license, licenseField, userField, total, label }: SeatKind): ObjectRules {
  return {
    beforeInsert(org, draft) {
      const user = activeUser(org, String(draft[userField]), `assignee of ${label}`);
      const row = org.store.live(license, String(draft[licenseField]));
      const same = org.store.find(object, userField, user.Id).find((other) => other[licenseField] === row?.Id);
      if (same !== undefined) throw duplicateSeat(same);
      if (row === undefined || isEnded(row)) throw notActive(license);
      const used = Number(row.UsedLicenses);
      if (row[total] !== UNLIMITED && used >= Number(row[total])) throw licenseLimitExceeded();
      org.store.update(license, row.Id, { UsedLicenses: used + 1 });
    },
    afterDelete(org, row) {
      const licenseId = String(row[licenseField]);
      const used = Number(org.store.live(license, licenseId)?.UsedLicenses ?? 0);
      org.store.update(license, licenseId, { UsedLicenses: used - 1 });
    },
  };
}

function setThatNeeds(org: Org, licenseId: string, userId: string): Row | undefined {
  return org.store
    .find('PermissionSetAssignment', 'AssigneeId', userId)
    .map((assignment) => org.store.live('PermissionSet', String(assignment.PermissionSetId)))
    .find((set) => set !== undefined && licensesNeeded(org, set).includes(licenseId));
}

function isEnded({ Status, ExpirationDate }: Row): boolean {
  if (Status === 'Disabled' || Status === 'Expired') return true;
  return typeof ExpirationDate === 'string' && Date.parse(ExpirationDate) <= Date.now();
}

function duplicateSeat(other: Row): SalesforceError {
  const message = `duplicate value found: <unknown> duplicates value on record with id: ${other.Id}`;
  return new SalesforceError('DUPLICATE_VALUE', message, { fields: [] });
}

function notActive(license: string): SalesforceError {
  return new SalesforceError('FIELD_INTEGRITY_EXCEPTION', `The ${license} is not active.`, { fields: [] });
}
