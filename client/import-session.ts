/** Staging an import: begun, filled, and then either staged or failed, whoever dies meanwhile. */
import {
  createImport,
  endLostStagings,
  findImport,
  markStaged,
  markStagingFailed,
  releaseImport,
} from '#directory/imports.ts';
import { placeRows } from '#directory/import-work.ts';
import type { ImportRecord, NewImport } from '#directory/imports.ts';
import type { Sql } from '#directory/database.ts';
import { CsvHeaderError } from './csv-rows.ts';
import { FileFault } from './import-text.ts';
import { Refusal } from './refusal.ts';

/** Each takes connections of the pool for as long as its file comes in, and the pool has ten for everybody. */
const MOST_AT_ONCE = 3;
const atWork = new WeakMap<Sql, number>();

/** Stages the rows; answers how many there are of verdicts of which not all get a row. */
type Fill = (id: number) => Promise<ImportRecord['counts']>;

/**
 * Makes an import and has `fill` stage its rows. Answers it staged, or failed with the reason when what it is made from can
 * not be read; anything else that goes wrong is thrown, and the import has failed too. Ends first what nobody stages any more.
 * Throws Refusal, before anything is read, where this process stages as many as it can at once.
 */
export async function stageImport(directory: Sql, made: NewImport, fill: Fill): Promise<ImportRecord> {
  const others = atWork.get(directory) ?? 0;
  if (others >= MOST_AT_ONCE)
    throw new Refusal(`${others} imports are being staged here already: try again when one of them is done`);
  atWork.set(directory, others + 1);
  try {
    await endAbandonedStagings(directory);
    return await stageAlone(directory, made, fill);
  } finally {
    atWork.set(directory, (atWork.get(directory) ?? 1) - 1);
  }
}

async function stageAlone(directory: Sql, made: NewImport, fill: Fill): Promise<ImportRecord> {
  // The session holds the import for as long as this process lives.
  const session = await directory.reserve();
  try {
    const id = await createImport(session, made);
    try {
      const counts = await fill(id);
      await placeRows(directory, id);
      await markStaged(directory, id, counts);
    } catch (error) {
      const unreadable = error instanceof FileFault || error instanceof CsvHeaderError;
      await markStagingFailed(directory, id, unreadable ? error.message : `staging broke off: ${String(error)}`);
      if (!unreadable) throw error;
    } finally {
      await releaseImport(session, id);
    }
    const record = await findImport(directory, id);
    if (!record) throw new Error(`directory: import ${id} is gone`);
    return record;
  } finally {
    session.release();
  }
}

/** Ends, as failed, imports whose staging process died. Safe to repeat; worth it before imports are listed. */
export async function endAbandonedStagings(directory: Sql): Promise<number[]> {
  return endLostStagings(directory, 'the process that staged it ended before it was done: import the file again');
}
