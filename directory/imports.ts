/** Imports and their rows: begun, found, read in pages, ended. */
import type { HrAmend, HrChange } from '#domain/hr-event.ts';
import type { ImportKind, ImportOptions, ImportState, RowChange, RowState, Verdict } from '#domain/import.ts';
import type { Queries } from './database.ts';

export interface NewImport {
  kind: ImportKind;
  /** `file people.csv`, or the name of the application that the accounts came from. */
  source: string;
  application?: string;
  options: ImportOptions;
  createdBy: string;
}

export interface ImportRecord extends Omit<NewImport, 'application'> {
  id: number;
  application: string | null;
  /** The titles of the file's columns, in their order. */
  header: string[];
  state: ImportState;
  /** How many rows there are of each verdict. */
  counts: Partial<Record<Verdict, number>>;
  /** Why it failed; null: it did not. */
  failure: string | null;
  run: number;
  createdAt: string;
  stagedAt: string | null;
  runBy: string | null;
  runAt: string | null;
  endedAt: string | null;
}

export interface ImportRow {
  /** Of the file; of people who are missing there, a number below zero. */
  line: number;
  /** Null: none that can be one. */
  employeeNumber: string | null;
  name: string | null;
  /** As the file has them: a list by its header, or the object of a JSON line; or the attributes of an account. */
  cells: string[] | Record<string, unknown>;
  verdict: Verdict | null;
  /** Why it is refused, or left as it is. */
  reason: string | null;
  /** What has to happen. */
  events: (HrChange | HrAmend)[];
  /** What differs; of somebody new everything does, and nothing is listed. */
  changes: RowChange[];
  level: number;
  state: RowState | null;
  eventId: string | null;
}

const columns = (sql: Queries) => sql`
  id, kind, source, application, options, header, state, counts, failure, run, created_by as "createdBy",
  created_at as "createdAt", staged_at as "stagedAt", run_by as "runBy", run_at as "runAt", ended_at as "endedAt"`;

const rowColumns = (sql: Queries) => sql`
  line, employee_number as "employeeNumber", name, cells, verdict, reason, coalesce(events, '[]') as events,
  coalesce(changes, '[]') as changes, level, state, event_id as "eventId"`;

const STAGING_LOCK = 7_065_719;

/**
 * Begins an import in state `staging`; answers its number. As long as the session lasts it holds the import: pass a reserved
 * connection, and keep it until the rows are staged.
 */
export async function createImport(session: Queries, made: NewImport): Promise<number> {
  const [row] = await session<{ id: number }[]>`
    with created as (
      insert into import (kind, source, application, options, created_by)
      values (${made.kind}, ${made.source}, ${made.application ?? null}, ${session.json(made.options as never)},
        ${made.createdBy})
      returning id)
    select id, pg_advisory_lock(${STAGING_LOCK}, id::integer) from created`;
  if (!row) throw new Error('directory: the import was not written');
  return row.id;
}

/** Lets go of what `createImport` holds. */
export async function releaseImport(session: Queries, id: number): Promise<void> {
  await session`select pg_advisory_unlock(${STAGING_LOCK}, ${id}::integer)`;
}

/**
 * Ends the stagings whose session is gone, as failed and without rows: nobody stages them any more. Answers their numbers.
 * Safe to repeat.
 */
export async function endLostStagings(sql: Queries, failure: string): Promise<number[]> {
  const lost = await sql<{ id: number }[]>`
    with lost as (
      update import set state = 'failed', failure = ${failure}, ended_at = now()
      where state = 'staging' and pg_try_advisory_xact_lock(${STAGING_LOCK}, id::integer)
      returning id),
    forgotten as (delete from import_row using lost where import_row.import = lost.id)
    select id from lost order by id`;
  return lost.map(({ id }) => id);
}

/** The import, or undefined. */
export async function findImport(sql: Queries, id: number): Promise<ImportRecord | undefined> {
  const [row] = await sql<ImportRecord[]>`select ${columns(sql)} from import where id = ${id}`;
  return row;
}

/** The newest imports first. */
export async function listImports(sql: Queries, limit: number): Promise<ImportRecord[]> {
  return sql<ImportRecord[]>`select ${columns(sql)} from import order by id desc limit ${limit}`;
}

/** Which rows are meant; what is not said does not restrict. */
export interface RowsAsked {
  verdict?: Verdict | undefined;
  state?: RowState | undefined;
  /** Rows after this line: null, from the first. */
  after: number | null;
  limit: number;
}

/** The next rows in the order of their lines; people who are missing in the file come first. */
export async function importRows(
  sql: Queries,
  id: number,
  { verdict, state, after, limit }: RowsAsked,
): Promise<ImportRow[]> {
  return sql<ImportRow[]>`
    select ${rowColumns(sql)} from import_row
    where import = ${id} and ${after === null ? sql`true` : sql`line > ${after}`}
      and ${verdict === undefined ? sql`true` : sql`verdict = ${verdict}`}
      and ${state === undefined ? sql`true` : sql`state = ${state}`}
    order by line limit ${limit}`;
}

/**
 * The rows are staged: how many there are of each verdict is counted. `known`: counts of verdicts of which not all have a row.
 * Does nothing to an import that is not being staged.
 */
export async function markStaged(sql: Queries, id: number, known: ImportRecord['counts']): Promise<void> {
  await sql`
    update import set state = 'staged', staged_at = now(), counts = (
      select coalesce(jsonb_object_agg(verdict, rows), '{}') from (
        select verdict, count(*) as rows from import_row where import = ${id} and verdict is not null group by verdict
      ) as counted) || ${sql.json(known)}
    where id = ${id} and state = 'staging'`;
}

/** Staging ended early: nothing of it is kept but why. Does nothing to an import that is not being staged. */
export async function markStagingFailed(sql: Queries, id: number, failure: string): Promise<void> {
  await sql`
    with ended as (
      update import set state = 'failed', failure = ${failure}, ended_at = now()
      where id = ${id} and state = 'staging' returning id)
    delete from import_row using ended where import_row.import = ended.id`;
}

/** Moves an import from one of these states to another; false: it was in none of them. */
export async function setImportState(
  sql: Queries,
  id: number,
  { from, to }: { from: readonly ImportState[]; to: ImportState },
): Promise<boolean> {
  const rows = await sql`
    update import set state = ${to} where id = ${id} and state = any(${[...from]}) returning 1`;
  return rows.length === 1;
}
