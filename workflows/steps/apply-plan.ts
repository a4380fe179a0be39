/** A plan, made and applied once: operation by operation, each with what was done or why it is stuck. */
import { entitlementLabel } from '#domain/account.ts';
import type { Failure } from '#domain/failure.ts';
import type { LaneEvent } from '#domain/lane.ts';
import type { Operation, OperationKind } from '#domain/plan.ts';
import type { ReportEntry } from '#domain/report-entry.ts';
import type { TaskKind } from '#domain/task.ts';
import type { TransferProgress } from '#activities/ownership.ts';
import type { OperationRequest, Reported } from '#activities/request.ts';
import { applicationWork } from '../activities.ts';
import { showBranch } from '../details.ts';
import { orFailure } from './failure.ts';

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
    applicationWork(`${application}: plan`, event).planAccount({ event, application }),
  );
  if (!plan.ok) return { done: [], stuck: [{ operation: CORRELATE, failure: plan.failure, username: '' }] };

  const { account, username, foreseen } = plan.value;
  const done: ReportEntry[] = [];
  const stuck: Stuck[] = [];
  for (const operation of plan.value.operations.filter((one) => !settled.labels.has(label(one)))) {
    if (operation.kind === 'return' && !settled.accepted) {
      stuck.push({ operation, failure: OFFER(operation.reason), username });
      continue;
    }
    if (foreseen && label(foreseen.operation) === label(operation)) {
      stuck.push({ operation, failure: foreseen.failure, username });
      break;
    }
    showBranch(application, label(operation));
    const step = await orFailure(() => apply({ event, application, operation, ...(account ? { account } : {}) }));
    if (step.ok) {
      const refused = GRANULAR.includes(operation.kind) ? step.value.entries.filter(isRefused) : [];
      done.push(...step.value.entries.filter((entry) => !refused.includes(entry)));
      for (const { failure } of refused) if (failure) stuck.push({ operation, failure, username });
      // Records are looked for each time; found once is enough.
      if (operation.kind === 'transfer' && refused.length === 0) settled.labels.add(label(operation));
    } else {
      stuck.push({ operation, failure: step.failure, username });
    }
    if (onFailure === 'stop' && stuck.length > 0) break;
  }
  return { done, stuck };
}

/** `grant permission-set Sales_Console` */
export function label({ kind, entitlements }: Operation): string {
  return [kind, entitlements.map(entitlementLabel).join(', ')].filter(Boolean).join(' ');
}

async function apply(request: OperationRequest): Promise<Reported> {
  const { event, application, operation } = request;
  const work = applicationWork(`${application}: ${label(operation)}`, event);
  if (operation.kind !== 'transfer') return work[ACTIVITY[operation.kind]](request);
  let progress: TransferProgress | undefined;
  for (;;) {
    const turn = await work.transferOwnership({ ...request, ...(progress ? { progress } : {}) });
    if (!turn.progress) return turn;
    progress = turn.progress;
  }
}

const CORRELATE: Operation = { kind: 'link', changes: [], entitlements: [], reason: 'correlate and plan' };

const OFFER = (reason: string) => ({
  kind: 'offer' as const,
  message: reason,
  remedy: 'retry gives them back, skip leaves them where they are',
});

/** Those that can be refused in part. */
const GRANULAR: OperationKind[] = ['grant', 'revoke', 'transfer', 'return'];

function isRefused({ outcome }: ReportEntry): boolean {
  return outcome === 'failed';
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
  deactivate: 'deactivateAccount',
  delete: 'deleteAccount',
  return: 'returnOwnership',
} as const satisfies Record<Exclude<OperationKind, 'transfer'>, string>;
