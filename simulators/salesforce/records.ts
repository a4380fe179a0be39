// Business records: each has an owner, who must be an active user when the record is given to them.

import type { Draft } from './journal.ts';
import { activeUser } from './permission-sets.ts';
import type { ObjectRules } from './row-rules.ts';

export function recordRules(label: string): ObjectRules {
  return {
    beforeInsert(org, draft, caller) {
      draft.OwnerId ??= caller.userId;
      draft.IsDeleted = false;
      activeUser(org, String(draft.OwnerId), `owner of ${label}`);
    },
    beforeUpdate(org, row, changes) {
      if ('OwnerId' in changes && changes.OwnerId !== row.OwnerId)
        activeUser(org, String(changes.OwnerId), `owner of ${label}`);
    },
  };
}

/** The same for a record that is a person: its full name follows from the parts. */
export function personRecordRules(label: string): ObjectRules {
  const { beforeInsert, beforeUpdate } = recordRules(label);
  return {
    beforeInsert(org, draft, caller) {
      draft.Name = fullName(draft);
      beforeInsert?.(org, draft, caller);
    },
    beforeUpdate(org, row, changes, caller) {
      if ('FirstName' in changes || 'LastName' in changes) changes.Name = fullName({ ...row, ...changes });
      beforeUpdate?.(org, row, changes, caller);
    },
  };
}

function fullName(draft: Draft): string {
  return [draft.FirstName, draft.LastName].filter(Boolean).join(' ');
}
