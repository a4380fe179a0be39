/** Current details: the paragraph that tells whoever opens the run in Temporal's UI who, what, and where it stands. */
import { setCurrentDetails } from '@temporalio/workflow';
import type { Lane, LaneEvent } from '#domain/lane.ts';

/** A run serves one event, so what it shows is kept here, for this run alone. */
const shown = { who: '', standing: '', queue: '', branches: new Map<string, string>(), lines: [] as string[] };

/** Shows where this event stands, and what else waits in the lane; `lines` say what was done. */
export function showStanding(event: LaneEvent, lane: Lane, standing: string, lines: string[] = []): void {
  const others = lane.pending.filter(({ id }) => id !== event.id);
  const immediate = event.immediate ? ', immediate' : '';
  shown.who = `**${event.person}** (${event.employeeNumber}): ${event.type}, due ${event.dueAt}${immediate}. HR event ${event.id}.`;
  shown.standing = standing;
  shown.queue = others.map(({ type, dueAt }) => `${type} due ${dueAt}`).join(', ');
  shown.branches.clear();
  shown.lines = lines;
  show();
}

/** Shows what is being done in one application; nothing once that branch has ended. */
export function showBranch(application: string, doing: string | undefined): void {
  if (doing === undefined) shown.branches.delete(application);
  else shown.branches.set(application, doing);
  show();
}

function show(): void {
  const work = [...shown.branches].map(([application, doing]) => `- ${application}: ${doing} …`);
  const list = [...shown.lines.map((line) => `- ${line}`), ...work].join('\n');
  const then = shown.queue === '' ? '' : `Then: ${shown.queue}.`;
  setCurrentDetails([shown.who, `It ${shown.standing}.`, list, then].filter((part) => part !== '').join('\n\n'));
}
