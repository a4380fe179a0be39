/** The rows of a CSV file as they are read; what can not be read costs its own line. */
import { pipeline, Readable } from 'node:stream';
import { parse } from 'csv-parse';
import { delimiterOf, linesOf, recordsOf, type Line } from './csv-lines.ts';
import { CsvHeaderError, type Row } from './csv-rows.ts';

export type CsvInput = NodeJS.ReadableStream | AsyncIterable<Buffer>;

/** Told of a line that can not be used, and why. */
export type Fail = (line: number, reason: string) => void;

/** The header and the rows after it; a line that can not be read is told to `fail`, and the next one is read. */
export async function* rowsOf(input: CsvInput, fail: Fail): AsyncGenerator<Row> {
  const lines = linesOf(input);
  const { value: first } = await lines.next();
  if (!first) throw new CsvHeaderError(['is missing: the file is empty']);
  const delimiter = delimiterOf(first.text);
  let width = 0;
  const parser = parse({
    delimiter,
    record_delimiter: '\n',
    trim: true,
    skip_records_with_error: true,
    on_skip: (error) => {
      const [line, ...cells] = (error?.['record'] ?? []) as string[];
      fail(Number(line ?? 0), `has ${cells.length} cells where the header has ${width}`);
    },
    on_record: (record: string[]) => {
      width ||= record.length - 1;
      return record;
    },
  });
  // What ends one ends the other: a header that is refused closes the file. The loop below sees the error itself.
  pipeline(Readable.from(wellFormed(first, lines, delimiter, fail)), parser, () => undefined);
  for await (const [line, ...cells] of parser as AsyncIterable<string[]>)
    yield { line: Number(line), cells: cells.map((cell) => cell.trim()) };
}

/**
 * Records csv-parse can read, each with the line it begins on as its first cell. After a misplaced quote csv-parse takes
 * the rest of the file for one value, and it counts CRLF in quotes twice: so quotes are judged and lines counted before it.
 */
async function* wellFormed(
  first: Line,
  lines: AsyncGenerator<Line>,
  delimiter: string,
  fail: Fail,
): AsyncGenerator<string> {
  let header = true;
  for await (const record of recordsOf(first, lines, delimiter)) {
    if (!('problem' in record)) yield `${record.line}${delimiter}${record.text}\n`;
    else if (header) throw new CsvHeaderError([record.problem]);
    else fail(record.line, record.problem);
    header = false;
  }
}
