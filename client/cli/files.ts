/** What commands that apply files share: reading with a progress bar, waiting, telling how it ended. */
import { createReadStream } from 'node:fs';
import { basename } from 'node:path';
import { localDate } from '#domain/due.ts';
import type { HrEventState } from '#domain/hr-event.ts';
import { countByState, countLater, endedBadly } from '#directory/hr-events.ts';
import { openTasksOf } from '#directory/tasks.ts';
import type { Task } from '#domain/task.ts';
import { createLogger } from '#runtime/logger.ts';
import { showApplications } from '../applications.ts';
import type { CsvOptions, CsvResult } from '../csv-import.ts';
import type { CsvInput } from '../csv-parsing.ts';
import { createRelay } from '../relay.ts';
import { untilSettled } from '../settled.ts';
import { describePauses } from './app.ts';
import { progress } from './progress.ts';
import type { Session } from './session.ts';
import { describeTasks } from './task.ts';

/** How the events of a file ended. */
export interface Endings {
  /** Events whose day is still to come. */
  later: number;
  /** What waits for somebody. */
  tasks: Task[];
  states: Partial<Record<HrEventState, number>>;
  /** The first of those that did not end well. */
  bad: { id: string; state: HrEventState; summary: string }[];
}

const BAD_SHOWN = 20;

/** Reads a file with a progress bar, as `read` takes it. */
export async function readFile<T>(
  { config, directory }: Session,
  file: string,
  read: (input: CsvInput, options: CsvOptions) => Promise<T>,
): Promise<T> {
  const bar = progress(basename(file), 0);
  const result = await read(createReadStream(file), {
    directory,
    defaultTimeZone: config.timeZone,
    source: `file ${basename(file)}`,
    today: localDate(new Date().toISOString(), config.timeZone),
    onProgress: ({ rows }) => bar.at(rows),
  });
  bar.done();
  return result;
}

/** Brings what was stored to its lanes from here too, so that it works when no HTTP server runs. */
export async function signaller({ config, directory, temporal }: Session): Promise<() => Promise<void>> {
  const log = createLogger({ level: config.logLevel, name: 'joinery' });
  const relay = createRelay({ directory, temporal: await temporal(), taskQueue: config.taskQueue, log });
  return async () => void (await relay.drain());
}

/** Waits until these events have been carried out, or wait for a day or for somebody. */
export async function carriedOut({ directory }: Session, eventIds: string[]): Promise<Endings> {
  // What is not sent waits as long as the pause, and so do we.
  for (const line of describePauses(await showApplications(directory))) process.stderr.write(`${line}\n`);
  const bar = progress('carried out', eventIds.length);
  await untilSettled(directory, eventIds, (left) => bar.at(eventIds.length - left));
  bar.done();
  const bad = await endedBadly(directory, eventIds, BAD_SHOWN);
  return {
    later: await countLater(directory, eventIds),
    tasks: await openTasksOf(directory, eventIds),
    states: await countByState(directory, eventIds),
    bad: bad.map(({ id, state, outcome }) => ({ id, state, summary: outcome?.summary ?? '' })),
  };
}

/** What a file did, line by line where it failed. */
export function describeResult(result: CsvResult): string[] {
  const { kind, rows, accepted, known, unchanged, failedTotal } = result;
  const counts = [
    `${rows} lines of ${kind}`,
    `${accepted} events accepted`,
    `${known} known before`,
    `${unchanged} unchanged`,
    `${failedTotal} refused`,
  ];
  return [...describeFailed(result), counts.join(', ')];
}

/** The lines that failed, each with its reason. */
function describeFailed({ failed, failedTotal }: Pick<CsvResult, 'failed' | 'failedTotal'>): string[] {
  return [
    ...failed.map(({ line, reason }) => `line ${line}: ${reason}`),
    ...(failedTotal > failed.length ? [`… and ${failedTotal - failed.length} more`] : []),
  ];
}

/** How what was waited for ended. */
export function describeEndings({ states, bad, tasks, later }: Endings): string[] {
  const { failed = 0, 'partly-failed': partly = 0, 'too-late': late = 0 } = states;
  const more = failed + partly + late - bad.length;
  const { accepted: _accepted, signalled: _signalled, ...ended } = states;
  const counts = Object.entries(ended).map(([state, count]) => `${count} ${state}`);
  return [
    ...bad.map(({ id, state, summary }) => `${id}: ${state}\n${summary.replace(/^/gm, '  ')}`),
    ...(more > 0 ? [`… and ${more} more; joinery report lists what failed`] : []),
    ...(tasks.length > 0 ? ['these wait for somebody (joinery task --help):', ...describeTasks(tasks)] : []),
    ...(counts.length > 0 ? [`carried out: ${counts.join(', ')}`] : []),
    ...(later > 0 ? [`${later} wait for their day`] : []),
  ];
}

/** What to do after a file, where nobody waits. */
export function whatIsNext({ accepted }: Pick<CsvResult, 'accepted'>): string[] {
  if (accepted === 0) return [];
  return [
    'What is due is being carried out; the rest waits. Watch it in Temporal’s UI, or ask: joinery person show <employee number>',
  ];
}

/** Whether a line or an event did not end well. */
export function failed({ failedTotal }: Pick<CsvResult, 'failedTotal'>, endings: Endings | undefined): boolean {
  return failedTotal > 0 || (endings !== undefined && endings.bad.length + endings.tasks.length > 0);
}
