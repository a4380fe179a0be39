/** Imports at work: started, paused, resumed, cancelled, tried again for what failed, and watched. */
import {
  WorkflowExecutionAlreadyStartedError,
  WorkflowNotFoundError,
  type Client,
  type WorkflowHandle,
} from '@temporalio/client';
import type { ImportState } from '#domain/import.ts';
import { PRIORITY } from '#domain/priority.ts';
import { lineFault } from '#domain/text.ts';
import { recordAudit } from '#directory/audit.ts';
import type { Sql } from '#directory/database.ts';
import { handToLanes } from '#directory/hr-events.ts';
import { beginImportRun } from '#directory/import-runs.ts';
import { endImport, retryFailed } from '#directory/import-work.ts';
import { findImport, setImportState, type ImportRecord } from '#directory/imports.ts';
import { importWorkflowId, OUTCOME } from '#workflows/ids.ts';
import {
  cancelImportSignal,
  pauseImportSignal,
  resumeImportSignal,
  type BulkImportInput,
  type BulkImportResult,
} from '#workflows/messages.ts';
import { removalFault } from './import-removals.ts';
import { REASON_MOST } from './pauses.ts';

type Workflow = (input: BulkImportInput) => Promise<BulkImportResult>;

export interface ImportPlace {
  directory: Sql;
  temporal: Client;
  taskQueue: string;
}

/** done: it runs, or was told so. refused: it can not be, and why; nothing was changed. unknown: there is no such import. */
export type ImportReply = { result: 'done' } | { result: 'refused'; why: string } | { result: 'unknown' };

const DONE: ImportReply = { result: 'done' };
const UNKNOWN: ImportReply = { result: 'unknown' };

/**
 * Runs what was staged. `allowRemovals`: how many people may leave since they are missing in the file, in place of what was
 * said when it was staged.
 */
export async function startImport(
  place: ImportPlace,
  { id, by, allowRemovals }: { id: number; by: string; allowRemovals?: number | undefined },
): Promise<ImportReply> {
  const { directory } = place;
  const found = await findImport(directory, id);
  if (!found) return UNKNOWN;
  if (found.state !== 'staged') return refused(`import ${id} ${STANDS[found.state]}`);
  const options = allowRemovals === undefined ? found.options : { ...found.options, allowRemovals };
  const fault = await removalFault(directory, { id, options });
  if (fault !== undefined) return refused(fault);
  const begun = await directory.begin(async (tx) => {
    const first = await beginImportRun(tx, id, { from: 'staged', by, options });
    if (first)
      await recordAudit(tx, { actor: by, action: 'import started', subject: `import ${id}`, detail: { options } });
    return first;
  });
  if (!begun) return refused(`import ${id} was started by somebody else just now`);
  return startRun(place, found, by);
}

/** Has the rows that failed done once more, as they were staged. */
export async function retryImport(place: ImportPlace, { id, by }: { id: number; by: string }): Promise<ImportReply> {
  const found = await findImport(place.directory, id);
  if (!found) return UNKNOWN;
  const { state, options } = found;
  if (state !== 'failed' && state !== 'partly-failed') return refused(`import ${id} ${STANDS[state]}`);
  const rows = await place.directory.begin(async (tx) => {
    const retried = await retryFailed(tx, id);
    if (retried === 0) return 0;
    await beginImportRun(tx, id, { from: state, by, options });
    await recordAudit(tx, { actor: by, action: 'import retried', subject: `import ${id}`, detail: { rows: retried } });
    return retried;
  });
  return rows === 0 ? refused(`no row of import ${id} failed when it was carried out`) : startRun(place, found, by);
}

/** Says that the import is to wait at the next border between pages; the pages at work end. */
export async function pauseImport(
  place: ImportPlace,
  said: { id: number; by: string; reason: string },
): Promise<ImportReply> {
  const { id, by, reason } = said;
  const fault = lineFault(reason, REASON_MOST);
  if (fault) return refused(`the reason ${fault}`);
  return tell(place, said, 'import paused', {
    say: (run) => run.signal(pauseImportSignal, { by, reason }),
    withoutRun: () =>
      Promise.resolve(refused(`the run of import ${id} is gone from Temporal: it is at rest; ${RESUME(id)}`)),
  });
}

/** Says that the import is to go on; one whose run is gone is begun again where it stopped. */
export async function resumeImport(place: ImportPlace, said: { id: number; by: string }): Promise<ImportReply> {
  const { by } = said;
  return tell(place, said, 'import resumed', {
    say: (run) => run.signal(resumeImportSignal, { by }),
    async withoutRun(found) {
      const { id, state: from, options } = found;
      const begun = await beginImportRun(place.directory, id, { from, by, options });
      return begun ? startRun(place, found, by) : refused(`import ${id} has gone on just now: look again`);
    },
  });
}

/**
 * Says that the import is to end at the next border between pages; what is done stays done. One that was never run, or whose
 * run is gone, ends at once.
 */
export async function cancelImport(
  place: ImportPlace,
  said: { id: number; by: string; reason: string },
): Promise<ImportReply> {
  const { id, by, reason } = said;
  const fault = lineFault(reason, REASON_MOST);
  if (fault) return refused(`the reason ${fault}`);
  const endHere = (): Promise<ImportReply> =>
    place.directory.begin(async (tx) => {
      await handToLanes(tx, await endImport(tx, id, { cancelled: true }));
      return DONE;
    });
  return tell(place, said, 'import cancelled', {
    say: (run) => run.signal(cancelImportSignal, { by, reason }),
    withoutRun: endHere,
    staged: endHere,
  });
}

interface Telling {
  say(run: WorkflowHandle<Workflow>): Promise<void>;
  withoutRun(found: ImportRecord): Promise<ImportReply>;
  /** What is done to one that was never run; without it, it is refused. */
  staged?(): Promise<ImportReply>;
}

/** Tells the run of an import at work, and notes who did. */
async function tell(
  { directory, temporal }: ImportPlace,
  { id, by, reason }: { id: number; by: string; reason?: string },
  action: string,
  telling: Telling,
): Promise<ImportReply> {
  const found = await findImport(directory, id);
  if (!found) return UNKNOWN;
  const reply = await answer(found);
  const detail = reason === undefined ? {} : { reason };
  if (reply.result === 'done') await recordAudit(directory, { actor: by, action, subject: `import ${id}`, detail });
  return reply;

  async function answer({ state }: ImportRecord): Promise<ImportReply> {
    if (state === 'staged' && telling.staged) return telling.staged();
    if (state !== 'running' && state !== 'paused') return refused(`import ${id} ${STANDS[state]}`);
    try {
      await telling.say(temporal.workflow.getHandle<Workflow>(importWorkflowId(id)));
      return DONE;
    } catch (error) {
      if (!(error instanceof WorkflowNotFoundError)) throw error;
      return telling.withoutRun(found as ImportRecord);
    }
  }
}

/** Starts the workflow of an import that is `running`. Where that fails the import is as it was before. */
async function startRun(
  { directory, temporal, taskQueue }: ImportPlace,
  found: ImportRecord,
  by: string,
): Promise<ImportReply> {
  const { id, state, source, counts } = found;
  const verdicts = Object.entries(counts).map(([verdict, rows]) => `- ${verdict}: ${rows}`);
  try {
    await temporal.workflow.start<Workflow>('bulkImport', {
      workflowId: importWorkflowId(id),
      taskQueue,
      args: [{ import: id }],
      typedSearchAttributes: [{ key: OUTCOME, value: 'running' }],
      staticSummary: `import ${id}: ${source}, by ${by}`,
      staticDetails: `What ${source} means, as it was staged:\n\n${verdicts.join('\n')}`,
      priority: { priorityKey: PRIORITY.bulk },
    });
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) return DONE;
    await setImportState(directory, id, { from: ['running'], to: state });
    throw error;
  }
  return DONE;
}

const RESUME = (id: number): string => `joinery import resume ${id} begins it again where it stopped`;

/** Why nothing is said to an import in this state, after its number. */
const STANDS: Record<ImportState, string> = {
  staging: 'is still being staged',
  staged: 'was not run yet',
  running: 'is being carried out',
  paused: 'is paused',
  done: 'is done',
  'partly-failed': 'has ended, some of it failed',
  failed: 'has failed',
  cancelled: 'was cancelled',
};

function refused(why: string): ImportReply {
  return { result: 'refused', why };
}
