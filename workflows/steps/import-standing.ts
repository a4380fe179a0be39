/** How far an import is: what its query answers, and what whoever opens the run in Temporal's UI reads. */
import { addCounts, endedRows, NO_ROWS, type ImportPause, type PageCounts } from '#domain/import.ts';
import type { ImportProgress, ImportWork } from '../messages.ts';

/** What is known of an import. Times in milliseconds. */
interface Standing {
  work: ImportWork | undefined;
  beganAt: number;
  /** How long it was paused before. */
  pausedMs: number;
  pause: ImportPause | undefined;
  cancelled: object | undefined;
}

/** How far it is at this moment. The slowest application says how many rows have ended and when the last one will. */
export function importProgress({ work, beganAt, pausedMs, pause, cancelled }: Standing, now: number): ImportProgress {
  const rows = work?.scope.levels.reduce((sum, level) => sum + level, 0) ?? 0;
  const branches = work?.branches ?? [];
  const each = branches.map(({ counts }) => counts);
  const ended = each.length === 0 ? 0 : Math.min(...each.map(endedRows));
  const workedMs = (pause ? Date.parse(pause.since) : now) - beganAt - pausedMs;
  const rate = workedMs > 0 ? ended / workedMs : 0;
  return {
    rows,
    applications: Object.fromEntries(branches.map(({ application, counts }) => [application, counts])),
    ended,
    failed: each.reduce(addCounts, NO_ROWS).failed,
    rowsPerSecond: Math.round(rate * 10_000) / 10,
    estimatedEnd: rate > 0 && !pause && !cancelled ? new Date(now + (rows - ended) / rate).toISOString() : null,
    pause: pause ?? null,
    cancelling: cancelled !== undefined,
  };
}

/** The same in Markdown. */
export function importDetails(id: number, progress: ImportProgress): string {
  const { rows, ended, rowsPerSecond, estimatedEnd, pause, cancelling, applications } = progress;
  const ends = estimatedEnd === null ? '' : `, ends about ${estimatedEnd.slice(0, 19)}Z`;
  return [
    `**import ${id}**: ${ended} of ${rows} rows, ${rowsPerSecond} a second${ends}.`,
    Object.entries(applications)
      .map(([application, counts]) => inApplication(application, counts, rows))
      .join('\n'),
    pause ? pauseInWords(id, pause) : '',
    cancelling ? 'It was cancelled, and ends once the pages at work have ended.' : '',
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

function inApplication(application: string, counts: PageCounts, rows: number): string {
  const others = (['unchanged', 'handed', 'skipped'] as const)
    .filter((how) => counts[how] > 0)
    .map((how) => `, ${counts[how]} ${how === 'handed' ? "handed to their people's lanes" : how}`)
    .join('');
  return `- ${application || 'directory'}: ${counts.done} done, ${counts.failed} failed${others}, of ${rows}`;
}

function pauseInWords(id: number, { by, reason, since, until }: ImportPause): string {
  const goesOn = until === undefined ? '' : ` It goes on by itself at ${until}.`;
  return `**Paused** since ${since} by ${by}: ${reason}.${goesOn} \`joinery import resume ${id}\` ends the pause.`;
}
