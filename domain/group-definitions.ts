/** Group definitions: which entitlements the groups of an application's push rules are to be there, and what is wrong with that. */
import type { Entitlement, EntitlementType } from './account.ts';
import { ExpressionError, type Expressions } from './expression.ts';
import { pushedGroups, type GroupPush } from './group-push.ts';
import type { Group } from './group.ts';

/** A group as an entitlement of an application; `fault`: why it can not be one, and is not pushed. */
export interface GroupDefinition extends Entitlement {
  group: string;
  label: string;
  fault?: string;
}

/** One for every group that a rule names, in the order of the rules; the same once, whatever rules say it. */
export function groupDefinitions(
  rules: readonly GroupPush[],
  types: readonly EntitlementType[],
  expressions: Expressions,
): GroupDefinition[] {
  const all: GroupDefinition[] = [];
  for (const rule of rules) {
    const canBeMade = types.some(({ type, definable }) => type === rule.type && definable);
    for (const group of pushedGroups(rule, expressions)) {
      const one = {
        group: group.name,
        type: rule.type,
        label: group.label,
        ...(canBeMade
          ? nameOf(rule.name, group, expressions)
          : { name: '', fault: `a ${rule.type} can not be made there` }),
      };
      if (!all.some((other) => other.group === one.group && isSame(one, other))) all.push(one);
    }
  }
  return all.map((one) => ({ ...one, ...sharedFault(one, all) }));
}

function nameOf(expression: string, group: Group, expressions: Expressions): Pick<GroupDefinition, 'name' | 'fault'> {
  try {
    const name = expressions.pushName(expression, group);
    return name === '' ? { name, fault: `${expression} gives no name` } : { name };
  } catch (error) {
    if (error instanceof ExpressionError) return { name: '', fault: error.message };
    throw error;
  }
}

/** Two groups of one name would have each other's members. */
function sharedFault(one: GroupDefinition, all: GroupDefinition[]): Pick<GroupDefinition, 'fault'> {
  const others = all.filter((other) => other.group !== one.group && isSame(one, other) && other.fault === undefined);
  if (one.fault !== undefined || others.length === 0) return {};
  return { fault: `${one.type} ${one.name} is also what ${others.map(({ group }) => group).join(', ')} would be` };
}

function isSame(one: GroupDefinition, other: GroupDefinition): boolean {
  return one.type === other.type && one.name.toLowerCase() === other.name.toLowerCase();
}
