// UserLogin: the row that freezes a user. A frozen user keeps their licence and cannot log in.

import { SalesforceError } from './errors.ts';
import type { Row } from './journal.ts';
import type { ObjectRules, Org } from './row-rules.ts';

export const userLoginRules: ObjectRules = {
  beforeUpdate(_org, row, changes, caller) {
    if (changes.IsPasswordLocked === true) {
      throw new SalesforceError('CANNOT_PASSWORD_LOCKOUT', 'IsPasswordLocked can only be set to false', {
        fields: ['IsPasswordLocked'],
      });
    }
    if (changes.IsFrozen === true && row.UserId === caller.userId) {
      throw new SalesforceError('CANNOT_FREEZE_SELF', 'You cannot freeze your own user record', {
        fields: ['IsFrozen'],
      });
    }
  },
};

export function loginOf(org: Org, userId: string): Row | undefined {
  return org.store.find('UserLogin', 'UserId', userId)[0];
}

export function isFrozen(org: Org, userId: string): boolean {
  return loginOf(org, userId)?.IsFrozen === true;
}
