/** Entitlements: granted and revoked, each with its own outcome. */
import { entitlementLabel, type Entitlement } from '#domain/account.ts';
import { mendsByWaiting } from '#domain/failure.ts';
import { doneEntry, failedEntry, type ReportEntry } from '#domain/report-entry.ts';
import type { EntitlementChange, RowOutcome } from '#connectors/connector.ts';
import { ConnectorError } from '#connectors/errors.ts';
import type { AccountRecord } from '#directory/accounts.ts';
import { forgetGrants, forgetReplacedGrants, recordGrants } from '#directory/grants.ts';
import type { Dependencies } from './dependencies.ts';
import { asFailure, recordedAccount, subjectOf, type OperationRequest, type Reported } from './request.ts';
import { capability, work } from './work.ts';

export function createEntitlementActivities({ directory, connections }: Dependencies) {
  return {
    /** Gives the entitlements and remembers them as ours. Held already is success: safe to repeat. */
    grantEntitlements: (request: OperationRequest): Promise<Reported> =>
      work(async (context) => {
        const { event, application, operation } = request;
        const account = await recordedAccount(directory, request);
        const { connector } = await connections.open(application, context);
        const grant = capability(connector.grant?.bind(connector), application, 'grant entitlements');
        const rows = rowsFor(account, operation.entitlements);
        const outcomes = await grant(rows, context);
        const to = { employeeNumber: event.employeeNumber, application, eventId: event.id, reason: operation.reason };
        const given = succeeded(rows, outcomes);
        await recordGrants(directory, to, given);
        const replacing = given.filter(({ type: held }) =>
          connector.manifest.entitlementTypes.some(({ type, single }) => single === true && type === held),
        );
        await forgetReplacedGrants(directory, event.employeeNumber, application, replacing);
        return { entries: report(request, account, rows, outcomes) };
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
        return { entries: report(request, account, rows, outcomes) };
      }),
  };
}

function rowsFor(account: AccountRecord, entitlements: Entitlement[]): EntitlementChange[] {
  return entitlements.map((entitlement) => ({ nativeId: account.nativeId, entitlement }));
}

function succeeded(rows: EntitlementChange[], outcomes: RowOutcome[]): Entitlement[] {
  return rows.filter((_, index) => outcomes[index]?.ok).map(({ entitlement }) => entitlement);
}

/** One entry for all that went well, one for each that was refused. What waiting can mend is thrown, to be tried again. */
function report(
  request: OperationRequest,
  account: AccountRecord,
  rows: EntitlementChange[],
  outcomes: RowOutcome[],
): ReportEntry[] {
  const refused: ReportEntry[] = [];
  const subject = subjectOf(request, account);
  for (const [index, { entitlement }] of rows.entries()) {
    const outcome = outcomes[index] ?? {
      ok: false,
      error: new ConnectorError('bug', `no outcome for ${entitlementLabel(entitlement)}`),
    };
    if (outcome.ok) continue;
    if (mendsByWaiting(outcome.error.kind)) throw outcome.error;
    refused.push(failedEntry(subject, { ...request.operation, entitlements: [entitlement] }, asFailure(outcome.error)));
  }
  const done = succeeded(rows, outcomes);
  return [...(done.length > 0 ? [doneEntry(subject, { ...request.operation, entitlements: done })] : []), ...refused];
}
