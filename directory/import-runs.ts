/** Runs of an import: begun, paused, and begun again for what failed. */
import type { ImportOptions, ImportPause, ImportState } from '#domain/import.ts';
import type { Queries } from './database.ts';

/** Begins a run of an import, with these options, if it still is in this state; false: it is not, and nothing is written. */
export async function beginImportRun(
  sql: Queries,
  id: number,
  { from, by, options }: { from: ImportState; by: string; options: ImportOptions },
): Promise<boolean> {
  const rows = await sql`
    update import set state = 'running', run = run + 1, run_by = ${by}, run_at = now(), ended_at = null, failure = null,
      pause = null, options = ${sql.json(options as never)}
    where id = ${id} and state = ${from} returning 1`;
  return rows.length === 1;
}

/** Notes that an import at work is paused, or with null that it goes on. Safe to repeat. */
export async function noteImportPause(sql: Queries, id: number, pause: ImportPause | null): Promise<void> {
  await sql`
    update import set state = ${pause ? 'paused' : 'running'}, pause = ${pause && sql.json(pause as never)}
    where id = ${id} and state in ('running', 'paused')`;
}

/** The pause of an import that is paused, or undefined. */
export async function importPause(sql: Queries, id: number): Promise<ImportPause | undefined> {
  const [row] = await sql<{ pause: ImportPause | null }[]>`
    select pause from import where id = ${id} and state = 'paused'`;
  return row?.pause ?? undefined;
}
