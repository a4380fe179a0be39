/** What an operation writes to an account, and what it has come to once it is written. */
import type { Account, AccountIdentity, Attributes, AttributeValue } from '#domain/account.ts';
import type { Operation, PendingValues } from '#domain/plan.ts';
import type { NewAccount } from '#connectors/connector.ts';
import type { KnownAccount } from '#directory/accounts.ts';

/** The account that is there now, and the operation as it was really carried out. */
export interface Made {
  account: AccountIdentity;
  operation: Operation;
}

/** An earlier try made the account, perhaps under one of the alternatives. */
export function asFound(operation: Operation, { nativeId, username, status, attributes }: Account): Made {
  const offered = operation.alternatives ?? {};
  const changes = operation.changes.map((change) =>
    change.attribute in offered ? { ...change, new: attributes[change.attribute] ?? change.new } : change,
  );
  return { account: { nativeId, username, status }, operation: { ...operation, changes } };
}

/** What was pending before and was not written now, and what is pending of what was written. */
export function pendingAfter(
  { pending }: Pick<KnownAccount, 'pending'>,
  done: { operation: Operation; pending: string[] },
): PendingValues {
  const sentAt = new Date().toISOString();
  const written = new Map(done.operation.changes.map((change) => [change.attribute, change.new]));
  const before = Object.entries(pending).filter(([attribute]) => !written.has(attribute));
  return Object.fromEntries([
    ...before,
    ...done.pending.map((attribute) => [attribute, { value: written.get(attribute) ?? null, sentAt }]),
  ]);
}

export function newAccount({ changes, entitlements }: Operation): NewAccount {
  const attributes: Attributes = {};
  for (const change of changes) attributes[change.attribute] = change.new;
  return { attributes, entitlements };
}

export function changedTo({ changes }: Operation, attribute: string): AttributeValue | undefined {
  return changes.find((change) => change.attribute === attribute)?.new;
}

/** The manager link this operation sets; undefined when it leaves the link alone. */
export function managerOf(operation: Operation, attribute: string | undefined): string | null | undefined {
  if (attribute === undefined) return undefined;
  const value = changedTo(operation, attribute);
  return value === undefined || value === null ? value : String(value);
}
