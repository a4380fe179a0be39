/** Rows of an import while it is staged: copied in as they stand in the file, then held against each other and what is known. */
import type { Writable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import type { HrAmend, HrChange } from '#domain/hr-event.ts';
import type { FileFormat, RowChange, Verdict } from '#domain/import.ts';
import type { Queries, Sql } from './database.ts';

/** A row as it was read. `reason`: why it can not be used; null: that is still to be seen. */
export interface CopiedRow {
  line: number;
  employeeNumber: string | null;
  cells: string[] | Record<string, unknown>;
  reason: string | null;
}

/** What a row means. One with events is work to do. */
export interface JudgedRow {
  line: number;
  verdict: Verdict;
  reason: string | null;
  name: string | null;
  events: (HrChange | HrAmend)[];
  changes: RowChange[];
}

/** At least so much is sent at once. */
const COPY_BYTES = 64 * 1024;

/** Copies the rows as they come, all of them or none: an error of `rows` is thrown on, and nothing is kept. */
export async function copyRows(sql: Sql, id: number, rows: AsyncIterable<CopiedRow>): Promise<void> {
  await sql.begin(async (tx) => {
    const copy = await tx`
      copy import_row (import, line, employee_number, cells, verdict, reason) from stdin`.writable();
    // An error of the connection ends the transaction, which tells it.
    copy.on('error', () => undefined);
    try {
      let text = '';
      for await (const { line, employeeNumber, cells, reason } of rows) {
        const verdict = reason === null ? null : 'invalid';
        text += copied([String(id), String(line), employeeNumber, JSON.stringify(cells), verdict, reason]);
        if (text.length < COPY_BYTES) continue;
        await written(copy, text);
        text = '';
      }
      await written(copy, text);
      copy.end();
    } catch (error) {
      copy.destroy(error as Error);
      throw error;
    }
    // The stream tells of its end for good rows only. A statement after it waits for the end, and fails where the copy did.
    await setImmediate();
    await tx`select 1`;
  });
  // Otherwise the planner takes the table for an empty one, and sorts all that is left for each page.
  await sql`analyze import_row`;
}

function written(copy: Writable, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    copy.write(text, (error) => (error ? reject(error) : resolve()));
  });
}

/** A line of PostgreSQL's text format. */
function copied(values: (string | null)[]): string {
  return `${values.map((value) => (value === null ? '\\N' : value.replace(/[\\\n\r\t]/g, escaped))).join('\t')}\n`;
}

const ESCAPES: Record<string, string> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' };

function escaped(character: string): string {
  return ESCAPES[character] ?? character;
}

/** Writes down what the file turned out to be. */
export async function describeFile(
  sql: Queries,
  id: number,
  { format, header }: { format: FileFormat; header: string[] },
): Promise<void> {
  await sql`
    update import set header = ${sql.json(header)}, options = options || ${sql.json({ format })} where id = ${id}`;
}

/** Of the rows about one employee number all but the first are refused. */
export async function refuseRepeated(sql: Queries, id: number): Promise<void> {
  await sql`
    update import_row as row set verdict = 'invalid',
      reason = format('employeeNumber: %s is already on line %s', row.employee_number, first)
    from (
      select line, min(line) over (partition by employee_number) as first from import_row
      where import = ${id} and employee_number is not null
    ) as same
    where row.import = ${id} and row.line = same.line and row.line > first`;
}

/** The next rows, after this line, that have no verdict yet. */
export async function unjudgedRows(sql: Queries, id: number, after: number, limit: number): Promise<CopiedRow[]> {
  return sql<CopiedRow[]>`
    select line, employee_number as "employeeNumber", cells, reason from import_row
    where import = ${id} and line > ${after} and verdict is null order by line limit ${limit}`;
}

/** Writes what these rows mean, in one statement. */
export async function judgeRows(sql: Queries, id: number, rows: JudgedRow[]): Promise<void> {
  await sql`
    update import_row as row set verdict = judged.verdict, reason = judged.reason, name = coalesce(judged.name, row.name),
      events = judged.events, changes = judged.changes,
      state = case when judged.events = '[]' then null else 'waiting' end
    from jsonb_to_recordset(${sql.json(rows as never)})
      as judged (line bigint, verdict text, reason text, name text, events jsonb, changes jsonb)
    where row.import = ${id} and row.line = judged.line`;
}

/** Rows that would give somebody a value of a unique field that an earlier row gives to somebody else are refused. */
export async function refuseShared(sql: Queries, id: number, field: string): Promise<void> {
  await sql`
    update import_row as row set verdict = 'invalid', events = null, changes = null, state = null,
      reason = format('profile.%s: must be unique: %s has it', ${field}::text, holder)
    from (
      select line, employee_number, first_value(employee_number) over (partition by value order by line) as holder
      from (
        select line, employee_number, lower(event -> 'profile' ->> ${field}) as value
        from import_row, jsonb_array_elements(events) as event
        where import = ${id} and state = 'waiting' and event -> 'profile' ->> ${field} <> ''
      ) as given
    ) as held
    where row.import = ${id} and row.line = held.line and held.holder <> held.employee_number`;
}

/**
 * Rows with something to do come a level after the row that makes their manager join, if there is one. Circles, and what is
 * below the last of `most` levels, come in the last one there is.
 */
export async function setLevels(sql: Sql, id: number, most: number): Promise<void> {
  await sql.begin(async (tx) => {
    // The planner can not foresee how far the levels go: left alone it may go through all rows once for each.
    await tx`set local enable_nestloop = off`;
    await tx`
      with recursive worker as materialized (
        select line, employee_number, verdict in ('new', 'back') as joins, (
          select event -> 'profile' ->> 'managerEmployeeNumber' from jsonb_array_elements(events) as event
          where event -> 'profile' ->> 'managerEmployeeNumber' <> '' limit 1) as manager
        from import_row where import = ${id} and state = 'waiting'
      ), report as materialized (
        select worker.line, manager.line as manager from worker
        join worker as manager on manager.employee_number = worker.manager and manager.joins and manager.line <> worker.line
      ), placed (line, level) as (
        select line, 0 from worker where joins and not exists (select 1 from report where report.line = worker.line)
        union all
        select report.line, level + 1 from placed join report on report.manager = placed.line where level + 1 < ${most - 1}
      )
      update import_row as row set level = coalesce(placed.level, (select least(coalesce(max(level), 0) + 1, ${most - 1}) from placed))
      from report left join placed using (line)
      where row.import = ${id} and row.line = report.line`;
  });
}

/**
 * Adds a row for everybody who has not left and is missing in the file, for so many of them at most, on lines below zero.
 * Answers how many are missing.
 */
export async function addMissing(sql: Queries, id: number, most: number): Promise<number> {
  const [row] = await sql<{ missing: number }[]>`
    with missing as (
      select employee_number, profile, row_number() over (order by employee_number) as place, count(*) over () as missing
      from person
      where status <> 'left' and not exists (
        select 1 from import_row where import = ${id} and import_row.employee_number = person.employee_number)
    ), added as (
      insert into import_row (import, line, employee_number, cells, name, verdict)
      select ${id}, -place, employee_number, '{}',
        coalesce(
          nullif(profile ->> 'displayName', ''),
          nullif(concat_ws(' ', nullif(profile ->> 'givenName', ''), nullif(profile ->> 'familyName', '')), ''),
          employee_number),
        'gone'
      from missing where place <= ${most})
    select missing::int from missing limit 1`;
  return row?.missing ?? 0;
}

/** The next people who are missing, from before this line on. */
export async function missingPeople(
  sql: Queries,
  id: number,
  before: number,
  limit: number,
): Promise<{ line: number; employeeNumber: string }[]> {
  return sql<{ line: number; employeeNumber: string }[]>`
    select line, employee_number as "employeeNumber" from import_row
    where import = ${id} and line < ${before} and verdict = 'gone' order by line desc limit ${limit}`;
}

/** What an authoritative import takes away, as things are now. */
export interface Removals {
  /** Who is missing, has not left and gets an end by the import. */
  leaving: number;
  /** Everybody who has not left. */
  people: number;
  /** Rows of which nobody knows whom they are about. */
  unknown: number;
  /** The newest file of people that was run since this one was staged, or null. */
  newer: number | null;
}

export async function removalsOf(sql: Queries, id: number): Promise<Removals> {
  const [row] = await sql<Removals[]>`
    select
      (select count(*)::int from import_row join person using (employee_number)
       where import = ${id} and verdict = 'gone' and state is not null and status <> 'left') as leaving,
      (select count(*)::int from person where status <> 'left') as people,
      (select count(*)::int from import_row
       where import = ${id} and verdict = 'invalid' and employee_number is null) as unknown,
      (select max(newer.id) from import as newer join import as this on newer.run_at > this.staged_at
       where this.id = ${id} and newer.id <> this.id and newer.kind = 'people' and newer.state <> 'staged') as newer`;
  return row ?? { leaving: 0, people: 0, unknown: 0, newer: null };
}

/** A row that failed, and every reason: what the row says, or what each application said. */
export interface FailedCells {
  line: number;
  cells: string[] | Record<string, unknown>;
  failure: string;
}

/** The next rows of the file that are refused or failed, after this line. */
export async function failedCells(sql: Queries, id: number, after: number, limit: number): Promise<FailedCells[]> {
  return sql<FailedCells[]>`
    select line, cells, coalesce(
      (select string_agg(
          concat_ws('; ',
            -- Most messages begin with where it was; of the directory itself there is no name.
            case when application = '' or starts_with(failure ->> 'message', application || ': ') then '' else application || ': ' end
              || (failure ->> 'message'),
            failure ->> 'remedy'), '; ' order by application)
       from import_result as result
       where result.import = row.import and result.line = row.line and result.outcome = 'failed'),
      reason, '') as failure
    from import_row as row
    where import = ${id} and line > ${after} and (verdict = 'invalid' or state = 'failed')
    order by line limit ${limit}`;
}
