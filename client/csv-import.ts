/** A CSV file of people, or of HR events, into the HR inbox: streamed, in batches, every bad line named, good lines done. */
import { pipeline, Readable } from 'node:stream';
import { parse } from 'csv-parse';
import type { HrEvent } from '#domain/hr-event.ts';
import type { Fault } from '#domain/hr-event-input.ts';
import { findPeople } from '#directory/people.ts';
import { listProfileFields } from '#directory/profile-fields.ts';
import type { Sql } from '#directory/database.ts';
import { delimiterOf, linesOf, recordsOf, type Line } from './csv-lines.ts';
import { eventsOfPerson } from './csv-people.ts';
import { CsvHeaderError, eventOf, readHeader, type Header, type Row } from './csv-rows.ts';
import { submitHrEvents } from './intake.ts';
import { saidOf } from './said.ts';

export interface CsvOptions {
  directory: Sql;
  defaultTimeZone: string;
  /** Written beside each event, such as `file people.csv`. */
  source: string;
  /** The day on which a change without a date happens. */
  today: string;
  onProgress?(done: CsvProgress): void;
  /** Awaited after each batch is stored. */
  afterBatch?(): Promise<void>;
}

interface CsvProgress {
  rows: number;
}

export interface CsvResult {
  kind: Header['kind'];
  rows: number;
  accepted: number;
  /** Events that came before. */
  known: number;
  /** People in whom nothing differs. */
  unchanged: number;
  failedTotal: number;
  /** The first thousand lines that failed, in the order of the file. */
  failed: { line: number; reason: string }[];
  /** What was accepted, by its type. */
  byType: Partial<Record<HrEvent['type'], number>>;
  /** What was accepted, to be waited for. */
  eventIds: string[];
}

type Fail = (line: number, reason: string) => void;

const BATCH = 500;
const FAILURES_KEPT = 1_000;

/**
 * Applies a file. The same file again changes nothing: the ids of events follow from what they say. Throws CsvHeaderError
 * before anything is stored when the header can not be used. Of a file it keeps one batch, the ids of accepted events and,
 * of people, each number with its line.
 */
export async function applyCsv(
  input: NodeJS.ReadableStream | AsyncIterable<Buffer>,
  options: CsvOptions,
): Promise<CsvResult> {
  const fields = await listProfileFields(options.directory);
  const result: CsvResult = {
    kind: 'people',
    rows: 0,
    accepted: 0,
    known: 0,
    unchanged: 0,
    failedTotal: 0,
    failed: [],
    byType: {},
    eventIds: [],
  };
  const fail: Fail = (line, reason) => {
    result.failedTotal += 1;
    if (result.failed.length < FAILURES_KEPT) result.failed.push({ line, reason });
  };
  const seen = new Map<string, number>();
  let header: Header | undefined;
  let batch: Row[] = [];

  const flush = async () => {
    if (!header || batch.length === 0) return;
    await applyBatch(batch, header, options, result, fail, seen);
    batch = [];
    options.onProgress?.({ rows: result.rows });
    await options.afterBatch?.();
  };
  const failRow: Fail = (line, reason) => {
    result.rows += 1;
    fail(line, reason);
  };
  for await (const row of rowsOf(input, failRow)) {
    if (!header) {
      header = readHeader(row.cells, fields);
      result.kind = header.kind;
      continue;
    }
    result.rows += 1;
    if (batch.push(row) >= BATCH) await flush();
  }
  await flush();
  result.failed.sort((a, b) => a.line - b.line);
  return result;
}

/** The header and the rows after it; a line that can not be read is told to `fail`, and the next one is read. */
async function* rowsOf(input: NodeJS.ReadableStream | AsyncIterable<Buffer>, fail: Fail): AsyncGenerator<Row> {
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

async function applyBatch(
  batch: Row[],
  header: Header,
  options: CsvOptions,
  result: CsvResult,
  fail: Fail,
  seen: Map<string, number>,
): Promise<void> {
  const inputs =
    header.kind === 'events'
      ? batch.map((row) => ({ line: row.line, event: eventOf(row, header) }))
      : await inputsOfPeople(batch, header, options, result, fail, seen);
  const submissions = await submitHrEvents(
    inputs.map(({ event }) => event),
    options,
  );
  const reasons = new Map<number, string[]>();
  for (const [index, submission] of submissions.entries()) {
    const line = inputs[index]?.line ?? 0;
    const found = reasons.get(line) ?? [];
    switch (submission.result) {
      case 'accepted': {
        const { id, type } = submission.record;
        result.accepted += 1;
        result.byType[type] = (result.byType[type] ?? 0) + 1;
        result.eventIds.push(id);
        break;
      }
      case 'known':
        result.known += 1;
        break;
      case 'different-body':
        reasons.set(line, [...found, `id: ${submission.record.id} was used for another event`]);
        break;
      case 'invalid':
        reasons.set(line, [...found, ...reasonsOf(submission.faults, header.kind, found.length > 0)]);
        break;
    }
  }
  for (const [line, found] of reasons) fail(line, found.join('; '));
}

async function inputsOfPeople(
  batch: Row[],
  header: Header,
  { directory, defaultTimeZone, today }: CsvOptions,
  result: CsvResult,
  fail: Fail,
  seen: Map<string, number>,
): Promise<{ line: number; event: unknown }[]> {
  const column = header.columns.get('employeeNumber') ?? -1;
  const numbers = batch.map(({ cells }) => cells[column] ?? '');
  const people = new Map((await findPeople(directory, numbers)).map((person) => [person.employeeNumber, person]));
  const said = await saidOf(directory, numbers);
  return batch.flatMap((row, index) => {
    const number = numbers[index] ?? '';
    const earlier = seen.get(number);
    if (earlier !== undefined) {
      fail(row.line, `employeeNumber: ${number} is already on line ${earlier}`);
      return [];
    }
    if (number !== '') seen.set(number, row.line);
    const known = { person: people.get(number), said: said.get(number) ?? [] };
    const read = eventsOfPerson(row, header, known, { today, defaultTimeZone });
    if ('reason' in read) fail(row.line, read.reason);
    else if (read.events.length === 0) result.unchanged += 1;
    return 'reason' in read ? [] : read.events.map((event) => ({ line: row.line, event }));
  });
}

/** In a file of people the id was made here, and a hire that is refused is not told twice. */
function reasonsOf(faults: Fault[], kind: Header['kind'], more: boolean): string[] {
  const told = ({ field }: Fault) => kind === 'events' || (field !== 'id' && !(more && field === 'employeeNumber'));
  return faults.filter(told).map(({ field, problem }) => `${field}: ${problem}`);
}
