/** Pushed groups: which groups are to be which entitlements in an application, and what is wrong with that. */
import type { Entitlement, EntitlementType } from './account.ts';
import type { Application } from './application.ts';
import { ExpressionError, type Expressions } from './expression.ts';
import { matchesGlob } from './glob.ts';
import type { Group } from './group.ts';

/** A group as an entitlement of an application; `fault`: why it can not be one, and is not pushed. */
export interface PushedGroup extends Entitlement {
  group: string;
  label: string;
  fault?: string;
}

/** Every group that a rule names, in the order of the rules, each once for a type; the first rule that names it gives its name. */
export function pushedGroups(
  { groupPush }: Pick<Application, 'groupPush'>,
  types: readonly EntitlementType[],
  groups: readonly Group[],
  expressions: Expressions,
): PushedGroup[] {
  const pushed: PushedGroup[] = [];
  for (const rule of groupPush) {
    const { type, name } = rule;
    for (const group of groups) {
      if (!rule.groups.some((pattern) => matchesGlob(group.name, pattern))) continue;
      if (pushed.some((one) => one.group === group.name && one.type === type)) continue;
      const { label } = group;
      const of = { group: group.name, type, label };
      const named = nameOf(name, group, expressions);
      if (!types.some((one) => one.type === type && one.definable))
        pushed.push({ ...of, name: named.name, fault: `a ${type} can not be made there` });
      else pushed.push({ ...of, ...named });
    }
  }
  return pushed.map((one) => ({ ...one, ...sharing(one, pushed) }));
}

function nameOf(expression: string, group: Group, expressions: Expressions): { name: string; fault?: string } {
  try {
    const name = expressions.pushName(expression, group);
    return name === '' ? { name, fault: `${expression} gives no name` } : { name };
  } catch (error) {
    if (error instanceof ExpressionError) return { name: '', fault: error.message };
    throw error;
  }
}

/** Two groups of one name would have each other's members. */
function sharing(one: PushedGroup, all: PushedGroup[]): { fault?: string } {
  if (one.fault !== undefined) return {};
  const same = all.filter(
    (other) =>
      other.group !== one.group && other.type === one.type && other.name.toLowerCase() === one.name.toLowerCase(),
  );
  if (same.length === 0) return {};
  return { fault: `${one.type} ${one.name} would also be that of ${same.map(({ group }) => group).join(', ')}` };
}
