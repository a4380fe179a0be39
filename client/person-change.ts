/** The way of every change that an administrator makes of a person: held, decided, checked, stored and audited at once. */
import { randomUUID } from 'node:crypto';
import { isTimeZone, localDate } from '#domain/due.ts';
import type { HrEvent } from '#domain/hr-event.ts';
import { readHrEvent, type Fault } from '#domain/hr-event-input.ts';
import type { Person } from '#domain/person.ts';
import { recordAudit } from '#directory/audit.ts';
import { findHrEvent, holdPerson, type HrEventRecord } from '#directory/hr-events.ts';
import { findPerson } from '#directory/people.ts';
import { listProfileFields } from '#directory/profile-fields.ts';
import type { Queries, Sql } from '#directory/database.ts';
import { checkHrEvents, isMadeOf, storeChecked, type Submission } from './intake.ts';
import { saidOf, type Said } from './said.ts';

export interface ChangeContext {
  directory: Sql;
  /** For people whose time zone nobody knows. */
  defaultTimeZone: string;
  /** Who asks, such as `cli:1000` or `key:hr console`: the source of the event and the actor of the audit. */
  by: string;
}

export interface Asked {
  employeeNumber: string;
  /** Of the event; whoever gives one may ask again without harm. */
  id?: string | undefined;
}

/**
 * accepted: stored now, and carried out when due. known: it was asked before. nothing: it is so already. refused: not as
 * things are. unknown: there is no such person or event. id-taken: its id was used for something else.
 */
export type ChangeReply =
  | { result: 'accepted' | 'known'; event: HrEventRecord }
  | { result: 'nothing' | 'refused' | 'unknown' | 'id-taken'; why: string }
  | { result: 'invalid'; faults: Fault[] };

/** A change as it is asked for, before its id and its date are filled in. */
interface Request {
  type: 'joiner' | 'mover' | 'leaver' | 'rescind';
  employeeNumber: string;
  effectiveDate?: string | undefined;
  [more: string]: unknown;
}

interface Known {
  person: Person | undefined;
  said: Said[];
  tx: Queries;
}

/** The event to send with what the audit keeps of it, or why there is none. */
type Decision = ChangeReply | { event: HrEvent; action: string; detail: Record<string, unknown> };

/**
 * The way of every change: its form is checked, one asked before is found by its id, it is decided by what is known and
 * was said, goes through the intake and into the audit; all in one transaction in which nobody else changes the person.
 * Where `zoneOf` is given, a change without a date happens today, in that zone.
 */
export async function makeChange(
  { directory, defaultTimeZone, by }: ChangeContext,
  { id: given }: Asked,
  request: Request,
  zoneOf: ((person?: Person) => string | null | undefined) | undefined,
  decide: (event: HrEvent, known: Known) => Decision | Promise<Decision>,
): Promise<ChangeReply> {
  const id = given ?? `${by.split(':')[0] ?? 'by'}:${request.type}:${randomUUID()}`;
  const now = new Date().toISOString();
  const sent = { ...request, id };
  const today = (zone?: string | null) => localDate(now, zone && isTimeZone(zone) ? zone : defaultTimeZone);
  const read = (fields: Awaited<ReturnType<typeof listProfileFields>>, zone?: string | null) =>
    readHrEvent(zoneOf ? { ...sent, effectiveDate: request.effectiveDate ?? today(zone) } : sent, fields, today());

  const fields = await listProfileFields(directory);
  const form = read(fields);
  if ('faults' in form) return { result: 'invalid', faults: form.faults };
  return directory.begin(async (tx): Promise<ChangeReply> => {
    await holdPerson(tx, request.employeeNumber);
    const earlier = given === undefined ? undefined : await findHrEvent(tx, given);
    if (earlier) return isMadeOf(earlier, sent) ? { result: 'known', event: earlier } : idTaken(id);
    const person = await findPerson(tx, request.employeeNumber);
    const said = (await saidOf(tx, [request.employeeNumber])).get(request.employeeNumber) ?? [];
    const dated = read(fields, zoneOf?.(person));
    if ('faults' in dated) return { result: 'invalid', faults: dated.faults };
    const decision = await decide(dated.event, { person, said, tx });
    if ('result' in decision) return decision;
    const checked = await checkHrEvents(tx, [decision.event], { defaultTimeZone, source: by, sent: [sent] });
    const [submission] = await storeChecked(tx, checked);
    if (submission?.result === 'accepted') {
      const detail = { event: id, ...decision.detail };
      await recordAudit(tx, { actor: by, action: decision.action, subject: request.employeeNumber, detail });
    }
    return replyTo(submission, id);
  });
}

function replyTo(submission: Submission | undefined, id: string): ChangeReply {
  switch (submission?.result) {
    case undefined:
      throw new Error('the intake answered nothing');
    case 'invalid':
      return { result: 'invalid', faults: submission.faults };
    case 'different-body':
      return idTaken(id);
    case 'accepted':
    case 'known':
      return { result: submission.result, event: submission.record };
  }
}

function idTaken(id: string): ChangeReply {
  return { result: 'id-taken', why: `the id ${id} was used for something else: give this change an id of its own` };
}
