/** Rows of imports as people look at them: what each means, and what became of it. */
import type { Failure } from '#domain/failure.ts';
import type { RowChange, RowState, Verdict } from '#domain/import.ts';
import type { HrAmend, HrChange } from '#domain/hr-event.ts';
import type { Profile } from '#domain/profile-field.ts';
import type { Queries } from './database.ts';

/** How a row ended in one application. */
interface ImportResult {
  application: string;
  outcome: 'done' | 'failed' | 'unchanged' | 'skipped';
  nativeId: string | null;
  failure: Failure | null;
}

export interface ImportRow {
  /** Of the file; below zero of people who are missing there. */
  line: number;
  employeeNumber: string | null;
  verdict: Verdict;
  reason: string | null;
  events: (HrChange | HrAmend)[] | null;
  changes: RowChange[] | null;
  state: RowState | null;
  /** What the directory knows of the person now; null: nobody yet. */
  profile: Profile | null;
  results: ImportResult[];
}

/** Rows of one verdict or of one state, from after a line. */
export interface RowQuestion {
  verdict?: Verdict | undefined;
  state?: RowState | undefined;
  after?: number | undefined;
  limit: number;
}

/** Classified rows by their line. */
export async function readImportRows(
  sql: Queries,
  id: number,
  { verdict, state, after, limit }: RowQuestion,
): Promise<ImportRow[]> {
  return sql<ImportRow[]>`
    select line, employee_number as "employeeNumber", verdict, reason, events, changes, state, person.profile,
      coalesce(results.all_of_them, '[]') as results
    from import_row left join person using (employee_number)
      left join lateral (
        select jsonb_agg(jsonb_build_object('application', application, 'outcome', outcome, 'nativeId', native_id,
          'failure', failure) order by application) as all_of_them
        from import_result where import = ${id} and line = import_row.line) results on true
    where import = ${id} and verdict is not null
      ${verdict === undefined ? sql`` : sql`and verdict = ${verdict}`}
      ${state === undefined ? sql`` : sql`and state = ${state}`}
      ${after === undefined ? sql`` : sql`and line > ${after}`}
    order by line limit ${limit}`;
}

/** How many rows of an import there are in each state. */
export async function countRowStates(sql: Queries, id: number): Promise<Partial<Record<RowState, number>>> {
  const rows = await sql<{ state: RowState; count: number }[]>`
    select state, count(*)::int as count from import_row
    where import = ${id} and state is not null group by state order by state`;
  return Object.fromEntries(rows.map(({ state, count }) => [state, count]));
}

/** The HR events that pages of an import handed to the lanes. */
export async function handedEvents(sql: Queries, id: number): Promise<string[]> {
  const rows = await sql<{ id: string }[]>`
    select event->>'id' as id from import_row, jsonb_array_elements(events) as event
    where import = ${id} and state = 'handed'`;
  return rows.map((row) => row.id);
}
