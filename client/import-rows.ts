/** Rows of an import for people to read: who it is, what differs, how it ended. */
import { VERDICTS, type RowChange, type RowState, type Verdict } from '#domain/import.ts';
import type { Sql } from '#directory/database.ts';
import { resultsOf, type ImportResult } from '#directory/import-results.ts';
import { importRows, type ImportRecord, type ImportRow, type RowsAsked } from '#directory/imports.ts';

/** Without the cells: a file may hold columns that nobody but who sent it should see. */
export interface ShownRow {
  /** Below zero of a person who is missing in the file. */
  line: number;
  employeeNumber: string | null;
  /** Of the person; of an account that is nobody's, its username. */
  name: string | null;
  /** Null: it is not judged yet. */
  verdict: Verdict | null;
  reason: string | null;
  changes: RowChange[];
  state: RowState | null;
  results: { application: string; outcome: ImportResult['outcome']; message?: string; remedy?: string }[];
}

/** A page of rows by their line, and the line after which there are more, or null. */
export async function listRows(
  directory: Sql,
  id: number,
  asked: RowsAsked,
): Promise<{ rows: ShownRow[]; next: number | null }> {
  const found = await importRows(directory, id, { ...asked, limit: asked.limit + 1 });
  const rows = found.slice(0, asked.limit);
  const results = await resultsOf(
    directory,
    id,
    rows.map(({ line }) => line),
  );
  const byLine = new Map<number, ImportResult[]>();
  for (const result of results) byLine.set(result.line, [...(byLine.get(result.line) ?? []), result]);
  return {
    rows: rows.map((row) => shownRow(row, byLine.get(row.line) ?? [])),
    next: found.length > asked.limit ? (rows.at(-1)?.line ?? null) : null,
  };
}

const PAGE = 500;

/** Every row of one verdict or state, in pages that are forgotten as they are read. */
export async function* streamRows(
  directory: Sql,
  id: number,
  asked: Pick<RowsAsked, 'verdict' | 'state'>,
): AsyncGenerator<ShownRow[]> {
  for (let after: number | null = null; ;) {
    const { rows, next } = await listRows(directory, id, { ...asked, after, limit: PAGE });
    if (rows.length > 0) yield rows;
    if (next === null) return;
    after = next;
  }
}

/** The first rows of each verdict that says something, in the order of the verdicts. */
export async function firstRows(
  directory: Sql,
  { id, counts, options }: Pick<ImportRecord, 'id' | 'counts' | 'options'>,
  limit: number,
): Promise<ShownRow[]> {
  // Of the others nothing comes: nobody leaves by a file that is not authoritative.
  const silent: Verdict[] = ['unchanged', 'linked', ...(options.authoritative ? [] : ['gone' as const])];
  const telling = VERDICTS.filter((verdict) => counts[verdict] && !silent.includes(verdict));
  const pages = await Promise.all(telling.map((verdict) => listRows(directory, id, { verdict, after: null, limit })));
  return pages.flatMap(({ rows }) => rows);
}

function shownRow(row: ImportRow, results: ImportResult[]): ShownRow {
  const { line, employeeNumber, name, verdict, reason, changes, state, cells } = row;
  const username = Array.isArray(cells) ? undefined : cells['username'];
  return {
    line,
    employeeNumber,
    name: name ?? (employeeNumber === null && typeof username === 'string' ? username : null),
    verdict,
    reason,
    changes,
    state,
    results: results.map(({ application, outcome, failure }) => ({
      application,
      outcome,
      ...(failure ? { message: failure.message } : {}),
      ...(failure?.remedy ? { remedy: failure.remedy } : {}),
    })),
  };
}
