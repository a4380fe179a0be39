/** Rows of an import for people to read: who it is, what differs, how it ended. */
import { VERDICTS, type RowChange, type RowState, type Verdict } from '#domain/import.ts';
import { changeProfile, displayName } from '#domain/person.ts';
import type { Profile } from '#domain/profile-field.ts';
import type { Sql } from '#directory/database.ts';
import { readImportRows, type ImportRow, type RowQuestion } from '#directory/import-rows.ts';

/** Values are those of profile fields; the other columns of a file are not among them. */
export interface ShownRow {
  /** Below zero of a person who is missing in the file. */
  line: number;
  employeeNumber: string | null;
  name: string;
  verdict: Verdict;
  reason: string | null;
  changes: RowChange[];
  state: RowState | null;
  results: { application: string; outcome: string; message?: string; remedy?: string }[];
}

/** A page of rows by their line, and the line after which there are more, or null. */
export async function listRows(
  directory: Sql,
  id: number,
  question: RowQuestion,
): Promise<{ rows: ShownRow[]; next: number | null }> {
  const found = await readImportRows(directory, id, { ...question, limit: question.limit + 1 });
  const rows = found.slice(0, question.limit).map(shownRow);
  return { rows, next: found.length > question.limit ? (rows.at(-1)?.line ?? null) : null };
}

const PAGE = 500;

/** Every row of one verdict or state, in pages that are forgotten as they are read. */
export async function* streamRows(
  directory: Sql,
  id: number,
  question: Pick<RowQuestion, 'verdict' | 'state'>,
): AsyncGenerator<ShownRow[]> {
  for (let after: number | undefined; ;) {
    const { rows, next } = await listRows(directory, id, { ...question, after, limit: PAGE });
    if (rows.length > 0) yield rows;
    if (next === null) return;
    after = next;
  }
}

/** Nothing to do, and so nothing to show. */
const SILENT: ReadonlySet<Verdict> = new Set(['unchanged', 'linked']);

/** The first rows of each verdict that is worth a look, in the order of VERDICTS. */
export async function firstRows(directory: Sql, id: number, limit: number): Promise<ShownRow[]> {
  const shown = VERDICTS.filter((verdict) => !SILENT.has(verdict));
  const pages = await Promise.all(shown.map((verdict) => listRows(directory, id, { verdict, limit })));
  return pages.flatMap(({ rows }) => rows);
}

function shownRow({ events, profile, changes, results, ...row }: ImportRow): ShownRow {
  const { line, employeeNumber, verdict, reason, state } = row;
  return {
    line,
    employeeNumber,
    name: nameOf(employeeNumber ?? '', profile ?? {}, events ?? []),
    verdict,
    reason,
    changes: changes ?? [],
    state,
    results: results.map(({ application, outcome, failure }) => ({
      application,
      outcome,
      ...(failure ? { message: failure.message } : {}),
      ...(failure?.remedy ? { remedy: failure.remedy } : {}),
    })),
  };
}

/** As the person is called once the events are carried out. */
function nameOf(employeeNumber: string, known: Profile, events: NonNullable<ImportRow['events']>): string {
  const profile = events.reduce((changed, event) => changeProfile(changed, ('profile' in event && event.profile) || {}), known);
  return displayName({ employeeNumber, profile });
}
