/** One application's branch of a change: correlate and plan, apply the plan, and wait where it is stuck. */
import { ApplicationFailure, CancellationScope, isCancellation, patched } from '@temporalio/workflow';
import type { LaneEvent } from '#domain/lane.ts';
import { failedEntry, resolvedEntry, skippedEntry, type ReportEntry } from '#domain/report-entry.ts';
import type { OperationKind } from '#domain/plan.ts';
import type { Task, TaskAnswer, TaskState } from '#domain/task.ts';
import { answering, bookkeeping } from '../activities.ts';
import { showBranch } from '../details.ts';
import { atWork, openTasks, rememberTask, waitFor, yieldsToItself, type Answer } from '../waiting.ts';
import { applyPlan, settle, type Settled, type Stuck } from './apply-plan.ts';
import { orFailure } from './failure.ts';
import { parkMs, parks, patience } from './patience.ts';

/** Brings the person's account to its wanted state; what fails holds up the rest of the plan, since it builds on it. */
export async function provision(event: LaneEvent, application: string): Promise<ReportEntry[]> {
  return branch(event, application, 'stop');
}

/** Takes the account away; a step that fails does not spare the person the next. */
export async function deprovision(event: LaneEvent, application: string): Promise<ReportEntry[]> {
  return branch(event, application, 'go on');
}

/**
 * Plans and applies until nothing is left to do. What waiting can mend is waited for; what somebody has to change opens a
 * task. Each time the plan is made afresh, so that whatever changed meanwhile counts.
 */
async function branch(event: LaneEvent, application: string, onFailure: 'stop' | 'go on'): Promise<ReportEntry[]> {
  const entries: ReportEntry[] = [];
  const kept = openTasks()[application];
  // A run that goes on with an earlier one's task goes on from its plan, unless the task is that there is none.
  const planned = kept !== undefined && kept.operation !== 'link';
  const settled: Settled = { labels: new Set(), accepted: false, planned, told: new Set() };
  const held: Held = { unasked: 0, ...(kept ? { task: kept } : {}) };
  return atWork(async () => {
    try {
      for (let round = 1; ; round++) {
        const { done, stuck } = await applyPlan(event, application, onFailure, settled);
        entries.push(...done);
        if (stuck.length === 0) {
          await close(held, { state: 'mended', by: 'joinery', note: '' });
          return entries;
        }
        // Runs that began before there were tasks end where they are stuck.
        if (!patched('tasks')) return [...entries, ...stuck.map(failedOf(event, application))];
        const waited = await waitWhereStuck(event, application, { stuck, entries, held, round });
        const ending = await follow(event, application, { ...waited, stuck, settled, held });
        entries.push(...ending.entries);
        if (ending.ended) return entries;
      }
    } catch (error) {
      if (isCancellation(error)) {
        await CancellationScope.nonCancellable(() =>
          close(held, { state: 'superseded', by: 'joinery', note: 'the event was ended' }),
        );
      }
      throw error;
    } finally {
      showBranch(application, undefined);
    }
  });
}

/** What the rest of a plan builds on: without it, nothing more can be done here for this event. */
const BUILT_ON: OperationKind[] = ['link', 'create', 'reactivate'];

interface Held {
  task?: Task;
  /** How often it was tried again though nobody asked. */
  unasked: number;
}

/** What ended the wait; `settles`: what an answer that settles something speaks of. */
interface Waited {
  answer: Answer;
  settles: Stuck[];
}

interface Round {
  stuck: Stuck[];
  entries: ReportEntry[];
  held: Held;
  round: number;
}

async function waitWhereStuck(
  event: LaneEvent,
  application: string,
  { stuck, entries, held, round }: Round,
): Promise<Waited> {
  const soFar = [...entries, ...stuck.map(failedOf(event, application))];
  const parked = stuck.find(({ failure }) => parks(failure, round));
  const [last, ...others] = stuck.filter(({ failure }) => !parks(failure, round)).toReversed();
  const parkedMs = parked ? parkMs(event, parked.failure, round) : undefined;
  if (!last) {
    const says = `waits: ${parked?.failure.message ?? ''}`;
    const answer = await waitFor(application, { entries: soFar, says, atMostMs: parkedMs ?? 0 });
    return { answer, settles: [] };
  }
  // The last one that is stuck is what the others led to: of a leaver, the account that could not be deactivated.
  const also = others.map(({ operation, failure }) => `; also ${operation.kind}: ${failure.message}`);
  const task = await bookkeeping(`${application}: open a task`).openTask({
    event,
    application,
    operation: last.operation.kind,
    kind: last.failure.kind,
    message: [last.failure.message, ...also].join(''),
    remedy: last.failure.remedy ?? null,
    resource: last.failure.resource ?? null,
    unasked: held.unasked,
  });
  hold(held, application, task);
  const isAboutAccount = last.operation.kind === 'link' || last.operation.kind === 'create';
  const atMostMs = shorter(patience(last.failure.kind), parkedMs);
  const answer = await waitFor(application, {
    task,
    entries: soFar,
    says: `waits for task ${task.id} (${task.kind}): ${task.message}`,
    needsAccount: last.operation.kind === 'link',
    ...(isAboutAccount ? { adopt: (given) => adopt(event, application, given) } : {}),
    ...(atMostMs === undefined ? {} : { atMostMs }),
  });
  if (answer.verb === 'by itself' && !answer.released && parkedMs === undefined) held.unasked += 1;
  return { answer, settles: [last] };
}

function shorter(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? (a ?? b) : Math.min(a, b);
}

async function adopt(
  event: LaneEvent,
  application: string,
  { account = '', by, note = '' }: TaskAnswer,
): Promise<ReportEntry[]> {
  const adopted = await orFailure(() =>
    answering(`${application}: link ${account}`, event).adoptAccount({ event, application, account, by, note }),
  );
  if (adopted.ok) return adopted.value.entries;
  throw ApplicationFailure.nonRetryable(adopted.failure.message, 'task');
}

/** Does what the answer says. `ended`: the branch is over. */
async function follow(
  event: LaneEvent,
  application: string,
  { answer, settles, stuck, settled, held }: Waited & { stuck: Stuck[]; settled: Settled; held: Held },
): Promise<{ ended: boolean; entries: ReportEntry[] }> {
  const subject = subjectOf(event, application);
  switch (answer.verb) {
    case 'by itself':
    case 'retry':
      if (stuck.some(({ failure }) => failure.kind === 'offer')) {
        if (answer.verb === 'by itself') return decline(event, application, held, 'nobody asked for it in 30 days');
        settled.accepted = true;
      }
      if (held.task) await bookkeeping(`${application}: try again`).countTaskAttempt(held.task.id);
      return { ended: false, entries: [] };
    case 'skip': {
      const reason = `skipped by ${answer.by}: ${answer.note}`;
      const operations = settles.map(({ operation }) => operation);
      const entries = operations.map(({ kind }) => skippedEntry(subject, kind, reason));
      await close(held, { state: 'skipped', ...answer, entries });
      settle(settled, operations);
      return { ended: operations.some(({ kind }) => BUILT_ON.includes(kind)), entries };
    }
    case 'resolve': {
      const { adopted } = answer;
      // Told which account it is, the rest is planned again; otherwise what was stuck was done by hand.
      const reason = `done by hand, says ${answer.by}: ${answer.note}`;
      const byHand = adopted.length > 0 ? [] : settles;
      settle(
        settled,
        byHand.map(({ operation }) => operation),
      );
      const entries = byHand.map(({ operation }) => resolvedEntry(subject, operation, reason));
      await close(held, { state: 'resolved', ...answer, entries });
      return { ended: false, entries: [...adopted, ...entries] };
    }
    case 'yielded': {
      if (yieldsToItself()) return { ended: true, entries: [] };
      await close(held, { state: 'superseded', by: 'joinery', note: answer.reason });
      const failed = stuck.map(failedOf(event, application));
      return {
        ended: true,
        entries: failed.map((entry) => ({ ...entry, reason: `${entry.reason}; ${answer.reason}` })),
      };
    }
  }
}

async function decline(
  event: LaneEvent,
  application: string,
  held: Held,
  note: string,
): Promise<{ ended: boolean; entries: ReportEntry[] }> {
  const entries = [skippedEntry(subjectOf(event, application), 'return', note)];
  await close(held, { state: 'skipped', by: 'joinery', note, entries });
  return { ended: true, entries };
}

function hold(held: Held, application: string, task: Task | undefined): void {
  if (task) held.task = task;
  else delete held.task;
  rememberTask(application, task);
}

interface Ending {
  state: Exclude<TaskState, 'open'>;
  by: string;
  note: string;
  entries?: ReportEntry[];
}

/** Ends the branch's task, if it has one. */
async function close(held: Held, { state, by, note, entries = [] }: Ending): Promise<void> {
  const { task } = held;
  if (!task) return;
  hold(held, task.application, undefined);
  await bookkeeping(`task ${task.id}: ${state}`).closeTask({ id: task.id, state, by, note, entries });
}

function failedOf(event: LaneEvent, application: string): (stuck: Stuck) => ReportEntry {
  return ({ operation, failure, username }) => {
    const subject = { ...subjectOf(event, application), ...(username ? { username } : {}) };
    if (failure.kind === 'offer') return skippedEntry(subject, operation.kind, failure.message);
    return failedEntry(subject, operation, { ...failure, kind: failure.kind });
  };
}

function subjectOf(event: LaneEvent, application: string) {
  return { eventId: event.id, employeeNumber: event.employeeNumber, person: event.person, application };
}
