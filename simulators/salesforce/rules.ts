// What an object may add to the general way of creating, changing and deleting a row, and which objects do.

import { workitemRules } from './approvals.ts';
import { groupMemberRules, groupRules, queueSobjectRules } from './groups.ts';
import { objectPermissionRules } from './object-permissions.ts';
import {
  permissionSetAssignmentRules,
  permissionSetGroupComponentRules,
  permissionSetGroupRules,
  permissionSetRules,
} from './permission-sets.ts';
import { recordRules } from './records.ts';
import { roleRules } from './roles.ts';
import type { ObjectRules } from './row-rules.ts';
import { permissionSetLicenseAssignRules, userPackageLicenseRules } from './seat-assignments.ts';
import { userLoginRules } from './user-logins.ts';
import { userRules } from './users.ts';

const RULES: Readonly<Record<string, ObjectRules>> = {
  User: userRules,
  UserLogin: userLoginRules,
  UserRole: roleRules,
  PermissionSet: permissionSetRules,
  PermissionSetGroup: permissionSetGroupRules,
  PermissionSetGroupComponent: permissionSetGroupComponentRules,
  PermissionSetAssignment: permissionSetAssignmentRules,
  PermissionSetLicenseAssign: permissionSetLicenseAssignRules,
  ObjectPermissions: objectPermissionRules,
  UserPackageLicense: userPackageLicenseRules,
  Group: groupRules,
  GroupMember: groupMemberRules,
  QueueSobject: queueSobjectRules,
  ProcessInstanceWorkitem: workitemRules,
  ...recordRules,
};

/** The rules of an object; an object without any of its own follows only the general ones. */
export function rulesOf(objectName: string): ObjectRules {
  return RULES[objectName] ?? {};
}
