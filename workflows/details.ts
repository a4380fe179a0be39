/** Current details: the paragraph that tells whoever opens the run in Temporal's UI who, what, and where it stands. */
import { setCurrentDetails } from '@temporalio/workflow';
import type { Lane, LaneEvent } from '#domain/lane.ts';

/** Shows `standing` for this event, and what else waits in the lane. Markdown. */
export function showStanding(event: LaneEvent, lane: Lane, standing: string): void {
  const others = lane.pending.filter(({ id }) => id !== event.id);
  const queue = others.map(({ type, dueAt }) => `${type} due ${dueAt}`).join(', ');
  setCurrentDetails(
    [
      `**${event.person}** (${event.employeeNumber}): ${event.type}, due ${event.dueAt}${event.immediate ? ', immediate' : ''}. HR event ${event.id}.`,
      standing,
      ...(queue ? [`Then: ${queue}.`] : []),
    ].join('\n\n'),
  );
}
