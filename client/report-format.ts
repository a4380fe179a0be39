/** The report as CSV for spreadsheets and as a table for a terminal. */
import type { AttributeChange } from '#domain/plan.ts';
import { csvLine } from './csv-cells.ts';
import type { ReportRow } from './report.ts';

const COLUMNS: readonly [string, (row: ReportRow) => string][] = [
  ['at', (row) => row.at],
  ['person', (row) => row.person],
  ['employee number', (row) => row.employeeNumber],
  ['application', (row) => row.application],
  ['operation', (row) => row.operation],
  ['outcome', (row) => row.outcome],
  ['username', (row) => row.username ?? ''],
  ['native id', (row) => row.nativeId ?? ''],
  ['subjects', (row) => row.subjects.join('; ')],
  ['changes', (row) => row.changes.map(changeText).join('; ')],
  ['reason', (row) => row.reason],
  ['failure', (row) => row.failure?.message ?? ''],
  ['remedy', (row) => row.failure?.remedy ?? ''],
  ['event', (row) => row.eventId],
  ['workflow', (row) => row.workflowType],
  ['workflow id', (row) => row.workflowId],
  ['run id', (row) => row.runId],
];

/** RFC 4180 lines, a heading first. A cell that a spreadsheet would take for a formula begins with an apostrophe. */
export async function* toCsv(rows: AsyncIterable<ReportRow>): AsyncGenerator<string> {
  yield csvLine(COLUMNS.map(([title]) => title));
  for await (const row of rows) yield csvLine(COLUMNS.map(([, cell]) => cell(row)));
}

/** One JSON object a line. */
export async function* toJsonLines(rows: AsyncIterable<ReportRow>): AsyncGenerator<string> {
  for await (const row of rows) yield `${JSON.stringify(row)}\n`;
}

/**
 * Lines for a terminal, one an entry: when, who, where, what was tried, how it ended, and the details. A column widens when
 * a longer value comes, so that a long report need not be held to be aligned.
 */
export async function* toTable(rows: AsyncIterable<ReportRow>): AsyncGenerator<string> {
  const widths = [24, 28, 12, 10, 7];
  for await (const row of rows) {
    const who = `${row.person} (${row.employeeNumber})`;
    const cells = [row.at, who, row.application, row.operation, row.outcome, details(row)].map(oneLine);
    for (const [index, width] of widths.entries()) widths[index] = Math.max(width, cells[index]?.length ?? 0);
    yield `${cells
      .map((cell, index) => cell.padEnd(widths[index] ?? 0))
      .join('  ')
      .trimEnd()}\n`;
  }
}

/** What it was about and what went wrong or why it was skipped; else why it was done. */
function details({ outcome, subjects, changes, failure, reason }: ReportRow): string {
  const remedy = failure?.remedy ? ` (${failure.remedy})` : '';
  const skipped = outcome === 'skipped' ? [reason] : [];
  const problem = failure ? [`${failure.message}${remedy}`] : skipped;
  return [...subjects, ...changes.map(changeText), ...problem].join('; ') || reason;
}

/** Values come from HR and from applications: none may break a line or command the terminal. */
export function oneLine(text: string): string {
  return text.replaceAll(/\p{Cc}+/gu, ' ');
}

function changeText({ attribute, old, new: value }: AttributeChange): string {
  return `${attribute}: ${old ?? ''} → ${value ?? ''}`;
}
