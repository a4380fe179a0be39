/** Tasks as people see and answer them: listed from the directory, answered by the run that waits. */
import {
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
  type Client,
} from '@temporalio/client';
import { answerFault, type Task, type TaskAnswer } from '#domain/task.ts';
import { findTask } from '#directory/tasks.ts';
import type { Sql } from '#directory/database.ts';
import { resolveTaskUpdate, retryTaskUpdate, skipTaskUpdate } from '#workflows/messages.ts';

const TASK_VERBS = { retry: retryTaskUpdate, skip: skipTaskUpdate, resolve: resolveTaskUpdate } as const;
export type TaskVerb = keyof typeof TASK_VERBS;

/**
 * answered: the run took it. refused: it did not, and why. unknown: there is no such task. unheard: nobody answered in
 * time; Temporal keeps what was said, so a worker that comes back may still take it.
 */
export type TaskReply =
  | { result: 'answered'; says: string }
  | { result: 'refused'; why: string }
  | { result: 'unknown' }
  | { result: 'unheard'; why: string };

/** How long a worker may take to hear of it and, where it names an account, to look that up. */
const PATIENCE_MS = 15_000;

/** Says something to a task. The run decides whether it may be said, so that two people can not both. */
export async function answerTask(
  directory: Sql,
  temporal: Client,
  verb: TaskVerb,
  answer: TaskAnswer,
): Promise<TaskReply> {
  const task = await findTask(directory, answer.taskId);
  if (!task) return { result: 'unknown' };
  const fault = answerFault(verb, answer) ?? (task.state === 'open' ? undefined : ended(task));
  if (fault) return { result: 'refused', why: fault };
  try {
    const handle = temporal.workflow.getHandle(task.workflowId);
    const says = await temporal.withAbortSignal(AbortSignal.timeout(PATIENCE_MS), () =>
      handle.executeUpdate(TASK_VERBS[verb], { args: [answer] }),
    );
    return { result: 'answered', says };
  } catch (error) {
    if (error instanceof WorkflowUpdateFailedError)
      return { result: 'refused', why: error.cause?.message ?? error.message };
    if (error instanceof WorkflowNotFoundError)
      return {
        result: 'refused',
        why: `the run of task ${task.id} has ended (joinery person show ${task.employeeNumber}); what it left undone is begun again within minutes`,
      };
    if (error instanceof WorkflowUpdateRPCTimeoutOrCancelledError)
      return {
        result: 'unheard',
        why: `task ${task.id}: no worker answered within ${PATIENCE_MS / 1000} seconds; is one running? It may still take the ${verb} when it comes back: joinery task show ${task.id}`,
      };
    throw error;
  }
}

function ended({ id, state, closedBy, closedAt, note }: Task): string {
  const why = note ? `: ${note}` : '';
  return `task ${id} was ${state} by ${closedBy ?? '?'} at ${closedAt ?? '?'}${why}`;
}
