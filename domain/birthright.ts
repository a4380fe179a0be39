/** Birthright: entitlements that follow from who somebody is, and which of them wins where only one can. */
import { sameEntitlement, type Entitlement, type EntitlementType } from './account.ts';
import type { Expressions } from './expression.ts';
import type { Person } from './person.ts';
import type { OutrankedEntitlement, WantedEntitlement } from './plan.ts';
import { shortened } from './text.ts';

/** Birthright: of types held once, such as a profile, the first rule that holds wins. */
export interface Birthright {
  /** What people call the rule. */
  name?: string | undefined;
  when: string;
  grant: Entitlement[];
}

/** What the rule gives a person, if anything. Throws ExpressionError when its condition can not be computed. */
export function birthrightEntitlements(
  rule: Birthright,
  person: Person,
  expressions: Expressions,
): WantedEntitlement[] {
  if (!expressions.holds(rule.when, person)) return [];
  const reason = birthrightLabel(rule);
  return rule.grant.map((entitlement) => ({ entitlement, reason }));
}

/** `birthright "Sales": department == "Sales"` */
export function birthrightLabel({ name, when }: Pick<Birthright, 'name' | 'when'>): string {
  return name === undefined ? `birthright ${shortened(when)}` : `birthright "${name}": ${shortened(when)}`;
}

/**
 * Which of the entitlements a person gets, in order of the rules that give them: each once, and of types that are held
 * once only the first. Those that lost are told with what they lost to.
 */
export function byPrecedence(
  given: readonly WantedEntitlement[],
  types: readonly EntitlementType[],
): { entitlements: WantedEntitlement[]; outranked: OutrankedEntitlement[] } {
  const entitlements: WantedEntitlement[] = [];
  const outranked: OutrankedEntitlement[] = [];
  for (const one of given) {
    if (entitlements.some((won) => sameEntitlement(won.entitlement, one.entitlement))) continue;
    const winner = isHeldOnce(types, one.entitlement)
      ? entitlements.find((won) => won.entitlement.type === one.entitlement.type)
      : undefined;
    if (winner) outranked.push({ ...one, by: winner.reason });
    else entitlements.push(one);
  }
  return { entitlements, outranked };
}

/** Whether an account has at most one entitlement of this type. */
export function isHeldOnce(types: readonly EntitlementType[], entitlement: Entitlement): boolean {
  return types.some(({ type, carried, single }) => (carried || single === true) && type === entitlement.type);
}
