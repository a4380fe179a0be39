/** The HR inbox: every event exactly once per id, stored before it is accepted, signalled after. */
import { createHash } from 'node:crypto';
import { canonical } from '#domain/canonical.ts';
import type { HrEvent, HrEventState } from '#domain/hr-event.ts';
import type { Queries } from './database.ts';
import { closeTasksOfEnded } from './tasks.ts';

export interface NewHrEvent {
  id: string;
  type: HrEvent['type'];
  employeeNumber: string;
  target: string | null;
  /** ISO instant; null for a rescind, and for an amendment that moves no date. */
  dueAt: string | null;
  body: HrEvent;
  bodySha256: string;
  /** Where it came from, such as `webhook` or `file people.csv`. */
  source: string;
}

export interface HrEventRecord extends NewHrEvent {
  sequence: number;
  state: HrEventState;
  outcome: HrEventOutcome | null;
  acceptedAt: string;
  signalledAt: string | null;
  settledAt: string | null;
}

/** How an event ended, for those who ask for its state. */
export interface HrEventOutcome {
  summary: string;
  secondsLate?: number;
  workflowId: string;
  runId: string;
}

const PERSON_LOCK = 7_065_718;

const columns = (sql: Queries) => sql`
  sequence, id, type, employee_number as "employeeNumber", target, due_at as "dueAt", body, body_sha256 as "bodySha256",
  source, state, outcome, accepted_at as "acceptedAt", signalled_at as "signalledAt", settled_at as "settledAt"`;

/** What tells one event's body from another's: the same however it is written. */
export function bodySha256(body: unknown): string {
  return createHash('sha256').update(canonical(body)).digest('hex');
}

/** Stores those whose id is new, in one statement. Answers the record of every id asked for, new or known before. */
export async function storeHrEvents(
  sql: Queries,
  events: NewHrEvent[],
): Promise<{ added: Set<string>; records: Map<string, HrEventRecord> }> {
  if (events.length === 0) return { added: new Set(), records: new Map() };
  const rows = events.map((event) => ({
    id: event.id,
    type: event.type,
    employee_number: event.employeeNumber,
    target: event.target,
    due_at: event.dueAt,
    body: sql.json(event.body as never),
    body_sha256: event.bodySha256,
    source: event.source,
  }));
  const added = await sql<{ id: string }[]>`insert into hr_event ${sql(rows)} on conflict (id) do nothing returning id`;
  if (added.length > 0) await sql`select pg_notify('joinery_hr_event', '')`;
  const records = await findHrEvents(
    sql,
    events.map(({ id }) => id),
  );
  return { added: new Set(added.map(({ id }) => id)), records: new Map(records.map((record) => [record.id, record])) };
}

/** The events with these ids, in order of acceptance. */
export async function findHrEvents(sql: Queries, ids: string[]): Promise<HrEventRecord[]> {
  return sql<HrEventRecord[]>`select ${columns(sql)} from hr_event where id = any(${ids}) order by sequence`;
}

/** The event, or undefined. */
export async function findHrEvent(sql: Queries, id: string): Promise<HrEventRecord | undefined> {
  return (await findHrEvents(sql, [id]))[0];
}

/** The event, held until the transaction ends so that it is not settled meanwhile; or undefined. */
export async function lockHrEvent(sql: Queries, id: string): Promise<HrEventRecord | undefined> {
  const [row] = await sql<HrEventRecord[]>`select ${columns(sql)} from hr_event where id = ${id} for update`;
  return row;
}

/** What takes back an event and has not come too late; or undefined. */
export async function rescindOf(
  sql: Queries,
  employeeNumber: string,
  target: string,
): Promise<HrEventRecord | undefined> {
  const [row] = await sql<HrEventRecord[]>`
    select ${columns(sql)} from hr_event
    where employee_number = ${employeeNumber} and target = ${target} and type = 'rescind' and state <> 'too-late'
    order by sequence limit 1`;
  return row;
}

/** Until the transaction ends, whoever else holds this person waits; so two do not decide by what the other changes. */
export async function holdPerson(sql: Queries, employeeNumber: string): Promise<void> {
  await sql`select pg_advisory_xact_lock(${PERSON_LOCK}, hashtext(${employeeNumber}))`;
}

/** The movers of this person that were accepted after a sequence number and have been carried out, in that order. */
export async function settledMovers(sql: Queries, employeeNumber: string, after: number): Promise<HrEventRecord[]> {
  return sql<HrEventRecord[]>`
    select ${columns(sql)} from hr_event
    where employee_number = ${employeeNumber} and type = 'mover' and state = 'done' and sequence > ${after}
    order by sequence`;
}

/** What was said of these people and is still to come, every leaver, and every amendment: not what was taken back. */
export async function effectiveHrEvents(sql: Queries, employeeNumbers: string[]): Promise<HrEventRecord[]> {
  return sql<HrEventRecord[]>`
    select ${columns(sql)} from hr_event
    where employee_number = any(${employeeNumbers}) and state not in ('rescinded', 'cancelled', 'too-late')
      and (settled_at is null or type in ('leaver', 'amend'))
    order by sequence`;
}

/**
 * Of events in lanes, those that were due and signalled more than five minutes ago and are not settled: at work, waiting, or lost with their
 * lane. In order of acceptance from after this sequence number: leavers, or all others.
 */
export async function overdueHrEvents(
  sql: Queries,
  { leavers, after, limit }: { leavers: boolean; after: number; limit: number },
): Promise<Pick<HrEventRecord, 'sequence' | 'employeeNumber'>[]> {
  return sql<Pick<HrEventRecord, 'sequence' | 'employeeNumber'>[]>`
    select sequence, employee_number as "employeeNumber" from hr_event
    where signalled_at < now() - interval '5 minutes' and settled_at is null and due_at < now() - interval '5 minutes'
      and import is null and (type = 'leaver') = ${leavers} and sequence > ${after}
    order by sequence limit ${limit}`;
}

/**
 * Makes everything that was said of these people and is not settled look stored and not yet signalled, so that it comes
 * back in order. What was signalled in the last five minutes stays. Answers the ids. Safe to repeat.
 */
export async function unsignalPeople(sql: Queries, employeeNumbers: string[]): Promise<string[]> {
  if (employeeNumbers.length === 0) return [];
  const rows = await sql<{ id: string }[]>`
    update hr_event set signalled_at = null
    where employee_number = any(${employeeNumbers}) and settled_at is null and signalled_at < now() - interval '5 minutes'
      and import is null
    returning id`;
  return rows.map(({ id }) => id);
}

/** Everything HR has said about a person, in order of acceptance. */
export async function hrEventsOf(sql: Queries, employeeNumber: string): Promise<HrEventRecord[]> {
  return sql<
    HrEventRecord[]
  >`select ${columns(sql)} from hr_event where employee_number = ${employeeNumber} order by sequence`;
}

/**
 * Stored but not yet in a lane, oldest first, from after this sequence number. What is said of somebody whom a page of an
 * import is at work on is held back until that ends, so that it is not done at the same time; not so a leaver and what
 * corrects one, nor anything that was said before a leaver that is due, nor what is said of somebody who has left: no page
 * gives them anything any more, and what one gave before it knew has to be taken away at once.
 */
export async function unsignalledHrEvents(sql: Queries, after: number, limit: number): Promise<HrEventRecord[]> {
  return sql<HrEventRecord[]>`
    select ${columns(sql)} from hr_event
    where signalled_at is null and sequence > ${after}
      and not (
        coalesce((select target.type from hr_event target where target.id = hr_event.target), type) <> 'leaver'
        and exists (
          select 1 from hr_event importing
          where importing.employee_number = hr_event.employee_number
            and importing.import is not null and importing.settled_at is null)
        and not exists (
          select 1 from hr_event leaver
          where leaver.employee_number = hr_event.employee_number and leaver.type = 'leaver'
            and leaver.settled_at is null and leaver.due_at < now() + interval '1 minute')
        and not exists (
          select 1 from person where person.employee_number = hr_event.employee_number and person.status = 'left'))
    order by sequence limit ${limit}`;
}

/**
 * Of everything stored but not yet in a lane, what concerns people with a leaver that is due: theirs in order of acceptance,
 * so that the leaver does not overtake what was said before it. Nothing of the people in `except`.
 */
export async function unsignalledOfLeavers(sql: Queries, except: string[], limit: number): Promise<HrEventRecord[]> {
  return sql<HrEventRecord[]>`
    select ${columns(sql)} from hr_event
    where signalled_at is null and employee_number in (
      select employee_number from hr_event
      where signalled_at is null and type = 'leaver' and due_at < now() + interval '1 minute'
        and employee_number <> all(${except}))
    order by sequence limit ${limit}`;
}

/** Remembers that these are in their lanes. Safe to repeat. */
export async function markSignalled(sql: Queries, ids: string[]): Promise<void> {
  await sql`
    update hr_event set signalled_at = now(), state = case when state = 'accepted' then 'signalled' else state end
    where id = any(${ids}) and signalled_at is null`;
}

/** Stores events that pages of an import carry out themselves, in no lane; each is new. */
export async function storeImportingEvents(sql: Queries, id: number, events: NewHrEvent[]): Promise<void> {
  if (events.length === 0) return;
  const rows = events.map(({ employeeNumber, target, dueAt, bodySha256: sha, ...event }) => ({
    ...event,
    employee_number: employeeNumber,
    target,
    due_at: dueAt,
    body_sha256: sha,
  }));
  await sql`
    insert into hr_event (id, type, employee_number, target, due_at, body, body_sha256, source, state, signalled_at, import)
    select id, type, employee_number, target, due_at, body, body_sha256, source, 'signalled', now(), ${id}
    from jsonb_to_recordset(${sql.json(rows as never)}) as given (
      id text, type text, employee_number text, target text, due_at timestamptz, body jsonb, body_sha256 text, source text)`;
}

/**
 * Brings events that pages of an import have not carried out to the lanes. One that a leaver has overtaken is cancelled: after
 * the leaver it would bring the person back. Safe to repeat.
 */
export async function handToLanes(sql: Queries, ids: string[]): Promise<void> {
  if (ids.length === 0) return;
  await sql`
    update hr_event set state = 'cancelled', settled_at = now(), outcome = jsonb_build_object(
      'summary', 'overtaken by leaver ' || leaver.id, 'workflowId', 'import:' || hr_event.import, 'runId', '')
    from hr_event leaver
    where hr_event.id = any(${ids}) and hr_event.import is not null and hr_event.settled_at is null
      and leaver.employee_number = hr_event.employee_number and leaver.type = 'leaver'
      and leaver.sequence > hr_event.sequence and leaver.due_at >= hr_event.due_at
      and leaver.state not in ('rescinded', 'cancelled', 'too-late')
      and (leaver.settled_at is not null or leaver.due_at <= now())`;
  await sql`
    update hr_event set import = null, signalled_at = null, state = 'accepted'
    where id = any(${ids}) and import is not null and settled_at is null`;
  await sql`select pg_notify('joinery_hr_event', '')`;
}

/** Of these people, those of whom something was said that is not settled yet. */
export async function peopleWithEvents(sql: Queries, employeeNumbers: string[]): Promise<Set<string>> {
  const rows = await sql<{ employeeNumber: string }[]>`
    select distinct employee_number as "employeeNumber" from hr_event
    where employee_number = any(${employeeNumbers}) and settled_at is null`;
  return new Set(rows.map(({ employeeNumber }) => employeeNumber));
}

/**
 * Of these events, which pages of an import carry out, those while which a lane may have been at work on the same person: a
 * leaver, or anything that is signalled, was not settled before they were stored.
 */
export async function disturbedEvents(sql: Queries, ids: string[]): Promise<string[]> {
  if (ids.length === 0) return [];
  const rows = await sql<{ id: string }[]>`
    select mine.id from hr_event mine
    where mine.id = any(${ids}) and (
      select true from hr_event other
      where other.employee_number = mine.employee_number and other.id <> mine.id
        and other.type in ('joiner', 'mover', 'leaver') and (other.type = 'leaver' or other.signalled_at is not null)
        and (other.settled_at is null or other.settled_at > mine.accepted_at)
      limit 1)`;
  return rows.map(({ id }) => id);
}

/** Writes how an event ended; none of its tasks stays open. The first ending stays: safe to repeat. */
export async function settleHrEvent(
  sql: Queries,
  id: string,
  state: HrEventState,
  outcome: HrEventOutcome,
): Promise<void> {
  await sql`
    update hr_event set state = ${state}, outcome = ${sql.json(outcome as never)}, settled_at = now()
    where id = ${id} and settled_at is null`;
  await closeTasksOfEnded(sql, id, state);
}

/** The joiners stored for these people. */
export async function joinersOf(sql: Queries, employeeNumbers: string[]): Promise<HrEventRecord[]> {
  return sql<HrEventRecord[]>`
    select ${columns(sql)} from hr_event where employee_number = any(${employeeNumbers}) and type = 'joiner' order by sequence`;
}

/** How many of these events are in each state. */
export async function countByState(sql: Queries, ids: string[]): Promise<Partial<Record<HrEventState, number>>> {
  const rows = await sql<{ state: HrEventState; count: number }[]>`
    select state, count(*)::int as count from hr_event where id = any(${ids}) group by state order by state`;
  return Object.fromEntries(rows.map(({ state, count }) => [state, count]));
}

/** The first of these events that did not end well: failed at least in part, or a correction that came too late. */
export async function endedBadly(sql: Queries, ids: string[], limit: number): Promise<HrEventRecord[]> {
  return sql<HrEventRecord[]>`
    select ${columns(sql)} from hr_event
    where id = any(${ids}) and state in ('failed', 'partly-failed', 'too-late') order by sequence limit ${limit}`;
}

/** The first of these events whose summary holds this text. */
export async function summariesWith(
  sql: Queries,
  ids: string[],
  text: string,
  limit: number,
): Promise<{ employeeNumber: string; summary: string }[]> {
  return sql<{ employeeNumber: string; summary: string }[]>`
    select employee_number as "employeeNumber", outcome->>'summary' as summary from hr_event
    where id = any(${ids}) and position(${text} in outcome->>'summary') > 0 order by sequence limit ${limit}`;
}

/** How many of these events are being carried out: neither settled, nor of a later day, nor waiting for somebody. */
export async function countMoving(sql: Queries, ids: string[]): Promise<number> {
  const [row] = await sql<{ left: number }[]>`
    select count(*)::int as left from hr_event
    where id = any(${ids}) and settled_at is null and coalesce(due_at <= now(), true)
      and not exists (select 1 from task where task.event_id = hr_event.id and task.state = 'open')`;
  return row?.left ?? 0;
}

/** How many of these events wait for a day to come. */
export async function countLater(sql: Queries, ids: string[]): Promise<number> {
  const [row] = await sql<{ later: number }[]>`
    select count(*)::int as later from hr_event where id = any(${ids}) and settled_at is null and due_at > now()`;
  return row?.later ?? 0;
}
