/** An application as administrators write it down: its shape, and everything that can be told of it without asking anybody. */
import { z } from 'zod';
import { ALL_TOGGLES, DEFAULT_REMOVAL, type Application } from '#domain/application.ts';
import { createExpressions, type Expressions, type ExpressionType } from '#domain/expression.ts';
import { pushFaults } from '#domain/group-push.ts';
import type { Fault } from '#domain/hr-event-input.ts';
import { nearNames } from '#domain/near-names.ts';
import { readNewOwner } from '#domain/ownership.ts';
import { connectorTypes } from '#connectors/registry.ts';
import type { Policy } from '#directory/policy.ts';

const entitlement = z.strictObject({ type: z.string().min(1), name: z.string().min(1) });
const attributeValue = z.union([z.string(), z.number(), z.boolean()]);
const depth = z.enum(['freeze', 'deactivate', 'delete']);
const mapping = z
  .strictObject({
    attribute: z.string().min(1),
    field: z.string().optional(),
    constant: attributeValue.optional(),
    expression: z.string().optional(),
    default: attributeValue.optional(),
    whenEmpty: z.enum(['clear', 'leave']).optional(),
    onCreateOnly: z.boolean().optional(),
    alternatives: z.array(z.string()).max(10).optional(),
  })
  .refine(
    ({ field, constant, expression }) =>
      [field, constant, expression].filter((source) => source !== undefined).length === 1,
    'must have exactly one of field, constant and expression',
  );

/** `secret` may be left out where the application is known. */
export const applicationSchema = z.strictObject({
  name: z.string().regex(/^[a-z][a-z0-9-]{0,62}$/, 'must be lower-case letters, digits and hyphens'),
  label: z.string().min(1),
  connector: z.string(),
  settings: z.record(z.string(), z.unknown()),
  secret: z.record(z.string(), z.unknown()).optional(),
  enabled: z.boolean().default(true),
  mode: z.enum(['provision', 'link-only']).default('provision'),
  toggles: z
    .strictObject({
      importUsers: z.boolean().default(true),
      createUser: z.boolean().default(true),
      editUser: z.boolean().default(true),
      deleteUser: z.boolean().default(true),
      passwordSync: z.boolean().default(true),
    })
    .default(ALL_TOGGLES),
  scope: z.string().default('true'),
  usernameAttribute: z.string().min(1),
  usernameSuffix: z
    .string()
    .regex(/^(\.[A-Za-z0-9.-]{1,30})?$/, 'must start with a dot, such as .uat')
    .default(''),
  mappings: z.array(mapping),
  correlation: z.array(z.strictObject({ attribute: z.string().min(1), expression: z.string() })).min(1),
  birthrights: z.array(
    z.strictObject({ name: z.string().min(1).optional(), when: z.string(), grant: z.array(entitlement).min(1) }),
  ),
  groupPush: z
    .array(
      z.strictObject({ groups: z.array(z.string().min(1)).min(1), type: z.string().min(1), name: z.string().min(1) }),
    )
    .default([]),
  removal: z
    .strictObject({
      leaver: depth.default('deactivate'),
      outOfScope: z.union([depth, z.literal('keep')]).default('deactivate'),
      deleteAfterDays: z.number().int().min(0).max(3650).default(0),
    })
    .default(DEFAULT_REMOVAL),
  protect: z.array(z.string()).default([]),
  transfer: z
    .array(
      z.strictObject({
        objects: z.array(z.string().regex(/^[A-Za-z]\w*$/, 'must be the API name of an object')).min(1),
        to: z
          .array(
            z
              .string()
              .refine(
                (text) => readNewOwner(text) !== undefined,
                'must be successor, manager, user:NAME or queue:NAME',
              ),
          )
          .min(1),
      }),
    )
    .default([]),
  apiReserve: z.number().min(0).max(1).default(0.1),
});

export type ReadDocument =
  | { application: Application; secret: Record<string, unknown> | undefined }
  | { faults: Fault[] };

/** Reads a document's shape. Answers the application, or everything that is wrong with its shape, each named. */
export function readDocument(document: unknown): ReadDocument {
  const parsed = applicationSchema.safeParse(document);
  if (!parsed.success) return { faults: parsed.error.issues.flatMap((issue) => shapeFaults(issue, document)) };
  const { secret, ...application } = parsed.data;
  return { application, secret };
}

function shapeFaults(issue: z.core.$ZodIssue, document: unknown): Fault[] {
  if (issue.code !== 'unrecognized_keys')
    return [{ field: fieldOf(issue.path, document) || 'document', problem: issue.message }];
  return issue.keys.map((key) => ({ field: fieldOf([...issue.path, key], document), problem: 'is not a known field' }));
}

/** `mappings.Department.default`: mappings by their attribute, other lists by position. */
function fieldOf(path: readonly PropertyKey[], document: unknown): string {
  const [part, index, ...rest] = path;
  if (part !== 'mappings' || typeof index !== 'number') return path.join('.');
  const { mappings } = document as { mappings: unknown[] };
  const attribute = (mappings[index] as { attribute?: unknown } | null)?.attribute;
  return [part, typeof attribute === 'string' && attribute !== '' ? attribute : index, ...rest].join('.');
}

/** What profile fields and groups the rules may speak of. */
export type RulesPolicy = Pick<Policy, 'fields' | 'groups'>;

/** Everything that is wrong with an application by itself: nobody is asked. */
export function documentFaults(application: Application, secret: unknown, policy: RulesPolicy): Fault[] {
  return [
    ...connectorFaults(application, secret),
    ...fieldFaults(application, policy),
    ...expressionFaults(application, createExpressions(policy.fields, policy.groups)),
    ...twiceFaults(application),
    ...namesakeFaults(application),
  ];
}

function connectorFaults({ connector, settings, usernameAttribute, mappings }: Application, secret: unknown): Fault[] {
  const type = connectorTypes.get(connector);
  if (!type) return [{ field: 'connector', problem: `must be one of ${[...connectorTypes.keys()].join(', ')}` }];
  const faults = (part: string, result: z.ZodSafeParseResult<unknown>): Fault[] =>
    result.success
      ? []
      : result.error.issues.map(({ path, message }) => ({ field: [part, ...path].join('.'), problem: message }));
  const mapped = mappings.some(({ attribute }) => attribute === usernameAttribute);
  return [
    ...faults('settings', type.settings.safeParse(settings)),
    ...faults('secret', type.secret.safeParse(secret)),
    ...(mapped ? [] : [{ field: 'usernameAttribute', problem: `"${usernameAttribute}" is not mapped` }]),
  ];
}

function fieldFaults({ mappings }: Application, { fields }: RulesPolicy): Fault[] {
  const known = [...fields.map(({ name }) => name), 'employeeNumber', 'startDate'];
  return mappings.flatMap(({ attribute, field }) =>
    field === undefined || known.includes(field)
      ? []
      : [
          {
            field: `mappings.${attribute}`,
            problem: `"${field}" is not a profile field; did you mean ${nearNames(field, known).join(', ')}?`,
          },
        ],
  );
}

function expressionFaults(
  { scope, mappings, correlation, birthrights, groupPush, protect }: Application,
  expressions: Expressions,
): Fault[] {
  const check = (field: string, expression: string, type: ExpressionType): Fault[] => {
    const problem = expressions.fault(expression, type);
    return problem ? [{ field, problem: `${expression}: ${problem}` }] : [];
  };
  return [
    ...check('scope', scope, 'condition'),
    ...mappings.flatMap(({ attribute, expression, alternatives = [] }) => [
      ...(expression === undefined ? [] : check(`mappings.${attribute}`, expression, 'value')),
      ...alternatives.flatMap((one, index) => check(`mappings.${attribute}.alternatives.${index}`, one, 'alternative')),
    ]),
    ...correlation.flatMap(({ attribute, expression }) => check(`correlation.${attribute}`, expression, 'value')),
    ...birthrights.flatMap(({ when }, index) => check(`birthrights.${index}.when`, when, 'condition')),
    ...protect.flatMap((condition, index) => check(`protect.${index}`, condition, 'account condition')),
    ...groupPush.flatMap((rule, index) => {
      const faults = check(`groupPush.${index}.name`, rule.name, 'push name');
      return faults.length > 0
        ? faults
        : pushFaults(rule, expressions).map(({ field, problem }) => ({
            field: `groupPush.${index}.${field}`,
            problem,
          }));
    }),
  ];
}

/** An attribute has one value. */
function twiceFaults({ mappings }: Application): Fault[] {
  const names = mappings.map(({ attribute }) => attribute);
  const twice = new Set(names.filter((name, index) => names.indexOf(name) !== index));
  return [...twice].map((name) => ({ field: `mappings.${name}`, problem: 'is mapped more than once' }));
}

/** Two people may be wanted under one name; the first rule must tell whose account it is whatever it came to be called. */
function namesakeFaults({ mappings, correlation }: Application): Fault[] {
  const attribute = correlation[0]?.attribute;
  if (!mappings.some((one) => one.attribute === attribute && (one.alternatives ?? []).length > 0)) return [];
  const problem = `"${attribute}" has alternatives: correlate first by what is one person's alone, such as the employee number`;
  return [{ field: 'correlation.0', problem }];
}
