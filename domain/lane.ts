/**
 * The lane: everything HR has said about one person that is not carried out yet, and which of it comes next. Pure, so
 * that the workflow which holds a lane and the tests that prove its order share one rule.
 */
import type { ChangeType } from './hr-event.ts';

/** A joiner, mover or leaver as it travels to the lane: when and what kind, not the person's data. */
export interface LaneEvent {
  id: string;
  /** Order of acceptance. */
  sequence: number;
  type: ChangeType;
  employeeNumber: string;
  person: string;
  /** ISO instant. */
  dueAt: string;
  acceptedAt: string;
  immediate: boolean;
  /** Amendments that took effect, oldest first. */
  amendments: string[];
  /** The plan that is carried out, by its number. */
  plan?: number;
  /** Nobody is told of it. */
  quiet?: boolean;
}

/** A rescind, or an amendment (with a new due instant where the date moved), of an earlier event. */
export interface LaneCorrection {
  id: string;
  sequence: number;
  type: 'rescind' | 'amend';
  employeeNumber: string;
  person: string;
  target: string;
  dueAt?: string;
}

export type LaneMessage = LaneEvent | LaneCorrection;

export interface SettledCorrection {
  id: string;
  target: string;
  type: 'rescind' | 'amend';
  state: 'applied' | 'too-late';
}

export interface Lane {
  pending: LaneEvent[];
  settled: SettledCorrection[];
}

function isCorrection(message: LaneMessage): message is LaneCorrection {
  return message.type === 'rescind' || message.type === 'amend';
}

/**
 * The lane after a message. The same message twice changes nothing. A correction of an event that is not pending (it is
 * at work, or over) is settled as too late.
 */
export function receive(lane: Lane, message: LaneMessage): Lane {
  if (!isCorrection(message)) {
    if (lane.pending.some((event) => event.id === message.id)) return lane;
    return { ...lane, pending: [...lane.pending, message] };
  }
  if (lane.settled.some((correction) => correction.id === message.id)) return lane;
  const target = lane.pending.find((event) => event.id === message.target);
  if (target?.amendments.includes(message.id)) return lane;
  return {
    pending: target
      ? lane.pending.flatMap((event) => (event === target ? correct(event, message) : [event]))
      : lane.pending,
    settled: [...lane.settled, settle(message, target ? 'applied' : 'too-late')],
  };
}

/**
 * What is carried out next: an immediate leaver before all; then the earliest due; at the same instant, what was accepted
 * first. Undefined when empty.
 */
export function next(lane: Lane): LaneEvent | undefined {
  return lane.pending.toSorted(
    (a, b) =>
      Number(b.immediate) - Number(a.immediate) || Date.parse(a.dueAt) - Date.parse(b.dueAt) || a.sequence - b.sequence,
  )[0];
}

/** What an ended employment makes pointless: accepted before the leaver and due no later, yet never begun. */
export function overtakenBy(leaver: LaneEvent, lane: Lane): LaneEvent[] {
  return lane.pending.filter(
    (event) => event.sequence < leaver.sequence && Date.parse(event.dueAt) <= Date.parse(leaver.dueAt),
  );
}

/** The lane without one event. */
export function without(lane: Lane, id: string): Lane {
  return { ...lane, pending: lane.pending.filter((event) => event.id !== id) };
}

/**
 * The leaver that the event at work keeps waiting: an immediate one, or the earliest of those that come after it. A leaver
 * does not press another leaver, nor does one of an earlier employment press the event that came after it.
 */
export function pressingLeaver(atWork: LaneEvent, lane: Lane): LaneEvent | undefined {
  if (atWork.type === 'leaver') return undefined;
  const leavers = lane.pending.filter(
    ({ type, immediate, dueAt }) => type === 'leaver' && (immediate || Date.parse(dueAt) >= Date.parse(atWork.dueAt)),
  );
  return next({ pending: leavers, settled: [] });
}

/**
 * What may take the place of an event that only waits for something: whatever HR says next; of a leaver, only the person's
 * return or another leaver, since anything else would leave access behind that has to end. Quiet events wait their turn:
 * nothing happened to the person that what waits would not know.
 */
export function takesPlaceOf(waiting: LaneEvent, lane: Lane): LaneEvent | undefined {
  const told = lane.pending.filter(({ quiet }) => quiet !== true);
  const fitting = waiting.type === 'leaver' ? told.filter(({ type }) => type !== 'mover') : told;
  return next({ pending: fitting, settled: [] });
}

function correct(event: LaneEvent, correction: LaneCorrection): LaneEvent[] {
  if (correction.type === 'rescind') return [];
  return [{ ...event, dueAt: correction.dueAt ?? event.dueAt, amendments: [...event.amendments, correction.id] }];
}

function settle({ id, target, type }: LaneCorrection, state: SettledCorrection['state']): SettledCorrection {
  return { id, target, type, state };
}
