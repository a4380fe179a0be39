/** Rule faults: what is wrong with an application's rules, held against the profile fields and groups there are. */
import type { Application } from './application.ts';
import { readFrom, type Expressions, type ExpressionType } from './expression.ts';
import { pushFaults } from './group-push.ts';
import type { Fault } from './hr-event-input.ts';
import { importRuleFaults } from './import-faults.ts';
import { nearNames, SUGGESTION } from './near-names.ts';
import type { ProfileField } from './profile-field.ts';
import { shortened } from './text.ts';

/** An application's rules, as far as they speak of profile fields and groups, or are expressions. */
export type Rules = Pick<
  Application,
  'scope' | 'mappings' | 'correlation' | 'birthrights' | 'groupPush' | 'protect' | 'importMappings'
>;

/** Everything that is wrong, each named by its place, such as `mappings.Title` or `birthrights.0.when`. */
export function ruleFaults(rules: Rules, fields: readonly ProfileField[], expressions: Expressions): Fault[] {
  return [
    ...fieldFaults(rules, fields),
    ...expressionFaults(rules, expressions),
    ...groupFaults(rules, expressions),
    ...importRuleFaults(rules.importMappings, fields, expressions),
  ];
}

/** Profile fields that are mapped as they are. */
function fieldFaults({ mappings }: Rules, fields: readonly Pick<ProfileField, 'name'>[]): Fault[] {
  const known = readFrom(fields);
  return mappings.flatMap(({ attribute, field }) => {
    if (field === undefined || known.includes(field)) return [];
    const problem = `"${shortened(field)}" is not a profile field${SUGGESTION}${nearNames(field, known).join(', ')}?`;
    return [{ field: `mappings.${attribute}`, problem }];
  });
}

function expressionFaults(rules: Rules, expressions: Expressions): Fault[] {
  return expressionsIn(rules).flatMap(({ field, expression, type }) => {
    const problem = expressions.fault(expression, type);
    return problem === undefined ? [] : [{ field, problem: `${shortened(expression)}: ${problem}` }];
  });
}

/** Groups that are pushed, of rules whose names can be made. */
function groupFaults({ groupPush }: Rules, expressions: Expressions): Fault[] {
  return groupPush.flatMap((rule, index) =>
    expressions.fault(rule.name, 'push name') === undefined
      ? pushFaults(rule, expressions).map(({ field, problem }) => ({ field: `groupPush.${index}.${field}`, problem }))
      : [],
  );
}

function expressionsIn({
  scope,
  mappings,
  correlation,
  birthrights,
  groupPush,
  protect,
}: Rules): { field: string; expression: string; type: ExpressionType }[] {
  const one = (field: string, expression: string, type: ExpressionType) => ({ field, expression, type });
  return [
    one('scope', scope, 'condition'),
    ...mappings.flatMap(({ attribute, expression, alternatives = [] }) => [
      ...(expression === undefined ? [] : [one(`mappings.${attribute}`, expression, 'value')]),
      ...alternatives.map((other, index) => one(`mappings.${attribute}.alternatives.${index}`, other, 'alternative')),
    ]),
    ...correlation.map(({ attribute, expression }) => one(`correlation.${attribute}`, expression, 'value')),
    ...birthrights.map(({ when }, index) => one(`birthrights.${index}.when`, when, 'condition')),
    ...groupPush.map(({ name }, index) => one(`groupPush.${index}.name`, name, 'push name')),
    ...protect.map((condition, index) => one(`protect.${index}`, condition, 'account condition')),
  ];
}
