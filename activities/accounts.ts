/** Accounts: linked, made, and kept as they should be. */
import { confirmedEntries, doneEntry, type ReportEntry } from '#domain/report-entry.ts';
import { ConnectorError } from '#connectors/errors.ts';
import type { Connector, NewAccount } from '#connectors/connector.ts';
import { recordAccount, recordFoundAccount, recordPending, type AccountRecord } from '#directory/accounts.ts';
import { findPerson } from '#directory/people.ts';
import type { Account, AccountIdentity } from '#domain/account.ts';
import type { Operation } from '#domain/plan.ts';
import type { Dependencies } from './dependencies.ts';
import { untilFree } from './alternatives.ts';
import { grantTo } from './entitlements.ts';
import { linkManagers } from './manager-links.ts';
import { findOwnAccount, recordAsOwn } from './own-accounts.ts';
import {
  recordedAccount,
  subjectOf,
  type Created,
  type CreateRequest,
  type OperationRequest,
  type Reported,
} from './request.ts';
import { attempt, capability, doneRow, onlyRow, work, type StepContext } from './work.ts';
import { asFound, changedTo, managerOf, newAccount, pendingAfter, type Made } from './written.ts';

export function createAccountActivities({ directory, connections, expressions }: Dependencies) {
  /** The person's own account as the application has it: what an earlier try may have made. */
  const findOwn = async (request: OperationRequest, signal: AbortSignal): Promise<Account | undefined> => {
    const person = await findPerson(directory, request.event.employeeNumber);
    return (
      person &&
      findOwnAccount(await connections.open(request.application, { signal }), person, await expressions(), { signal })
    );
  };

  /** The entries of what is granted to an account just made; undefined when it has to be granted with more patience. */
  const grantAlong = async (
    account: AccountRecord,
    operation: Operation,
    { connector, request, context }: { connector: Connector; request: OperationRequest; context: StepContext },
  ): Promise<ReportEntry[] | undefined> => {
    if (context.signal.aborted) return undefined;
    try {
      return await grantTo(account, { directory, connector }, { ...request, operation }, context);
    } catch (error) {
      if (error instanceof ConnectorError || context.signal.aborted) return undefined;
      throw error;
    }
  };

  return {
    /**
     * Remembers that an account found by the correlation rules is this person's. One that is closed is opened again only
     * where the person has just joined. Throws `conflict` when it became somebody else's since it was found. Safe to repeat.
     */
    linkAccount: (request: OperationRequest): Promise<Reported> =>
      work(async () => {
        const { event, application, operation, account } = request;
        if (!account) throw new ConnectorError('bug', `${application}: a link of ${event.person} names no account`);
        const found = { ...account, employeeNumber: event.employeeNumber, application };
        await recordAsOwn(directory, found.employeeNumber, application, account, () =>
          recordFoundAccount(directory, found, event.type === 'joiner'),
        );
        return { entries: [doneEntry(subjectOf(request, account), operation)] };
      }),

    /**
     * Makes the account, exactly once: a second try looks first for what the first one made, and a name that is taken
     * is looked up too, since it may be taken by us. One that is somebody else's gives way to the next alternative.
     * Cancellation does not interrupt the call itself; what it makes must be known to whoever takes it away. What is
     * granted to the new account goes along where that succeeds at once; the account is told in any case.
     */
    createAccount: (request: CreateRequest): Promise<Created> =>
      work(async (context) => {
        const { signal } = context;
        const { event, application, operation } = request;
        const connection = await connections.open(application, { signal });
        const { application: config, connector } = connection;
        const create = capability(connector.create?.bind(connector), application, 'create accounts');
        const own = attempt() > 1 ? await findOwn(request, signal) : undefined;
        const made = own
          ? asFound(operation, own)
          : await untilFree(request, async (tried) => {
              signal.throwIfAborted();
              return createOrFind(create, tried, () => findOwn(request, signal));
            });
        const username = made.account.username || String(changedTo(made.operation, config.usernameAttribute) ?? '');
        const identity: AccountIdentity = { ...made.account, username };
        const record = { ...identity, employeeNumber: event.employeeNumber, application };
        await recordAsOwn(directory, record.employeeNumber, application, identity, () =>
          recordAccount(directory, record, managerOf(operation, connector.manifest.managerAttribute)),
        );
        const links = await linkManagers({ directory, expressions }, connection, [event], { signal });
        const done = [doneEntry(subjectOf(request, identity), made.operation), ...links];
        const granted = request.grant && (await grantAlong(record, request.grant, { connector, request, context }));
        return granted ? { entries: [...done, ...granted], granted: true } : { entries: done };
      }),

    /**
     * Sets the attributes and carried entitlements of the operation; a name that is taken gives way to the next
     * alternative. Safe to repeat.
     */
    updateAccount: (request: OperationRequest): Promise<Reported> =>
      work(async ({ signal }) => {
        const { application, operation, event } = request;
        const connection = await connections.open(application, { signal });
        const { application: config, connector } = connection;
        const update = capability(connector.update?.bind(connector), application, 'update accounts');
        const account = await recordedAccount(directory, request);
        const done = await untilFree(request, async (tried) => {
          signal.throwIfAborted();
          const row = doneRow(await update([{ nativeId: account.nativeId, ...newAccount(tried) }], { signal }));
          return { operation: tried, pending: row.pending ?? [] };
        });
        const username = String(changedTo(done.operation, config.usernameAttribute) ?? account.username);
        await recordAccount(
          directory,
          { ...account, username },
          managerOf(operation, connector.manifest.managerAttribute),
        );
        await recordPending(directory, account.employeeNumber, application, pendingAfter(account, done));
        const links = await linkManagers({ directory, expressions }, connection, [event], { signal });
        const subject = subjectOf(request, { ...account, username });
        return { entries: [...confirmedEntries(subject, done.operation, done.pending), ...links] };
      }),
  };
}

type Create = (accounts: NewAccount[]) => Promise<Parameters<typeof onlyRow>[0]>;

async function createOrFind(
  create: Create,
  operation: Operation,
  findOwn: () => Promise<Account | undefined>,
): Promise<Made> {
  try {
    const nativeId = onlyRow(await create([newAccount(operation)]));
    return { account: { nativeId, username: '', status: 'active' }, operation };
  } catch (error) {
    if (!(error instanceof ConnectorError) || error.kind !== 'conflict') throw error;
    const own = await findOwn();
    if (own) return asFound(operation, own);
    throw error;
  }
}
