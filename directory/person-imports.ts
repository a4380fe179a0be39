/** The imports of which a row was for somebody. */
import type { RowState } from '#domain/import.ts';
import type { Queries } from './database.ts';

export interface PersonImport {
  import: number;
  source: string;
  line: number;
  state: RowState;
  /** When the import was last run; null: it was only staged so far. */
  runAt: string | null;
  /** Where it was done, by application. */
  results: { application: string; outcome: string; failure: string | null }[];
}

const AT_MOST = 100;

/** The latest hundred that had or have something to do for this person, the first of them first. */
export async function importsOfPerson(sql: Queries, employeeNumber: string): Promise<PersonImport[]> {
  const rows = await sql<PersonImport[]>`
    select import.id as import, import.source, row.line::int as line, row.state, import.run_at as "runAt",
      coalesce(ended.results, '[]') as results
    from import
    cross join lateral (
      select line, state from import_row
      where import_row.import = import.id and employee_number = ${employeeNumber} and state is not null
      order by line limit 1) as row
    left join lateral (
      select jsonb_agg(jsonb_build_object('application', application, 'outcome', outcome,
        'failure', failure->>'message') order by application) as results
      from import_result where import_result.import = import.id and import_result.line = row.line) as ended on true
    order by import.id desc limit ${AT_MOST}`;
  return rows.toReversed();
}

/** The numbers of all such imports that were run. */
export async function importNumbersOf(sql: Queries, employeeNumber: string): Promise<number[]> {
  const rows = await sql<{ id: number }[]>`
    select id from import where run > 0 and exists (
      select 1 from import_row
      where import_row.import = import.id and employee_number = ${employeeNumber} and state is not null)`;
  return rows.map(({ id }) => id);
}
