/** The rows of a CSV file as they are read; what can not be read costs its own line. */
import { pipeline, Readable } from 'node:stream';
import { parse } from 'csv-parse';
import { delimiterOf, linesOf, recordsOf, type Line } from './csv-lines.ts';
import { CsvHeaderError, type Row } from './csv-rows.ts';

export type CsvInput = NodeJS.ReadableStream | AsyncIterable<Buffer>;

/** Told of a line that can not be used, and why. */
export type Fail = (line: number, reason: string) => void;

/** A line as it was read. `problem`: why its cells can not be told apart, or are not those of the header. */
export interface ReadRow extends Row {
  problem?: string | undefined;
}

/** The header and the rows after it; a line that can not be read is told to `fail`, and the next one is read. */
export async function* rowsOf(input: CsvInput, fail: Fail): AsyncGenerator<Row> {
  const lines = linesOf(input);
  const { value: first } = await lines.next();
  if (!first) throw emptyFile();
  for await (const { problem, ...row } of readRows(first, lines, delimiterOf(first.text))) {
    if (problem === undefined) yield row;
    else fail(row.line, problem);
  }
}

export function emptyFile(): CsvHeaderError {
  return new CsvHeaderError(['is missing: the file is empty']);
}

/** The header, which is the first line, and every row after it, those with a problem included. Closes `lines`. */
export async function* readRows(first: Line, lines: AsyncGenerator<Line>, delimiter: string): AsyncGenerator<ReadRow> {
  const problems = new Map<number, string>();
  const parser = parse({ delimiter, record_delimiter: '\n', trim: true, relax_column_count: true });
  // What ends one ends the other: a header that is refused closes the file. The loop below sees the error itself.
  pipeline(Readable.from(wellFormed(first, lines, delimiter, problems)), parser, () => undefined);
  let width = 0;
  for await (const [number, ...given] of parser as AsyncIterable<string[]>) {
    const line = Number(number);
    const cells = given.map((cell) => cell.trim());
    width ||= cells.length;
    const problem = problems.get(line) ?? widthProblem(cells.length, width);
    problems.delete(line);
    yield { line, cells, problem };
  }
}

function widthProblem(cells: number, width: number): string | undefined {
  return cells === width ? undefined : `has ${cells} cells where the header has ${width}`;
}

/**
 * Records csv-parse can read, each with the line it begins on as its first cell. After a misplaced quote csv-parse takes
 * the rest of the file for one value, and it counts CRLF in quotes twice: so quotes are judged and lines counted before it.
 * What is no record comes as one cell, and why goes into `problems`.
 */
async function* wellFormed(
  first: Line,
  lines: AsyncGenerator<Line>,
  delimiter: string,
  problems: Map<number, string>,
): AsyncGenerator<string> {
  let header = true;
  for await (const record of recordsOf(first, lines, delimiter)) {
    const { line, text } = record;
    if (!('problem' in record)) yield `${line}${delimiter}${text}\n`;
    else if (header) throw new CsvHeaderError([record.problem]);
    else {
      problems.set(line, record.problem);
      yield `${line}${delimiter}"${text.replaceAll('"', '""')}"\n`;
    }
    header = false;
  }
}
