/** The groups that a person is in, and why. */
import type { Expressions } from '#domain/expression.ts';
import type { Group } from '#domain/group.ts';
import type { Person } from '#domain/person.ts';

export interface Membership {
  group: string;
  label: string;
  /** The group names the person. */
  byName: boolean;
  /** The group's rule, where it holds for the person. */
  byRule: string | null;
  /** Groups inside it that the person is in. */
  through: string[];
}

/** Every group the person is in, by name of the group. Throws ExpressionError when a rule can not be computed. */
export function membershipsOf(person: Person, groups: readonly Group[], language: Expressions): Membership[] {
  const found = new Set(language.groupsOf(person));
  return groups
    .filter(({ name }) => found.has(name))
    .map(({ name, label, rule, children }) => ({
      group: name,
      label,
      byName: person.memberOf?.includes(name) ?? false,
      byRule: rule !== null && language.holds(rule, person) ? rule : null,
      through: children.filter((child) => found.has(child)),
    }));
}
