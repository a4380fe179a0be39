/** The fault matrix as the docs show it: between two markers of a Markdown file, and written anew when somebody asks for it. */
import { readFile, writeFile } from 'node:fs/promises';
import type { Ending } from './faults.ts';

export interface Line {
  operation: string;
  calls: string[];
  /** For each fault, how the operation ended, call by call; none where there is no such thing. */
  endings: Ending[][];
}

const FILE = new URL('../../../docs/applications/salesforce.md', import.meta.url);
const BEGIN = '<!-- fault matrix: written by test/connectors/salesforce-fault-matrix.test.ts -->';
const END = '<!-- end of the fault matrix -->';

export function render(faults: string[], lines: Line[]): string {
  const rows = [
    ['operation', 'its calls', ...faults],
    ...lines.map(({ operation, calls, endings }) => [operation, calls.join(', '), ...endings.map(toText)]),
  ];
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const toRow = (cells: string[]) => `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  const [head = [], ...body] = rows;
  return [toRow(head), toRow(widths.map((width) => '-'.repeat(width))), ...body.map(toRow)].join('\n');
}

/** The table that is in the docs now. */
export async function shown(): Promise<string> {
  return parted(await readFile(FILE, 'utf8'))[1].trim();
}

export async function write(table: string): Promise<void> {
  const [before, , after] = parted(await readFile(FILE, 'utf8'));
  await writeFile(FILE, `${before}${BEGIN}\n\n${table}\n\n${END}${after}`);
}

/** What is before the table, the table, and what is after it. */
function parted(text: string): [string, string, string] {
  const [before, rest] = text.split(BEGIN);
  const [table, after] = rest?.split(END) ?? [];
  if (before === undefined || table === undefined || after === undefined)
    throw new Error(`${FILE.pathname} lacks the markers of the fault matrix`);
  return [before, table, after];
}

/** Each ending once; what has to be looked for before it is repeated is marked. */
function toText(endings: Ending[]): string {
  const each = [...new Set(endings)].map((ending) => (ending === 'unknown-outcome' ? `${ending} †` : ending));
  return each.length === 0 ? '–' : each.join(', ');
}
