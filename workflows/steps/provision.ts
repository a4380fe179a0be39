/** One application's branch of a change: correlate and plan, then apply the plan, operation by operation. */
import { entitlementLabel } from '#domain/account.ts';
import type { LaneEvent } from '#domain/lane.ts';
import type { Operation, OperationKind } from '#domain/plan.ts';
import { failedEntry, type ReportEntry } from '#domain/report-entry.ts';
import type { OperationRequest } from '#activities/request.ts';
import { applicationWork } from '../activities.ts';
import { showBranch } from '../details.ts';
import { orFailure } from './failure.ts';

/** Brings the person's account to its wanted state; what failed ends the branch, since the rest builds on it. */
export async function provision(event: LaneEvent, application: string): Promise<ReportEntry[]> {
  return applyPlan(event, application, 'stop');
}

/** Takes the account away; a step that fails does not spare the person the next. */
export async function deprovision(event: LaneEvent, application: string): Promise<ReportEntry[]> {
  return applyPlan(event, application, 'go on');
}

async function applyPlan(event: LaneEvent, application: string, onFailure: 'stop' | 'go on'): Promise<ReportEntry[]> {
  const subject = { eventId: event.id, employeeNumber: event.employeeNumber, person: event.person, application };
  showBranch(application, 'plan');
  const plan = await orFailure(() =>
    applicationWork(`${application}: plan`, event).planAccount({ event, application }),
  );
  if (!plan.ok)
    return [
      failedEntry(subject, { kind: 'link', changes: [], entitlements: [], reason: 'correlate and plan' }, plan.failure),
    ];

  const { account, username } = plan.value;
  const entries: ReportEntry[] = [];
  for (const operation of plan.value.operations) {
    showBranch(application, label(operation));
    const step = await orFailure(() => apply({ event, application, operation, ...(account ? { account } : {}) }));
    if (step.ok) {
      entries.push(...step.value.entries);
      if (onFailure === 'stop' && step.value.entries.some(({ outcome }) => outcome === 'failed')) break;
    } else {
      entries.push(failedEntry({ ...subject, username }, operation, step.failure));
      if (onFailure === 'stop') break;
    }
  }
  showBranch(application, undefined);
  return entries;
}

function apply(request: OperationRequest): Promise<{ entries: ReportEntry[] }> {
  const { event, application, operation } = request;
  return applicationWork(`${application}: ${label(operation)}`, event)[ACTIVITY[operation.kind]](request);
}

/** `grant permission-set Sales_Console` */
function label({ kind, entitlements }: Operation): string {
  return [kind, entitlements.map(entitlementLabel).join(', ')].filter(Boolean).join(' ');
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
  transfer: 'transferOwnership',
  deactivate: 'deactivateAccount',
  delete: 'deleteAccount',
  return: 'returnOwnership',
} as const satisfies Record<OperationKind, string>;
