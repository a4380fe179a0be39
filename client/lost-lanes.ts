/** Lanes and imports that are gone although HR events wait in them: terminated, or failed. */
import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import { handToLanes, overdueHrEvents, unsignalPeople } from '#directory/hr-events.ts';
import { handClaimed, importsThatHold } from '#directory/import-work.ts';
import type { Sql } from '#directory/database.ts';
import { importWorkflowId, personWorkflowId } from '#workflows/ids.ts';

const PAGE = 500;
/** How many lanes are looked at at once. */
const AT_ONCE = 10;
const LOCK = 7_065_718;

/**
 * Puts back into the queue what was said of people whose lane is not running although an event of theirs is overdue:
 * somebody terminated it, or it failed. Leavers first; then whoever an import has claimed whose run is gone. Answers the events' ids. An event that is at work, waits for
 * somebody, or waits behind another is left alone. Of many processes one looks at a time; the others answer none.
 */
export async function recoverLost(directory: Sql, temporal: Client): Promise<string[]> {
  const alone = await directory.reserve();
  try {
    const [lock] = await alone<{ held: boolean }[]>`select pg_try_advisory_lock(${LOCK}) as held`;
    if (!lock?.held) return [];
    try {
      const seen = new Set<string>();
      const lost = await recoverOf(directory, temporal, { leavers: true, seen });
      lost.push(...(await recoverOf(directory, temporal, { leavers: false, seen })));
      return [...lost, ...(await recoverClaimed(directory, temporal))];
    } finally {
      await alone`select pg_advisory_unlock(${LOCK})`;
    }
  } finally {
    alone.release();
  }
}

/** Page by page: what is found is put back before the next page is looked at. `seen`: people whose lane was looked at. */
async function recoverOf(
  directory: Sql,
  temporal: Client,
  { leavers, seen }: { leavers: boolean; seen: Set<string> },
): Promise<string[]> {
  const ids: string[] = [];
  for (let after = 0; ;) {
    const overdue = await overdueHrEvents(directory, { leavers, after, limit: PAGE });
    const last = overdue.at(-1);
    if (!last) return ids;
    after = last.sequence;
    const people = [...new Set(overdue.map(({ employeeNumber }) => employeeNumber))].filter((one) => !seen.has(one));
    for (const one of people) seen.add(one);
    for (let from = 0; from < people.length; from += AT_ONCE) {
      const some = people.slice(from, from + AT_ONCE);
      const running = await Promise.all(
        some.map((employeeNumber) => isRunning(temporal, personWorkflowId(employeeNumber))),
      );
      ids.push(
        ...(await unsignalPeople(
          directory,
          some.filter((_, index) => running[index] === false),
        )),
      );
    }
  }
}

/** Such an import stays as it is: resumed, it goes on with the rows that nobody has begun. */
async function recoverClaimed(directory: Sql, temporal: Client): Promise<string[]> {
  const ids: string[] = [];
  for (const id of await importsThatHold(directory)) {
    if (await isRunning(temporal, importWorkflowId(id))) continue;
    const handed = await directory.begin(async (tx) => {
      const claimed = await handClaimed(tx, id);
      await handToLanes(tx, claimed);
      return claimed;
    });
    ids.push(...handed);
  }
  return ids;
}

async function isRunning(temporal: Client, workflowId: string): Promise<boolean> {
  try {
    return (await temporal.workflow.getHandle(workflowId).describe()).status.name === 'RUNNING';
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false;
    throw error;
  }
}
