/** Imports as people read them on a terminal. Values come from files and applications: none may break a line. */
import { VERDICTS, type ImportState, type RowChange, type RowState, type Verdict } from '#domain/import.ts';
import type { ImportRecord } from '#directory/imports.ts';
import type { ImportProgress } from '#workflows/messages.ts';
import type { ShownRow } from './import-rows.ts';
import { oneLine } from './report-format.ts';

const COLUMNS = ['line', 'verdict', 'person', 'what differs'] as const;
const WIDTHS = [4, 9, 28];

/** A heading, then a line a row; a column widens when a longer value comes, so that many rows need not be held. */
export async function* rowLines(pages: AsyncIterable<ShownRow[]>): AsyncGenerator<string> {
  const line = aligned();
  yield line([...COLUMNS]);
  for await (const page of pages) yield page.map((row) => line(cellsOf(row))).join('');
}

/** The first rows of each verdict, and how many more there are; those that are invalid with line and reason. */
export function previewLines({ id, counts }: ImportRecord, rows: ShownRow[]): string[] {
  const line = aligned();
  const lines: string[] = [];
  for (const verdict of VERDICTS) {
    const shown = rows.filter((row) => row.verdict === verdict);
    const more = (counts[verdict] ?? 0) - shown.length;
    if (shown.length === 0) continue;
    if (lines.length === 0) lines.push(line([...COLUMNS]));
    lines.push(...shown.map((row) => line(cellsOf(row))));
    if (more > 0) lines.push(`… and ${more} more: joinery import show ${id} --rows ${verdict}`);
  }
  return lines.map((text) => text.trimEnd());
}

function aligned(): (cells: string[]) => string {
  const widths = [...WIDTHS];
  return (cells) => {
    for (const [index] of widths.entries()) widths[index] = Math.max(widths[index] ?? 0, cells[index]?.length ?? 0);
    return `${cells.map((cell, index) => cell.padEnd(widths[index] ?? 0)).join('  ').trimEnd()}\n`;
  };
}

function cellsOf({ line, verdict, name, employeeNumber, changes, reason, state, results }: ShownRow): string[] {
  const person = name === employeeNumber || employeeNumber === null ? name : `${name} (${employeeNumber})`;
  const failures = results
    .filter(({ message }) => message !== undefined)
    .map(({ application, message, remedy }) => `${application}: ${message ?? ''}${remedy ? ` (${remedy})` : ''}`);
  const ended = state === null || state === 'waiting' ? [] : [state];
  const said = [...ended, ...failures, ...(reason === null ? [] : [reason]), ...changes.map(changeText)];
  return [line < 0 ? '' : String(line), verdict, person, said.join('; ')].map(oneLine);
}

function changeText({ field, old, new: value }: RowChange): string {
  return `${field}: ${old ?? ''} → ${value ?? ''}`;
}

/** What an import is, how many rows there are of each verdict and state, and what was asked of it. */
export function importLines(record: ImportRecord, states: Partial<Record<RowState, number>>): string[] {
  const { id, source, createdBy, createdAt, state, options, runBy, runAt, endedAt, failure } = record;
  const asked = Object.entries(options).filter(([, value]) => value !== undefined && value !== false);
  return [
    `import ${id}: ${source}, by ${createdBy} at ${createdAt}: ${state}`,
    ...(asked.length > 0 ? [`options: ${asked.map(([name, value]) => optionText(name, value)).join(', ')}`] : []),
    verdictLine(record),
    ...(runAt === null ? [] : [`run by ${runBy ?? '?'} at ${runAt}${endedAt === null ? '' : `, ended at ${endedAt}`}`]),
    ...(runAt === null ? [] : [`rows: ${countsText(states) || 'nothing to do'}`]),
    ...(failure === null ? [] : [`failure: ${failure}`]),
  ].map(oneLine);
}

function optionText(name: string, value: unknown): string {
  return value === true ? name : `${name} ${String(value)}`;
}

/** `300 rows: 290 new, 8 unchanged, 2 invalid` */
export function verdictLine({ counts }: ImportRecord): string {
  const ordered = VERDICTS.flatMap((verdict): [Verdict, number][] => {
    const count = counts[verdict] ?? 0;
    return count > 0 ? [[verdict, count]] : [];
  });
  const rows = ordered.reduce((sum, [verdict, count]) => sum + (verdict === 'gone' ? 0 : count), 0);
  return `${rows} rows${rows > 0 ? `: ${countsText(Object.fromEntries(ordered))}` : ''}`;
}

function countsText(counts: Partial<Record<string, number>>): string {
  return Object.entries(counts)
    .map(([name, count]) => `${count ?? 0} ${name}`)
    .join(', ');
}

/** How far an import is, in lines: as a whole, and by application. */
export function progressLines(id: number, progress: ImportProgress): string[] {
  const { rows, ended, failed, applications, pause, cancelling } = progress;
  return [
    `import ${id}: ${ended} of ${rows} rows, ${failed} failed, ${paceText(progress)}`,
    ...Object.entries(applications).map(([name, counts]) => `${name || 'directory'}: ${countsText({ ...counts })}`),
    ...(pause ? [`paused since ${pause.since} by ${pause.by}: ${pause.reason} (joinery import resume ${id})`] : []),
    ...(cancelling ? ['it ends at the next border between pages'] : []),
  ].map(oneLine);
}

/** `181 rows a second, done at 18:22:10` */
export function paceText({ rowsPerSecond, estimatedEnd, pause }: ImportProgress): string {
  if (pause) return 'paused';
  const pace = `${rowsPerSecond >= 10 ? Math.round(rowsPerSecond) : rowsPerSecond.toFixed(1)} rows a second`;
  return estimatedEnd === null ? pace : `${pace}, done at ${estimatedEnd}`;
}

/** What somebody may type next, as the import is. */
export function whatIsNext({ id, counts, state }: ImportRecord, { toDo, failed }: { toDo: number; failed: number }): string[] {
  const invalid = counts.invalid ?? 0;
  const bad = invalid + failed > 0 ? [`joinery import failed ${id} > failed.csv: the rows to mend, each with the reason`] : [];
  const next: Record<ImportState, string[]> = {
    staging: [],
    staged: [
      toDo > 0
        ? `Nothing was changed. joinery import run ${id} --wait does it.`
        : 'Nothing was changed, and there is nothing to do.',
      ...bad,
    ],
    running: [`joinery import progress ${id} says how far it is`],
    paused: [`joinery import resume ${id} goes on; joinery import cancel ${id} ends it`],
    done: bad,
    'partly-failed': [...bad, `joinery import retry ${id} --wait tries the failed rows once more`],
    failed: failed > 0 ? [...bad, `joinery import retry ${id} --wait tries the failed rows once more`] : bad,
    cancelled: bad,
  };
  return next[state];
}
