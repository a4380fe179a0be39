/** A CSV file of people, or of HR events, into the HR inbox: streamed, in batches, every bad line named, good lines done. */
import type { HrAmend, HrChange, HrEvent } from '#domain/hr-event.ts';
import type { Fault } from '#domain/hr-event-input.ts';
import { listProfileFields } from '#directory/profile-fields.ts';
import type { Sql } from '#directory/database.ts';
import { rowsOf, type CsvInput, type Fail } from './csv-parsing.ts';
import { eventsOfPerson } from './csv-people.ts';
import { eventOf, readHeader, type Header, type Row } from './csv-rows.ts';
import { submitHrEvents } from './intake.ts';
import { knownPeople, reasonsOf } from './people-lines.ts';

export interface CsvOptions {
  directory: Sql;
  defaultTimeZone: string;
  /** Written beside each event, such as `file people.csv`. */
  source: string;
  /** The day on which a change without a date happens. */
  today: string;
  onProgress?(done: CsvProgress): void;
  /** Awaited after each batch. */
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

const BATCH = 500;
const FAILURES_KEPT = 1_000;

/**
 * Applies a file. The same file again changes nothing: the ids of events follow from what they say. Throws CsvHeaderError
 * before anything is stored when the header can not be used. Of a file it keeps one batch, the ids of accepted events and,
 * of people, each number with its line.
 */
export async function applyCsv(input: CsvInput, options: CsvOptions): Promise<CsvResult> {
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
    await applyBatch(batch, { header, options, result, fail, seen });
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

interface Reading {
  header: Header;
  options: CsvOptions;
  result: CsvResult;
  fail: Fail;
  /** The line of each person. */
  seen: Map<string, number>;
}

async function applyBatch(batch: Row[], reading: Reading): Promise<void> {
  const { header, options, result, fail } = reading;
  const people = header.kind === 'people' ? await linesOfPeople(batch, reading) : [];
  const inputs: { line: number; event: unknown }[] =
    header.kind === 'events'
      ? batch.map((row) => ({ line: row.line, event: eventOf(row, header) }))
      : people.flatMap(({ line, events }) => events.map((event) => ({ line, event })));
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
        reasons.set(line, [
          ...found,
          ...(header.kind === 'people'
            ? reasonsOf(submission.faults, found.length > 0)
            : problemsOf(submission.faults)),
        ]);
        break;
    }
  }
  for (const [line, found] of reasons) fail(line, found.join('; '));
}

/** The events that lines about people mean; a line in which nothing differs has none. */
async function linesOfPeople(
  batch: Row[],
  { header, options, result, fail, seen }: Reading,
): Promise<{ line: number; events: (HrChange | HrAmend)[] }[]> {
  const { directory, defaultTimeZone, today } = options;
  const column = header.columns.get('employeeNumber') ?? -1;
  const numbers = batch.map(({ cells }) => cells[column] ?? '');
  const knownOf = await knownPeople(directory, numbers);
  return batch.flatMap((row, index) => {
    const number = numbers[index] ?? '';
    const earlier = seen.get(number);
    if (earlier !== undefined) {
      fail(row.line, `employeeNumber: ${number} is already on line ${earlier}`);
      return [];
    }
    if (number !== '') seen.set(number, row.line);
    const read = eventsOfPerson(row, header, knownOf(number), { today, defaultTimeZone });
    if ('reason' in read) fail(row.line, read.reason);
    else if (read.events.length === 0) result.unchanged += 1;
    return 'reason' in read ? [] : [{ line: row.line, events: read.events }];
  });
}

function problemsOf(faults: Fault[]): string[] {
  return faults.map(({ field, problem }) => `${field}: ${problem}`);
}
