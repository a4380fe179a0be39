/**
 * Task: something that is stuck until somebody, or something outside, changes. It belongs to one application's branch of
 * one HR event; the run that opened it waits, and is told by retry, skip or resolve how to go on.
 */
import type { FailureKind } from './failure.ts';
import type { OperationKind } from './plan.ts';
import { lineFault } from './text.ts';

/**
 * open: waits. mended: tried again, and it worked. skipped: left undone. resolved: somebody did it by hand. superseded: the
 * next event of the person came, and its plan decides afresh.
 */
export type TaskState = 'open' | 'mended' | 'skipped' | 'resolved' | 'superseded';

/** offer: nothing failed, somebody may want it done, such as records given back after a rehire. */
export type TaskKind = FailureKind | 'offer';

export interface Task {
  id: number;
  workflowId: string;
  eventId: string;
  employeeNumber: string;
  person: string;
  application: string;
  /** What is stuck. */
  operation: OperationKind;
  kind: TaskKind;
  message: string;
  remedy: string | null;
  /** The licence it waits for, where it waits for one. */
  resource: string | null;
  state: TaskState;
  /** How often it was tried. */
  attempts: number;
  /** ISO instants. */
  openedAt: string;
  escalatedAt: string | null;
  closedAt: string | null;
  closedBy: string | null;
  note: string | null;
}

/** What somebody says to a task. `by`: who; `note`: why, or what was done. */
export interface TaskAnswer {
  taskId: number;
  by: string;
  note?: string | undefined;
  /** With resolve: the account that is the person's, where the question was which. */
  account?: string | undefined;
}

/** The longest note. */
export const NOTE_MOST = 1_000;

/** How an application may call an account. */
export const NATIVE_ID = /^[\w.@:-]{1,200}$/;

/**
 * What is wrong with an answer, in one sentence; undefined when it may be given. An answer need not come from our own
 * client: Temporal's UI sends whatever somebody types there.
 */
export function answerFault(verb: 'retry' | 'skip' | 'resolve', { by, note, account }: TaskAnswer): string | undefined {
  const who = typeof by === 'string' ? lineFault(by, 200) : 'must be text';
  if (who) return `by, who says it, ${who}`;
  if (verb !== 'retry' && (note === undefined || note.trim() === ''))
    return `say why: ${verb} needs a note, which the report keeps`;
  const why = note === undefined || note === '' ? undefined : lineFault(note, NOTE_MOST);
  if (why) return `the note ${why}`;
  if (account === undefined) return undefined;
  if (verb !== 'resolve') return `only resolve takes an account, ${verb} does not`;
  return NATIVE_ID.test(account) ? undefined : `${JSON.stringify(account)} is no native id`;
}
