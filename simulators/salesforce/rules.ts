// What an object may add to the general way of creating, changing and deleting a row, and which objects do.

import { groupMemberRules, groupRules, roleRules } from './groups.ts';
import {
  permissionSetAssignmentRules,
  permissionSetGroupRules,
  permissionSetLicenseAssignRules,
  permissionSetRules,
} from './permission-sets.ts';
import { personRecordRules, recordRules } from './records.ts';
import type { ObjectRules } from './row-rules.ts';
import { userLoginRules } from './user-logins.ts';
import { userRules } from './users.ts';

const RULES: Readonly<Record<string, ObjectRules>> = {
  User: userRules,
  UserLogin: userLoginRules,
  UserRole: roleRules,
  PermissionSet: permissionSetRules,
  PermissionSetGroup: permissionSetGroupRules,
  PermissionSetAssignment: permissionSetAssignmentRules,
  PermissionSetLicenseAssign: permissionSetLicenseAssignRules,
  Group: groupRules,
  GroupMember: groupMemberRules,
  Account: recordRules('account'),
  Contact: personRecordRules('contact'),
  Lead: personRecordRules('lead'),
};

/** The rules of an object; an object without any of its own follows only the general ones. */
export function rulesOf(objectName: string): ObjectRules {
  return RULES[objectName] ?? {};
}
