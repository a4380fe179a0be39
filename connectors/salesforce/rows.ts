/** Many rows in one collections call, each with its own outcome in the same order. */
import type { CallContext, RowOutcome } from '#connectors/connector.ts';
import { ConnectorError } from '#connectors/errors.ts';
import { failureOfAll } from './coalesce.ts';
import { refusal, type Attempt } from './failures.ts';
import { isRecordId } from './ids.ts';
import type { Session } from './session.ts';
import type { NativeRow, Write } from './shared-writes.ts';

/** A row to send, or why it is not sent. */
export type RowResult = NativeRow | ConnectorError;

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
 * Sends the rows that can be sent, together with those of others. Throws when no row was done or it is unknown which
 * were; a row's refusal is its outcome.
 */
export async function changeRows(
  session: Session,
  context: CallContext | undefined,
  { rows, labels, alreadyDone, reinterpret }: Rows,
  attempt: Attempt,
  write: Write,
): Promise<RowOutcome[]> {
  const sendable = rows.filter((row): row is NativeRow => !(row instanceof ConnectorError));
  const ridden = await session.writes(write).ride(sendable, attempt, context);
  const failure = failureOfAll(ridden);
  if (failure) throw failure;
  let next = 0;
  return rows.map((row, index): RowOutcome => {
    if (row instanceof ConnectorError) return { ok: false, error: row };
    const sent = ridden[next++];
    if (sent?.ok === false) return { ok: false, error: sent.error };
    const result = sent?.result;
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

/** Fields that can name another record: references, and lookups of the org's own. */
const REFERENCE = /(?:Id|__c)$/;

/** Whether Salesforce refused the row since something it names by id is not there: the user, if nothing else was named. */
export function namesNobody({ code }: ConnectorError): boolean {
  return code === 'INVALID_CROSS_REFERENCE_KEY' || code === 'ENTITY_IS_DELETED' || code === 'NOT_FOUND';
}

/** Whether the refusal says that the row's own record is not there, rather than one it refers to, such as the manager. */
export function isGone(error: ConnectorError, row: RowResult | undefined): boolean {
  if (!namesNobody(error)) return false;
  return !Object.entries(row ?? {}).some(
    ([field, value]) => field !== 'Id' && REFERENCE.test(field) && typeof value === 'string' && isRecordId(value),
  );
}
