/** HR event: what HR says happened to a person, in the words HR uses, exactly once per event id. */
import type { Profile } from './profile-field.ts';

export type ChangeType = 'joiner' | 'mover' | 'leaver';

/** A joiner, mover or leaver. `effectiveDate` is the first local day on which it is true: a leaver's first day without access. */
export interface HrChange {
  id: string;
  type: ChangeType;
  employeeNumber: string;
  effectiveDate: string;
  /** IANA name; otherwise the person's own time zone, otherwise the default. */
  timeZone?: string | undefined;
  /** A leaver that does not wait for its date nor for what is at work. */
  immediate?: boolean | undefined;
  /** Employee number of whoever takes over a leaver's records. */
  successor?: string | undefined;
  profile?: Profile | undefined;
  /** The plan that is carried out for this person: of what is planned afresh, only what stands in it. */
  plan?: number | undefined;
  /** Nobody is told of it: nothing happened to the person. */
  quiet?: boolean | undefined;
}

/** Takes back an earlier event that has not begun. */
interface HrRescind {
  id: string;
  type: 'rescind';
  employeeNumber: string;
  target: string;
}

/** Changes the date or the fields of an earlier event that has not begun. */
export interface HrAmend {
  id: string;
  type: 'amend';
  employeeNumber: string;
  target: string;
  effectiveDate?: string | undefined;
  timeZone?: string | undefined;
  profile?: Profile | undefined;
}

export type HrEvent = HrChange | HrRescind | HrAmend;

/**
 * accepted: stored. signalled: in the person's lane. done, partly-failed, failed: carried out, with that result.
 * rescinded: taken back in time. cancelled: ended by an immediate leaver. applied: a correction that took effect.
 * too-late: a correction of something that had begun.
 */
export type HrEventState =
  | 'accepted'
  | 'signalled'
  | 'done'
  | 'partly-failed'
  | 'failed'
  | 'rescinded'
  | 'cancelled'
  | 'applied'
  | 'too-late';

export function isChange(event: HrEvent): event is HrChange {
  return event.type !== 'rescind' && event.type !== 'amend';
}

/** Who is hired by these events, with the profile of the first joiner of each. */
export function hiredIn(events: readonly HrEvent[]): { employeeNumber: string; profile: Profile }[] {
  const first = new Map<string, Profile>();
  for (const event of events) {
    if (event.type === 'joiner' && !first.has(event.employeeNumber))
      first.set(event.employeeNumber, event.profile ?? {});
  }
  return [...first].map(([employeeNumber, profile]) => ({ employeeNumber, profile }));
}
