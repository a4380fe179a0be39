/** An import as somebody runs it from the command line: a file of people is staged and then carried out. */
import { Readable } from 'node:stream';
import type { ImportOptions } from '#domain/import.ts';
import { importProgress, untilImported } from '#client/import-progress.ts';
import { stagePeople } from '#client/import-staging.ts';
import { startImport } from '#client/imports.ts';
import { peopleFile, type Newcomer } from './newcomers.ts';
import type { OwnStack } from './own-stack.ts';

export interface TimedImport {
  id: number;
  stageSeconds: number;
  /** From saying that it be run until its run has ended. */
  seconds: number;
}

const BY = 'bench';

/** Throws when a row does not end as done. `onStart` is told when the rows are staged and their run begins. */
export async function importNewcomers(
  place: OwnStack,
  people: readonly Newcomer[],
  { onStart = () => undefined, options = {} }: { onStart?: () => void; options?: ImportOptions } = {},
): Promise<TimedImport> {
  const { id, stageSeconds } = await stage(place, people, options);
  onStart();
  const began = performance.now();
  const started = await startImport(place, { id, by: BY });
  if (started.result !== 'done') throw new Error(`import ${id} was not started: ${JSON.stringify(started)}`);
  const end = await untilImported(place, id, ({ ended, failed, pause }) =>
    process.stderr.write(
      `\r${ended} of ${people.length} ended, ${failed} failed${pause ? `, ${pause.reason}` : ''}   `,
    ),
  );
  const seconds = (performance.now() - began) / 1000;
  process.stderr.write('\n');
  const progress = await importProgress(place, id);
  if (end.result !== 'ended' || end.import.state !== 'done' || progress?.ended !== people.length)
    throw new Error(`import ${id} did not end well: ${JSON.stringify({ end, progress })}; the log is in ${place.logs}`);
  return { id, stageSeconds, seconds };
}

async function stage(
  { directory }: OwnStack,
  people: readonly Newcomer[],
  options: ImportOptions,
): Promise<Pick<TimedImport, 'id' | 'stageSeconds'>> {
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
  return { id: staged.id, stageSeconds: (performance.now() - began) / 1000 };
}
