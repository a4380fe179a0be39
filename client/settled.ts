/** Waiting until HR events have been carried out. */
import { setTimeout as delay } from 'node:timers/promises';
import { countMoving } from '#directory/hr-events.ts';
import type { Sql } from '#directory/database.ts';

const LOOK_EVERY_MS = 250;

/**
 * Resolves when none of these events moves any more: each is settled, waits for its day, or waits for somebody who answers
 * its task. Tells how many still move, as that changes.
 */
export async function untilSettled(
  directory: Sql,
  ids: string[],
  onProgress: (left: number) => void,
  signal?: AbortSignal,
): Promise<void> {
  for (let last = -1; ;) {
    const left = await countMoving(directory, ids);
    if (left !== last) onProgress(left);
    if (left === 0) return;
    last = left;
    await delay(LOOK_EVERY_MS, undefined, signal ? { signal } : {});
  }
}
