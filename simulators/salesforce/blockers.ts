// Reasons, ordered by a test, for which a user cannot be deactivated, in Salesforce's own words.

import type { Org } from './row-rules.ts';

/** The reasons that have a fixed text; `{label}` and `{name}` are filled in. */
export const BLOCKER_MESSAGES = {
  'web-to-lead-creator': 'You cannot disable the Web to Lead Default Creator.',
  'default-case-owner':
    'You cannot deactivate this user. You cannot deactivate a user who is the default owner of cases',
  'default-workflow-user': 'You cannot deactivate the Default Workflow User',
  'hierarchy-field': 'Cannot inactivate user that is the value of a hierarchy field: {label}. : {name}',
} as const;

export type BlockerReason = keyof typeof BLOCKER_MESSAGES;

/** The message that forbids to deactivate this user, when there is one. */
export function findBlocker(org: Org, userId: string): string | undefined {
  return blockers(org)[userId];
}

/** Sets the message for a user; undefined takes it away. */
export function setBlocker(org: Org, userId: string, message: string | undefined): void {
  const { [userId]: _, ...others } = blockers(org);
  org.store.set('blockers', message === undefined ? others : { ...others, [userId]: message });
}

export function clearBlockers(org: Org): void {
  org.store.set('blockers', {});
}

function blockers(org: Org): Record<string, string> {
  return (org.store.setting('blockers') as Record<string, string> | undefined) ?? {};
}
