// Why a user cannot be deactivated, in Salesforce's own words where they are known: settings of the org that name the
// user, hierarchy fields and approvals that point at them, and reasons a test has ordered as a text.

import { isApprover } from './approvals.ts';
import type { Row } from './journal.ts';
import type { Org } from './row-rules.ts';

/** Settings of the org that hold one user each, and what Salesforce says when that user is to be deactivated. */
export const NAMED_USER_MESSAGES = {
  'default-lead-owner': 'You cannot disable the Web to Lead Default Creator.',
  'web-to-lead-creator': 'You cannot disable the Web to Lead Default Creator.',
  'default-case-owner':
    'You cannot deactivate this user. You cannot deactivate a user who is the default owner of cases',
  'default-workflow-user': 'You cannot deactivate the Default Workflow User',
} as const;

export type NamedUser = keyof typeof NAMED_USER_MESSAGES;

const APPROVER_MESSAGE =
  'You cannot deactivate this user because the user is an approver or a delegated approver in an approval process.';

export const hierarchyMessage = (label: string, name: unknown): string =>
  `Cannot inactivate user that is the value of a hierarchy field: ${label}. : ${String(name)}`;

/** Every reason that forbids to deactivate this user. */
export function blockersOf(org: Org, user: Row): string[] {
  const ordered = orderedTexts(org)[user.Id];
  const settings = Object.entries(namedUsers(org)).filter(([, id]) => id === user.Id);
  return [
    ...(ordered === undefined ? [] : [ordered]),
    ...settings.map(([name]) => NAMED_USER_MESSAGES[name as NamedUser]),
    ...hierarchyFieldsNaming(org, user).map((label) => hierarchyMessage(label, user.Name)),
    ...(isApprover(org, user.Id) ? [APPROVER_MESSAGE] : []),
  ];
}

/** Makes a user the one a setting holds, in place of whoever it held. */
export function nameUser(org: Org, setting: NamedUser, userId: string): void {
  org.store.set('namedUsers', { ...namedUsers(org), [setting]: userId });
}

/** Forbids to deactivate a user, with this text. */
export function orderBlocker(org: Org, userId: string, message: string): void {
  org.store.set('blockers', { ...orderedTexts(org), [userId]: message });
}

/** Takes back the texts and the settings that block a user; those of all users when none is given. */
export function clearBlockers(org: Org, userId?: string): void {
  const kept = <T>(entries: [string, T][], isTheirs: (key: string, value: T) => boolean): Record<string, T> =>
    Object.fromEntries(entries.filter(([key, value]) => userId !== undefined && !isTheirs(key, value)));
  org.store.set(
    'blockers',
    kept(Object.entries(orderedTexts(org)), (key) => key === userId),
  );
  org.store.set(
    'namedUsers',
    kept(Object.entries(namedUsers(org)), (_, id) => id === userId),
  );
}

function namedUsers(org: Org): Partial<Record<NamedUser, string>> {
  return (org.store.setting('namedUsers') as Partial<Record<NamedUser, string>> | undefined) ?? {};
}

function orderedTexts(org: Org): Record<string, string> {
  return (org.store.setting('blockers') as Record<string, string> | undefined) ?? {};
}

/** The labels of the hierarchy fields in which an active user names this one. */
function hierarchyFieldsNaming(org: Org, user: Row): string[] {
  const fields = org.schema.get('user')?.fields ?? [];
  return fields
    .filter((field) => field.name.endsWith('__c') && field.type === 'reference')
    .filter((field) =>
      org.store.find('User', field.name, user.Id).some((other) => other.IsActive === true && other.Id !== user.Id),
    )
    .map((field) => field.label);
}
