/** How far an import is: as its run says or, where none answers, as the directory knows. */
import { setTimeout as delay } from 'node:timers/promises';
import { WorkflowNotFoundError, type WorkflowHandle } from '@temporalio/client';
import { addCounts, NO_ROWS, type ImportState, type PageCounts } from '#domain/import.ts';
import { importPause } from '#directory/import-runs.ts';
import { importCounts } from '#directory/import-work.ts';
import type { Sql } from '#directory/database.ts';
import { findImport, type ImportRecord } from '#directory/imports.ts';
import { importWorkflowId } from '#workflows/ids.ts';
import { importProgressQuery, type ImportProgress } from '#workflows/messages.ts';
import type { ImportPlace } from './imports.ts';

const LOOK_EVERY_MS = 300;
const ANSWERS_WITHIN_MS = 2_000;

/** How far it is; undefined when there is no such import. A run counts the rows it began with, the directory all of them. */
export async function importProgress(
  { directory, temporal }: Omit<ImportPlace, 'taskQueue'>,
  id: number,
): Promise<ImportProgress | undefined> {
  const found = await findImport(directory, id);
  if (!found) return undefined;
  if (!isAtWork(found.state)) return progressInDirectory(directory, id);
  const run = temporal.workflow.getHandle(importWorkflowId(id));
  try {
    return await temporal.withDeadline(Date.now() + ANSWERS_WITHIN_MS, () => run.query(importProgressQuery));
  } catch {
    return progressInDirectory(directory, id);
  }
}

/** Without a run nobody can tell how fast it is. */
async function progressInDirectory(directory: Sql, id: number): Promise<ImportProgress> {
  const [{ states, applications }, pause] = await Promise.all([
    importCounts(directory, id),
    importPause(directory, id),
  ]);
  const { waiting = 0, claimed = 0, done = 0, failed = 0, handed = 0, skipped = 0 } = states;
  const counts = Object.entries(applications).map(([name, outcomes]): [string, PageCounts] => [
    name,
    addCounts({ ...NO_ROWS, handed, skipped }, { ...NO_ROWS, ...outcomes }),
  ]);
  const ended = done + failed + handed + skipped;
  return {
    rows: ended + waiting + claimed,
    applications: Object.fromEntries(counts),
    ended,
    failed,
    rowsPerSecond: 0,
    estimatedEnd: null,
    pause: pause ?? null,
    cancelling: false,
  };
}

/** ended: as its state says. lost: its run is gone from Temporal, and why is said; `resumeImport` begins it again. */
export type ImportEnd =
  | { result: 'ended'; import: ImportRecord }
  | { result: 'lost'; import: ImportRecord; why: string }
  | { result: 'unknown' };

/** Resolves when the import has ended, telling how far it is meanwhile; one that is paused is waited for. */
export async function untilImported(
  { directory, temporal }: Omit<ImportPlace, 'taskQueue'>,
  id: number,
  onProgress: (progress: ImportProgress) => void,
  signal?: AbortSignal,
): Promise<ImportEnd> {
  const run = temporal.workflow.getHandle(importWorkflowId(id));
  for (;;) {
    const why = await runEnded(run);
    const found = await findImport(directory, id);
    if (!found) return { result: 'unknown' };
    if (!isAtWork(found.state)) return { result: 'ended', import: found };
    if (why !== undefined) return { result: 'lost', import: found, why: `its run in Temporal ${why}` };
    const progress = await importProgress({ directory, temporal }, id);
    if (progress) onProgress(progress);
    await delay(LOOK_EVERY_MS, undefined, signal ? { signal } : {});
  }
}

/** How the run ended, undefined while it goes on. A run that ended by itself has ended its import before. */
async function runEnded(run: WorkflowHandle): Promise<string | undefined> {
  try {
    const { status } = await run.describe();
    return status.name === 'RUNNING' ? undefined : `ended: ${status.name.toLowerCase()}`;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return 'is not there';
    throw error;
  }
}

function isAtWork(state: ImportState): boolean {
  return state === 'running' || state === 'paused';
}
