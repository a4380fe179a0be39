// What a user may do: the union of the permission sets assigned to them in force, their profile's own set and the sets
// of their permission set groups included.

import { SalesforceError } from './errors.ts';
import type { Row } from './journal.ts';
import type { Org } from './row-rules.ts';
import { isInForce, type PERMISSIONS } from './schema-access.ts';

export type Permission = (typeof PERMISSIONS)[number];
type Access = 'Create' | 'Read' | 'Edit' | 'Delete';

export function hasPermission(org: Org, userId: string, permission: Permission): boolean {
  return grantedSets(org, userId).some((set) => set[permission] === true);
}

/** Refuses a caller who lacks the permission. */
export function requirePermission(org: Org, userId: string, permission: Permission): void {
  if (!hasPermission(org, userId, permission)) throw insufficientAccess();
}

/** Whether a user may do this with records of an object at all, whoever owns them. */
export function mayAccess(org: Org, userId: string, objectName: string, access: Access): boolean {
  const sets = grantedSets(org, userId);
  if (sets.some((set) => set.PermissionsModifyAllData === true)) return true;
  if (access === 'Read' && sets.some((set) => set.PermissionsViewAllData === true)) return true;
  if (objectName === 'Task') return sets.some((set) => set.PermissionsActivitiesAccess === true);
  return sets.some((set) =>
    org.store
      .find('ObjectPermissions', 'ParentId', set.Id)
      .some((row) => row.SobjectType === objectName && row[`Permissions${access}`] === true),
  );
}

/** The permission sets a permission set group consists of. */
export function setsOfGroup(org: Org, groupId: string): Row[] {
  return org.store
    .find('PermissionSetGroupComponent', 'PermissionSetGroupId', groupId)
    .map((component) => org.store.live('PermissionSet', String(component.PermissionSetId)))
    .filter((set) => set !== undefined);
}

export function insufficientAccess(): SalesforceError {
  return new SalesforceError('INSUFFICIENT_ACCESS_OR_READONLY', 'insufficient access rights on object id', {
    fields: [],
  });
}

function grantedSets(org: Org, userId: string): Row[] {
  return org.store
    .find('PermissionSetAssignment', 'AssigneeId', userId)
    .filter(isInForce)
    .flatMap((assignment) => {
      const set = org.store.live('PermissionSet', String(assignment.PermissionSetId));
      const grouped = typeof set?.PermissionSetGroupId === 'string' ? setsOfGroup(org, set.PermissionSetGroupId) : [];
      return set === undefined ? [] : [set, ...grouped];
    });
}
