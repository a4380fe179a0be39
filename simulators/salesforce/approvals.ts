// Approval requests that wait for somebody: they can be given to somebody else, and keep whom they wait for from being
// deactivated.

import { activeUser } from './permission-sets.ts';
import type { ObjectRules, Org } from './row-rules.ts';

export const workitemRules: ObjectRules = {
  beforeUpdate(org, _row, changes) {
    const actorId = String(changes.ActorId);
    if (actorId.startsWith('005')) activeUser(org, actorId, 'approver');
  },
};

/** Whether an approval request waits for this user, or an active user has named them to approve in their place. */
export function isApprover(org: Org, userId: string): boolean {
  if (org.store.find('ProcessInstanceWorkitem', 'ActorId', userId).length > 0) return true;
  return org.store.find('User', 'DelegatedApproverId', userId).some((user) => user.IsActive === true);
}
