/**
 * What a run waits for: tasks that somebody answers, and applications that come back by themselves. A run is quiet when
 * each of its branches has ended or waits; then the people are told, and the next event of the lane may take over.
 */
import { ApplicationFailure, condition, setHandler, upsertSearchAttributes, workflowInfo } from '@temporalio/workflow';
import type { ReportEntry } from '#domain/report-entry.ts';
import { answerFault, type Task, type TaskAnswer } from '#domain/task.ts';
import { showBranch } from './details.ts';
import { OUTCOME } from './ids.ts';
import { releaseTaskSignal, resolveTaskUpdate, retryTaskUpdate, skipTaskUpdate } from './messages.ts';

type Verb = 'retry' | 'skip' | 'resolve';

/**
 * by itself: the time to try again has come, or what was missing is there. yielded: the lane goes on without this branch,
 * for the reason given.
 */
export type Answer =
  | { verb: Verb; by: string; note: string; adopted: ReportEntry[] }
  | { verb: 'by itself'; released: boolean }
  | { verb: 'yielded'; reason: string };

/** Why waiting ends without an answer: the next event of the lane is due, or the history has grown long. */
type Yield = { to: 'next'; reason: string } | { to: 'itself' };

/** Links an account that somebody says is the person's. Throws ApplicationFailure when that can not be, within seconds. */
type Adopt = (answer: TaskAnswer) => Promise<ReportEntry[]>;

interface Wait {
  task?: Task;
  /** How far the branch is, for those who ask meanwhile. */
  entries: ReportEntry[];
  says: string;
  atMostMs?: number;
  adopt?: Adopt;
  /** Nothing was tried that could be done by hand: resolve has to say which account it is. */
  needsAccount?: boolean;
}

interface Waiting extends Wait {
  answer: Answer | undefined;
  /** Somebody's answer is being carried out. */
  answering: boolean;
}

/** A run serves one event, so this is kept for this run alone. */
const run = {
  atWork: 0,
  waiting: new Map<string, Waiting>(),
  yielding: undefined as Yield | undefined,
  tasks: {} as Record<string, Task>,
};

/** A history longer than this goes on as a new run of the same event. */
const LONGEST_HISTORY = 4_000;

/** Takes what people and the watch say to this run's tasks. Call it before anything is awaited. */
export function acceptAnswers(): void {
  const accept = (verb: Verb) => ({
    handler: async (answer: TaskAnswer): Promise<string> => {
      const { taskId, by, note = '', account } = answer;
      const waiting = waitingFor(taskId);
      if (!waiting) throw ApplicationFailure.nonRetryable(`task ${taskId} is not open any more`, 'task');
      waiting.answering = true;
      try {
        const adopted = account !== undefined && waiting.adopt ? await waiting.adopt(answer) : [];
        waiting.answer = { verb, by, note, adopted };
      } finally {
        waiting.answering = false;
      }
      return `task ${taskId}: ${verb} by ${by}`;
    },
    validator: (answer: TaskAnswer): void => {
      const waiting = waitingFor(answer.taskId);
      const fault =
        answerFault(verb, answer) ??
        (waiting ? undefined : `task ${answer.taskId} does not wait: it is being tried right now, or it has ended`) ??
        accountFault(verb, answer, waiting);
      if (fault) throw ApplicationFailure.nonRetryable(fault, 'task');
    },
  });
  for (const [verb, update] of [
    ['retry', retryTaskUpdate],
    ['skip', skipTaskUpdate],
    ['resolve', resolveTaskUpdate],
  ] as const) {
    const { handler, validator } = accept(verb);
    setHandler(update, handler, { validator });
  }
  setHandler(releaseTaskSignal, (taskId) => {
    const waiting = waitingFor(taskId);
    if (waiting) waiting.answer = { verb: 'by itself', released: true };
  });
}

/** Takes over the tasks that an earlier run of the same event opened. */
export function inheritTasks(tasks: Record<string, Task>): void {
  run.tasks = { ...tasks };
}

/** The open tasks of this event, by application. */
export function openTasks(): Record<string, Task> {
  return run.tasks;
}

/** Remembers, or forgets, the open task of an application's branch. */
export function rememberTask(application: string, task: Task | undefined): void {
  if (task) run.tasks[application] = task;
  else delete run.tasks[application];
}

function accountFault(verb: Verb, { taskId, account }: TaskAnswer, waiting: Waiting | undefined): string | undefined {
  if (verb !== 'resolve') return undefined;
  if (account !== undefined && !waiting?.adopt)
    return `task ${taskId} is not about which account it is: resolve it without one`;
  if (account === undefined && waiting?.needsAccount)
    return 'say which account is the person’s, or correct what is wrong and retry: there is nothing to do by hand';
  return undefined;
}

/** Runs a step that counts as work: the run is not quiet while it lasts. */
export async function atWork<T>(step: () => Promise<T>): Promise<T> {
  run.atWork += 1;
  try {
    return await step();
  } finally {
    run.atWork -= 1;
  }
}

/** Whether nothing moves any more though not all has ended. */
export function isQuiet(): boolean {
  return run.atWork === 0 && run.waiting.size > 0;
}

/** What the waiting branches have done and failed at so far. */
export function entriesSoFar(): ReportEntry[] {
  return [...run.waiting.values()].flatMap(({ entries }) => entries);
}

/** Ends all waiting: the lane's next event is due, and its plan decides afresh. */
export function yieldToNext(reason: string): void {
  run.yielding = { to: 'next', reason };
}

/** Whether this event has to go on in a new run, since the history of this one has grown long. */
export function yieldsToItself(): boolean {
  return run.yielding?.to === 'itself';
}

/**
 * Waits, as part of `atWork`, until the task is answered, the time to try again has come, or the run yields. A wait
 * without a task is for an application, and nobody has to do anything.
 */
export async function waitFor(application: string, wait: Wait): Promise<Answer> {
  const waiting: Waiting = { ...wait, answer: undefined, answering: false };
  run.waiting.set(application, waiting);
  run.atWork -= 1;
  showBranch(application, wait.says);
  showOutcome();
  try {
    const ended = () => waiting.answer !== undefined || (run.yielding !== undefined && !waiting.answering);
    if (wait.atMostMs === undefined) await condition(ended);
    else await condition(ended, wait.atMostMs);
    // Somebody's answer is being taken: it counts, though the time is up.
    await condition(() => !waiting.answering);
  } finally {
    run.atWork += 1;
    run.waiting.delete(application);
  }
  if (waiting.answer) return went(waiting.answer);
  if (run.yielding) return { verb: 'yielded', reason: run.yielding.to === 'next' ? run.yielding.reason : 'goes on' };
  const { historyLength, continueAsNewSuggested } = workflowInfo();
  if (historyLength < LONGEST_HISTORY && !continueAsNewSuggested) return went({ verb: 'by itself', released: false });
  run.yielding = { to: 'itself' };
  return { verb: 'yielded', reason: 'goes on' };
}

function went(answer: Answer): Answer {
  showOutcome();
  return answer;
}

/** stuck while anything waits for somebody, parked while something waits for an application, else running. */
function showOutcome(): void {
  const waits = [...run.waiting.values()];
  const value = waits.some(({ task }) => task) ? 'stuck' : waits.length > 0 ? 'parked' : 'running';
  upsertSearchAttributes([{ key: OUTCOME, value }]);
}

function waitingFor(taskId: number): Waiting | undefined {
  return [...run.waiting.values()].find(
    ({ task, answer, answering }) => task?.id === taskId && answer === undefined && !answering,
  );
}
