// CSV as Bulk API 2.0 reads and writes it: one header line, one of six delimiters, and one line ending for the whole
// file. What is written has every cell in quotes, as Salesforce does.

import { CsvError, parse } from 'csv-parse/sync';

import type { FieldValue } from './journal.ts';

const DELIMITERS = { BACKQUOTE: '`', CARET: '^', COMMA: ',', PIPE: '|', SEMICOLON: ';', TAB: '\t' } as const;
const LINE_ENDINGS = { LF: '\n', CRLF: '\r\n' } as const;

export interface CsvFormat {
  columnDelimiter: keyof typeof DELIMITERS;
  lineEnding: keyof typeof LINE_ENDINGS;
}

export interface CsvTable {
  header: string[];
  rows: string[][];
}

/** The reason why a whole job fails, in the words its errorMessage has. */
export class JobFailure extends Error {
  override name = 'JobFailure';
}

/** Reads an uploaded file; throws JobFailure when it is not the CSV the job was opened for, or holds no row. */
export function readCsv(text: string, format: CsvFormat): CsvTable {
  refuseLineEndings(text, format);
  const [header, ...rows] = records(text, format);
  if (header === undefined || rows.length === 0) throw new JobFailure('InvalidBatch : Records not found');
  return { header, rows };
}

/** One record, without a line ending. */
export function writeRecord(cells: (FieldValue | undefined)[], format: CsvFormat): string {
  return cells.map((cell) => `"${String(cell ?? '').replaceAll('"', '""')}"`).join(DELIMITERS[format.columnDelimiter]);
}

/** Records as a file, each ended by a line ending. */
export function joinRecords(lines: string[], format: CsvFormat): string {
  return lines.map((line) => line + LINE_ENDINGS[format.lineEnding]).join('');
}

// Also a line break inside of quotes has to be of the job's kind: whether Salesforce would let another one pass there
// is not documented.
function refuseLineEndings(text: string, { lineEnding }: CsvFormat): void {
  const wrong = lineEnding === 'LF' ? text.includes('\r') : /(?<!\r)\n/.test(text);
  if (!wrong) return;
  throw new JobFailure(
    `ClientInputError : LineEnding is invalid on user data. Current LineEnding setting is ${lineEnding}`,
  );
}

function records(text: string, { columnDelimiter, lineEnding }: CsvFormat): string[][] {
  try {
    return parse(text, { delimiter: DELIMITERS[columnDelimiter], record_delimiter: LINE_ENDINGS[lineEnding] });
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    throw new JobFailure(`InvalidBatch : Failed to parse CSV: ${error.message}`);
  }
}
