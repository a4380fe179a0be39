/** Priority: whose work goes first. Taking access away is never behind giving it. */
import type { ChangeType } from './hr-event.ts';

/** As Temporal counts: 1 goes first, 5 last. */
export const PRIORITY = { leaver: 1, change: 3, plan: 4, bulk: 5 } as const;

/** The priority of what is done for an event of this type. */
export function priorityOf(type: ChangeType): number {
  return type === 'leaver' ? PRIORITY.leaver : PRIORITY.change;
}
