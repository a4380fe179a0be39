/** Impact: what another policy would change for a person in an application, found by planning, before it is saved. */
import { entitlementLabel, sameEntitlement, type AttributeValue } from './account.ts';
import type { Application } from './application.ts';
import { ExpressionError } from './expression.ts';
import {
  dueBefore,
  dueUnder,
  heldBy,
  sameDue,
  wantedBy,
  type ApplicationKind,
  type Due,
  type Held,
  type ImpactInput,
} from './impact-due.ts';
import { displayName } from './person.ts';
import type { Operation, WantedAccount, WantedAttribute, WantedEntitlement } from './plan.ts';

interface AttributeImpact {
  attribute: string;
  old: AttributeValue;
  new: AttributeValue;
  /** Where the value comes from, then and now. */
  oldRule: string;
  newRule: string;
}

interface EntitlementImpact {
  entitlement: string;
  /** The rule that gives it, or gave it. */
  rule: string;
}

/**
 * gains: gets an account, or has it opened again. loses: it is taken away. changes: it is changed. released: it stays as it is
 * and Joinery looks after it no longer. unclear: a rule can not be computed for this person. skipped: everything that is due is
 * switched off.
 */
export type ImpactKind = 'gains' | 'loses' | 'changes' | 'released' | 'unclear' | 'skipped';

export interface Impact {
  kind: ImpactKind;
  employeeNumber: string;
  person: string;
  application: string;
  username: string;
  operations: Operation['kind'][];
  attributes: AttributeImpact[];
  grants: EntitlementImpact[];
  revokes: EntitlementImpact[];
  skipped: { operation: Operation['kind']; why: string }[];
  groups: { joins: string[]; leaves: string[] };
  /** The account is out of use already, and would be deleted so many days after this is applied. */
  deleteInDays?: number;
  /** Why it is not clear. */
  failure?: string;
}

/**
 * What would change, or undefined. Planned under both policies for the same account: where the old one wants an account, one
 * that is just that, all of it granted by Joinery; where it wants none, the one that is recorded, if any. What is due anyway is not
 * told. Links to managers are not looked at, nor is somebody who has not started.
 */
export function impactOn(name: string, input: ImpactInput): Impact | undefined {
  const { before, after, old, new: now } = input;
  if (after.status === 'expected') return undefined;
  const impact: Impact = {
    kind: 'changes',
    employeeNumber: after.employeeNumber,
    person: displayName(after),
    application: name,
    username: '',
    operations: [],
    attributes: [],
    grants: [],
    revokes: [],
    skipped: [],
    groups: { joins: [], leaves: [] },
  };
  try {
    const wanted = wantedBy(now, after, input.kind);
    const held = heldBy(wantedBy(old, before, input.kind), input);
    if (!now.application?.enabled)
      return held?.isWanted ? { ...impact, kind: 'released', username: held.account.username } : undefined;
    return compared(impact, held, wanted, now.application, input);
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    return { ...impact, kind: 'unclear', failure: error.message };
  }
}

function compared(
  impact: Impact,
  held: Held | undefined,
  wanted: WantedAccount | 'absent',
  application: Application,
  input: ImpactInput,
): Impact | undefined {
  const { before, after, old, new: now, kind } = input;
  const due = dueUnder(application, now, held, wanted, input);
  const { operations, skipped, deleteInDays } = due;
  if (operations.length + skipped.length === 0 && deleteInDays === undefined) return undefined;
  if (sameDue(due, dueBefore(held, input))) return undefined;
  const joined = now.expressions.groupsOf(after);
  const left = old.expressions.groupsOf(before);
  return {
    ...impact,
    kind: kindOf(due, held),
    username: held?.account.username ?? (wanted === 'absent' ? '' : wanted.username),
    operations: operations.map((operation) => operation.kind),
    attributes: attributesOf(operations, held, wanted),
    ...entitlementsOf(operations, held, wanted, kind),
    skipped: skipped.map(({ operation, why }) => ({ operation: operation.kind, why })),
    groups: { joins: difference(joined, left), leaves: difference(left, joined) },
    ...(deleteInDays === undefined ? {} : { deleteInDays }),
  };
}

function kindOf({ operations, deleteInDays }: Due, held: Held | undefined): ImpactKind {
  if (deleteInDays !== undefined) return 'loses';
  if (operations.length === 0) return 'skipped';
  const some = (...kinds: Operation['kind'][]) => operations.some(({ kind }) => kinds.includes(kind));
  if (!held || some('reactivate', 'unfreeze')) return 'gains';
  return some('freeze', 'deactivate', 'delete') ? 'loses' : 'changes';
}

function attributesOf(
  operations: readonly Operation[],
  held: Held | undefined,
  wanted: WantedAccount | 'absent',
): AttributeImpact[] {
  const rule = (attributes: readonly WantedAttribute[] | undefined, name: string) =>
    attributes?.find(({ attribute }) => attribute === name)?.rule ?? '';
  const given = wanted === 'absent' ? [] : wanted.attributes;
  return operations
    .flatMap(({ changes }) => changes)
    .map((one) => ({ ...one, oldRule: rule(held?.attributes, one.attribute), newRule: rule(given, one.attribute) }));
}

/** An entitlement of which an account has one is taken from who gets another. */
function entitlementsOf(
  operations: readonly Operation[],
  held: Held | undefined,
  wanted: WantedAccount | 'absent',
  { entitlementTypes }: ApplicationKind,
): Pick<Impact, 'grants' | 'revokes'> {
  const given = operations.filter(({ kind }) => kind !== 'revoke').flatMap(({ entitlements }) => entitlements);
  const taken = operations.filter(({ kind }) => kind === 'revoke').flatMap(({ entitlements }) => entitlements);
  const single = new Set(entitlementTypes.filter((type) => type.carried || type.single).map(({ type }) => type));
  const types = new Set(given.map(({ type }) => type).filter((type) => single.has(type)));
  const replaced = (held?.account.entitlements ?? []).filter(({ type }) => types.has(type));
  const told = (list: typeof given, rules: readonly WantedEntitlement[]) =>
    list.map((entitlement) => ({
      entitlement: entitlementLabel(entitlement),
      rule: rules.find((one) => sameEntitlement(one.entitlement, entitlement))?.reason ?? '',
    }));
  return {
    grants: told(given, wanted === 'absent' ? [] : wanted.entitlements),
    revokes: told([...replaced, ...taken], held?.managed ?? []),
  };
}

function difference(some: readonly string[], others: readonly string[]): string[] {
  const known = new Set(others);
  return some.filter((one) => !known.has(one));
}
