/** The report as CSV for spreadsheets and as a table for a terminal. */
import type { AttributeChange } from '#domain/plan.ts';
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
  yield `${COLUMNS.map(([title]) => title).join()}\r\n`;
  for await (const row of rows) yield `${COLUMNS.map(([, cell]) => csvCell(cell(row))).join()}\r\n`;
}

/** One JSON object a line. */
export async function* toJsonLines(rows: AsyncIterable<ReportRow>): AsyncGenerator<string> {
  for await (const row of rows) yield `${JSON.stringify(row)}\n`;
}

/** Lines for a terminal: when, who, where, what, how it ended. */
export async function* toTable(rows: AsyncIterable<ReportRow>): AsyncGenerator<string> {
  for await (const row of rows) {
    const what = [...row.subjects, ...row.changes.map(changeText)].join('; ');
    const failure = row.failure
      ? `: ${row.failure.message}${row.failure.remedy ? ` (${row.failure.remedy})` : ''}`
      : '';
    const who = `${row.person} (${row.employeeNumber})`;
    yield (
      `${row.at}  ${who.padEnd(28)}  ${row.application.padEnd(12)}  ${row.operation.padEnd(10)}  ${row.outcome}${failure}  ${what}`.trimEnd() +
        '\n'
    );
  }
}

function changeText({ attribute, old, new: value }: AttributeChange): string {
  return `${attribute}: ${old ?? ''} → ${value ?? ''}`;
}

function csvCell(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
