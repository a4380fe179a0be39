// Public groups and queues, their members, and roles. Groups of other types belong to Salesforce itself.

import { badCrossReference, duplicateValue } from './field-rules.ts';
import { SalesforceError } from './errors.ts';
import type { Draft, Row } from './journal.ts';
import { activeUser } from './permission-sets.ts';
import type { ObjectRules, Org } from './row-rules.ts';

const OURS = ['Regular', 'Queue'];

export const groupRules: ObjectRules = {
  beforeInsert(org, draft) {
    if (!OURS.includes(String(draft.Type))) throw systemGroup();
    draft.DeveloperName ??= developerName(draft);
    const same = org.store
      .find('Group', 'DeveloperName', draft.DeveloperName)
      .find((other) => other.Type === draft.Type);
    if (same !== undefined) throw duplicateValue('DeveloperName', same.Id);
  },
  beforeUpdate(_org, row) {
    if (!OURS.includes(String(row.Type))) throw systemGroup();
  },
  beforeDelete(_org, row) {
    if (!OURS.includes(String(row.Type))) throw systemGroup();
  },
  afterDelete(org, row) {
    for (const member of [...members(org, row.Id), ...org.store.find('GroupMember', 'UserOrGroupId', row.Id)]) {
      org.store.update('GroupMember', member.Id, { IsDeleted: true });
    }
  },
};

export const groupMemberRules: ObjectRules = {
  existing(org, draft) {
    return members(org, String(draft.GroupId)).find((member) => member.UserOrGroupId === draft.UserOrGroupId)?.Id;
  },
  beforeInsert(org, draft) {
    const group = org.store.live('Group', String(draft.GroupId));
    if (!OURS.includes(String(group?.Type))) throw systemGroup();
    const memberId = String(draft.UserOrGroupId);
    if (memberId.startsWith('005')) activeUser(org, memberId, 'member of group');
    else if (memberId === draft.GroupId || org.store.live('Group', memberId) === undefined) throw badCrossReference();
  },
};

export const roleRules: ObjectRules = {
  beforeInsert(_org, draft) {
    draft.DeveloperName ??= developerName(draft);
  },
};

function members(org: Org, groupId: string): Row[] {
  return org.store.find('GroupMember', 'GroupId', groupId);
}

function developerName(draft: Draft): string {
  return String(draft.Name)
    .replace(/[^A-Za-z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '');
}

function systemGroup(): SalesforceError {
  return new SalesforceError('FIELD_INTEGRITY_EXCEPTION', 'Type: only groups of type Regular or Queue can be changed', {
    fields: ['Type'],
  });
}
