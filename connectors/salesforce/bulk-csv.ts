/** CSV as Bulk API 2.0 takes and gives it: commas, line feeds, one header line. */
import { parse } from 'csv-parse/sync';
import type { AttributeValue, Attributes } from '#domain/account.ts';

/** One file of an upload, and which rows are in it, by their place in what was given. */
export interface CsvFile {
  text: string;
  rows: number[];
}

/** What a cell says to empty a field; an empty cell leaves it alone. */
export const EMPTIES = '#N/A';

/**
 * The rows as files of at most so many bytes, each with the columns of all rows: one that a row does not have is left
 * alone there. A row that is larger than that by itself is a file of its own.
 */
export function csvFiles(rows: Attributes[], mostBytes: number): CsvFile[] {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const header = lineOf(columns);
  const room = mostBytes - Buffer.byteLength(header);
  const files: { lines: string[]; rows: number[]; bytes: number }[] = [];
  for (const [index, row] of rows.entries()) {
    const line = lineOf(columns.map((column) => cellOf(row[column])));
    const bytes = Buffer.byteLength(line);
    let file = files.at(-1);
    if (file === undefined || file.bytes + bytes > room) {
      file = { lines: [header], rows: [], bytes: 0 };
      files.push(file);
    }
    file.lines.push(line);
    file.rows.push(index);
    file.bytes += bytes;
  }
  return files.map(({ lines, rows: places }) => ({ text: lines.join(''), rows: places }));
}

/** The records of a file, by the titles of its columns. Throws when it is not whole. */
export function readCsv(text: string): Record<string, string>[] {
  return parse(text, { bom: true, columns: true, record_delimiter: '\n' });
}

/** Salesforce refuses a file with two kinds of line ending, also inside of quotes. */
function cellOf(value: AttributeValue | undefined): string {
  if (value === undefined) return '';
  return value === null || value === '' ? EMPTIES : String(value).replaceAll(/\r\n?/g, '\n');
}

function lineOf(cells: string[]): string {
  return `${cells.map(quoted).join(',')}\n`;
}

/** Spaces at either end are kept only inside of quotes. */
function quoted(cell: string): string {
  return /[",\n]|^\s|\s$/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}
