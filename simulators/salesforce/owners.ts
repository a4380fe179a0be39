// Who may own a record, and who may change one.

import { SalesforceError } from './errors.ts';
import type { Draft, Row } from './journal.ts';
import { queueOwns } from './groups.ts';
import { activeUser } from './permission-sets.ts';
import { hasPermission, insufficientAccess, mayAccess } from './permissions.ts';
import type { Caller, Org } from './row-rules.ts';

/** Refuses an owner who is inactive, may not read the object, or is a queue for other objects. */
export function checkOwner(org: Org, objectName: string, ownerId: string): void {
  if (ownerId.startsWith('00G')) {
    if (queueOwns(org, ownerId, objectName)) return;
    throw new SalesforceError('INVALID_OPERATION', 'Queue not associated with this SObject type', {
      fields: ['OwnerId'],
    });
  }
  const owner = activeUser(org, ownerId, `owner of ${objectName.toLowerCase()}`);
  if (mayAccess(org, owner.Id, objectName, 'Read')) return;
  throw new SalesforceError('TRANSFER_REQUIRES_READ', 'The new owner must have read permission', { fields: [] });
}

/** Refuses a caller who may not change this record: it is somebody else's, or the change gives it away. */
export function requireOwnRecord(org: Org, row: Row, changes: Draft, caller: Caller): void {
  const transfers = 'OwnerId' in changes && changes.OwnerId !== row.OwnerId;
  if (hasPermission(org, caller.userId, 'PermissionsModifyAllData')) return;
  if (transfers && hasPermission(org, caller.userId, 'PermissionsTransferAnyEntity')) return;
  if (row.OwnerId !== caller.userId) throw insufficientAccess();
}
