// Public groups and queues, their members, and what a queue may own. Groups of other types belong to Salesforce itself.

import { badCrossReference, duplicateValue } from './field-rules.ts';
import { SalesforceError } from './errors.ts';
import type { Draft, Row } from './journal.ts';
import { activeUser, deleteFailed } from './permission-sets.ts';
import type { ObjectRules, Org } from './row-rules.ts';
import { QUEUE_OBJECTS } from './schema-groups.ts';

const OURS = ['Regular', 'Queue'];

export const groupRules: ObjectRules = {
  beforeInsert(org, draft, caller) {
    if (!OURS.includes(String(draft.Type))) throw systemGroup();
    draft.OwnerId = caller.userId;
    draft.DeveloperName ??= developerName(draft);
    checkDeveloperName(org, String(draft.DeveloperName), { type: draft.Type });
  },
  beforeUpdate(org, row, changes) {
    if (!OURS.includes(String(row.Type))) throw systemGroup();
    if (typeof changes.DeveloperName === 'string')
      checkDeveloperName(org, changes.DeveloperName, { type: row.Type, ownId: row.Id });
  },
  beforeDelete(org, row) {
    if (!OURS.includes(String(row.Type))) throw systemGroup();
    const owned = QUEUE_OBJECTS.find((object) => org.store.find(object, 'OwnerId', row.Id).length > 0);
    if (owned !== undefined) throw deleteFailed(row.Name, `it owns records of type ${owned}`);
  },
  afterDelete(org, row) {
    const gone = (object: string, field: string): void => {
      for (const part of org.store.find(object, field, row.Id)) org.store.update(object, part.Id, { IsDeleted: true });
    };
    gone('GroupMember', 'GroupId');
    gone('GroupMember', 'UserOrGroupId');
    gone('QueueSobject', 'QueueId');
  },
};

export const groupMemberRules: ObjectRules = {
  existing(org, draft) {
    // Asked of the member, who is in a few groups, not of the group, which may have everybody.
    const memberships = org.store.find('GroupMember', 'UserOrGroupId', draft.UserOrGroupId ?? null);
    return memberships.find(({ GroupId }) => GroupId === draft.GroupId)?.Id;
  },
  beforeInsert(org, draft) {
    const group = org.store.live('Group', String(draft.GroupId));
    if (!OURS.includes(String(group?.Type))) throw systemGroup();
    const memberId = String(draft.UserOrGroupId);
    if (memberId.startsWith('005')) {
      activeUser(org, memberId, 'member of group');
      return;
    }
    const member = org.store.live('Group', memberId);
    if (member === undefined || member.Type === 'Queue' || contains(org, memberId, String(draft.GroupId)))
      throw badCrossReference();
  },
};

export const queueSobjectRules: ObjectRules = {
  beforeInsert(org, draft) {
    const queue = org.store.live('Group', String(draft.QueueId));
    if (queue?.Type !== 'Queue') throw badCrossReference();
    const same = owned(org, queue.Id).find((other) => other.SobjectType === draft.SobjectType);
    if (same !== undefined) throw duplicateValue('SobjectType', same.Id);
  },
  beforeDelete(org, row) {
    const records = org.store.find(String(row.SobjectType), 'OwnerId', row.QueueId ?? null);
    if (records.length > 0) throw deleteFailed(row.SobjectType, 'the queue owns records of this type');
  },
};

/** Whether this is a queue that may own records of this object. */
export function queueOwns(org: Org, queueId: string, objectName: string): boolean {
  return (
    org.store.live('Group', queueId)?.Type === 'Queue' &&
    owned(org, queueId).some((row) => row.SobjectType === objectName)
  );
}

/** A name for programs, made from the name for people. */
export function developerName(draft: Draft): string {
  return String(draft.Name)
    .replace(/[^A-Za-z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '');
}

/** Letters, digits and single underscores, from a letter on; one of a name among the groups of a type, whatever its case. */
function checkDeveloperName(org: Org, name: string, group: { type: unknown; ownId?: string }): void {
  if (!/^[A-Za-z](_?[A-Za-z0-9])*$/.test(name)) {
    throw new SalesforceError(
      'FIELD_INTEGRITY_EXCEPTION',
      'The Group Name field can only contain underscores and alphanumeric characters. It must be unique, begin with a ' +
        'letter, not include spaces, not end with an underscore, and not contain two consecutive underscores.',
      { fields: ['DeveloperName'] },
    );
  }
  const others = org.store.find('Group', 'DeveloperName', name);
  if (!others.some((other) => other.Type === group.type && other.Id !== group.ownId)) return;
  throw new SalesforceError('DUPLICATE_DEVELOPER_NAME', `This Group Name already exists: ${name}`, {
    fields: ['DeveloperName'],
  });
}

function owned(org: Org, queueId: string): Row[] {
  return org.store.find('QueueSobject', 'QueueId', queueId);
}

function members(org: Org, groupId: string): Row[] {
  return org.store.find('GroupMember', 'GroupId', groupId);
}

/** Whether the group is the wanted one or has it as a member, directly or through others. */
function contains(org: Org, groupId: string, wantedId: string): boolean {
  return (
    groupId === wantedId ||
    members(org, groupId).some(
      ({ UserOrGroupId: id }) => String(id).startsWith('00G') && contains(org, String(id), wantedId),
    )
  );
}

function systemGroup(): SalesforceError {
  return new SalesforceError('FIELD_INTEGRITY_EXCEPTION', 'Type: only groups of type Regular or Queue can be changed', {
    fields: ['Type'],
  });
}
