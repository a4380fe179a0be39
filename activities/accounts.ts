/** Accounts: linked, made, and kept as they should be. */
import { doneEntry } from '#domain/report-entry.ts';
import { ConnectorError } from '#connectors/errors.ts';
import type { NewAccount } from '#connectors/connector.ts';
import { recordAccount } from '#directory/accounts.ts';
import { findPerson } from '#directory/people.ts';
import type { AccountIdentity } from '#domain/account.ts';
import type { Dependencies } from './dependencies.ts';
import { linkManagers } from './manager-links.ts';
import { findOwnAccount } from './plans.ts';
import { recordedAccount, subjectOf, type OperationRequest, type Reported } from './request.ts';
import { attempt, capability, onlyRow, work } from './work.ts';

export function createAccountActivities(dependencies: Dependencies) {
  const { directory, connections, expressions } = dependencies;

  /** The person's own account as the application has it: what an earlier try may have made. */
  const findOwn = async (request: OperationRequest, signal: AbortSignal): Promise<AccountIdentity | undefined> => {
    const person = await findPerson(directory, request.event.employeeNumber);
    return (
      person &&
      findOwnAccount(await connections.open(request.application, { signal }), person, await expressions(), { signal })
    );
  };

  return {
    /** Remembers that an account found by the correlation rules is this person's. Safe to repeat. */
    linkAccount: (request: OperationRequest): Promise<Reported> =>
      work(async () => {
        const { event, application, operation, account } = request;
        if (!account) throw new ConnectorError('bug', `${application}: a link of ${event.person} names no account`);
        await recordAccount(directory, { ...account, employeeNumber: event.employeeNumber, application });
        return { entries: [doneEntry(subjectOf(request, account), operation)] };
      }),

    /**
     * Makes the account, exactly once: a second try looks first for what the first one made, and a name that is taken
     * is looked up too, since it may be taken by us. Cancellation does not interrupt the call itself; what it makes
     * must be known to whoever takes it away.
     */
    createAccount: (request: OperationRequest): Promise<Reported> =>
      work(async ({ signal }) => {
        const { event, application, operation } = request;
        const { application: config, connector } = await connections.open(application, { signal });
        const create = capability(connector.create?.bind(connector), application, 'create accounts');
        const known = attempt() > 1 ? await findOwn(request, signal) : undefined;
        const account = known ?? (await createOrFind(create, newAccount(request), () => findOwn(request, signal)));
        const username = account.username || String(changedTo(operation, config.usernameAttribute) ?? '');
        const identity: AccountIdentity = { nativeId: account.nativeId, username, status: account.status };
        await recordAccount(
          directory,
          { ...identity, employeeNumber: event.employeeNumber, application },
          managerOf(request, connector.manifest.managerAttribute),
        );
        const links = await linkManagers(dependencies, request, signal);
        return { entries: [doneEntry(subjectOf(request, identity), operation), ...links] };
      }),

    /** Sets the attributes and carried entitlements of the operation. Safe to repeat. */
    updateAccount: (request: OperationRequest): Promise<Reported> =>
      work(async ({ signal }) => {
        const { application, operation } = request;
        const { application: config, connector } = await connections.open(application, { signal });
        const update = capability(connector.update?.bind(connector), application, 'update accounts');
        const account = await recordedAccount(directory, request);
        onlyRow(await update([{ nativeId: account.nativeId, ...newAccount(request) }], { signal }));
        const username = String(changedTo(operation, config.usernameAttribute) ?? account.username);
        await recordAccount(
          directory,
          { ...account, username },
          managerOf(request, connector.manifest.managerAttribute),
        );
        const links = await linkManagers(dependencies, request, signal);
        return { entries: [doneEntry(subjectOf(request, { ...account, username }), operation), ...links] };
      }),
  };
}

type Create = (accounts: NewAccount[]) => Promise<Parameters<typeof onlyRow>[0]>;

async function createOrFind(
  create: Create,
  account: NewAccount,
  findOwn: () => Promise<AccountIdentity | undefined>,
): Promise<AccountIdentity> {
  try {
    return { nativeId: onlyRow(await create([account])), username: '', status: 'active' };
  } catch (error) {
    if (!(error instanceof ConnectorError) || error.kind !== 'conflict') throw error;
    const own = await findOwn();
    if (own) return own;
    throw error;
  }
}

function newAccount({ operation }: OperationRequest): NewAccount {
  return {
    attributes: Object.fromEntries(operation.changes.map((change) => [change.attribute, change.new])),
    entitlements: operation.entitlements,
  };
}

function changedTo({ changes }: OperationRequest['operation'], attribute: string) {
  return changes.find((change) => change.attribute === attribute)?.new;
}

/** The manager link this operation sets; undefined when it leaves the link alone. */
function managerOf({ operation }: OperationRequest, attribute: string | undefined): string | null | undefined {
  if (attribute === undefined) return undefined;
  const value = changedTo(operation, attribute);
  return value === undefined || value === null ? value : String(value);
}
