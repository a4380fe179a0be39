// Roles: a tree, in which each role brings two groups of Salesforce's own.

import { SalesforceError } from './errors.ts';
import { developerName } from './groups.ts';
import { deleteFailed } from './permission-sets.ts';
import type { ObjectRules, Org } from './row-rules.ts';

const ROLE_GROUPS = ['Role', 'RoleAndSubordinates'];

export const roleRules: ObjectRules = {
  beforeInsert(_org, draft) {
    draft.DeveloperName ??= developerName(draft);
  },
  afterInsert(org, row, caller) {
    for (const Type of ROLE_GROUPS) {
      org.store.insert('Group', {
        Id: org.store.nextId('00G'),
        Name: null,
        DeveloperName: row.DeveloperName ?? null,
        Type,
        RelatedId: row.Id,
        OwnerId: caller.userId,
        CreatedDate: caller.now,
        CreatedById: caller.userId,
        LastModifiedDate: caller.now,
        LastModifiedById: caller.userId,
        SystemModstamp: caller.now,
      });
    }
  },
  beforeUpdate(org, row, changes) {
    if (typeof changes.ParentRoleId === 'string' && isUnder(org, changes.ParentRoleId, row.Id)) {
      const message = 'Role: a role cannot report to itself, directly or indirectly';
      throw new SalesforceError('FIELD_INTEGRITY_EXCEPTION', message, { fields: ['ParentRoleId'] });
    }
  },
  beforeDelete(org, row) {
    if (org.store.find('User', 'UserRoleId', row.Id).length > 0)
      throw deleteFailed(row.Name, 'users are assigned to it');
    if (org.store.find('UserRole', 'ParentRoleId', row.Id).length > 0)
      throw deleteFailed(row.Name, 'it has roles below it');
    for (const group of org.store.find('Group', 'RelatedId', row.Id)) {
      for (const member of org.store.find('GroupMember', 'UserOrGroupId', group.Id))
        org.store.update('GroupMember', member.Id, { IsDeleted: true });
      org.store.update('Group', group.Id, { IsDeleted: true });
    }
  },
};

/** Whether a role is the wanted one or below it. */
function isUnder(org: Org, roleId: string, wantedId: string): boolean {
  if (roleId === wantedId) return true;
  const parentId = org.store.live('UserRole', roleId)?.ParentRoleId;
  return typeof parentId === 'string' && isUnder(org, parentId, wantedId);
}
