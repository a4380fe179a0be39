/** Many rows in one collections call, each with its own outcome in the same order. */
import type { CallContext, RowOutcome } from '#connectors/connector.ts';
import { ConnectorError } from '#connectors/errors.ts';
import { refusal, type Attempt, type NativeError } from './failures.ts';
import { isRecordId } from './ids.ts';
import type { Org, Session } from './session.ts';

/** Most rows a collections call takes. */
export const MOST_ROWS = 200;

/** A row to send, or why it is not sent. */
export type RowResult = Record<string, unknown> | ConnectorError;

interface SaveResult {
  id?: string;
  success: boolean;
  errors: NativeError[];
}

export interface Rows {
  rows: RowResult[];
  /** What is tried with each row, for its error. */
  labels: string[];
  /** Turns a row's refusal into success (it was done already), with the native id it has then. */
  alreadyDone?: (error: ConnectorError, index: number) => string | undefined;
  /** Looks at a row's refusal once more, knowing what was tried. */
  reinterpret?: (error: ConnectorError, index: number) => ConnectorError;
}

/**
 * Sends the rows that can be sent in one call. Throws when the call as a whole failed; a row's refusal is its outcome.
 * At most 200 rows.
 */
export async function changeRows(
  session: Session,
  context: CallContext | undefined,
  { rows, labels, alreadyDone, reinterpret }: Rows,
  attempt: Attempt,
  save: (org: Org, records: Record<string, unknown>[]) => PromiseLike<unknown>,
): Promise<RowOutcome[]> {
  if (rows.length > MOST_ROWS)
    throw new ConnectorError('bug', `salesforce: ${attempt.action}: ${rows.length} rows, at most ${MOST_ROWS}`);
  const sendable = rows.filter((row): row is Record<string, unknown> => !(row instanceof ConnectorError));
  const results =
    sendable.length === 0 ? [] : ((await session.call(attempt, context, (org) => save(org, sendable))) as SaveResult[]);
  if (!Array.isArray(results) || results.length !== sendable.length) {
    throw new ConnectorError(
      attempt.unrepeatable ? 'unknown-outcome' : 'transient',
      `salesforce: ${attempt.action}: the answer is not one result per row`,
    );
  }
  let next = 0;
  return rows.map((row, index): RowOutcome => {
    if (row instanceof ConnectorError) return { ok: false, error: row };
    const result = results[next++];
    if (result?.success) return { ok: true, nativeId: result.id ?? '' };
    const error = refusal(result?.errors[0] ?? {}, { ...attempt, action: labels[index] ?? attempt.action });
    const nativeId = alreadyDone?.(error, index);
    return nativeId === undefined ? { ok: false, error: reinterpret?.(error, index) ?? error } : { ok: true, nativeId };
  });
}

/** The failure of a row for a record that is not there, or whose id can be none. */
export function noSuchRecord(object: string, action: string, id: string): ConnectorError {
  return new ConnectorError('not-found', `salesforce: ${action} ${id}: there is no such ${object}`, {
    remedy: 'look in the recycle bin of Salesforce: somebody may have deleted it',
  });
}

/** The failure of a row for a user that is not there, or whose id can be nobody's. */
export function noSuchUser(action: string, id: string): ConnectorError {
  return new ConnectorError('not-found', `salesforce: ${action} ${id}: there is no such user`, {
    remedy: 'check that the account is linked to a user of this org (Salesforce never deletes users)',
  });
}

/** Whether Salesforce refused the row since something it names by id is not there: the user, if nothing else was named. */
export function namesNobody({ code }: ConnectorError): boolean {
  return code === 'INVALID_CROSS_REFERENCE_KEY' || code === 'ENTITY_IS_DELETED' || code === 'NOT_FOUND';
}

/** Whether the refusal says that the row's own record is not there, rather than one it refers to, such as the manager. */
export function isGone(error: ConnectorError, row: RowResult | undefined): boolean {
  if (!namesNobody(error)) return false;
  return !Object.entries(row ?? {}).some(
    ([field, value]) => field !== 'Id' && typeof value === 'string' && isRecordId(value),
  );
}
