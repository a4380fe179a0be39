// What a user may do: the union of the permission sets assigned to them, their profile's own set included.

import { SalesforceError } from './errors.ts';
import type { PERMISSIONS } from './schema-access.ts';
import type { Org } from './row-rules.ts';

export type Permission = (typeof PERMISSIONS)[number];

export function hasPermission(org: Org, userId: string, permission: Permission): boolean {
  return org.store
    .find('PermissionSetAssignment', 'AssigneeId', userId)
    .some((assignment) => org.store.live('PermissionSet', String(assignment.PermissionSetId))?.[permission] === true);
}

/** Refuses a caller who lacks the permission. */
export function requirePermission(org: Org, userId: string, permission: Permission): void {
  if (hasPermission(org, userId, permission)) return;
  throw new SalesforceError('INSUFFICIENT_ACCESS_OR_READONLY', 'insufficient access rights on object id', {
    fields: [],
  });
}
