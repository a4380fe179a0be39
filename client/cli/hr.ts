/** `joinery hr apply`: a file of people or of HR events. */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Command } from 'commander';
import { localDate } from '#domain/due.ts';
import { createLogger } from '#runtime/logger.ts';
import { applyCsv, type CsvResult } from '../csv-import.ts';
import { createRelay } from '../relay.ts';
import { untilSettled } from '../settled.ts';
import { progress } from './progress.ts';
import { printJson, printLines, withStack, type Session } from './session.ts';

export function addHrCommands(program: Command): void {
  const hr = program.command('hr').description('what HR says');
  hr.command('apply')
    .description('apply a CSV file of people (who is new joins, who differs moves) or of HR events')
    .argument('<file>')
    .option('--wait', 'wait until everything that was accepted has been carried out')
    .option('--json', 'print JSON')
    .action(async (file: string, { wait, json }: { wait?: boolean; json?: boolean }) => {
      await stat(file);
      await withStack(async (session) => {
        const result = await apply(session, file);
        if (wait) await carriedOut(session, result);
        if (json) printJson(result);
        else printLines(describe(result, wait ?? false));
        if (result.failedTotal > 0) process.exitCode = 1;
      });
    });
}

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

async function carriedOut({ directory }: Session, { eventIds }: CsvResult): Promise<void> {
  const bar = progress('carried out', eventIds.length);
  await untilSettled(directory, eventIds, (left) => bar.at(eventIds.length - left));
  bar.done();
}

function describe(result: CsvResult, waited: boolean): string[] {
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
    ...(waited || accepted === 0
      ? []
      : [
          'What is due is being carried out; the rest waits. Watch it in Temporal’s UI, or ask: joinery person show <employee number>',
        ]),
  ];
}
