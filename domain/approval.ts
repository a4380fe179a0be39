/**
 * Approval: of what is planned afresh, what stands in a plan that somebody has read. Only that is carried out; what has
 * changed since is refused, saying what.
 */
import { entitlementLabel, sameEntitlement, type AttributeValue, type Entitlement } from './account.ts';
import { canonical } from './canonical.ts';
import type { PlanItem } from './plan-item.ts';
import type { AttributeChange, Operation, OperationKind } from './plan.ts';

/** What is planned for one person in one application, now or when the plan was made. */
export type Planned = Pick<PlanItem, 'account' | 'operations' | 'skipped'>;

/** An operation that is due and stands otherwise, or not at all, in the plan. */
interface Refused {
  operation: Operation;
  why: string;
}

export interface Approval {
  /** To be carried out, in the order in which they were planned. */
  operations: Operation[];
  refused: Refused[];
  /** Approved and not needed any more: already done, or no longer what the person should have. */
  needless: Operation[];
}

/** Of a fresh plan what the approved one allows. Each entitlement of a grant or revocation is judged by itself. */
export function approvedOnly(fresh: Planned, approved: Planned): Approval {
  const stranger = strangerFault(fresh, approved);
  const approval: Approval = { operations: [], refused: [], needless: needlessOf(fresh, approved) };
  let without: Refused | undefined;
  for (const operation of fresh.operations) {
    const [allowed, refused] = without
      ? [undefined, { operation, why: `builds on ${without.operation.kind}, which is refused: ${without.why}` }]
      : stranger
        ? [undefined, { operation, why: stranger }]
        : judge(operation, approved.operations);
    if (allowed) approval.operations.push(allowed);
    if (refused) approval.refused.push(refused);
    if (refused && !without && !stranger && BUILT_ON.has(operation.kind)) without = refused;
  }
  return approval;
}

/** What everything after them builds on: without it there is no account, or none that can be changed. */
const BUILT_ON = new Set<OperationKind>(['create', 'link', 'reactivate']);

/** Kinds of which each entitlement is approved by itself. */
const APART = new Set<OperationKind>(['grant', 'revoke']);

const NOT_IN_PLAN = 'not in the plan';

/** Why nothing is carried out: the account is another than the one that was planned for. */
function strangerFault(fresh: Planned, approved: Planned): string | undefined {
  const [then, now] = [approved.account, fresh.account];
  if (!now || then?.nativeId === now.nativeId) return undefined;
  if (then) return `the account was ${name(then)} when the plan was made and is ${name(now)} now`;
  // Made by this plan in an earlier try, or by the person's own events meanwhile.
  const isMade = approved.operations.some(({ kind }) => kind === 'create');
  const isFound = fresh.operations.some(({ kind }) => kind === 'link');
  return isMade && !isFound ? undefined : `there was no account when the plan was made, and now there is ${name(now)}`;
}

function name({ username, nativeId }: { username: string; nativeId: string }): string {
  return `${username} (${nativeId})`;
}

/** What of the operation is allowed, and what is refused. */
function judge(operation: Operation, approved: Operation[]): [Operation | undefined, Refused | undefined] {
  const same = approved.filter(({ kind }) => kind === operation.kind);
  const [first] = same;
  if (!first) return [undefined, { operation, why: NOT_IN_PLAN }];
  if (!APART.has(operation.kind)) {
    const why = differences(operation, first).join('; ');
    return why === '' ? [operation, undefined] : [undefined, { operation, why }];
  }
  const named = same.flatMap(({ entitlements }) => entitlements);
  const [allowed, others] = split(operation, (one) => includes(named, one));
  return [allowed, others && { operation: others, why: NOT_IN_PLAN }];
}

/** Approved operations, entitlement by entitlement where they are judged so, that the fresh plan neither does nor skips. */
function needlessOf(fresh: Planned, approved: Planned): Operation[] {
  const due = [...fresh.operations, ...fresh.skipped.map(({ operation }) => operation)];
  return approved.operations.flatMap((operation) => {
    const same = due.filter(({ kind }) => kind === operation.kind);
    if (!APART.has(operation.kind)) return same.length === 0 ? [operation] : [];
    const named = same.flatMap(({ entitlements }) => entitlements);
    const [, others] = split(operation, (one) => includes(named, one));
    return others ? [others] : [];
  });
}

/** The operation with the entitlements that pass, and with those that do not; undefined where there are none. */
function split(
  operation: Operation,
  passes: (one: Entitlement) => boolean,
): [Operation | undefined, Operation | undefined] {
  const only = (entitlements: Entitlement[]) => (entitlements.length > 0 ? { ...operation, entitlements } : undefined);
  return [only(operation.entitlements.filter(passes)), only(operation.entitlements.filter((one) => !passes(one)))];
}

/** What is different about an operation, each a phrase for people; empty when it is the same. */
function differences(now: Operation, then: Operation): string[] {
  return [
    ...now.changes.flatMap((change) => changeDifferences(change, then.changes)),
    ...then.changes
      .filter(({ attribute }) => !now.changes.some((change) => change.attribute === attribute))
      .map(({ attribute, new: value }) => `${attribute} would no longer become ${quoted(value)}`),
    ...now.entitlements
      .filter((one) => !includes(then.entitlements, one))
      .map((one) => `it would now give ${entitlementLabel(one)}`),
    ...then.entitlements
      .filter((one) => !includes(now.entitlements, one))
      .map((one) => `it would no longer give ${entitlementLabel(one)}`),
    ...(canonical(now.alternatives ?? {}) === canonical(then.alternatives ?? {})
      ? []
      : ['what is tried when a name is taken has changed']),
    ...(canonical(now.transfer ?? []) === canonical(then.transfer ?? [])
      ? []
      : ['which records go to whom has changed']),
  ];
}

function changeDifferences(now: AttributeChange, changes: AttributeChange[]): string[] {
  const { attribute } = now;
  const then = changes.find((change) => change.attribute === attribute);
  if (!then) return [`${attribute} would now become ${quoted(now.new)} as well`];
  return [
    ...(sameValue(now.old, then.old)
      ? []
      : [`${attribute} was ${quoted(then.old)} when the plan was made and is ${quoted(now.old)} now`]),
    ...(sameValue(now.new, then.new)
      ? []
      : [`${attribute} would now become ${quoted(now.new)}, and ${quoted(then.new)} by the plan`]),
  ];
}

function includes(entitlements: Entitlement[], one: Entitlement): boolean {
  return entitlements.some((other) => sameEntitlement(one, other));
}

function sameValue(a: AttributeValue, b: AttributeValue): boolean {
  return (a ?? '') === (b ?? '');
}

function quoted(value: AttributeValue): string {
  return value === null || value === '' ? 'empty' : String(value);
}
