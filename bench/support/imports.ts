/** An import as somebody runs it from the command line: a file of people is staged and then carried out. */
import { Readable } from 'node:stream';
import type { ImportOptions } from '#domain/import.ts';
import { importProgress, untilImported } from '#client/import-progress.ts';
import { stagePeople } from '#client/import-staging.ts';
import { startImport } from '#client/imports.ts';
import { peopleFile, type Newcomer } from './newcomers.ts';
import type { OwnStack } from './own-stack.ts';

const BY = 'bench';

/** Stages a file that names these people. Throws when somebody of them is not new. */
export async function stageNewcomers(
  { directory }: OwnStack,
  people: readonly Newcomer[],
  options: ImportOptions = {},
): Promise<{ id: number; seconds: number }> {
  const began = performance.now();
  const staged = await stagePeople(Readable.from(peopleFile(people)), {
    directory,
    defaultTimeZone: 'UTC',
    source: 'file bench.csv',
    today: '2026-11-24',
    by: BY,
    options,
  });
  if (staged.state !== 'staged' || staged.counts.new !== people.length)
    throw new Error(
      `the file was not staged: ${staged.state} ${JSON.stringify(staged.counts)} ${staged.failure ?? ''}`,
    );
  return { id: staged.id, seconds: (performance.now() - began) / 1000 };
}

/** Carries an import out and answers how many seconds passed until its run had ended. Throws when a row is not done. */
export async function runImport(place: OwnStack, id: number, rows: number): Promise<number> {
  const began = performance.now();
  const started = await startImport(place, { id, by: BY });
  if (started.result !== 'done') throw new Error(`import ${id} was not started: ${JSON.stringify(started)}`);
  const end = await untilImported(place, id, ({ ended, failed, pause }) =>
    tell(`${ended} of ${rows} ended, ${failed} failed${pause ? `, paused: ${pause.reason}` : ''}`),
  );
  const seconds = (performance.now() - began) / 1000;
  const progress = await importProgress(place, id);
  if (end.result !== 'ended' || end.import.state !== 'done' || progress?.ended !== rows)
    throw new Error(`import ${id} did not end well: ${JSON.stringify({ end, progress })}`);
  return seconds;
}

let told = '';

function tell(line: string): void {
  if (line !== told) process.stderr.write(`${line}\n`);
  told = line;
}
