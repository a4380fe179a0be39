// The rules of the User object: names that are unique, seats that are taken and given back, and who may not be
// deactivated. There is no delete.

import { refuseDeactivation } from './deactivation.ts';
import { holdBackEmail } from './email-confirmation.ts';
import { SalesforceError } from './errors.ts';
import { isEmail } from './field-rules.ts';
import type { Draft, Row } from './journal.ts';
import { freeSeat, licenseOfProfile, requireFeatureSeats, takeSeat } from './licenses.ts';
import { assignProfileSet, replaceProfileSet } from './permission-sets.ts';
import type { ObjectRules, Org } from './row-rules.ts';

export const userRules: ObjectRules = {
  beforeInsert(org, draft) {
    checkUsername(org, draft);
    draft.CommunityNickname ??= freeNickname(org, String(draft.Username));
    checkNickname(org, draft);
    draft.Name = fullName(draft);
    draft.UserType = org.store.live('Profile', String(draft.ProfileId))?.UserType ?? null;
    if (draft.IsActive === true) {
      requireFeatureSeats(org, draft);
      takeSeat(org, licenseOfProfile(org, draft.ProfileId));
    }
  },

  afterInsert(org, row, caller) {
    const id = org.store.nextId('0Yw');
    const stamps = { LastModifiedDate: caller.now, LastModifiedById: caller.userId };
    org.store.insert('UserLogin', { Id: id, UserId: row.Id, IsFrozen: false, IsPasswordLocked: false, ...stamps });
    assignProfileSet(org, row, caller.now);
  },

  beforeUpdate(org, row, changes, caller) {
    if ('Username' in changes) checkUsername(org, changes, row.Id);
    if ('CommunityNickname' in changes) checkNickname(org, changes, row.Id);
    if ('FirstName' in changes || 'LastName' in changes) changes.Name = fullName({ ...row, ...changes });
    refuseLoops(org, row.Id, changes);
    holdBackEmail(org, row, changes);
    if ('ProfileId' in changes) {
      changes.UserType = org.store.live('Profile', String(changes.ProfileId))?.UserType ?? null;
    }
    if (changes.IsActive === false && row.IsActive === true) refuseDeactivation(org, row, caller);
    moveSeat(org, row, { ...row, ...changes });
  },

  afterUpdate(org, row, before, caller) {
    if ('ProfileId' in before && before.ProfileId !== row.ProfileId) replaceProfileSet(org, row, caller.now);
  },
};

function checkUsername(org: Org, draft: Draft, ownId?: string): void {
  const username = String(draft.Username).toLowerCase();
  if (!isEmail(username)) {
    throw new SalesforceError(
      'FIELD_INTEGRITY_EXCEPTION',
      'Username must be in the form of an email address (for example, john@acme.com): Username',
      { fields: ['Username'] },
    );
  }
  if (org.store.find('User', 'Username', username).some((other) => other.Id !== ownId)) {
    throw new SalesforceError(
      'DUPLICATE_USERNAME',
      'Duplicate Username.<br>The username already exists in this or another Salesforce organization. Usernames must be ' +
        "unique across all Salesforce organizations. To resolve, use a different username (it doesn't need to match the " +
        "user's email address). ",
      { fields: ['Username'] },
    );
  }
  draft.Username = username;
}

function checkNickname(org: Org, draft: Draft, ownId?: string): void {
  const nickname = draft.CommunityNickname ?? null;
  if (!org.store.find('User', 'CommunityNickname', nickname).some((other) => other.Id !== ownId)) return;
  throw new SalesforceError(
    'DUPLICATE_COMM_NICKNAME',
    'Duplicate Nickname.<br>Another user has already selected this nickname.<br>Please select another.',
    { fields: ['CommunityNickname'] },
  );
}

function freeNickname(org: Org, username: string): string {
  const stem = username.replace(/@.*$/, '').slice(0, 30);
  const taken = (nickname: string): boolean => org.store.find('User', 'CommunityNickname', nickname).length > 0;
  if (!taken(stem)) return stem;
  for (;;) {
    const nickname = `${stem}${Math.floor(Math.random() * 1e9)}`;
    if (!taken(nickname)) return nickname;
  }
}

function fullName(draft: Draft): string {
  return [draft.FirstName, draft.LastName].filter(Boolean).join(' ');
}

/** Refuses a manager, or a value of a custom hierarchy field, who is in the end the user. */
function refuseLoops(org: Org, userId: string, changes: Draft): void {
  const fields = org.schema.get('user')?.fields ?? [];
  for (const field of fields) {
    const isHierarchy = field.name === 'ManagerId' || (field.name.endsWith('__c') && field.type === 'reference');
    const first = changes[field.name];
    if (!isHierarchy || typeof first !== 'string' || !leadsTo(org, field.name, first, userId)) continue;
    const message = `${field.label.replace(/ ID$/, '')}: a user cannot be above themselves, directly or indirectly`;
    throw new SalesforceError('FIELD_INTEGRITY_EXCEPTION', message, { fields: [field.name] });
  }
}

function leadsTo(org: Org, field: string, fromId: string, wantedId: string): boolean {
  const seen = new Set<string>();
  for (let id: string | undefined = fromId; id !== undefined && !seen.has(id);) {
    if (id === wantedId) return true;
    seen.add(id);
    const next: unknown = org.store.live('User', id)?.[field];
    id = typeof next === 'string' ? next : undefined;
  }
  return false;
}

function moveSeat(org: Org, before: Row, after: Row): void {
  const from = before.IsActive === true ? licenseOfProfile(org, before.ProfileId) : undefined;
  const to = after.IsActive === true ? licenseOfProfile(org, after.ProfileId) : undefined;
  if (to !== undefined) requireFeatureSeats(org, after, before);
  if (from === to) return;
  if (to !== undefined) takeSeat(org, to);
  if (from !== undefined) freeSeat(org, from);
}
