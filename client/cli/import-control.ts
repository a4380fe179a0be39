/** `joinery import run | retry | progress | pause | resume | cancel`: imports at work. */
import { Option, type Command } from 'commander';
import type { RowState } from '#domain/import.ts';
import { handedEventIds } from '#directory/import-results.ts';
import { importCounts } from '#directory/import-work.ts';
import type { ImportRecord } from '#directory/imports.ts';
import type { ImportProgress } from '#workflows/messages.ts';
import { importProgress, untilImported } from '../import-progress.ts';
import { failedLines, importLines, paceText, progressLines, rowsText, whatIsNext } from '../import-rows-format.ts';
import { listRows, type ShownRow } from '../import-rows.ts';
import {
  cancelImport,
  pauseImport,
  resumeImport,
  retryImport,
  startImport,
  type ImportPlace,
  type ImportReply,
} from '../imports.ts';
import { carriedOut, describeEndings, signaller, type Endings } from './files.ts';
import { importNumber, knownImport, rowCount } from './import-reading.ts';
import { progress } from './progress.ts';
import { actor, printJson, printLines, withStack, type Session } from './session.ts';

interface Asked {
  wait?: boolean | undefined;
  json?: boolean | undefined;
}

/** Failed rows that are shown when an import has ended. */
const SHOWN = 20;
const REASON = 'on the command line';

export function addImportControlCommands(imports: Command): void {
  waiting(imports.command('run').description('carry out what was staged'))
    .option('--allow-removals <number>', 'so many may leave since they are missing in the file', rowCount)
    .addOption(
      new Option('--retry-failed', 'the rows that failed once more: the same as retry').conflicts('allowRemovals'),
    )
    .action(async (id: number, asked: Asked & { allowRemovals?: number; retryFailed?: boolean }) => {
      const { allowRemovals, retryFailed } = asked;
      await withStack((session) =>
        retryFailed ? retry(session, id, asked) : run(session, { id, by: actor(), allowRemovals }, asked),
      );
    });

  waiting(imports.command('retry').description('the rows that failed once more, as they were staged')).action(
    async (id: number, asked: Asked) => withStack((session) => retry(session, id, asked)),
  );

  imports
    .command('progress')
    .description('how far an import is: live on a terminal, until it ends')
    .argument('<id>', 'its number', importNumber)
    .option('--json', 'print JSON, once')
    .action(async (id: number, { json }: { json?: boolean }) => {
      await withStack(async (session) => {
        await knownImport(session.directory, id);
        const place = await placeOf(session);
        if (process.stderr.isTTY && !json) return ended(session, id, {});
        const far = await importProgress(place, id);
        if (!far) throw new Error(`import ${id} is gone`);
        if (json) printJson(far);
        else printLines(progressLines(id, far));
      });
    });

  controlling(imports, 'pause', 'wait at the next border between pages; the pages at work end', (place, said) =>
    pauseImport(place, said),
  ).option('--reason <text>', 'why', REASON);
  controlling(imports, 'resume', 'go on after a pause', (place, said) => resumeImport(place, said));
  controlling(imports, 'cancel', 'end at the next border between pages; what is done stays done', (place, said) =>
    cancelImport(place, said),
  ).option('--reason <text>', 'why', REASON);
}

function waiting(command: Command): Command {
  return command
    .argument('<id>', 'its number', importNumber)
    .option('--wait', 'wait until it has ended, or waits for somebody')
    .option('--json', 'print JSON');
}

function controlling(
  imports: Command,
  verb: keyof typeof SAID,
  description: string,
  say: (place: ImportPlace, said: { id: number; by: string; reason: string }) => Promise<ImportReply>,
): Command {
  return imports
    .command(verb)
    .description(description)
    .argument('<id>', 'its number', importNumber)
    .action(async (id: number, { reason = REASON }: { reason?: string }) => {
      await withStack(async (session) => {
        accepted(id, await say(await placeOf(session), { id, by: actor(), reason }));
        printLines([`import ${id} ${SAID[verb]} (joinery import progress ${id})`]);
      });
    });
}

const SAID = {
  pause: 'pauses once the pages at work have ended',
  resume: 'goes on',
  cancel: 'ends once the pages at work have ended',
};

/** Runs an import that is staged, and waits for its end where that is asked. Throws where it can not be run. */
export async function run(
  session: Session,
  said: { id: number; by: string; allowRemovals?: number | undefined },
  asked: Asked,
): Promise<void> {
  accepted(said.id, await startImport(await placeOf(session), said));
  await begun(session, said.id, asked);
}

async function retry(session: Session, id: number, asked: Asked): Promise<void> {
  accepted(id, await retryImport(await placeOf(session), { id, by: actor() }));
  await begun(session, id, asked);
}

async function begun(session: Session, id: number, { wait, json }: Asked): Promise<void> {
  if (wait) return ended(session, id, { json });
  const record = await knownImport(session.directory, id);
  if (json) printJson(record);
  else printLines([`import ${id} runs`, ...whatIsNext(record, {})]);
}

/** Waits until an import has ended, or waits for somebody, and tells what became of it. */
async function ended(session: Session, id: number, { json }: Asked): Promise<void> {
  const { directory } = session;
  const paused = await untilEndedOrPaused(session, id);
  await (
    await signaller(session)
  )();
  const handed = await handedEventIds(directory, id);
  const lanes = handed.length > 0 ? await carriedOut(session, handed) : undefined;
  const record = await knownImport(directory, id);
  const { states } = await importCounts(directory, id);
  const { rows } = await listRows(directory, id, { state: 'failed', after: null, limit: SHOWN });
  if (json) printJson({ ...record, states, failed: rows, pause: paused?.pause ?? null, ...(lanes ? { lanes } : {}) });
  else printLines(describeEnd(record, { states, rows, paused, lanes }));
  const bad = record.state !== 'done' || (lanes?.bad.length ?? 0) + (lanes?.tasks.length ?? 0) > 0;
  if (bad || (record.counts.invalid ?? 0) > 0) process.exitCode = 1;
}

interface End {
  states: Partial<Record<RowState, number>>;
  rows: ShownRow[];
  paused: ImportProgress | undefined;
  lanes: Endings | undefined;
}

function describeEnd(record: ImportRecord, { states, rows, paused, lanes }: End): string[] {
  return [
    ...importLines(record, states),
    ...(paused ? progressLines(record.id, paused) : []),
    ...failedLines(record.id, rows, states.failed ?? 0),
    ...(lanes ? [`in lanes, ${rowsText(states.handed ?? 0)}:`, ...describeEndings(lanes)] : []),
    ...whatIsNext(record, states),
  ];
}

/** Answers how far it is where it is paused until somebody resumes it; undefined where it has ended. */
async function untilEndedOrPaused(session: Session, id: number): Promise<ImportProgress | undefined> {
  const place = await placeOf(session);
  const { waiting: toDo = 0, claimed = 0 } = (await importCounts(session.directory, id)).states;
  const bar = progress(`import ${id}: rows`, toDo + claimed);
  const stop = new AbortController();
  let paused: ImportProgress | undefined;
  const onProgress = (far: ImportProgress) => {
    bar.at(far.ended, `${far.failed} failed, ${paceText(far)}`);
    // A pause that has an end of its own is waited for.
    if (!far.pause || far.pause.until !== undefined) return;
    paused = far;
    stop.abort();
  };
  try {
    const end = await untilImported(place, id, onProgress, stop.signal);
    if (end.result === 'lost') throw new Error(`import ${id} stopped: ${end.why} (joinery import resume ${id})`);
    bar.at((await importProgress(place, id))?.ended ?? 0);
  } catch (error) {
    if (!paused) throw error;
  } finally {
    bar.done();
  }
  return paused;
}

async function placeOf({ config, directory, temporal }: Session): Promise<ImportPlace> {
  return { directory, temporal: await temporal(), taskQueue: config.taskQueue };
}

function accepted(id: number, reply: ImportReply): void {
  if (reply.result === 'unknown') throw new Error(`there is no import ${id} (joinery import list)`);
  if (reply.result === 'refused') throw new Error(reply.why);
}
