/** Vocabulary: what the rules of applications and groups speak of, held against the profile fields and groups there are. */
import type { Application } from './application.ts';
import { createExpressions, type ExpressionType } from './expression.ts';
import { groupFaults, type Group } from './group.ts';
import type { Fault } from './hr-event-input.ts';
import type { ProfileField } from './profile-field.ts';

/** The rules that are applied with a vocabulary. */
interface Rules {
  applications: readonly Pick<
    Application,
    'name' | 'scope' | 'mappings' | 'correlation' | 'birthrights' | 'groupPush'
  >[];
  groups: readonly Group[];
}

/** The rules with the vocabulary that they speak. */
export interface Spoken extends Rules {
  fields: readonly ProfileField[];
}

/** Every rule that a change of fields or groups would break, and why: `applications.crm.scope`. */
export function brokenRules(before: Spoken, after: Spoken): Fault[] {
  const known = new Set(vocabularyFaults(before).map(keyOf));
  return vocabularyFaults(after).filter((fault) => !known.has(keyOf(fault)));
}

function keyOf({ field, problem }: Fault): string {
  return `${field} ${problem}`;
}

function vocabularyFaults({ applications, groups, fields }: Spoken): Fault[] {
  const expressions = createExpressions(fields, groups);
  const known = { fields: new Set(fields.map(({ name }) => name)), groups: new Set(groups.map(({ name }) => name)) };
  return [
    ...groupFaults(groups, (rule) => expressions.fault(rule, 'group rule')),
    ...applications.flatMap((application) => [
      ...expressionsIn(application).flatMap(({ field, expression, type }) => {
        const problem = expressions.fault(expression, type);
        return problem === undefined ? [] : [{ field, problem: `${expression}: ${problem}` }];
      }),
      ...nameFaults(application, known),
    ]),
  ];
}

/** Fields that are mapped as they are, and groups that are pushed by name. */
function nameFaults(
  { name, mappings, groupPush }: Rules['applications'][number],
  known: { fields: ReadonlySet<string>; groups: ReadonlySet<string> },
): Fault[] {
  const mapped = mappings.flatMap(({ attribute, field }) =>
    field === undefined || known.fields.has(field)
      ? []
      : [{ field: `applications.${name}.mappings.${attribute}`, problem: `"${field}" is no profile field` }],
  );
  const pushed = groupPush
    .flatMap(({ groups }) => groups)
    .filter((group) => !group.includes('*') && !known.groups.has(group))
    .map((group) => ({ field: `applications.${name}.groupPush`, problem: `"${group}" is no group` }));
  return [...mapped, ...pushed];
}

function expressionsIn({
  name,
  scope,
  mappings,
  correlation,
  birthrights,
}: Rules['applications'][number]): { field: string; expression: string; type: ExpressionType }[] {
  const inMapping = (attribute: string) => `applications.${name}.mappings.${attribute}`;
  return [
    { field: `applications.${name}.scope`, expression: scope, type: 'condition' },
    ...mappings.flatMap(({ attribute, expression, alternatives = [] }) => [
      ...(expression === undefined ? [] : [{ field: inMapping(attribute), expression, type: 'value' as const }]),
      ...alternatives.map((one, index) => ({
        field: `${inMapping(attribute)}.alternatives.${index}`,
        expression: one,
        type: 'alternative' as const,
      })),
    ]),
    ...correlation.map(({ attribute, expression }) => ({
      field: `applications.${name}.correlation.${attribute}`,
      expression,
      type: 'value' as const,
    })),
    ...birthrights.map(({ name: called, when }, index) => ({
      field: `applications.${name}.birthrights.${called ?? index}.when`,
      expression: when,
      type: 'condition' as const,
    })),
  ];
}
