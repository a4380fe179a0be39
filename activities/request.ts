/** What an activity that changes an account is asked, what it answers, and what it says in the report. */
import type { AccountIdentity } from '#domain/account.ts';
import type { Failure } from '#domain/failure.ts';
import type { LaneEvent } from '#domain/lane.ts';
import type { Operation } from '#domain/plan.ts';
import type { ReportEntry, ReportSubject } from '#domain/report-entry.ts';
import { findAccount, type KnownAccount } from '#directory/accounts.ts';
import type { Queries } from '#directory/database.ts';
import { ConnectorError } from '#connectors/errors.ts';

export interface OperationRequest {
  event: LaneEvent;
  application: string;
  operation: Operation;
  /** The account as planning found it; absent when there was none. */
  account?: AccountIdentity;
}

/** The event that something is done for, and the person it is about. */
export type Subject = Pick<LaneEvent, 'id' | 'employeeNumber' | 'person'>;

/** An account to be made, and what is granted to it right after, in the same activity. */
export interface CreateRequest extends OperationRequest {
  grant?: Operation;
}

/** `granted`: what was to be granted has been, or has been refused, as the entries say; otherwise it is still to be done. */
export interface Created extends Reported {
  granted?: true;
}

/** What was done: the history of these answers is the provisioning report. */
export interface Reported {
  entries: ReportEntry[];
}

/** A connector's error as people are told of it. */
export function asFailure({ kind, message, remedy, resource }: ConnectorError): Failure {
  return { kind, message, ...(remedy ? { remedy } : {}), ...(resource ? { resource } : {}) };
}

/** Whom and where the entries of a request are about. */
export function subjectOf(
  { event, application }: { event: Subject; application: string },
  account?: { nativeId: string; username: string },
): ReportSubject {
  const { id: eventId, employeeNumber, person } = event;
  const subject = { eventId, employeeNumber, person, application };
  return account ? { ...subject, nativeId: account.nativeId, username: account.username } : subject;
}

/** The recorded account a request is about. Throws `not-found` when nothing was recorded. */
export async function recordedAccount(
  directory: Queries,
  { event, application }: OperationRequest,
): Promise<KnownAccount> {
  const account = await findAccount(directory, event.employeeNumber, application);
  if (account) return account;
  throw new ConnectorError(
    'not-found',
    `${application}: no account is recorded for ${event.person} (${event.employeeNumber})`,
  );
}
