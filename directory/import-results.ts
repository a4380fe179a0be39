/** What became of the rows of imports: in each application, and in the lanes that got some of them. */
import type { Failure } from '#domain/failure.ts';
import type { Queries } from './database.ts';

/** How a row ended in one application. */
export interface ImportResult {
  line: number;
  application: string;
  outcome: 'done' | 'failed' | 'unchanged' | 'skipped';
  nativeId: string | null;
  failure: Failure | null;
}

/** How these rows ended so far, by line and application. */
export async function resultsOf(sql: Queries, id: number, lines: number[]): Promise<ImportResult[]> {
  return sql<ImportResult[]>`
    select line, application, outcome, native_id as "nativeId", failure from import_result
    where import = ${id} and line = any(${lines}) order by line, application`;
}

/** The ids of the HR events that were handed to the lanes. */
export async function handedEventIds(sql: Queries, id: number): Promise<string[]> {
  const rows = await sql<{ id: string }[]>`
    select event->>'id' as id from import_row, jsonb_array_elements(events) as event
    where import = ${id} and state = 'handed'`;
  return rows.map((row) => row.id);
}
