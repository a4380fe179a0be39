/**
 * Foresight: what an application would refuse of a plan, found before anything is written: values it does not take, and
 * licences that are used up or that others have waited for longer. Only the write is the truth; this spares the half-done.
 */
import { entitlementLabel, type Account, type AccountIdentity } from '#domain/account.ts';
import { freeFor, type Capacity } from '#domain/capacity.ts';
import type { Failure } from '#domain/failure.ts';
import type { LaneEvent } from '#domain/lane.ts';
import type { Operation, OperationKind } from '#domain/plan.ts';
import { failedEntry, type ReportEntry } from '#domain/report-entry.ts';
import type { CallContext } from '#connectors/connector.ts';
import type { ConnectorError } from '#connectors/errors.ts';
import type { Sql } from '#directory/database.ts';
import { countWaiting, openTasksOf } from '#directory/tasks.ts';
import type { Connection } from './connections.ts';
import { asFailure, subjectOf } from './request.ts';

/** The operation that would be refused first, and why. */
export interface Foreseen {
  operation: Operation;
  failure: Failure;
}

/** What would be refused of these operations; undefined when nothing would, as far as can be told. Reads only. */
export async function foresee(
  directory: Sql,
  { application, connector }: Connection,
  event: LaneEvent,
  { current, operations }: { current: Account | undefined; operations: Operation[] },
  context: CallContext,
): Promise<Foreseen | undefined> {
  const writing = operations.filter(({ kind }) => WRITING.has(kind));
  const [first] = writing;
  if (!first || !connector.foresee) return undefined;
  const changes = writing.flatMap((operation) => operation.changes);
  const { faults, takes } = await connector.foresee(
    {
      ...(current ? { account: current } : {}),
      attributes: Object.fromEntries(changes.map((change) => [change.attribute, change.new])),
      entitlements: writing.flatMap(({ entitlements }) => entitlements),
      reactivates: writing.some(({ kind }) => kind === 'reactivate'),
    },
    context,
  );
  const [fault] = faults;
  if (fault) {
    const message = faults.map((one) => one.message).join('; ');
    return { operation: concerned(writing, fault) ?? first, failure: { ...asFailure(fault), message } };
  }
  const own = (await openTasksOf(directory, [event.id])).find((task) => task.application === application.name);
  for (const capacity of takes) {
    const before = own?.resource === capacity.resource ? own.id : null;
    const ahead = await countWaiting(directory, application.name, capacity.resource, before);
    if (freeFor(capacity, ahead) > 0) continue;
    return {
      operation: taking(writing, capacity.resource) ?? first,
      failure: usedUp(application.name, capacity, ahead),
    };
  }
  return undefined;
}

/** The report entry of what was foreseen. */
export function foreseenEntry(
  { event, application }: { event: LaneEvent; application: string },
  { operation, failure }: Foreseen,
  account: AccountIdentity | undefined,
): ReportEntry {
  return failedEntry(subjectOf({ event, application, operation }, account), operation, failure);
}

const WRITING = new Set<OperationKind>(['create', 'reactivate', 'update', 'grant']);

/** The operation that sets the attribute at fault, or else the first that gives entitlements. */
function concerned(operations: Operation[], { fields }: ConnectorError): Operation | undefined {
  return (
    operations.find(({ changes }) => changes.some(({ attribute }) => fields.includes(attribute))) ??
    operations.find(({ entitlements }) => entitlements.length > 0)
  );
}

/** The operation that takes the licence: by granting it, or else by making or moving the account. */
function taking(operations: Operation[], resource: string): Operation | undefined {
  return operations.find(({ entitlements }) => entitlements.some((one) => entitlementLabel(one) === resource));
}

function usedUp(application: string, { resource, used, total }: Capacity, ahead: number): Failure {
  const queue = ahead > 0 ? `, and ${ahead} wait for one` : '';
  return {
    kind: 'capacity',
    message: `${application}: ${used} of ${total} ${resource} are taken${queue}`,
    remedy: 'free one or buy more; it goes on by itself as soon as one is free',
    resource,
  };
}
