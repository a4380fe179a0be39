/** How an event went: every application on its own branch, and one outcome over all. */
import type { ReportEntry } from '#domain/report-entry.ts';
import type { RunOutcome, ServedEvent } from '../messages.ts';

export const REPEATED: ServedEvent = { outcome: 'repeated', entries: [] };

/** Applications do not wait for each other: each is its own branch, and a branch answers entries, it does not throw. */
export async function inEveryApplication(
  applications: string[],
  branch: (application: string) => Promise<ReportEntry[]>,
): Promise<ReportEntry[]> {
  return (await Promise.all(applications.map(branch))).flat();
}

/** done when nothing failed, failed when nothing was done, else partly-failed. */
export function served(entries: ReportEntry[]): ServedEvent {
  const failed = entries.filter(({ outcome }) => outcome === 'failed').length;
  const done = entries.filter(({ outcome }) => outcome === 'done').length;
  return { entries, outcome: failed === 0 ? 'done' : done === 0 ? 'failed' : 'partly-failed' };
}

/** The outcome in words, with the first thing that failed: whoever reads one line reads that. */
export function outcomeLine(outcome: RunOutcome, entries: ReportEntry[]): string {
  const failure = entries.find((entry) => entry.failure)?.failure;
  return failure ? `${outcome}: ${failure.message}` : outcome;
}
