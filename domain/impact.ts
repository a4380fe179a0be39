/** Impact: what another policy would change for a person in an application, found by planning, before it is saved. */
import { entitlementLabel, type Account, type AttributeValue, type EntitlementType } from './account.ts';
import { wantedAccount, type Application } from './application.ts';
import { decide } from './decision.ts';
import { ExpressionError, type Expressions } from './expression.ts';
import { displayName, type Person } from './person.ts';
import type { Operation, WantedAccount } from './plan.ts';
import { protectedBy } from './protection.ts';
import { removalFor, type RemovalAbilities } from './removal.ts';

/** One policy, as far as it is about one application. `application` is undefined where there is none. */
interface PolicySide {
  application: Application | undefined;
  expressions: Expressions;
}

/** What the application can hold and be asked for. */
export interface ApplicationKind {
  entitlementTypes: readonly EntitlementType[];
  can: RemovalAbilities;
}

export interface ImpactInput {
  /** The person with the groups that name them, before and after. */
  before: Person;
  after: Person;
  old: PolicySide;
  new: PolicySide;
  kind: ApplicationKind;
}

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
 * gains: gets an account. loses: it is taken away. changes: it is changed. released: it stays as it is and Joinery looks
 * after it no longer. unclear: a rule can not be computed for this person. skipped: everything that is due is switched off.
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
  /** Why it is not clear. */
  failure?: string;
}

/**
 * What would change, or undefined: the plan under the new policy for an account that is just what the old one wants, all of
 * it granted by Joinery. Links to managers are not looked at. Somebody who has not started or has left is not touched.
 */
export function impactOn(name: string, input: ImpactInput): Impact | undefined {
  const { before, after, old, new: now, kind } = input;
  if (after.status !== 'active') return undefined;
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
    const held = wantedBy(old, before, kind);
    if (!now.application?.enabled)
      return held === 'absent' ? undefined : { ...impact, kind: 'released', username: held.username };
    return planned(impact, held, wantedBy(now, after, kind), now.application, input);
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    return { ...impact, kind: 'unclear', failure: error.message };
  }
}

function wantedBy({ application, expressions }: PolicySide, person: Person, kind: ApplicationKind) {
  if (!application?.enabled || !expressions.holds(application.scope, person)) return 'absent' as const;
  return wantedAccount(application, kind.entitlementTypes, person, expressions);
}

function planned(
  impact: Impact,
  held: WantedAccount | 'absent',
  wanted: WantedAccount | 'absent',
  application: Application,
  { before, after, old, new: now, kind }: ImpactInput,
): Impact | undefined {
  const current = held === 'absent' ? undefined : accountOf(held);
  const { operations, skipped } = decide(
    {
      cause: 'mover',
      wanted,
      current,
      recorded: current?.status,
      managed: current?.entitlements ?? [],
      entitlementTypes: kind.entitlementTypes,
      pending: {},
      now: 0,
      removal: removalFor(application.removal, kind.can, { cause: 'mover', deletionDue: false }).removal,
      transfer: [],
      returnable: 0,
      protectedBy: current && protectedBy(application, current, now.expressions),
    },
    application,
  );
  const due = [...operations, ...skipped.map(({ operation }) => operation)];
  if (due.length === 0) return undefined;
  return {
    ...impact,
    kind: kindOf(operations, held),
    username: (wanted === 'absent' ? current?.username : wanted.username) ?? '',
    operations: operations.map((operation) => operation.kind),
    attributes: attributesOf(operations, held, wanted),
    ...entitlementsOf(operations, held, wanted, kind),
    skipped: skipped.map(({ operation, why }) => ({ operation: operation.kind, why })),
    groups: {
      joins: difference(now.expressions.groupsOf(after), old.expressions.groupsOf(before)),
      leaves: difference(old.expressions.groupsOf(before), now.expressions.groupsOf(after)),
    },
  };
}

function kindOf(operations: readonly Operation[], held: WantedAccount | 'absent'): ImpactKind {
  if (operations.length === 0) return 'skipped';
  if (held === 'absent') return 'gains';
  const away = ['freeze', 'deactivate', 'delete'];
  return operations.some(({ kind }) => away.includes(kind)) ? 'loses' : 'changes';
}

/** The account exactly as the rules want it. */
function accountOf({ username, attributes, entitlements }: WantedAccount): Account {
  return {
    nativeId: '',
    username,
    status: 'active',
    attributes: Object.fromEntries(attributes.map(({ attribute, value }) => [attribute, value])),
    entitlements: entitlements.map(({ entitlement }) => entitlement),
  };
}

function attributesOf(
  operations: readonly Operation[],
  held: WantedAccount | 'absent',
  wanted: WantedAccount | 'absent',
): AttributeImpact[] {
  const rule = (account: WantedAccount | 'absent', name: string) =>
    account === 'absent' ? '' : (account.attributes.find(({ attribute }) => attribute === name)?.rule ?? '');
  return operations
    .flatMap(({ changes }) => changes)
    .map((change) => ({ ...change, oldRule: rule(held, change.attribute), newRule: rule(wanted, change.attribute) }));
}

/** An entitlement of which an account has one is taken from who gets another. */
function entitlementsOf(
  operations: readonly Operation[],
  held: WantedAccount | 'absent',
  wanted: WantedAccount | 'absent',
  { entitlementTypes }: ApplicationKind,
): Pick<Impact, 'grants' | 'revokes'> {
  const of = (account: WantedAccount | 'absent') => (account === 'absent' ? [] : account.entitlements);
  const given = operations.filter(({ kind }) => kind !== 'revoke').flatMap(({ entitlements }) => entitlements);
  const taken = operations.filter(({ kind }) => kind === 'revoke').flatMap(({ entitlements }) => entitlements);
  const single = new Set(entitlementTypes.filter((type) => type.carried || type.single).map(({ type }) => type));
  const types = new Set(given.map(({ type }) => type).filter((type) => single.has(type)));
  const replaced = of(held)
    .map(({ entitlement }) => entitlement)
    .filter(({ type }) => types.has(type));
  const told = (list: typeof given, account: WantedAccount | 'absent') =>
    list.map((entitlement) => ({
      entitlement: entitlementLabel(entitlement),
      rule: of(account).find((one) => one.entitlement === entitlement)?.reason ?? '',
    }));
  return { grants: told(given, wanted), revokes: told([...replaced, ...taken], held) };
}

function difference(some: readonly string[], others: readonly string[]): string[] {
  const known = new Set(others);
  return some.filter((one) => !known.has(one));
}
