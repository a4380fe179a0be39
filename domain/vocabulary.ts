/** Vocabulary: what the rules of applications and groups speak of, held against the profile fields and groups there are. */
import type { Application } from './application.ts';
import { createExpressions, type ExpressionType } from './expression.ts';
import { groupFaults, type Group } from './group.ts';
import type { Fault } from './hr-event-input.ts';
import type { ProfileField } from './profile-field.ts';

/** The rules that are applied with a vocabulary. */
export interface Rules {
  applications: readonly Pick<
    Application,
    'name' | 'scope' | 'mappings' | 'correlation' | 'birthrights' | 'groupPush'
  >[];
  groups: readonly Group[];
}

/** Every rule that could not be applied with these profile fields and groups, and why: `application crm, scope`. */
export function vocabularyFaults({ applications, groups }: Rules, fields: readonly ProfileField[]): Fault[] {
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
      : [{ field: `application ${name}, mapping of ${attribute}`, problem: `"${field}" is no profile field` }],
  );
  const pushed = groupPush
    .flatMap(({ groups }) => groups)
    .filter((group) => !group.includes('*') && !known.groups.has(group))
    .map((group) => ({ field: `application ${name}, groups that are pushed`, problem: `"${group}" is no group` }));
  return [...mapped, ...pushed];
}

function expressionsIn({
  name,
  scope,
  mappings,
  correlation,
  birthrights,
}: Rules['applications'][number]): { field: string; expression: string; type: ExpressionType }[] {
  const inMapping = (attribute: string) => `application ${name}, mapping of ${attribute}`;
  return [
    { field: `application ${name}, scope`, expression: scope, type: 'condition' },
    ...mappings.flatMap(({ attribute, expression, alternatives = [] }) => [
      ...(expression === undefined ? [] : [{ field: inMapping(attribute), expression, type: 'value' as const }]),
      ...alternatives.map((one, index) => ({
        field: `${inMapping(attribute)}, alternative ${index + 1}`,
        expression: one,
        type: 'alternative' as const,
      })),
    ]),
    ...correlation.map(({ attribute, expression }) => ({
      field: `application ${name}, correlation by ${attribute}`,
      expression,
      type: 'value' as const,
    })),
    ...birthrights.map(({ name: called, when }, index) => ({
      field: `application ${name}, birthright ${called ?? index + 1}`,
      expression: when,
      type: 'condition' as const,
    })),
  ];
}
