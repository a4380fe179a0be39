/** A plan, made and applied once: operation by operation, each with what was done or why it is stuck. */
import { entitlementLabel, sameEntitlement } from '#domain/account.ts';
import { mendsByWaiting, type Failure } from '#domain/failure.ts';
import type { LaneEvent } from '#domain/lane.ts';
import type { Operation, OperationKind } from '#domain/plan.ts';
import { entryLine, type ReportEntry } from '#domain/report-entry.ts';
import type { TaskKind } from '#domain/task.ts';
import type { Created, CreateRequest } from '#activities/request.ts';
import { applicationWork, fewerEvents } from '../activities.ts';
import { showBranch } from '../details.ts';
import { orFailure } from './failure.ts';
import { inTurns } from './turns.ts';

/** An operation that could not be carried out, and why; or one that is on offer. */
export interface Stuck {
  operation: Operation;
  failure: Omit<Failure, 'kind'> & { kind: TaskKind };
  username: string;
}

/** What earlier rounds of the same event have settled: operations not to be tried again, an offer that was accepted. */
export interface Settled {
  labels: Set<string>;
  accepted: boolean;
  /** It was planned before: what was skipped has been told. */
  planned: boolean;
  /** What was left undone, and was said to be: once is enough. */
  told: Set<string>;
}

/** Remembers that these operations are not to be tried again in this event. */
export function settle(settled: Settled, operations: Operation[]): void {
  for (const one of operations.flatMap(labelsOf)) settled.labels.add(one);
}

/** Plans and applies. `stop`: the first operation that is stuck ends the round; `go on`: the others are still done. */
export async function applyPlan(
  event: LaneEvent,
  application: string,
  onFailure: 'stop' | 'go on',
  settled: Settled,
): Promise<{ done: ReportEntry[]; stuck: Stuck[] }> {
  showBranch(application, 'plan');
  const plan = await orFailure(() =>
    applicationWork(`${application}: plan`, event).planAccount({
      event,
      application,
      ...(settled.planned ? { again: true } : {}),
    }),
  );
  if (!plan.ok) return { done: [], stuck: [{ operation: CORRELATE, failure: plan.failure, username: '' }] };

  settled.planned = true;
  const { account, username, foreseen } = plan.value;
  // Plans of earlier versions, in histories, say nothing of what is left undone.
  const done = (plan.value.entries ?? []).filter((entry) => isNews(entry, foreseen?.operation, settled));
  const stuck: Stuck[] = [];
  const given = new Set<Operation>();
  for (const [index, planned] of plan.value.operations.entries()) {
    const operation = without(planned, settled.labels);
    if (!operation || given.has(planned)) continue;
    if (operation.kind === 'return' && !settled.accepted) {
      stuck.push({ operation, failure: OFFER(operation.reason), username });
      continue;
    }
    const refused = foreseen && refusedOf(operation, foreseen.operation);
    if (refused) stuck.push({ operation: refused, failure: foreseen.failure, username });
    const rest = refused ? without(operation, new Set(labelsOf(refused))) : operation;
    if (!rest || (refused && operation.kind !== 'grant')) break;
    const following = plan.value.operations[index + 1];
    const grant = grantAlong(rest, following, settled, foreseen?.operation);
    showBranch(application, label(rest));
    const step = await orFailure(() =>
      apply({ event, application, operation: rest, ...(account ? { account } : {}), ...(grant ? { grant } : {}) }),
    );
    if (step.ok) {
      const granted = step.value.granted ? grant : undefined;
      if (granted && following) given.add(following);
      const parted = granted ?? rest;
      const failed = GRANULAR.includes(parted.kind)
        ? step.value.entries.filter((entry) => isRefused(entry, parted))
        : [];
      done.push(...step.value.entries.filter((entry) => !failed.includes(entry)));
      for (const { failure, subjects } of failed)
        if (failure) stuck.push({ operation: only(parted, subjects), failure, username });
      // Records are looked for each time; found once is enough.
      if (operation.kind === 'transfer' && failed.length === 0) settle(settled, [operation]);
    } else {
      stuck.push({ operation: rest, failure: step.failure, username });
      // An application that does not answer is not asked for the rest: the run waits, where that can be seen.
      if (mendsByWaiting(step.failure.kind)) break;
    }
    if (onFailure === 'stop' && stuck.length > 0) break;
  }
  return { done, stuck };
}

/**
 * Whether the entry tells of something left undone, or of access that lasts, that no earlier round has told. What is
 * foreseen is told when it is stuck.
 */
function isNews(entry: ReportEntry, foreseen: Operation | undefined, { told }: Settled): boolean {
  const line = entryLine(entry);
  const isForeseen = entry.outcome === 'failed' && entry.operation === foreseen?.kind;
  if (isForeseen || told.has(line)) return false;
  told.add(line);
  return true;
}

/** Operations of which each entitlement is settled by itself. */
function isApart({ kind }: Operation): boolean {
  return kind === 'grant' || kind === 'revoke';
}

/** What it is settled by: one label for each entitlement of a grant or revocation, one for any other operation. */
function labelsOf(operation: Operation): string[] {
  if (!isApart(operation)) return [label(operation)];
  return operation.entitlements.map((entitlement) => label({ ...operation, entitlements: [entitlement] }));
}

/** What of the operation is left without what has these labels; undefined when nothing is. */
function without(operation: Operation, labels: ReadonlySet<string>): Operation | undefined {
  const kept = labelsOf(operation).map((one) => !labels.has(one));
  if (!kept.includes(true)) return undefined;
  if (!isApart(operation)) return operation;
  return { ...operation, entitlements: operation.entitlements.filter((_, index) => kept[index]) };
}

/** What of the operation is foreseen to be refused: of a grant what is named, of any other kind all. */
function refusedOf(operation: Operation, foreseen: Operation): Operation | undefined {
  if (operation.kind !== foreseen.kind) return undefined;
  if (operation.kind !== 'grant') return operation;
  const entitlements = operation.entitlements.filter((one) =>
    foreseen.entitlements.some((named) => sameEntitlement(one, named)),
  );
  return entitlements.length > 0 ? { ...operation, entitlements } : undefined;
}

/** What can be granted in the activity that makes the account: what comes next in the plan, where nothing of it is foreseen to be refused. */
function grantAlong(
  { kind }: Operation,
  following: Operation | undefined,
  { labels }: Settled,
  foreseen: Operation | undefined,
): Operation | undefined {
  if (kind !== 'create' || following?.kind !== 'grant' || foreseen || !fewerEvents()) return undefined;
  return without(following, labels);
}

/** Of the entitlements those that were refused. */
function only(operation: Operation, subjects: string[]): Operation {
  const entitlements = operation.entitlements.filter((one) => subjects.includes(entitlementLabel(one)));
  return { ...operation, entitlements };
}

/** `grant permission-set Sales_Console` */
function label({ kind, entitlements }: Operation): string {
  return [kind, entitlements.map(entitlementLabel).join(', ')].filter(Boolean).join(' ');
}

async function apply(request: CreateRequest): Promise<Created> {
  const { event, application, operation, grant } = request;
  const labels = [operation, ...(grant ? [grant] : [])].map(label);
  const work = applicationWork(`${application}: ${labels.join(', ')}`, event);
  if (operation.kind === 'transfer') return inTurns(work.transferOwnership, request);
  if (operation.kind === 'return') return inTurns(work.returnOwnership, request);
  return work[ACTIVITY[operation.kind]](request);
}

const CORRELATE: Operation = { kind: 'link', changes: [], entitlements: [], reason: 'correlate and plan' };

const OFFER = (reason: string) => ({
  kind: 'offer' as const,
  message: reason,
  remedy: 'retry gives them back, skip leaves them where they are',
});

/** Those that can be refused in part. */
const GRANULAR: OperationKind[] = ['grant', 'revoke', 'transfer', 'return'];

function isRefused({ outcome, operation }: ReportEntry, { kind }: Operation): boolean {
  return outcome === 'failed' && operation === kind;
}

const ACTIVITY = {
  create: 'createAccount',
  link: 'linkAccount',
  reactivate: 'reactivateAccount',
  unfreeze: 'unfreezeAccount',
  update: 'updateAccount',
  freeze: 'freezeAccount',
  revoke: 'revokeEntitlements',
  grant: 'grantEntitlements',
  scan: 'scanBlockers',
  deactivate: 'deactivateAccount',
  delete: 'deleteAccount',
} as const satisfies Record<Exclude<OperationKind, 'transfer' | 'return'>, string>;
