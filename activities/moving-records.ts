/** Moving records: what a transfer and its return share: rows tried again, turns, and what was refused, added up. */
import { mendsByWaiting, type Failure } from '#domain/failure.ts';
import { doneEntry, failedEntry, type ReportEntry } from '#domain/report-entry.ts';
import type { Ownership } from '#connectors/connector.ts';
import { ConnectorError } from '#connectors/errors.ts';
import { asFailure, subjectOf, type OperationRequest } from './request.ts';
import type { StepContext } from './work.ts';

/** Records of one type that were refused for one reason. */
export interface Refused {
  object: string;
  /** Absent when the type as a whole was refused, and nobody counted its records. */
  count?: number;
  /** One of the records: the failure's message may name it. */
  recordId?: string;
  failure: Failure;
}

interface RefusedRow {
  recordId: string;
  error: ConnectorError;
}

/** One activity moves records for about this long, then hands on: it stays far below its deadline. */
export const TURN_MS = 45_000;

const TRIES = 4;
/** Messages of one kind and type that are told apart; a message that names other things of each record ends here. */
const MOST_MESSAGES = 5;

/**
 * Gives each record its new owner and has `mark` note those that have it. Rows that waiting can mend, such as one that
 * somebody else locks, are tried again, and the last of their errors is thrown; answers the others that were refused.
 */
export async function moveRows(
  ownership: Ownership,
  object: string,
  moves: { recordId: string; owner: string }[],
  mark: (recordIds: string[]) => Promise<void>,
  context: StepContext,
): Promise<RefusedRow[]> {
  const refused: RefusedRow[] = [];
  let left = moves;
  for (let attempt = 1; left.length > 0; attempt++) {
    const outcomes = await ownership.move(object, left, context);
    await mark(left.filter((_, index) => outcomes[index]?.ok).map(({ recordId }) => recordId));
    const errors = left.flatMap((move, index) => {
      const outcome = outcomes[index];
      return outcome && !outcome.ok ? [{ move, recordId: move.recordId, error: outcome.error }] : [];
    });
    const waiting = errors.filter(({ error }) => mendsByWaiting(error.kind));
    if (waiting[0] && attempt >= TRIES) throw waiting[0].error;
    refused.push(...errors.filter((row) => !waiting.includes(row)));
    left = waiting.map(({ move }) => move);
  }
  return refused;
}

/** Adds refused rows up by type, kind and message, which is taken as the same when only the record's id differs. */
export function addRefused(all: Refused[], object: string, rows: RefusedRow[]): void {
  for (const { recordId, error } of rows) {
    const alike = all.filter(
      (one) => one.count !== undefined && one.object === object && one.failure.kind === error.kind,
    );
    const words = error.message.replaceAll(recordId, '');
    const same =
      alike.find((one) => one.failure.message.replaceAll(one.recordId ?? '', '') === words) ??
      (alike.length < MOST_MESSAGES ? undefined : alike[0]);
    if (same?.count === undefined) all.push({ object, count: 1, recordId, failure: asFailure(error) });
    else same.count++;
  }
}

/** The refusal of a type as a whole. Throws what is no refusal: what waiting can mend, and what no connector said. */
export function refusedObject(object: string, error: unknown): Refused {
  if (!(error instanceof ConnectorError) || mendsByWaiting(error.kind)) throw error;
  return { object, failure: asFailure(error) };
}

/** One entry for what was done, such as `230 Account to Ada Lovelace`, and one for each reason of a refusal. */
export function movingEntries(
  request: OperationRequest,
  account: { nativeId: string; username: string },
  moved: { object: string; subject: string }[],
  refused: Refused[],
): ReportEntry[] {
  const subject = subjectOf(request, account);
  const subjects = moved.map((one) => one.subject);
  const known = new Set([...moved, ...refused.filter(({ count }) => count !== undefined)].map(({ object }) => object));
  return [
    ...(subjects.length > 0 || refused.length === 0 ? [{ ...doneEntry(subject, request.operation), subjects }] : []),
    ...refused.map(({ object, count, failure }) => ({
      ...failedEntry(subject, request.operation, failure),
      subjects: [`${count ?? (known.has(object) ? 'all other' : 'all')} ${object}`],
    })),
  ];
}
