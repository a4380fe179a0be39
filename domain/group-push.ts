/** Group push: groups that are made in an application as entitlements, held there by the members they have here. */
import type { Expressions } from './expression.ts';
import { matchesGlob } from './glob.ts';
import type { Group } from './group.ts';
import type { Person } from './person.ts';
import type { WantedEntitlement } from './plan.ts';

export interface GroupPush {
  /** Names of groups; `*` stands for any characters. */
  groups: string[];
  /** The type of entitlement, such as `public-group`. */
  type: string;
  /** An expression over `group` and `label` that names the entitlement. */
  name: string;
}

/** What the rule gives a person, by the groups they are in. Throws ExpressionError when a name can not be computed. */
export function pushedEntitlements(rule: GroupPush, person: Person, expressions: Expressions): WantedEntitlement[] {
  const memberOf = new Set(expressions.groupsOf(person));
  return pushedGroups(rule, expressions)
    .filter(({ name }) => memberOf.has(name))
    .map((group) => ({
      entitlement: { type: rule.type, name: expressions.pushName(rule.name, group) },
      reason: `group ${group.name}`,
    }))
    .filter(({ entitlement }) => entitlement.name !== '');
}

/** The groups that a rule pushes. */
export function pushedGroups(rule: GroupPush, expressions: Expressions): Group[] {
  return expressions.groups.filter(({ name }) => rule.groups.some((pattern) => matchesGlob(name, pattern)));
}
