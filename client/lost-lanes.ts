/** Lanes that are gone although HR events wait in them: terminated, or failed. */
import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import { overdueHrEvents, unsignal } from '#directory/hr-events.ts';
import type { Sql } from '#directory/database.ts';
import { personWorkflowId } from '#workflows/ids.ts';

const AT_MOST = 500;

/**
 * Puts overdue events back into the queue whose lane is not running: somebody terminated it, or it failed. Answers their
 * ids. An event that is at work, or waits behind one, is left alone.
 */
export async function recoverLost(directory: Sql, temporal: Client): Promise<string[]> {
  const overdue = await overdueHrEvents(directory, AT_MOST);
  const lanes = new Map<string, boolean>();
  for (const { employeeNumber } of overdue) {
    if (!lanes.has(employeeNumber)) lanes.set(employeeNumber, await isRunning(temporal, employeeNumber));
  }
  const lost = overdue.filter(({ employeeNumber }) => lanes.get(employeeNumber) === false).map(({ id }) => id);
  if (lost.length > 0) await unsignal(directory, lost);
  return lost;
}

async function isRunning(temporal: Client, employeeNumber: string): Promise<boolean> {
  try {
    return (await temporal.workflow.getHandle(personWorkflowId(employeeNumber)).describe()).status.name === 'RUNNING';
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false;
    throw error;
  }
}
