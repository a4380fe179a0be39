/** `joinery hr apply`: a file of people or of HR events. */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Command } from 'commander';
import { localDate } from '#domain/due.ts';
import type { HrEventState } from '#domain/hr-event.ts';
import { countByState, countLater, endedBadly } from '#directory/hr-events.ts';
import { openTasksOf } from '#directory/tasks.ts';
import type { Task } from '#domain/task.ts';
import { createLogger } from '#runtime/logger.ts';
import { showApplications } from '../applications.ts';
import { applyCsv, type CsvResult } from '../csv-import.ts';
import { createRelay } from '../relay.ts';
import { untilSettled } from '../settled.ts';
import { describePauses } from './app.ts';
import { progress } from './progress.ts';
import { printJson, printLines, withStack, type Session } from './session.ts';
import { describeTasks } from './task.ts';

export function addHrCommands(program: Command): void {
  const hr = program.command('hr').description('what HR says');
  hr.command('apply')
    .description('apply a CSV file of people (who is new joins, who differs moves) or of HR events')
    .argument('<file>')
    .option('--wait', 'wait until everything that is due has been carried out, or waits for somebody')
    .option('--json', 'print JSON')
    .action(async (file: string, { wait, json }: { wait?: boolean; json?: boolean }) => {
      await stat(file);
      await withStack(async (session) => {
        const result = await apply(session, file);
        const endings = wait ? await carriedOut(session, result) : undefined;
        if (json) printJson({ ...result, ...endings });
        else printLines([...describe(result), ...(endings ? describeEndings(endings) : whatIsNext(result))]);
        if (result.failedTotal > 0 || (endings && endings.bad.length + endings.tasks.length > 0)) process.exitCode = 1;
      });
    });
}

/** How the events of a file ended. */
interface Endings {
  /** Events whose day is still to come. */
  later: number;
  /** What waits for somebody. */
  tasks: Task[];
  states: Partial<Record<HrEventState, number>>;
  /** The first of those that did not end well. */
  bad: { id: string; state: HrEventState; summary: string }[];
}

const BAD_SHOWN = 20;

async function apply({ config, directory, temporal }: Session, file: string): Promise<CsvResult> {
  const log = createLogger({ level: config.logLevel, name: 'hr apply' });
  const relay = createRelay({ directory, temporal: await temporal(), taskQueue: config.taskQueue, log });
  const bar = progress(basename(file), 0);
  const result = await applyCsv(createReadStream(file), {
    directory,
    defaultTimeZone: config.timeZone,
    source: `file ${basename(file)}`,
    today: localDate(new Date().toISOString(), config.timeZone),
    onProgress: ({ rows }) => bar.at(rows),
    // Signalled from here too, so that it works when no HTTP server runs.
    afterBatch: async () => void (await relay.drain()),
  });
  bar.done();
  return result;
}

async function carriedOut({ directory }: Session, { eventIds }: CsvResult): Promise<Endings> {
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

function describe(result: CsvResult): string[] {
  const { kind, rows, accepted, known, unchanged, failed, failedTotal } = result;
  const counts = [
    `${rows} lines of ${kind}`,
    `${accepted} events accepted`,
    `${known} known before`,
    `${unchanged} unchanged`,
    `${failedTotal} refused`,
  ];
  return [
    ...failed.map(({ line, reason }) => `line ${line}: ${reason}`),
    ...(failedTotal > failed.length ? [`… and ${failedTotal - failed.length} more`] : []),
    counts.join(', '),
  ];
}

function describeEndings({ states, bad, tasks, later }: Endings): string[] {
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

function whatIsNext({ accepted }: CsvResult): string[] {
  if (accepted === 0) return [];
  return [
    'What is due is being carried out; the rest waits. Watch it in Temporal’s UI, or ask: joinery person show <employee number>',
  ];
}
