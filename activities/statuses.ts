/** An account's status: frozen, unfrozen, deactivated, brought back. */
import type { AccountStatus } from '#domain/account.ts';
import type { LaneEvent } from '#domain/lane.ts';
import type { Operation } from '#domain/plan.ts';
import { protectedBy } from '#domain/protection.ts';
import { doneEntry, type ReportEntry } from '#domain/report-entry.ts';
import { permitted } from '#domain/toggles.ts';
import type { Connector } from '#connectors/connector.ts';
import type { ConnectorError } from '#connectors/errors.ts';
import {
  accountsOf,
  findAccount,
  forgetAccount,
  recordStatus,
  scheduleDeletion,
  type AccountRecord,
} from '#directory/accounts.ts';
import { findHrEvent } from '#directory/hr-events.ts';
import { explainBlocked } from './blockers.ts';
import type { Connection } from './connections.ts';
import type { Dependencies } from './dependencies.ts';
import { recordedAccount, subjectOf, type OperationRequest, type Reported } from './request.ts';
import { capability, doneRow, onlyRow, work, type StepContext } from './work.ts';

/** How long the first freeze waits for one application before it leaves it to that application's own branch. */
const FIRST_FREEZE_MS = 10_000;

const FREEZE: Operation = { kind: 'freeze', changes: [], entitlements: [], reason: 'the person has left' };

/** Says more of a refusal than the application did. */
type Explain = (
  connector: Connector,
  error: ConnectorError,
  nativeId: string,
  context: StepContext,
) => Promise<ConnectorError>;

type StatusCapability = 'freeze' | 'unfreeze' | 'deactivate' | 'reactivate';

export function createStatusActivities({ directory, connections, expressions }: Dependencies) {
  const change =
    (name: StatusCapability, status: AccountStatus, explain?: Explain) =>
    (request: OperationRequest): Promise<Reported> =>
      work(async (context) => {
        const account = await recordedAccount(directory, request);
        const { connector } = await connections.open(request.application, context);
        const method: Connector[StatusCapability] = connector[name]?.bind(connector);
        const outcomes = await capability(method, request.application, `${name} accounts`)([account.nativeId], context);
        const [refusal] = outcomes;
        if (refusal && !refusal.ok && explain) throw await explain(connector, refusal.error, account.nativeId, context);
        const row = doneRow(outcomes);
        const { employeeNumber, application } = account;
        const { deleteAfterDays: days } = request.operation;
        await recordStatus(directory, employeeNumber, application, status);
        if (days !== undefined) await scheduleDeletion(directory, employeeNumber, application, days);
        const entry = doneEntry(subjectOf(request, account), request.operation);
        return { entries: [{ ...entry, subjects: (row.freed ?? []).map((licence) => `freed ${licence}`) }] };
      });

  const freezeNow = async (event: LaneEvent, account: AccountRecord, context: StepContext): Promise<ReportEntry[]> => {
    const connection = await connections.open(account.application, context);
    const { connector } = connection;
    const freeze = connector.freeze?.bind(connector);
    if (!freeze || permitted([FREEZE], true, connection.application).operations.length === 0) return [];
    const frozen = await within(FIRST_FREEZE_MS, context, async (limited) => {
      if (await isProtected(connection, account, limited)) return false;
      onlyRow(await freeze([account.nativeId], limited));
      return true;
    });
    if (!frozen) return [];
    await recordStatus(directory, account.employeeNumber, account.application, 'frozen');
    return [doneEntry(subjectOf({ event, application: account.application }, account), FREEZE)];
  };

  /** Only where an application has rules of protection is the account read before it is frozen. The account Joinery signs in with needs none. */
  const isProtected = async (
    { application, connector }: Connection,
    { nativeId }: AccountRecord,
    context: StepContext,
  ): Promise<boolean> => {
    if ((await connector.self?.(context)) === nativeId) return true;
    if (application.protect.length === 0) return false;
    const [account] = await connector.read([nativeId], context);
    return account !== undefined && protectedBy(application, account, await expressions()) !== undefined;
  };

  return {
    /** Stops sign-in at once. Frozen already is success. */
    freezeAccount: change('freeze', 'frozen'),
    /** Undoes freeze. Safe to repeat. */
    unfreezeAccount: change('unfreeze', 'active'),
    /**
     * Takes the account out of use. Inactive already is success; a refusal is `blocked`, the account stays frozen, and the
     * failure says what stands in the way as far as it can be found. Notes when it is to be deleted, where it is.
     */
    deactivateAccount: change('deactivate', 'inactive', explainBlocked),
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
     * that were frozen; an application that fails or is slow is left to its own branch, and so is the telling of accounts
     * that may not be frozen. Does nothing for an event that was carried out before, since the person may be back. Safe to
     * repeat.
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

/** Runs a step that ends by itself after so many milliseconds. */
async function within<T>(ms: number, context: StepContext, step: (limited: StepContext) => Promise<T>): Promise<T> {
  // Not AbortSignal.any with AbortSignal.timeout: Node 20 may collect those while they are waited for.
  const ending = new AbortController();
  const end = (): void => ending.abort();
  const timer = setTimeout(end, ms);
  context.signal.addEventListener('abort', end);
  try {
    return await step({ ...context, signal: ending.signal });
  } finally {
    clearTimeout(timer);
    context.signal.removeEventListener('abort', end);
  }
}
