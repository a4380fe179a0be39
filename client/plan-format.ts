/** Plans as people read them. Values come from HR and from applications: none may break a line or command the terminal. */
import { entitlementLabel, type AttributeValue } from '#domain/account.ts';
import type { Operation } from '#domain/plan.ts';
import type { PlanItem } from '#domain/plan-item.ts';
import type { ApplicationSummary, PlanSummary } from '#domain/plan-summary.ts';
import { oneLine } from './report-format.ts';

/**
 * Lines for the items of a plan: each person once, then by application the operations with old and new values and the
 * rule behind each, and what is to be known. Items of one person come one after the other.
 */
export async function* itemLines(pages: AsyncIterable<PlanItem[]>): AsyncGenerator<string[]> {
  let person: string | undefined;
  for await (const page of pages) {
    const lines: string[] = [];
    for (const item of page) {
      if (item.employeeNumber !== person) lines.push(`${item.person} (${item.employeeNumber})`);
      person = item.employeeNumber;
      lines.push(...linesOfItem(item));
    }
    yield lines.map(oneLine);
  }
}

function linesOfItem(item: PlanItem): string[] {
  const { application, account, username, operations, skipped, warnings, failure, calls, licences } = item;
  const cost = [...(calls > 0 ? [`up to ${calls} API calls`] : []), ...licences];
  return [
    `  ${application}: ${account?.username ?? username}${cost.length > 0 ? ` (${cost.join(', ')})` : ''}`,
    ...operations.flatMap((operation) => operationLines(operation, item)),
    ...skipped.flatMap(({ operation, why }) => [`    skipped: ${title(operation)}: ${why}`]),
    ...warnings.map((warning) => `    warning: ${warning}`),
    ...(failure ? [`    failed: ${failure.message}${failure.remedy ? ` (${failure.remedy})` : ''}`] : []),
  ];
}

function operationLines(operation: Operation, { rules }: PlanItem): string[] {
  return [
    `    ${title(operation)}, since ${operation.reason}`,
    ...operation.changes.map(({ attribute, old, new: value }) => {
      const rule = rules[attribute];
      return `      ${attribute}: ${shown(old)} → ${shown(value)}${rule ? `, from ${rule}` : ''}`;
    }),
  ];
}

function title({ kind, entitlements }: Operation): string {
  return [kind, entitlements.map(entitlementLabel).join(', ')].filter((part) => part !== '').join(' ');
}

function shown(value: AttributeValue): string {
  return value === null || value === '' ? '(empty)' : String(value);
}

/** Lines for what a plan comes to: by application what is done, what it costs, and what there is too little of. */
export function summaryLines({ people, operations, applications, warnings, failure }: PlanSummary): string[] {
  return [
    `${people} people looked at, ${operations} operations`,
    ...Object.entries(applications).flatMap(([name, one]) => applicationLines(name, one)),
    ...warnings.map((warning) => `warning: ${warning}`),
    ...(failure === undefined ? [] : [`failed: ${failure}`]),
  ].map(oneLine);
}

function applicationLines(name: string, one: ApplicationSummary): string[] {
  const kinds = Object.entries(one.operations).map(([kind, count]) => `${count} ${kind}`);
  const left = one.callsLeft === null ? '' : ` of ${one.callsLeft} that are left`;
  const licences = Object.entries(one.licences).map(([resource, count]) => {
    const free = one.licencesFree[resource];
    return `${count} ${resource}${typeof free === 'number' ? ` of ${free} that are free` : ''}`;
  });
  const told: [number, string][] = [
    [one.skipped, 'skipped'],
    [one.warnings, 'warnings'],
    [one.failures, 'failures'],
  ];
  const counts = told.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`);
  return [
    `${name}: ${one.people} people, ${kinds.join(', ') || 'no operations'}${counts.length > 0 ? `; ${counts.join(', ')}` : ''}`,
    ...(one.calls > 0 ? [`  it costs up to ${one.calls} API calls${left}`] : []),
    ...(licences.length > 0 ? [`  it takes ${licences.join(', ')}`] : []),
  ];
}
