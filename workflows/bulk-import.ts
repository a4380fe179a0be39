/** Bulk import: the rows of an import are worked through in pages, in every application at once, level by level. */
import {
  CancellationScope,
  CancelledFailure,
  continueAsNew,
  isCancellation,
  upsertSearchAttributes,
} from '@temporalio/workflow';
import { NO_PAGES } from '#domain/import-pages.ts';
import { NO_ROWS, addCounts, endedRows, type PageCounts } from '#domain/import.ts';
import { importBookkeeping, importWork } from './activities.ts';
import { APPLICATION, OUTCOME } from './ids.ts';
import type { BulkImportInput, BulkImportResult, ImportWork } from './messages.ts';
import { isThrough, tellOfOpenPages, workThrough } from './steps/import-pages.ts';
import { allNoted, openRun, untilDone, type ImportRun } from './steps/import-run.ts';
import { inWindow } from './steps/window.ts';

/**
 * Carries one import out. A page that can not be done pauses it, and is tried again when that has ended; nothing but a
 * cancellation ends the import before every row has ended. Throws only when the run is cancelled in Temporal, once the
 * import was ended.
 */
export async function bulkImport(input: BulkImportInput): Promise<BulkImportResult> {
  const run = openRun(input);
  try {
    run.work ??= await begin(run);
    if (run.work) await inEveryApplication(run, run.work);
    await allNoted(run);
    if (run.work && isThrough(run.work)) return await end(run, outcomeOf(run));
    if (run.cancelled) return await end(run, 'cancelled');
    // A new run would not hear of it.
    if (CancellationScope.current().consideredCancelled) throw new CancelledFailure('cancelled in Temporal');
    return await goOnInNewRun(run);
  } catch (error) {
    if (isCancellation(error)) await end(run, 'cancelled');
    throw error;
  }
}

/** Finds out what has to be done, and where; undefined when that was not begun. */
async function begin(run: ImportRun): Promise<ImportWork | undefined> {
  const { beginImport } = importWork(`import ${run.import}: what has to be done, and where`);
  const begun = await untilDone(run, () => beginImport({ import: run.import }));
  if (!begun) return undefined;
  const { applications } = begun.value;
  upsertSearchAttributes([{ key: APPLICATION, value: applications }]);
  const places = applications.length > 0 ? applications : [''];
  const branches = places.map((application) => ({
    application,
    counts: NO_ROWS,
    ended: NO_PAGES,
    made: NO_PAGES,
    open: [],
  }));
  return { scope: begun.value, branches };
}

/** Applications do not wait for each other. */
async function inEveryApplication(run: ImportRun, work: ImportWork): Promise<void> {
  const { branches } = work;
  await inWindow(
    branches.length,
    branches.map((branch) => () => workThrough(run, work, branch)),
  );
}

async function goOnInNewRun({ import: id, work, beganAt, pausedMs, pause }: ImportRun): Promise<never> {
  const progress = { ...(work ? { work } : {}), beganAt, pausedMs, ...(pause ? { pause } : {}) };
  return continueAsNew<(input: BulkImportInput) => Promise<BulkImportResult>>({ import: id, progress });
}

/** Ends the import, whatever is cancelled meanwhile. */
async function end(run: ImportRun, state: BulkImportResult['state']): Promise<BulkImportResult> {
  const { endImport } = importBookkeeping(`import ${run.import}: ${state}`);
  await CancellationScope.nonCancellable(async () => {
    await allNoted(run);
    await tellOfOpenPages(run);
    await endImport({ import: run.import, state });
  });
  upsertSearchAttributes([{ key: OUTCOME, value: state }]);
  return { state, applications: countsOf(run) };
}

function countsOf({ work }: ImportRun): Record<string, PageCounts> {
  return Object.fromEntries((work?.branches ?? []).map(({ application, counts }) => [application, counts]));
}

/** done when nothing failed, failed when nothing else happened, else partly-failed. */
function outcomeOf(run: ImportRun): BulkImportResult['state'] {
  const all = Object.values(countsOf(run)).reduce(addCounts, NO_ROWS);
  if (all.failed === 0) return 'done';
  return all.failed === endedRows(all) ? 'failed' : 'partly-failed';
}
