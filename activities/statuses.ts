/** An account's status: frozen, unfrozen, deactivated, brought back. */
import type { AccountStatus } from '#domain/account.ts';
import type { LaneEvent } from '#domain/lane.ts';
import type { OperationKind } from '#domain/plan.ts';
import { doneEntry, type ReportEntry } from '#domain/report-entry.ts';
import type { Connector } from '#connectors/connector.ts';
import { accountsOf, findAccount, forgetAccount, recordStatus, type AccountRecord } from '#directory/accounts.ts';
import { findHrEvent } from '#directory/hr-events.ts';
import type { Dependencies } from './dependencies.ts';
import { recordedAccount, subjectOf, type OperationRequest, type Reported } from './request.ts';
import { capability, doneRow, onlyRow, work, type StepContext } from './work.ts';

/** How long the first freeze waits for one application before it leaves it to that application's own branch. */
const FIRST_FREEZE_MS = 10_000;

type StatusCapability = 'freeze' | 'unfreeze' | 'deactivate' | 'reactivate';

export function createStatusActivities({ directory, connections }: Dependencies) {
  const change =
    (name: StatusCapability, status: AccountStatus) =>
    (request: OperationRequest): Promise<Reported> =>
      work(async (context) => {
        const account = await recordedAccount(directory, request);
        const { connector } = await connections.open(request.application, context);
        const method: Connector[StatusCapability] = connector[name]?.bind(connector);
        const row = doneRow(
          await capability(method, request.application, `${name} accounts`)([account.nativeId], context),
        );
        await recordStatus(directory, account.employeeNumber, account.application, status);
        const entry = doneEntry(subjectOf(request, account), request.operation);
        return { entries: [{ ...entry, subjects: (row.freed ?? []).map((licence) => `freed ${licence}`) }] };
      });

  const freezeNow = async (event: LaneEvent, account: AccountRecord, context: StepContext): Promise<ReportEntry[]> => {
    const { connector } = await connections.open(account.application, context);
    if (!connector.freeze) return [];
    const deadline = AbortSignal.any([context.signal, AbortSignal.timeout(FIRST_FREEZE_MS)]);
    onlyRow(await connector.freeze([account.nativeId], { ...context, signal: deadline }));
    await recordStatus(directory, account.employeeNumber, account.application, 'frozen');
    const operation = { kind: 'freeze' as OperationKind, changes: [], entitlements: [], reason: 'the person has left' };
    return [doneEntry(subjectOf({ event, application: account.application, operation }, account), operation)];
  };

  return {
    /** Stops sign-in at once. Frozen already is success. */
    freezeAccount: change('freeze', 'frozen'),
    /** Undoes freeze. Safe to repeat. */
    unfreezeAccount: change('unfreeze', 'active'),
    /** Takes the account out of use. Inactive already is success; a refusal is `blocked`, and the account stays frozen. */
    deactivateAccount: change('deactivate', 'inactive'),
    /** Brings a deactivated account back, unfrozen. Safe to repeat. */
    reactivateAccount: change('reactivate', 'active'),

    /** Removes the account for good and forgets it. Gone already is success: safe to repeat. */
    deleteAccount: (request: OperationRequest): Promise<Reported> =>
      work(async (context) => {
        const { application, event, operation } = request;
        const account = await findAccount(directory, event.employeeNumber, application);
        if (!account) return { entries: [] };
        const { connector } = await connections.open(application, context);
        const remove = capability(connector.delete?.bind(connector), application, 'delete accounts');
        onlyRow(await remove([account.nativeId], context));
        await forgetAccount(directory, event.employeeNumber, application);
        return { entries: [doneEntry(subjectOf(request, account), operation)] };
      }),

    /**
     * Freezes every account the directory knows of this person, in all applications at once. Answers entries for those
     * that were frozen; an application that fails or is slow is left to its own branch. Does nothing for an event that
     * was carried out before, since the person may be back. Safe to repeat.
     */
    freezeKnownAccounts: (event: LaneEvent): Promise<Reported> =>
      work(async (context) => {
        const record = await findHrEvent(directory, event.id);
        if (!record || record.settledAt) return { entries: [] };
        const accounts = (await accountsOf(directory, event.employeeNumber)).filter(
          ({ status }) => status !== 'inactive',
        );
        const results = await Promise.allSettled(accounts.map((account) => freezeNow(event, account, context)));
        return { entries: results.flatMap((result) => (result.status === 'fulfilled' ? result.value : [])) };
      }),
  };
}
