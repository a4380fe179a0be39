/** When an HR event falls due, by what is known of its person: where they are decides when their day begins. */
import { startOfDay } from './due.ts';
import { isChange, type HrChange, type HrEvent } from './hr-event.ts';
import type { Person } from './person.ts';

/** What is known beside the event: the event it corrects, the person, and the joiner that was said of them. */
export interface DueFacts {
  target?: HrEvent | undefined;
  person?: Person | undefined;
  joiner?: HrChange | undefined;
}

/**
 * The ISO instant at which the event falls due; null for one without a date: a rescind, an amendment that moves none. An
 * immediate leaver is due now.
 */
export function dueAt(
  event: HrEvent,
  { target, person, joiner }: DueFacts,
  { now, defaultTimeZone }: { now: string; defaultTimeZone: string },
): string | null {
  if (isChange(event) && event.type === 'leaver' && event.immediate) return now;
  const date = 'effectiveDate' in event ? event.effectiveDate : undefined;
  if (!date) return null;
  const known = person?.profile['timeZone'] || (joiner && statedZone(joiner)) || undefined;
  return startOfDay(date, statedZone(event) ?? (target && statedZone(target)) ?? known ?? defaultTimeZone);
}

/** Where the person is, by the event itself. */
function statedZone(event: HrEvent): string | undefined {
  const own = 'timeZone' in event ? event.timeZone : undefined;
  const stated = 'profile' in event ? event.profile?.['timeZone'] : undefined;
  return own || stated || undefined;
}
