/** Entitlements: granted and revoked, each with its own outcome. */
import { entitlementLabel, type Entitlement } from '#domain/account.ts';
import { mendsByWaiting } from '#domain/failure.ts';
import { doneEntry, failedEntry, type ReportEntry } from '#domain/report-entry.ts';
import type { Connector, EntitlementChange, Manifest, RowOutcome } from '#connectors/connector.ts';
import { ConnectorError } from '#connectors/errors.ts';
import type { AccountRecord } from '#directory/accounts.ts';
import type { Sql } from '#directory/database.ts';
import { forgetGrants, forgetRefusedGrants, forgetReplacedGrants, recordGrants } from '#directory/grants.ts';
import type { Dependencies } from './dependencies.ts';
import { parkedFor } from './failures.ts';
import { asFailure, recordedAccount, subjectOf, type OperationRequest, type Reported } from './request.ts';
import { capability, work, type StepContext } from './work.ts';

export function createEntitlementActivities({ directory, connections }: Dependencies) {
  return {
    /**
     * Gives the entitlements and remembers them as ours, before they are given: whoever cancels the call, or never hears
     * its answer, leaves on record what it may have given. Held already is success: safe to repeat.
     */
    grantEntitlements: (request: OperationRequest): Promise<Reported> =>
      work(async (context) => {
        const account = await recordedAccount(directory, request);
        const { connector } = await connections.open(request.application, context);
        return { entries: await grantTo(account, { directory, connector }, request, context) };
      }),

    /** Takes the entitlements and forgets them. Not held is success: safe to repeat. */
    revokeEntitlements: (request: OperationRequest): Promise<Reported> =>
      work(async (context) => {
        const { event, application, operation } = request;
        const account = await recordedAccount(directory, request);
        const { connector } = await connections.open(application, context);
        const revoke = capability(connector.revoke?.bind(connector), application, 'revoke entitlements');
        const rows = rowsFor(account, operation.entitlements);
        const outcomes = await revoke(rows, context);
        await forgetGrants(directory, event.employeeNumber, application, succeeded(rows, outcomes));
        return { entries: report(request, account, { rows, outcomes, cancelled: context.signal.aborted }) };
      }),
  };
}

/** Grants to this account and answers the entries; what waiting can mend is thrown. Safe to repeat. */
export async function grantTo(
  account: AccountRecord,
  { directory, connector }: { directory: Sql; connector: Connector },
  request: OperationRequest,
  context: StepContext,
): Promise<ReportEntry[]> {
  const { event, application, operation } = request;
  const grant = capability(connector.grant?.bind(connector), application, 'grant entitlements');
  const rows = rowsFor(account, operation.entitlements);
  const to = { employeeNumber: event.employeeNumber, application, eventId: event.id, reason: operation.reason };
  await recordGrants(directory, to, operation.entitlements);
  const outcomes = await grant(rows, context);
  const { employeeNumber, id: eventId } = event;
  const refusals = refused(rows, outcomes).map((one) => ({ ...one, employeeNumber, eventId }));
  await forgetRefusedGrants(directory, application, refusals);
  const replacing = succeeded(rows, outcomes).filter((one) => isSingle(connector.manifest, one));
  await forgetReplacedGrants(
    directory,
    application,
    replacing.map((one) => ({ ...one, employeeNumber })),
  );
  return report(request, account, { rows, outcomes, cancelled: context.signal.aborted });
}

function rowsFor(account: AccountRecord, entitlements: Entitlement[]): EntitlementChange[] {
  return entitlements.map((entitlement) => ({ nativeId: account.nativeId, entitlement }));
}

function succeeded(rows: EntitlementChange[], outcomes: RowOutcome[]): Entitlement[] {
  return rows.filter((_, index) => outcomes[index]?.ok).map(({ entitlement }) => entitlement);
}

/** Those that certainly were not done. */
function refused(rows: EntitlementChange[], outcomes: RowOutcome[]): Entitlement[] {
  return rows.filter((_, index) => isRefused(outcomes[index])).map(({ entitlement }) => entitlement);
}

/** Whether granting another takes its place. */
export function isSingle({ entitlementTypes }: Manifest, { type: held }: Entitlement): boolean {
  return entitlementTypes.some(({ type, single }) => single === true && type === held);
}

/** Whether it certainly was not done. */
export function isRefused(outcome: RowOutcome | undefined): boolean {
  return outcome !== undefined && !outcome.ok && !mendsByWaiting(outcome.error.kind);
}

interface Done {
  rows: EntitlementChange[];
  outcomes: RowOutcome[];
  cancelled: boolean;
}

/**
 * One entry for all that went well, one for each that was refused. What waiting can mend is thrown, to be tried again, and
 * the next try tells of all. When this is the last try, since it waits long or is cancelled, what is done is told now.
 */
function report(request: OperationRequest, account: AccountRecord, { rows, outcomes, cancelled }: Done): ReportEntry[] {
  const subject = subjectOf(request, account);
  const done = succeeded(rows, outcomes);
  const failed: ReportEntry[] = [];
  for (const [index, { entitlement }] of rows.entries()) {
    const outcome = outcomes[index] ?? {
      ok: false,
      error: new ConnectorError('bug', `no outcome for ${entitlementLabel(entitlement)}`),
    };
    if (outcome.ok) continue;
    const { error } = outcome;
    const retryAfterMs = mendsByWaiting(error.kind) ? parkedFor(error) : undefined;
    const isLastTry = retryAfterMs !== undefined || cancelled;
    if (mendsByWaiting(error.kind) && !(isLastTry && done.length > 0)) throw error;
    const failure = { ...asFailure(error), ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
    failed.push(failedEntry(subject, { ...request.operation, entitlements: [entitlement] }, failure));
  }
  return [...(done.length > 0 ? [doneEntry(subject, { ...request.operation, entitlements: done })] : []), ...failed];
}
