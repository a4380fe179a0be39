/** The work of an import: rows in their order, claimed page by page, each with what became of it in every application. */
import type { ChangeType, HrAmend, HrChange } from '#domain/hr-event.ts';
import {
  NO_ROWS,
  type FailedRow,
  type ImportKind,
  type ImportOptions,
  type ImportPage,
  type PageCounts,
  type RowResult,
  type RowState,
} from '#domain/import.ts';
import type { Queries } from './database.ts';

/** A page, and where something is done for its rows; `application` is empty where there is none. */
export interface PageOfWork extends ImportPage {
  import: number;
  application: string;
}

/** An import as its pages need it. */
export interface ImportToRun {
  kind: ImportKind;
  source: string;
  options: ImportOptions;
  run: number;
}

/** A row as its page finds it. */
export interface PageRow {
  line: number;
  employeeNumber: string;
  state: RowState;
  /** As it was staged: nobody knew of the person. */
  isNew: boolean;
  /** Of one that waits: what has to happen. */
  events: (HrChange | HrAmend)[];
  /** Of one that is claimed: its event. */
  eventId: string | null;
  type: ChangeType;
  /** It has ended in this application. */
  hasEnded: boolean;
}

/** What a page makes of a row that waits. */
export interface Claim {
  line: number;
  state: Extract<RowState, 'claimed' | 'handed' | 'skipped'>;
  eventId?: string;
  /** Why nothing is done. */
  reason?: string;
}

/** What the pages of an import need to know of it, or undefined. */
export async function findImportToRun(sql: Queries, id: number): Promise<ImportToRun | undefined> {
  const [row] = await sql<ImportToRun[]>`select kind, source, options, run from import where id = ${id}`;
  return row;
}

/**
 * Notes where something is done for the rows, in their order. Answers how many rows each level has. Nobody may be at work on a
 * page of the import. Safe to repeat.
 */
export async function beginRows(sql: Queries, id: number, applications: string[]): Promise<number[]> {
  await sql`update import set applications = ${applications.length > 0 ? applications : ['']} where id = ${id}`;
  await placeRows(sql, id);
  const levels = await sql<{ rows: number }[]>`
    select count(*)::int as rows from import_row where import = ${id} and position is not null group by level order by level`;
  return levels.map(({ rows }) => rows);
}

/** Puts the rows that have something to do in their order. Safe to repeat. */
export async function placeRows(sql: Queries, id: number): Promise<void> {
  await sql`
    update import_row set position = null
    where import = ${id} and position is not null and state not in ('waiting', 'claimed')`;
  await sql`
    update import_row set position = placed.position
    from (
      select line, row_number() over (order by level, line) as position
      from import_row where import = ${id} and state in ('waiting', 'claimed')) as placed
    where import = ${id} and import_row.line = placed.line and import_row.position is distinct from placed.position`;
}

/** The rows of a page, held until the transaction ends: of two applications that take the same page at once, one waits. */
export async function lockPage(tx: Queries, page: PageOfWork): Promise<PageRow[]> {
  return tx<PageRow[]>`
    select line, employee_number as "employeeNumber", state, event_id as "eventId",
      case when state = 'waiting' then coalesce(events, '[]') else '[]' end as events,
      events->0->>'type' as type, verdict = 'new' as "isNew",
      exists (
        select 1 from import_result
        where import_result.import = import_row.import and import_result.line = import_row.line
          and application = ${page.application}) as "hasEnded"
    from import_row where ${ofPage(tx, page)} order by position for update`;
}

/** Holds the rows of a page until the transaction ends. */
export async function holdPage(tx: Queries, page: PageOfWork): Promise<void> {
  await tx`select 1 from import_row where ${ofPage(tx, page)} order by position for update`;
}

/** Writes what a page made of its rows that waited. */
export async function writeClaims(tx: Queries, id: number, claims: Claim[]): Promise<void> {
  if (claims.length === 0) return;
  const rows = claims.map(({ line, state, eventId, reason }) => ({ line, state, event_id: eventId, reason }));
  await tx`
    update import_row set state = claim.state, event_id = claim.event_id, reason = coalesce(claim.reason, import_row.reason)
    from jsonb_to_recordset(${tx.json(rows as never)}) as claim (line bigint, state text, event_id text, reason text)
    where import = ${id} and import_row.line = claim.line`;
}

/** Writes how rows ended in the application; the first ending stays: safe to repeat. */
export async function storeResults(
  tx: Queries,
  { import: id, application }: PageOfWork,
  results: Omit<RowResult, 'entries'>[],
): Promise<void> {
  if (results.length === 0) return;
  const rows = results.map(({ line, outcome, nativeId, failure }) => ({ line, outcome, native_id: nativeId, failure }));
  await tx`
    insert into import_result (import, line, application, outcome, native_id, failure)
    select ${id}, line, ${application}, outcome, native_id, failure
    from jsonb_to_recordset(${tx.json(rows as never)})
      as ended (line bigint, outcome text, native_id text, failure jsonb)
    on conflict do nothing`;
}

/** The person's lane is to do what these rows say. Answers their events. */
export async function handRows(tx: Queries, id: number, lines: number[]): Promise<string[]> {
  if (lines.length === 0) return [];
  const rows = await tx<{ eventId: string }[]>`
    update import_row set state = 'handed'
    where import = ${id} and line = any(${lines}) and state = 'claimed' returning event_id as "eventId"`;
  return rows.map(({ eventId }) => eventId);
}

/**
 * Ends the rows of a page that have a result in every application, and settles their events. Hold the page before: of two
 * applications that end the same row at once, the later one has to see both results. Safe to repeat.
 */
export async function endRows(tx: Queries, page: PageOfWork, runId: string): Promise<void> {
  await tx`
    with ended as (
      select import_row.line, event_id, is_failed, is_done, summary
      from import_row
        join import on import.id = import_row.import
        cross join lateral (
          select count(*) as applications, bool_or(outcome = 'failed') as is_failed,
            bool_or(outcome <> 'failed' or native_id is not null) as is_done,
            string_agg(
              coalesce(nullif(application, ''), 'directory') || ': ' || outcome || coalesce(': ' || (failure->>'message'), ''),
              E'\n' order by outcome <> 'failed', application) as summary
          from import_result
          where import_result.import = import_row.import and import_result.line = import_row.line
            and application = any(import.applications)) as result
      where ${ofPage(tx, page)} and import_row.state = 'claimed'
        and result.applications = cardinality(import.applications)),
    rows as (
      update import_row set state = case when is_failed then 'failed' else 'done' end
      from ended where import_row.import = ${page.import} and import_row.line = ended.line)
    update hr_event set settled_at = now(),
      state = case when not is_failed then 'done' when is_done then 'partly-failed' else 'failed' end,
      outcome = jsonb_build_object('summary', summary, 'workflowId', 'import:' || ${page.import}::text, 'runId', ${runId}::text)
    from ended where hr_event.id = ended.event_id and settled_at is null`;
}

/** How the rows of a page have ended in the application. */
export async function countPage(sql: Queries, page: PageOfWork): Promise<PageCounts> {
  const rows = await sql<{ ended: keyof PageCounts; count: number }[]>`
    select coalesce(result.outcome, import_row.state) as ended, count(*)::int as count
    from import_row left join lateral (
      select outcome from import_result
      where import_result.import = import_row.import and import_result.line = import_row.line
        and application = ${page.application}
      limit 1) as result on true
    where ${ofPage(sql, page)} group by ended`;
  return { ...NO_ROWS, ...Object.fromEntries(rows.map(({ ended, count }) => [ended, count])) };
}

/** The first rows of a page that failed in the application. */
export async function failedOfPage(sql: Queries, page: PageOfWork, limit: number): Promise<FailedRow[]> {
  return sql<FailedRow[]>`
    select import_row.line, employee_number as "employeeNumber", result.failure->>'message' as why
    from import_row join import_result result
      on result.import = import_row.import and result.line = import_row.line and application = ${page.application}
    where ${ofPage(sql, page)} and outcome = 'failed' order by position limit ${limit}`;
}

/** The packed entries of a page that an earlier try of the same run stored; undefined when none did. */
export async function findPageEntries(sql: Queries, page: PageOfWork): Promise<string | undefined> {
  const [row] = await sql<{ entries: string }[]>`
    select entries from import_page join import on import.id = import_page.import and import.run = import_page.run
    where import_page.import = ${page.import} and import_page.application = ${page.application} and after = ${page.after}`;
  return row?.entries;
}

/** Keeps the packed entries of a page in place of those that are kept. */
export async function keepPageEntries(sql: Queries, page: PageOfWork, entries: string): Promise<void> {
  await sql`
    insert into import_page (import, application, after, run, entries)
    select id, ${page.application}, ${page.after}, run, ${entries} from import where id = ${page.import}
    on conflict (import, application, after, run) do update set entries = excluded.entries`;
}

/**
 * Ends an import, as cancelled or as all its rows have ended, in this run or an earlier one: rows that are claimed and have not
 * ended everywhere are for their people's lanes now. Answers the events of those. Safe to repeat.
 */
export async function endImport(sql: Queries, id: number, { cancelled }: { cancelled: boolean }): Promise<string[]> {
  const handed = await handClaimed(sql, id);
  await sql`delete from import_page where import = ${id}`;
  await sql`
    update import set ended_at = now(), state = case
      when ${cancelled} then 'cancelled'
      when not exists (select 1 from import_row where import = id and state = 'failed') then 'done'
      when exists (select 1 from import_row where import = id and state in ('done', 'handed', 'skipped'))
        or exists (select 1 from import_result where import = id and outcome <> 'failed') then 'partly-failed'
      else 'failed' end
    where id = ${id} and state not in ('done', 'partly-failed', 'failed', 'cancelled')`;
  return handed;
}

/** Rows that are claimed and have not ended everywhere are for their people's lanes now. Answers their events. Safe to repeat. */
export async function handClaimed(sql: Queries, id: number): Promise<string[]> {
  const handed = await sql<{ eventId: string }[]>`
    update import_row set state = 'handed' where import = ${id} and state = 'claimed' returning event_id as "eventId"`;
  return handed.map(({ eventId }) => eventId);
}

/** The imports that have had somebody claimed for more than five minutes: at work, paused, or lost with their run. */
export async function importsThatHold(sql: Queries): Promise<number[]> {
  const rows = await sql<{ import: number }[]>`
    select distinct import from hr_event
    where import is not null and settled_at is null and signalled_at < now() - interval '5 minutes'`;
  return rows.map((row) => row.import);
}

/** How many rows are in each state, and how many ended how in each application. */
export interface ImportCounts {
  states: Partial<Record<RowState, number>>;
  applications: Record<string, Partial<Record<RowResult['outcome'], number>>>;
}

/** How far an import is. */
export async function importCounts(sql: Queries, id: number): Promise<ImportCounts> {
  const [row] = await sql<ImportCounts[]>`
    with states as (
      select state, count(*)::int as rows from import_row where import = ${id} and state is not null group by state),
    outcomes as (
      select application, outcome, count(*)::int as rows from import_result where import = ${id} group by application, outcome),
    applications as (
      select application, jsonb_object_agg(outcome, rows) as outcomes from outcomes group by application)
    select (select coalesce(jsonb_object_agg(state, rows), '{}') from states) as states,
      (select coalesce(jsonb_object_agg(application, outcomes), '{}') from applications) as applications`;
  return row ?? { states: {}, applications: {} };
}

/**
 * Failed rows wait again, where they failed; their events get ids of their own, since those of the failed try are settled.
 * Answers how many rows there are. Again, without a run in between, there are none.
 */
export async function retryFailed(sql: Queries, id: number): Promise<number> {
  const rows = await sql`
    with retried as (
      update import_row set state = 'waiting', event_id = null, events = (
        select jsonb_agg(event || jsonb_build_object('id', (event->>'id') || ':' || (import.run + 1)) order by place)
        from jsonb_array_elements(events) with ordinality as said (event, place))
      from import where import.id = ${id} and import_row.import = ${id} and import_row.state = 'failed'
      returning line),
    forgotten as (
      delete from import_result using retried
      where import = ${id} and import_result.line = retried.line and outcome = 'failed')
    select 1 from retried`;
  return rows.length;
}

const ofPage = (sql: Queries, { import: id, after, upTo }: PageOfWork) =>
  sql`import_row.import = ${id} and position > ${after} and position <= ${upTo}`;
