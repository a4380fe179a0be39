/** A CSV file of people, or of HR events, into the HR inbox: streamed, in batches, every bad line named, good lines done. */
import type { Readable } from 'node:stream';
import { parse, type CsvError } from 'csv-parse';
import { findPeople } from '#directory/people.ts';
import { listProfileFields } from '#directory/profile-fields.ts';
import type { Sql } from '#directory/database.ts';
import { eventOf, eventsOfPerson, readHeader, type Header, type Row } from './csv-rows.ts';
import { submitHrEvents } from './intake.ts';

export interface CsvOptions {
  directory: Sql;
  defaultTimeZone: string;
  /** Written beside each event, such as `file people.csv`. */
  source: string;
  /** The day on which a change without a date happens. */
  today: string;
  onProgress?: (progress: { rows: number }) => void;
  /** Awaited after each batch is stored. */
  afterBatch?: () => Promise<void>;
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
  /** The first thousand of those that failed. */
  failed: { line: number; reason: string }[];
  /** What was accepted, to be waited for. */
  eventIds: string[];
}

const BATCH = 500;
const FAILURES_KEPT = 1_000;
const LARGEST_RECORD = 1_000_000;

/**
 * Applies a file. The same file again changes nothing: the ids of events follow from what they say. Throws CsvHeaderError
 * before anything is stored when the header can not be used. Memory grows only with the event ids it answers.
 */
export async function applyCsv(input: Readable, options: CsvOptions): Promise<CsvResult> {
  const { directory, onProgress, afterBatch } = options;
  const fields = await listProfileFields(directory);
  const result: CsvResult = {
    kind: 'people',
    rows: 0,
    accepted: 0,
    known: 0,
    unchanged: 0,
    failedTotal: 0,
    failed: [],
    eventIds: [],
  };
  const fail = (line: number, reason: string) => {
    result.failedTotal += 1;
    if (result.failed.length < FAILURES_KEPT) result.failed.push({ line, reason });
  };
  const seen = new Map<string, number>();
  let header: Header | undefined;
  let batch: Row[] = [];
  let lastLine = 0;

  const flush = async () => {
    if (!header || batch.length === 0) return;
    await applyBatch(batch, header, options, result, fail, seen);
    batch = [];
    onProgress?.({ rows: result.rows });
    await afterBatch?.();
  };

  const parser = parse({
    bom: true,
    trim: true,
    delimiter: [',', ';', '\t'],
    skip_empty_lines: true,
    info: true,
    on_record: (record: string[], { lines }: { lines: number }) => {
      lastLine = lines;
      return record;
    },
    // A quote that is never closed would otherwise take the rest of the file into memory.
    max_record_size: LARGEST_RECORD,
    skip_records_with_error: true,
    on_skip: (error) => {
      result.rows += 1;
      const { line, reason } = malformed(error, lastLine);
      lastLine = Math.max(lastLine, Number(error?.['lines'] ?? 0));
      fail(line, reason);
    },
  });
  input.on('error', (error) => parser.destroy(error));
  for await (const { record, info } of input.pipe(parser) as AsyncIterable<{
    record: string[];
    info: { lines: number };
  }>) {
    if (!header) {
      header = readHeader(record, fields);
      result.kind = header.kind;
      continue;
    }
    result.rows += 1;
    batch.push({ line: startLine(info.lines, record), cells: record });
    if (batch.length >= BATCH) await flush();
  }
  await flush();
  return result;
}

async function applyBatch(
  batch: Row[],
  header: Header,
  options: CsvOptions,
  result: CsvResult,
  fail: (line: number, reason: string) => void,
  seen: Map<string, number>,
): Promise<void> {
  const people = header.kind === 'people' ? await peopleOf(batch, header, options.directory) : new Map();
  const inputs: { line: number; event: unknown }[] = [];
  for (const row of batch) {
    if (header.kind === 'events') {
      inputs.push({ line: row.line, event: eventOf(row, header) });
      continue;
    }
    const number = row.cells[header.columns.get('employeeNumber') ?? -1] ?? '';
    const earlier = seen.get(number);
    if (earlier !== undefined) {
      fail(row.line, `employeeNumber: ${number} is already on line ${earlier}`);
      continue;
    }
    seen.set(number, row.line);
    const events = eventsOfPerson(row, header, people.get(number), options.today);
    if (events.length === 0) result.unchanged += 1;
    inputs.push(...events.map((event) => ({ line: row.line, event })));
  }

  const submissions = await submitHrEvents(
    inputs.map(({ event }) => event),
    options,
  );
  for (const [index, submission] of submissions.entries()) {
    const line = inputs[index]?.line ?? 0;
    switch (submission.result) {
      case 'accepted':
        result.accepted += 1;
        result.eventIds.push(submission.record.id);
        break;
      case 'known':
        result.known += 1;
        break;
      case 'different-body':
        fail(line, `id: ${submission.record.id} was used for another event`);
        break;
      case 'invalid':
        fail(line, submission.faults.map(({ field, problem }) => `${field}: ${problem}`).join('; '));
        break;
    }
  }
}

async function peopleOf(batch: Row[], header: Header, directory: Sql) {
  const column = header.columns.get('employeeNumber') ?? -1;
  const people = await findPeople(
    directory,
    batch.map(({ cells }) => cells[column] ?? ''),
  );
  return new Map(people.map((person) => [person.employeeNumber, person]));
}

/** csv-parse counts the lines it has read; a record with line breaks inside its quotes began that many lines earlier. */
function startLine(linesRead: number, record: string[]): number {
  return linesRead - record.reduce((breaks, cell) => breaks + (cell.match(/\r\n|\r|\n/g)?.length ?? 0), 0);
}

/** What csv-parse could not read. It notices an open quote only at the end, far below the line that has it. */
function malformed(error: CsvError | undefined, lastLine: number): { line: number; reason: string } {
  if (error?.code === 'CSV_QUOTE_NOT_CLOSED' || error?.code === 'CSV_MAX_RECORD_SIZE') {
    return { line: lastLine + 1, reason: 'a quote is opened here and not closed: what follows could not be read' };
  }
  return { line: Number(error?.['lines'] ?? lastLine + 1), reason: error?.message ?? 'can not be read' };
}
