/**
 * The person's lane, held once for joiner, mover and leaver: a run serves exactly one event, when it is due, and then
 * continues as new as the type of the next one, or completes. So nothing overtakes, and Temporal's UI shows one short
 * history per event. The rules of order are in domain/lane.ts.
 */
import {
  allHandlersFinished,
  CancellationScope,
  condition,
  isCancellation,
  makeContinueAsNewFunc,
  setHandler,
  upsertSearchAttributes,
} from '@temporalio/workflow';
import type { ChangeType } from '#domain/hr-event.ts';
import {
  next,
  overtakenBy,
  pressingLeaver,
  receive,
  takesPlaceOf,
  without,
  type Lane,
  type LaneEvent,
} from '#domain/lane.ts';
import { latenessInWords, secondsLate } from '#domain/lateness.ts';
import { entryLine } from '#domain/report-entry.ts';
import type { Task } from '#domain/task.ts';
import type { ClosedEvent } from '#activities/events.ts';
import { bookkeeping, inPassing } from './activities.ts';
import { acceptAnswers, inheritTasks, isQuiet, openTasks, yieldsToItself, yieldToNext } from './waiting.ts';
import { showStanding } from './details.ts';
import { outcomeLine } from './steps/served.ts';
import { APPLICATION, DUE_AT, END_USER, OPERATION, OUTCOME } from './ids.ts';
import { hrEventSignal, type LaneInput, type LaneResult, type ServedEvent } from './messages.ts';

type Serve = (event: LaneEvent) => Promise<ServedEvent>;

interface Held {
  lane: Lane;
  /** The event that is being carried out. */
  atWork: string | undefined;
}

/** Runs one event of this type, and hands the lane on. Throws only when the run itself is cancelled or has a defect. */
export async function inLane(type: ChangeType, input: LaneInput, serve: Serve): Promise<LaneResult> {
  const held: Held = { lane: input.lane, atWork: undefined };
  acceptAnswers();
  inheritTasks(input.tasks ?? {});
  setHandler(hrEventSignal, (message) => {
    // Said again by a relay that did not live to note that it had said it.
    if (message.id !== held.atWork) held.lane = receive(held.lane, message);
  });
  // The signal that started us is on its way, whatever else is: a cancellation must find an event to end.
  await CancellationScope.nonCancellable(() =>
    condition(() => next(held.lane) !== undefined || held.lane.settled.length > 0),
  );

  try {
    return await serveNext(type, held, serve);
  } catch (error) {
    // Cancelling a run ends the event it was for; what else HR said of the person goes on in the next run.
    const following = isCancellation(error) ? next(held.lane) : undefined;
    if (following) await CancellationScope.nonCancellable(() => continueAs(following, held.lane));
    throw error;
  }
}

async function serveNext(type: ChangeType, held: Held, serve: Serve): Promise<LaneResult> {
  const event = await untilDue(type, held);
  if (event === 'nothing left') return { eventId: null, outcome: 'rescinded', summary: 'nothing is left to do' };

  held.lane = without(held.lane, event.id);
  held.atWork = event.id;
  const result = await carryOut(event, held, serve);

  await settleCorrections(held);
  const following = next(held.lane);
  if (following) await continueAs(following, held.lane);
  await condition(allHandlersFinished);
  return result;
}

/** The event this run is for, once it is due. Continues as new when another type comes first. */
async function untilDue(type: ChangeType, held: Held): Promise<LaneEvent | 'nothing left'> {
  for (;;) {
    await settleCorrections(held);
    const event = next(held.lane);
    if (!event) {
      upsertSearchAttributes([{ key: OUTCOME, value: 'rescinded' }]);
      return 'nothing left';
    }
    if (event.type !== type) {
      upsertSearchAttributes([{ key: OUTCOME, value: 'superseded' }]);
      await continueAs(event, held.lane);
    }
    const milliseconds = Date.parse(event.dueAt) - Date.now();
    if (milliseconds <= 0) return event;
    showStanding(event, held.lane, `waits until ${event.dueAt}`);
    upsertSearchAttributes([
      { key: OUTCOME, value: 'waiting' },
      { key: DUE_AT, value: new Date(event.dueAt) },
    ]);
    const seen = held.lane;
    try {
      await condition(() => held.lane !== seen, milliseconds);
    } catch (error) {
      if (isCancellation(error)) await cancelWaiting(event, held);
      throw error;
    }
  }
}

/** Writes that an operator took back an event that had not begun. */
async function cancelWaiting(event: LaneEvent, held: Held): Promise<void> {
  held.lane = without(held.lane, event.id);
  const summary = summarise(event, 'cancelled', ['the run was cancelled in Temporal before the event was due']);
  upsertSearchAttributes([{ key: OUTCOME, value: 'cancelled' }]);
  const closed = { event, state: 'cancelled' as const, summary, secondsLate: 0, overtaken: [] };
  await close(closed);
}

async function carryOut(event: LaneEvent, held: Held, serve: Serve): Promise<LaneResult> {
  const late = secondsLate(event.dueAt, new Date(Date.now()).toISOString());
  const begun = `began ${latenessInWords(late)}`;
  showStanding(event, held.lane, begun);
  upsertSearchAttributes([
    { key: OUTCOME, value: 'running' },
    { key: DUE_AT, value: new Date(event.dueAt) },
  ]);

  const served = await unlessPreempted(event, held, serve);
  if (served.outcome !== 'cancelled' && yieldsToItself()) {
    const others = without(held.lane, event.id);
    await continueAs(event, { ...others, pending: [event, ...others.pending] }, openTasks());
  }
  const entries = served.outcome === 'cancelled' ? [] : served.entries;
  const summary = summarise(event, outcomeLine(served.outcome, entries), entries.map(entryLine));
  showStanding(event, held.lane, `${begun} and ended: ${served.outcome}`, entries.map(entryLine));
  upsertSearchAttributes([
    { key: OUTCOME, value: served.outcome },
    { key: APPLICATION, value: [...new Set(entries.map(({ application }) => application))] },
    { key: OPERATION, value: [...new Set(entries.map(({ operation }) => operation))] },
  ]);
  if (served.outcome !== 'repeated') {
    const overtaken = event.type === 'leaver' ? overtakenBy(event, held.lane) : [];
    for (const { id } of overtaken) held.lane = without(held.lane, id);
    const ids = overtaken.map(({ id }) => id);
    const closed = { event, state: served.outcome, summary, secondsLate: late, overtaken: ids };
    await close(closed);
  }
  if (served.outcome === 'cancelled' && served.byHand) throw served.byHand;
  return { eventId: event.id, outcome: served.outcome, summary };
}

/** Writes how the event ended, whoever cancels the run meanwhile. */
async function close(closed: ClosedEvent): Promise<void> {
  await CancellationScope.nonCancellable(() =>
    inPassing('close the event', (directory) => directory.closeEvent(closed)),
  );
}

type Cancelled = { outcome: 'cancelled'; byHand?: unknown };

/**
 * Serves the event. A leaver that must not wait, or an operator in Temporal, ends the work at once and cleanly; the next
 * event, once it is due, ends what only waits.
 */
async function unlessPreempted(event: LaneEvent, held: Held, serve: Serve): Promise<ServedEvent | Cancelled> {
  const work = new CancellationScope();
  const watch = new CancellationScope();
  let preempted = false;
  const watching = watch
    .run(() => untilLeaverPresses(event, held))
    .then(() => {
      preempted = true;
      work.cancel();
    })
    .catch(() => undefined);
  const yielding = watch
    .run(() => untilNextIsDue(event, held))
    .then((following) => yieldToNext(`superseded by ${following.type} ${following.id}`))
    .catch(() => undefined);
  try {
    return await work.run(() => serve(event));
  } catch (error) {
    if (!isCancellation(error)) throw error;
    return preempted ? { outcome: 'cancelled' } : { outcome: 'cancelled', byHand: error };
  } finally {
    watch.cancel();
    await Promise.all([watching, yielding]);
  }
}

/**
 * Resolves when a leaver must not wait for the event at work any longer: an immediate one at once; one that is due after
 * a grace, since what is at work may be stuck on an application that has nothing to do with the access that must end.
 */
async function untilLeaverPresses(event: LaneEvent, held: Held): Promise<void> {
  const begun = Date.now();
  for (;;) {
    await condition(() => pressingLeaver(event, held.lane) !== undefined);
    const leaver = pressingLeaver(event, held.lane);
    if (!leaver) continue;
    const milliseconds = leaver.immediate ? 0 : Math.max(Date.parse(leaver.dueAt), begun) + GRACE_MS - Date.now();
    if (milliseconds <= 0) return;
    const seen = held.lane;
    await condition(() => held.lane !== seen, milliseconds);
  }
}

const GRACE_MS = 120_000;

/** Resolves when the event at work only waits for something, and one that may take its place is due. */
async function untilNextIsDue(event: LaneEvent, held: Held): Promise<LaneEvent> {
  for (;;) {
    await condition(() => isQuiet() && takesPlaceOf(event, held.lane) !== undefined);
    const following = takesPlaceOf(event, held.lane);
    if (!following) continue;
    const milliseconds = Date.parse(following.dueAt) - Date.now();
    if (milliseconds <= 0) {
      // A signal that came twice may be of an event that ended long ago, in another run.
      const { settled } = await CancellationScope.nonCancellable(() =>
        bookkeeping(`is ${following.id} still to be carried out?`).isSettled(following.id),
      );
      if (!settled) return following;
      held.lane = without(held.lane, following.id);
      continue;
    }
    const seen = held.lane;
    await condition(() => held.lane !== seen, milliseconds);
  }
}

async function settleCorrections(held: Held): Promise<void> {
  while (held.lane.settled.length > 0) {
    const settled = held.lane.settled;
    await CancellationScope.nonCancellable(() => bookkeeping('record corrections').recordCorrections(settled));
    held.lane = { ...held.lane, settled: held.lane.settled.filter((correction) => !settled.includes(correction)) };
  }
}

async function continueAs(event: LaneEvent, lane: Lane, tasks?: Record<string, Task>): Promise<never> {
  await condition(allHandlersFinished);
  return makeContinueAsNewFunc<(input: LaneInput) => Promise<LaneResult>>({
    workflowType: event.type,
    typedSearchAttributes: [
      { key: END_USER, value: event.employeeNumber },
      { key: DUE_AT, value: new Date(event.dueAt) },
      { key: OUTCOME, value: 'waiting' },
    ],
  })({ lane, ...(tasks ? { tasks } : {}) });
}

function summarise(event: LaneEvent, outcome: string, lines: string[]): string {
  return [`${event.type} ${event.id} of ${event.person} (${event.employeeNumber}): ${outcome}`, ...lines].join('\n');
}
