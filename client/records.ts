/** Records that changed hands when people left: listed, and given back. */
import { randomUUID } from 'node:crypto';
import { WorkflowIdConflictPolicy, type Client } from '@temporalio/client';
import type { RecordMove } from '#domain/ownership.ts';
import { displayName } from '#domain/person.ts';
import { findPerson } from '#directory/people.ts';
import { movesOf } from '#directory/record-moves.ts';
import type { Sql } from '#directory/database.ts';
import { END_USER, returnRecordsWorkflowId } from '#workflows/ids.ts';
import type { RecordsReturned, ReturnRecords } from '#workflows/messages.ts';

type Workflow = (input: ReturnRecords) => Promise<RecordsReturned>;

export interface ShownMove extends RecordMove {
  application: string;
  movedAt: string;
  returnedAt: string | null;
}

const MOST_SHOWN = 10_000;

/** What went from this person to others, newest first; undefined when nobody is known by the number. */
export async function showMoves(directory: Sql, employeeNumber: string): Promise<ShownMove[] | undefined> {
  if (!(await findPerson(directory, employeeNumber))) return undefined;
  return movesOf(directory, employeeNumber, MOST_SHOWN);
}

/**
 * Gives the person's records in an application back and answers how it went; asked again while it runs, it waits for
 * the same. Undefined when nobody is known by the number.
 */
export async function giveRecordsBack(
  { directory, temporal, taskQueue }: { directory: Sql; temporal: Client; taskQueue: string },
  { employeeNumber, application, by }: { employeeNumber: string; application: string; by: string },
): Promise<RecordsReturned | undefined> {
  const person = await findPerson(directory, employeeNumber);
  if (!person) return undefined;
  const event = {
    id: `return-${randomUUID()}`,
    employeeNumber,
    person: displayName(person),
    acceptedAt: new Date().toISOString(),
  };
  return temporal.workflow.execute<Workflow>('returnRecords', {
    workflowId: returnRecordsWorkflowId(employeeNumber, application),
    workflowIdConflictPolicy: WorkflowIdConflictPolicy.USE_EXISTING,
    taskQueue,
    args: [{ event, application, by }],
    typedSearchAttributes: [{ key: END_USER, value: employeeNumber }],
    staticSummary: `${event.person} (${employeeNumber}): records of ${application} given back by ${by}`,
  });
}
