// Permission sets, groups of them, and who has which. Every profile owns a hidden permission set, and every user an
// assignment to their profile's: both are seen by queries and may not be touched.

import { badCrossReference, duplicateValue, requiredMissing } from './field-rules.ts';
import { SalesforceError } from './errors.ts';
import type { Draft, Row } from './journal.ts';
import { licenseOfProfile } from './licenses.ts';
import { insufficientAccess, setsOfGroup } from './permissions.ts';
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
    refuseAssigned(org, row.Id, row.Label);
    if (org.store.find('PermissionSetGroupComponent', 'PermissionSetId', row.Id).length > 0)
      throw deleteFailed(row.Label, 'it is part of a permission set group');
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
      NamespacePrefix: row.NamespacePrefix ?? null,
      PermissionSetGroupId: row.Id,
      IsOwnedByProfile: false,
      IsCustom: true,
      Type: 'Group',
      SystemModstamp: row.SystemModstamp ?? null,
    });
  },
  beforeDelete(org, row) {
    for (const set of org.store.find('PermissionSet', 'PermissionSetGroupId', row.Id)) {
      refuseAssigned(org, set.Id, row.MasterLabel);
      org.store.update('PermissionSet', set.Id, { IsDeleted: true });
    }
    for (const component of org.store.find('PermissionSetGroupComponent', 'PermissionSetGroupId', row.Id))
      org.store.update('PermissionSetGroupComponent', component.Id, { IsDeleted: true });
  },
};

export const permissionSetGroupComponentRules: ObjectRules = {
  beforeInsert(org, draft) {
    const set = org.store.live('PermissionSet', String(draft.PermissionSetId));
    if (set?.Type !== 'Regular') throw integrity('Only regular permission sets can be part of a permission set group.');
    const same = org.store
      .find('PermissionSetGroupComponent', 'PermissionSetGroupId', draft.PermissionSetGroupId ?? null)
      .find((row) => row.PermissionSetId === set.Id);
    if (same !== undefined) throw duplicateValue('PermissionSetId', same.Id);
  },
};

export const permissionSetAssignmentRules: ObjectRules = {
  beforeInsert(org, draft) {
    const permissionSet = assignedSet(org, draft);
    if (permissionSet.IsOwnedByProfile === true) {
      throw integrity("You can't assign a permission set that is owned by a profile.");
    }
    refusePastExpiration(draft);
    const assignee = activeUser(org, String(draft.AssigneeId), 'assignee of permission set assignment');
    for (const set of [permissionSet, ...setsIn(org, permissionSet)]) requireLicense(org, set, assignee);
    draft.PermissionSetId = permissionSet.Id;
    const same = org.store
      .find('PermissionSetAssignment', 'AssigneeId', assignee.Id)
      .some((row) => row.PermissionSetId === permissionSet.Id);
    if (!same) return;
    const message = `Duplicate PermissionSetAssignment. Assignee: ${assignee.Id}; Permission Set: ${permissionSet.Id}`;
    throw new SalesforceError('DUPLICATE_VALUE', message, { fields: [] });
  },
  beforeUpdate(org, row, changes) {
    refuseProfileSet(org, row);
    refusePastExpiration(changes);
  },
  beforeDelete(org, row) {
    refuseProfileSet(org, row);
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

/** The licences and permission set licences that a permission set asks of whoever has it, directly or in a group. */
export function licensesNeeded(org: Org, permissionSet: Row): string[] {
  return [permissionSet, ...setsIn(org, permissionSet)]
    .map(({ LicenseId }) => LicenseId)
    .filter((id) => typeof id === 'string');
}

function setsIn(org: Org, { PermissionSetGroupId: groupId }: Row): Row[] {
  return typeof groupId === 'string' ? setsOfGroup(org, groupId) : [];
}

function requireLicense(org: Org, permissionSet: Row, assignee: Row): void {
  const { LicenseId: licenseId } = permissionSet;
  if (typeof licenseId !== 'string') return;
  const refusal = `Can't assign permission set ${String(permissionSet.Label)} to user ${String(assignee.Name)}.`;
  if (licenseId.startsWith('100')) {
    if (licenseId !== licenseOfProfile(org, assignee.ProfileId))
      throw integrity(`${refusal} The user license doesn't allow the permission set.`);
    return;
  }
  const held = org.store
    .find('PermissionSetLicenseAssign', 'AssigneeId', assignee.Id)
    .some((row) => row.PermissionSetLicenseId === licenseId);
  const label = String(org.store.live('PermissionSetLicense', licenseId)?.MasterLabel);
  if (!held) throw integrity(`${refusal} The user isn't assigned the permission set license ${label}.`);
}

function refusePastExpiration(draft: Draft): void {
  if (typeof draft.ExpirationDate !== 'string' || Date.parse(draft.ExpirationDate) > Date.now()) return;
  throw new SalesforceError('FIELD_INTEGRITY_EXCEPTION', 'Expiration Date: must be in the future', {
    fields: ['ExpirationDate'],
  });
}

function refuseProfileSet(org: Org, assignment: Row): void {
  const set = org.store.live('PermissionSet', String(assignment.PermissionSetId));
  if (set?.IsOwnedByProfile === true) throw insufficientAccess();
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

function refuseAssigned(org: Org, permissionSetId: string, label: unknown): void {
  if (org.store.find('PermissionSetAssignment', 'PermissionSetId', permissionSetId).length > 0)
    throw deleteFailed(label, 'it is assigned to users');
}

/** The refusal of a delete, in the words of Salesforce's own. */
export function deleteFailed(label: unknown, reason: string): SalesforceError {
  const message = `Your attempt to delete ${String(label)} could not be completed because ${reason}.`;
  return new SalesforceError('DELETE_FAILED', message, { fields: [] });
}

function refuseHidden(row: Row): void {
  if (row.Type !== 'Regular') throw insufficientAccess();
}

function integrity(message: string): SalesforceError {
  return new SalesforceError('FIELD_INTEGRITY_EXCEPTION', message, { fields: [] });
}
