/** Imports as people read them on a terminal. Values come from files and applications: none may break a line. */
import { VERDICTS, type ImportState, type RowChange, type RowState, type Verdict } from '#domain/import.ts';
import { shortened } from '#domain/text.ts';
import type { ImportRecord } from '#directory/imports.ts';
import type { ImportProgress } from '#workflows/messages.ts';
import type { ShownRow } from './import-rows.ts';
import { oneLine } from './report-format.ts';

const COLUMNS = ['line', 'verdict', 'person', 'what differs'] as const;
const WIDTHS = [4, 9, 28];
/** Of what an application says. */
const LONGEST = 300;

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
  return (cells: string[]) => {
    for (const [index] of widths.entries()) widths[index] = Math.max(widths[index] ?? 0, cells[index]?.length ?? 0);
    return `${cells
      .map((cell, index) => cell.padEnd(widths[index] ?? 0))
      .join('  ')
      .trimEnd()}\n`;
  };
}

function cellsOf(row: ShownRow): string[] {
  const { line, verdict, reason, changes, state } = row;
  const ended = state === null || state === 'waiting' ? [] : [state];
  const said = [...ended, ...failuresOf(row), ...(reason === null ? [] : [reason]), ...changes.map(changeText)];
  return [line < 0 ? '' : String(line), verdict ?? '', whoIs(row), said.join('; ')].map(oneLine);
}

function whoIs({ name, employeeNumber }: ShownRow): string {
  if (employeeNumber === null) return name ?? '';
  return name === null || name === employeeNumber ? employeeNumber : `${name} (${employeeNumber})`;
}

function failuresOf({ results }: ShownRow): string[] {
  return results.flatMap(({ application, message, remedy }) =>
    message === undefined ? [] : [`${told(application, message)}${remedy === undefined ? '' : ` (${remedy})`}`],
  );
}

/** Most messages begin with where it was. */
function told(application: string, message: string): string {
  return shortened(message.startsWith(`${application}: `) ? message : `${application}: ${message}`, LONGEST);
}

/** Rows that failed, each with what every application said of it, and how many more there are. */
export function failedLines(id: number, rows: ShownRow[], failed: number): string[] {
  const more = failed - rows.length;
  return [
    ...rows.map((row) => {
      const why = failuresOf(row).join('; ') || (row.reason ?? '');
      return `${row.line < 0 ? 'missing in the file' : `line ${row.line}`}: ${whoIs(row)}: ${why}`;
    }),
    ...(more > 0 ? [`… and ${more} more: joinery import show ${id} --rows failed`] : []),
  ].map(oneLine);
}

function changeText({ field, old, new: value }: RowChange): string {
  return `${field}: ${old ?? ''} → ${value ?? ''}`;
}

/** What an import is, how many rows there are of each verdict and state, and what was asked of it. */
export function importLines(record: ImportRecord, states: Partial<Record<RowState, number>>): string[] {
  const { id, source, createdBy, createdAt, state, runBy, runAt, endedAt, failure } = record;
  const { format: _format, ...options } = record.options;
  const asked = Object.entries(options).filter(([, value]) => value !== undefined && value !== false);
  return [
    `import ${id}: ${source}, by ${createdBy} at ${createdAt}: ${state}`,
    ...(asked.length > 0 ? [`options: ${asked.map(([name, value]) => optionText(name, value)).join(', ')}`] : []),
    verdictLine(record),
    ...missingLine(record),
    ...(runAt === null ? [] : [`run by ${runBy ?? '?'} at ${runAt}${endedAt === null ? '' : `, ended at ${endedAt}`}`]),
    ...(runAt === null ? [] : [`rows: ${countsText(states) || 'nothing to do'}`]),
    ...(failure === null ? [] : [`failure: ${failure}`]),
  ].map(oneLine);
}

function optionText(name: string, value: unknown): string {
  if (value === true) return name;
  return `${name} ${typeof value === 'string' ? value : JSON.stringify(value)}`;
}

/** `300 rows: 290 new, 8 unchanged, 2 invalid` */
export function verdictLine({ counts }: ImportRecord): string {
  const ordered = VERDICTS.flatMap((verdict): [Verdict, number][] => {
    const count = counts[verdict] ?? 0;
    return count > 0 ? [[verdict, count]] : [];
  });
  // Who is missing in a file is on none of its lines.
  const rows = ordered.reduce((sum, [verdict, count]) => sum + (verdict === 'gone' ? 0 : count), 0);
  return `${rowsText(rows)}${rows > 0 ? `: ${countsText(Object.fromEntries(ordered))}` : ''}`;
}

/** `1 row`, `2 rows` */
export function rowsText(rows: number): string {
  return `${rows} ${rows === 1 ? 'row' : 'rows'}`;
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
    `import ${id}: ${ended} of ${rowsText(rows)}, ${failed} failed, ${paceText(progress)}`,
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

function missingLine({ counts: { gone = 0 }, options, kind }: ImportRecord): string[] {
  if (gone === 0 || options.authoritative || kind !== 'people') return [];
  return [
    gone === 1
      ? 'the one who is gone stays as they are: the file was not imported with --authoritative'
      : 'those who are gone stay as they are: the file was not imported with --authoritative',
  ];
}

/** What somebody may type next, as the import is. `refused`: why what is staged may not be run. */
export function whatIsNext(
  { id, counts, state }: ImportRecord,
  { waiting = 0, failed = 0 }: Partial<Record<RowState, number>>,
  refused?: string,
): string[] {
  const mend =
    (counts.invalid ?? 0) + failed > 0 ? [`joinery import failed ${id} > failed.csv: the rows to be mended`] : [];
  const retry = failed > 0 ? [`joinery import retry ${id} --wait: once more, as they are`] : [];
  const run = waiting > 0 ? `joinery import run ${id} --wait does it.` : 'There is nothing to do.';
  const next: Record<ImportState, string[]> = {
    staging: [],
    staged: [...mend, `Nothing was changed. ${refused === undefined ? run : `It is not run as it is: ${refused}`}`],
    running: [`joinery import progress ${id} says how far it is`],
    paused: [`joinery import resume ${id} goes on; joinery import cancel ${id} ends it`],
    done: mend,
    'partly-failed': [...mend, ...retry],
    failed: [...mend, ...retry],
    cancelled: mend,
  };
  return next[state];
}
