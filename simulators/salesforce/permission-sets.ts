// Permission sets, groups of them, and who has which. Every profile owns a hidden permission set, and every user an
// assignment to their profile's: both are seen by queries and may not be touched.

import { badCrossReference, requiredMissing } from './field-rules.ts';
import { SalesforceError } from './errors.ts';
import type { Draft, Row } from './journal.ts';
import { licenseLimitExceeded, licenseOfProfile } from './licenses.ts';
import type { ObjectRules, Org } from './row-rules.ts';

export const permissionSetRules: ObjectRules = {
  beforeInsert(_org, draft) {
    Object.assign(draft, { IsOwnedByProfile: false, IsCustom: true, Type: 'Regular' });
  },
  beforeUpdate(_org, row) {
    refuseHidden(row);
  },
  beforeDelete(org, row) {
    refuseHidden(row);
    if (org.store.find('PermissionSetAssignment', 'PermissionSetId', row.Id).length === 0) return;
    const message = `Your attempt to delete ${String(row.Label)} could not be completed because it is assigned to users.`;
    throw new SalesforceError('DELETE_FAILED', message, { fields: [] });
  },
};

export const permissionSetGroupRules: ObjectRules = {
  beforeInsert(_org, draft) {
    draft.Status = 'Updated';
  },
  afterInsert(org, row) {
    const stamps = { CreatedDate: row.CreatedDate ?? null, LastModifiedDate: row.CreatedDate ?? null };
    org.store.insert('PermissionSet', {
      ...stamps,
      Id: org.store.nextId('0PS'),
      Name: String(row.DeveloperName),
      Label: String(row.MasterLabel),
      PermissionSetGroupId: row.Id,
      IsOwnedByProfile: false,
      IsCustom: true,
      Type: 'Group',
      SystemModstamp: row.SystemModstamp ?? null,
    });
  },
};

export const permissionSetAssignmentRules: ObjectRules = {
  beforeInsert(org, draft) {
    const permissionSet = assignedSet(org, draft);
    if (permissionSet.IsOwnedByProfile === true) {
      throw integrity("You can't assign a permission set that is owned by a profile.");
    }
    const assignee = activeUser(org, String(draft.AssigneeId), 'assignee of permission set assignment');
    const license = permissionSet.LicenseId ?? null;
    if (license !== null && license !== licenseOfProfile(org, assignee.ProfileId)) {
      throw integrity(
        `Can't assign permission set ${String(permissionSet.Label)} to user ${String(assignee.Name)}. ` +
          "The user license doesn't allow the permission set.",
      );
    }
    draft.PermissionSetId = permissionSet.Id;
    const same = org.store
      .find('PermissionSetAssignment', 'AssigneeId', assignee.Id)
      .some((row) => row.PermissionSetId === permissionSet.Id);
    if (!same) return;
    const message = `Duplicate PermissionSetAssignment. Assignee: ${assignee.Id}; Permission Set: ${permissionSet.Id}`;
    throw new SalesforceError('DUPLICATE_VALUE', message, { fields: [] });
  },
  beforeDelete(org, row) {
    if (org.store.live('PermissionSet', String(row.PermissionSetId))?.IsOwnedByProfile === true) throw notYours();
  },
};

export const permissionSetLicenseAssignRules: ObjectRules = {
  beforeInsert(org, draft) {
    const assignee = activeUser(org, String(draft.AssigneeId), 'assignee of permission set license assign');
    const licenseId = String(draft.PermissionSetLicenseId);
    const same = org.store.find('PermissionSetLicenseAssign', 'AssigneeId', assignee.Id);
    if (same.some((row) => row.PermissionSetLicenseId === licenseId)) {
      const message = `Duplicate PermissionSetLicenseAssign. Assignee: ${assignee.Id}; Permission Set License: ${licenseId}`;
      throw new SalesforceError('DUPLICATE_VALUE', message, { fields: [] });
    }
    const license = org.store.live('PermissionSetLicense', licenseId);
    const used = Number(license?.UsedLicenses ?? 0);
    if (used >= Number(license?.TotalLicenses ?? 0)) throw licenseLimitExceeded();
    org.store.update('PermissionSetLicense', licenseId, { UsedLicenses: used + 1 });
  },
  afterDelete(org, row) {
    const licenseId = String(row.PermissionSetLicenseId);
    const used = Number(org.store.live('PermissionSetLicense', licenseId)?.UsedLicenses ?? 0);
    org.store.update('PermissionSetLicense', licenseId, { UsedLicenses: used - 1 });
  },
};

/** Gives a new user the assignment to their profile's own permission set. */
export function assignProfileSet(org: Org, user: Row, now: string): void {
  const hidden = org.store
    .find('PermissionSet', 'ProfileId', String(user.ProfileId))
    .find((set) => set.IsOwnedByProfile === true);
  if (hidden === undefined) throw badCrossReference();
  org.store.insert('PermissionSetAssignment', {
    Id: org.store.nextId('0Pa'),
    PermissionSetId: hidden.Id,
    AssigneeId: user.Id,
    IsActive: true,
    IsRevoked: false,
    SystemModstamp: now,
  });
}

/** Replaces that assignment after the profile has changed. */
export function replaceProfileSet(org: Org, user: Row, now: string): void {
  for (const assignment of org.store.find('PermissionSetAssignment', 'AssigneeId', user.Id)) {
    if (org.store.live('PermissionSet', String(assignment.PermissionSetId))?.IsOwnedByProfile !== true) continue;
    org.store.update('PermissionSetAssignment', assignment.Id, { IsDeleted: true, SystemModstamp: now });
  }
  assignProfileSet(org, user, now);
}

/** The user, when active: an inactive one may not be given anything. */
export function activeUser(org: Org, userId: string, as: string): Row {
  const user = org.store.live('User', userId);
  if (user === undefined) throw badCrossReference();
  if (user.IsActive === true) return user;
  throw new SalesforceError('INACTIVE_OWNER_OR_USER', `operation performed with inactive user [${userId}] as ${as}`, {
    fields: [],
  });
}

function assignedSet(org: Org, draft: Draft): Row {
  const setId = draft.PermissionSetId ?? null;
  const groupId = draft.PermissionSetGroupId ?? null;
  if (setId === null && groupId === null) throw requiredMissing(['PermissionSetId']);
  if (setId !== null && groupId !== null)
    throw integrity('Specify either PermissionSetId or PermissionSetGroupId, not both.');
  const found =
    setId === null
      ? org.store.find('PermissionSet', 'PermissionSetGroupId', groupId)[0]
      : org.store.live('PermissionSet', String(setId));
  if (found === undefined) throw badCrossReference();
  return found;
}

function refuseHidden(row: Row): void {
  if (row.Type !== 'Regular') throw notYours();
}

function notYours(): SalesforceError {
  return new SalesforceError('INSUFFICIENT_ACCESS_OR_READONLY', 'insufficient access rights on object id', {
    fields: [],
  });
}

function integrity(message: string): SalesforceError {
  return new SalesforceError('FIELD_INTEGRITY_EXCEPTION', message, { fields: [] });
}
