/** Group push: groups that are made in an application as entitlements, held there by the members they have here. */
import { ExpressionError, type Expressions } from './expression.ts';
import { matchesGlob } from './glob.ts';
import type { Group } from './group.ts';
import type { Fault } from './hr-event-input.ts';
import { nearNames } from './near-names.ts';
import type { Person } from './person.ts';
import type { WantedEntitlement } from './plan.ts';
import { shortened } from './text.ts';

export interface GroupPush {
  /** Names of groups; `*` stands for any characters, `?` for one. */
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

/** What is wrong with a rule whose name expression is without fault, by its part: what it pushes, and under which names. */
export function pushFaults(rule: GroupPush, expressions: Expressions): Fault[] {
  const known = expressions.groups.map(({ name }) => name);
  const unknown = rule.groups.filter((pattern) => !/[*?]/.test(pattern) && !known.includes(pattern));
  return [
    ...unknown.map((name) => {
      const near = nearNames(name, known).join(', ');
      const suggestion = near === '' ? '' : `; did you mean ${near}?`;
      return { field: 'groups', problem: `"${shortened(name)}" is not a group${suggestion}` };
    }),
    ...nameFaults(rule, expressions),
  ];
}

/** Every group has a name of its own there. */
function nameFaults(rule: GroupPush, expressions: Expressions): Fault[] {
  const groupOf = new Map<string, string>();
  return pushedGroups(rule, expressions).flatMap((group): Fault[] => {
    const problem = attempted(() => {
      const name = expressions.pushName(rule.name, group);
      if (name === '') return `gives no name for the group ${group.name}`;
      const other = groupOf.get(name.toLowerCase());
      groupOf.set(name.toLowerCase(), group.name);
      return other === undefined ? undefined : `gives "${name}" for the groups ${other} and ${group.name}`;
    });
    return problem === undefined ? [] : [{ field: 'name', problem }];
  });
}

function attempted(find: () => string | undefined): string | undefined {
  try {
    return find();
  } catch (error) {
    if (error instanceof ExpressionError) return `can not be computed: ${error.message}`;
    throw error;
  }
}

/** The groups that a rule pushes. */
export function pushedGroups(rule: GroupPush, expressions: Expressions): Group[] {
  return expressions.groups.filter(({ name }) => rule.groups.some((pattern) => matchesGlob(name, pattern)));
}
