/**
 * Foresight: what an application would refuse of a plan, found before anything is written: values it does not take, and
 * licences that are used up or that others have waited for longer. Only the write is the truth; this spares the half-done.
 */
import {
  entitlementLabel,
  sameEntitlement,
  type Account,
  type AccountIdentity,
  type Entitlement,
} from '#domain/account.ts';
import { freeFor, type Capacity } from '#domain/capacity.ts';
import type { Failure } from '#domain/failure.ts';
import type { LaneEvent } from '#domain/lane.ts';
import type { Operation, OperationKind } from '#domain/plan.ts';
import { failedEntry, type ReportEntry } from '#domain/report-entry.ts';
import type { CallContext, IntendedChange } from '#connectors/connector.ts';
import type { ConnectorError } from '#connectors/errors.ts';
import type { Sql } from '#directory/database.ts';
import { countWaiting, openTasksOf } from '#directory/tasks.ts';
import type { Connection } from './connections.ts';
import { asFailure, subjectOf } from './request.ts';

/** The operation that would be refused first, and why. A grant holds exactly the entitlements that would be refused: the rest can be granted. */
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
  const writing = operations.filter(isWriting);
  const [first] = writing;
  if (!first || !connector.foresee) return undefined;
  const { faults, takes } = await connector.foresee(intendedBy(writing, current), context);
  const refusals = faults.map((fault): Foreseen => faultOf(fault, writing, first));
  const open = takes.length > 0 ? await openTasksOf(directory, [event.id]) : [];
  const own = open.find((task) => task.application === application.name);
  for (const capacity of takes) {
    const before = own?.resource === capacity.resource ? own.id : null;
    const ahead = await countWaiting(directory, application.name, capacity.resource, before);
    if (freeFor(capacity, ahead) > 0) continue;
    refusals.push({
      operation: taking(writing, capacity.resource) ?? first,
      failure: usedUp(application.name, capacity, ahead),
    });
  }
  return firstOf(refusals, writing);
}

/** Whether the operation writes what an application may refuse. */
export function isWriting({ kind }: Operation): boolean {
  return WRITING.has(kind);
}

/** What these operations are about to do to the account, all together. */
export function intendedBy(writing: Operation[], current: Account | undefined): IntendedChange {
  const changes = writing.flatMap((operation) => operation.changes);
  return {
    ...(current ? { account: current } : {}),
    attributes: Object.fromEntries(changes.map((change) => [change.attribute, change.new])),
    entitlements: writing.flatMap(({ entitlements }) => entitlements),
    reactivates: writing.some(({ kind }) => kind === 'reactivate'),
  };
}

/** The report entry of what was foreseen. */
export function foreseenEntry(
  { event, application }: { event: LaneEvent; application: string },
  { operation, failure }: Foreseen,
  account: AccountIdentity | undefined,
): ReportEntry {
  return failedEntry(subjectOf({ event, application }, account), operation, failure);
}

const WRITING = new Set<OperationKind>(['create', 'reactivate', 'update', 'grant']);

/** The operation that gives the entitlement at fault or sets the attribute at fault, or else the first. */
function faultOf(fault: ConnectorError, operations: Operation[], first: Operation): Foreseen {
  const { entitlement, fields } = fault;
  const operation =
    (entitlement && giving(operations, (one) => sameEntitlement(one, entitlement))) ??
    operations.find(({ changes }) => changes.some(({ attribute }) => fields.includes(attribute))) ??
    first;
  return { operation, failure: asFailure(fault) };
}

/** The operation that takes the licence: by granting it, or else by making or moving the account. */
function taking(operations: Operation[], resource: string): Operation | undefined {
  return giving(operations, (one) => entitlementLabel(one).toLowerCase() === resource.toLowerCase());
}

/** The operation that gives such entitlements; of a grant only those, since the others can be granted. */
function giving(operations: Operation[], isMeant: (one: Entitlement) => boolean): Operation | undefined {
  const operation = operations.find(({ entitlements }) => entitlements.some(isMeant));
  return operation?.kind === 'grant'
    ? { ...operation, entitlements: operation.entitlements.filter(isMeant) }
    : operation;
}

/** What is refused of the first operation that is refused at all. It says too what comes after, so that people mend all at once. */
function firstOf(refusals: Foreseen[], operations: Operation[]): Foreseen | undefined {
  const kind = operations.find((one) => refusals.some(({ operation }) => operation.kind === one.kind))?.kind;
  const same = refusals.filter(({ operation }) => operation.kind === kind);
  const [first] = same;
  if (!first) return undefined;
  const refused = same.flatMap(({ operation }) => operation.entitlements);
  const entitlements = refused.filter(
    (one, index) => refused.findIndex((other) => sameEntitlement(other, one)) === index,
  );
  const message = [...same, ...refusals.filter((one) => !same.includes(one))].map(({ failure }) => failure.message);
  return {
    operation: kind === 'grant' ? { ...first.operation, entitlements } : first.operation,
    failure: { ...first.failure, message: [...new Set(message)].join('; ') },
  };
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
