/** Retention: accounts that were taken out of use long enough ago are deleted, each by an event of its person. */
import { dueDeletions, type DueDeletion } from '#directory/accounts.ts';
import type { Sql } from '#directory/database.ts';
import { storeHrEvents, type NewHrEvent } from '#directory/hr-events.ts';
import { quietMover } from '#directory/quiet-events.ts';

/** In one look; the next is a minute away. */
const MOST_AT_ONCE = 500;

/**
 * Puts a quiet mover into the HR inbox for every account that is due to be deleted: its plan decides afresh whether it
 * is. Where accounts may not be deleted it waits until they may; what an event left undone is tried again after a week.
 * Once per account and day: safe to repeat. Answers how many are new.
 */
export async function submitDeletions(directory: Sql): Promise<number> {
  const due = await dueDeletions(directory, MOST_AT_ONCE);
  const { added } = await storeHrEvents(directory, due.map(eventOf));
  return added.size;
}

function eventOf({ eventId: id, employeeNumber, deleteAt }: DueDeletion): NewHrEvent {
  return quietMover({ id, employeeNumber, dueAt: new Date(deleteAt).toISOString(), source: 'retention' });
}
