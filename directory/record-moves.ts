/** Record moves: which records went from a leaver to whom, so that it can be told, resumed, and reversed. */
import type { RecordMove } from '#domain/ownership.ts';
import type { Queries } from './database.ts';

export interface MoveKey {
  application: string;
  eventId: string;
  employeeNumber: string;
}

/** Notes what is about to move, in one statement, before it does. Noted already stays as it is: safe to repeat. */
export async function noteMoves(sql: Queries, key: MoveKey, moves: RecordMove[]): Promise<void> {
  if (moves.length === 0) return;
  const rows = moves.map((move) => ({
    application: key.application,
    event_id: key.eventId,
    employee_number: key.employeeNumber,
    object: move.object,
    record_id: move.recordId,
    name: move.name,
    old_owner: move.oldOwner,
    new_owner: move.newOwner,
    new_owner_name: move.newOwnerName,
  }));
  await sql`
    insert into record_move ${sql(rows)}
    on conflict (application, event_id, object, record_id) do update
      set new_owner = excluded.new_owner, new_owner_name = excluded.new_owner_name
    where record_move.moved_at is null`;
}

/** Writes that these records have their new owner. Safe to repeat. */
export async function markMoved(sql: Queries, key: MoveKey, object: string, recordIds: string[]): Promise<void> {
  await sql`
    update record_move set moved_at = now()
    where application = ${key.application} and event_id = ${key.eventId} and object = ${object}
      and record_id = any(${recordIds}) and moved_at is null`;
}

/** The types of records of which some were noted and it is not known whether they moved, such as after a worker died. */
export async function unsureObjects(sql: Queries, key: MoveKey): Promise<string[]> {
  const rows = await sql<{ object: string }[]>`
    select distinct object from record_move
    where application = ${key.application} and event_id = ${key.eventId} and moved_at is null
    order by object`;
  return rows.map(({ object }) => object);
}

/** The next of one type's records of which it is not known whether they moved, by id, after `after`. */
export async function unsureMoves(
  sql: Queries,
  key: MoveKey,
  { object, after }: { object: string; after: string },
  limit: number,
): Promise<RecordMove[]> {
  return sql<RecordMove[]>`
    select ${columns(sql)} from record_move
    where application = ${key.application} and event_id = ${key.eventId} and object = ${object} and moved_at is null
      and record_id > ${after}
    order by record_id limit ${limit}`;
}

/** Forgets what was noted and did not move. */
export async function forgetUnmoved(sql: Queries, key: MoveKey, object: string, recordIds: string[]): Promise<void> {
  await sql`
    delete from record_move
    where application = ${key.application} and event_id = ${key.eventId} and object = ${object}
      and record_id = any(${recordIds}) and moved_at is null`;
}

/** How many records moved for this event, by type and new owner. */
export async function countMoves(
  sql: Queries,
  key: MoveKey,
): Promise<{ object: string; newOwnerName: string; count: number }[]> {
  return sql<{ object: string; newOwnerName: string; count: number }[]>`
    select object, new_owner_name as "newOwnerName", count(*)::int as count from record_move
    where application = ${key.application} and event_id = ${key.eventId} and moved_at is not null
    group by object, new_owner_name order by object, new_owner_name`;
}

/** How many records of these people went to others and were not given back, by employee number. */
export async function countReturnable(
  sql: Queries,
  employeeNumbers: string[],
  application: string,
): Promise<Map<string, number>> {
  const rows = await sql<{ employeeNumber: string; count: number }[]>`
    select employee_number as "employeeNumber", count(*)::int as count from record_move
    where employee_number = any(${employeeNumbers}) and application = ${application}
      and moved_at is not null and returned_at is null
    group by employee_number`;
  return new Map(rows.map(({ employeeNumber, count }) => [employeeNumber, count]));
}

/** The next of this person's records of one type that went to others and were not given back, by id, after `after`. */
export async function returnableMoves(
  sql: Queries,
  of: { employeeNumber: string; application: string; object: string; after: string },
  limit: number,
): Promise<RecordMove[]> {
  return sql<RecordMove[]>`
    select distinct on (record_id) ${columns(sql)} from record_move
    where employee_number = ${of.employeeNumber} and application = ${of.application} and object = ${of.object}
      and moved_at is not null and returned_at is null and record_id > ${of.after}
    order by record_id, moved_at desc limit ${limit}`;
}

/** The types of records of which some can be given back. */
export async function returnableObjects(sql: Queries, employeeNumber: string, application: string): Promise<string[]> {
  const rows = await sql<{ object: string }[]>`
    select distinct object from record_move
    where employee_number = ${employeeNumber} and application = ${application} and moved_at is not null and returned_at is null
    order by object`;
  return rows.map(({ object }) => object);
}

/** Writes that these of the person's records are back, or are somebody else's business by now. Safe to repeat. */
export async function markReturned(
  sql: Queries,
  { employeeNumber, application }: { employeeNumber: string; application: string },
  object: string,
  recordIds: string[],
): Promise<void> {
  await sql`
    update record_move set returned_at = now()
    where employee_number = ${employeeNumber} and application = ${application} and object = ${object}
      and record_id = any(${recordIds}) and moved_at is not null and returned_at is null`;
}

/** Every move of a person's records, newest first, for people to read. */
export async function movesOf(
  sql: Queries,
  employeeNumber: string,
  limit: number,
): Promise<(RecordMove & { application: string; movedAt: string; returnedAt: string | null })[]> {
  return sql<(RecordMove & { application: string; movedAt: string; returnedAt: string | null })[]>`
    select application, ${columns(sql)}, moved_at as "movedAt", returned_at as "returnedAt" from record_move
    where employee_number = ${employeeNumber} and moved_at is not null
    order by moved_at desc, object, record_id limit ${limit}`;
}

const columns = (sql: Queries) => sql`
  object, record_id as "recordId", name, old_owner as "oldOwner", new_owner as "newOwner", new_owner_name as "newOwnerName"`;
