/** An application as administrators write it down: its shape, and everything that can be told of it without asking anybody. */
import { z } from 'zod';
import { ALL_TOGGLES, DEFAULT_REMOVAL, type Application } from '#domain/application.ts';
import { createExpressions } from '#domain/expression.ts';
import type { Fault } from '#domain/hr-event-input.ts';
import { readNewOwner } from '#domain/ownership.ts';
import { ruleFaults } from '#domain/rule-faults.ts';
import { shortened, storageFault } from '#domain/text.ts';
import { connectorTypes } from '#connectors/registry.ts';
import type { Policy } from '#directory/policy.ts';

/** A name of something, here or in the application; longer ones are nowhere. */
const name = z.string().min(1, 'must say something').max(255, 'must have at most 255 characters');
/** So many rules of one kind nobody writes, and each is tried for everybody. */
const atMost = <T extends z.ZodType>(one: T, most: number) =>
  z.array(one).max(most, `must have at most ${most} entries`);
const entitlement = z.strictObject({ type: name, name });
const attributeValue = z.union([z.string(), z.number(), z.boolean()]);
const depth = z.enum(['freeze', 'deactivate', 'delete']);
const mapping = z
  .strictObject({
    attribute: name,
    field: z.string().optional(),
    constant: attributeValue.optional(),
    expression: z.string().optional(),
    default: attributeValue.optional(),
    whenEmpty: z.enum(['clear', 'leave']).optional(),
    onCreateOnly: z.boolean().optional(),
    alternatives: atMost(z.string(), 10).optional(),
  })
  .refine(
    ({ field, constant, expression }) =>
      [field, constant, expression].filter((source) => source !== undefined).length === 1,
    'must have exactly one of field, constant and expression',
  );

const importMapping = z
  .strictObject({
    field: name,
    attribute: name.optional(),
    expression: z.string().optional(),
    constant: attributeValue.optional(),
  })
  .refine(
    ({ attribute, expression, constant }) =>
      [attribute, expression, constant].filter((source) => source !== undefined).length === 1,
    'must have exactly one of attribute, expression and constant',
  );

/** `secret` may be left out where the application is known. */
export const applicationSchema = z.strictObject({
  name: z.string().regex(/^[a-z][a-z0-9-]{0,62}$/, 'must be lower-case letters, digits and hyphens'),
  label: name,
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
  usernameAttribute: name,
  usernameSuffix: z
    .string()
    .regex(/^(\.[A-Za-z0-9.-]{1,30})?$/, 'must start with a dot, such as .uat')
    .default(''),
  mappings: atMost(mapping, 500),
  correlation: atMost(z.strictObject({ attribute: name, expression: z.string() }), 20).min(1),
  birthrights: atMost(
    z.strictObject({ name: name.optional(), when: z.string(), grant: atMost(entitlement, 200).min(1) }),
    1_000,
  ),
  groupPush: atMost(
    z.strictObject({ groups: atMost(name, 1_000).min(1), type: name, name: z.string().min(1) }),
    100,
  ).default([]),
  removal: z
    .strictObject({
      leaver: depth.default('deactivate'),
      outOfScope: z.union([depth, z.literal('keep')]).default('deactivate'),
      deleteAfterDays: z.number().int().min(0).max(3650).default(0),
    })
    .default(DEFAULT_REMOVAL),
  protect: atMost(z.string(), 100).default([]),
  importMappings: atMost(importMapping, 500).default([]),
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
  const faults = unstorable(parsed.data, []);
  if (faults.length > 0)
    return { faults: faults.map(({ path, problem }) => ({ field: fieldOf(path, document), problem })) };
  const { secret, ...application } = parsed.data;
  return { application, secret };
}

/** No document is nested so deeply. */
const DEEPEST = 20;

/** Texts anywhere in a document that can not be stored. */
function unstorable(value: unknown, path: readonly string[]): { path: readonly string[]; problem: string }[] {
  if (path.length > DEEPEST) return [{ path: path.slice(0, 3), problem: 'is nested too deeply' }];
  if (typeof value === 'string') {
    const problem = storageFault(value);
    return problem === undefined ? [] : [{ path, problem }];
  }
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, one]) => [
    ...unstorable(one, [...path, key]),
    ...unstorableKey(key, path),
  ]);
}

function unstorableKey(key: string, path: readonly string[]): { path: readonly string[]; problem: string }[] {
  const problem = storageFault(key);
  return problem === undefined ? [] : [{ path, problem: `has a name that ${problem}` }];
}

function shapeFaults(issue: z.core.$ZodIssue, document: unknown): Fault[] {
  if (issue.code !== 'unrecognized_keys')
    return [{ field: fieldOf(issue.path, document) || 'document', problem: shortened(issue.message) }];
  return issue.keys.map((key) => ({
    field: fieldOf([...issue.path, shortened(key)], document),
    problem: 'is not a known field',
  }));
}

/** `mappings.Department.default`: mappings by their attribute, other lists by position. */
function fieldOf(path: readonly PropertyKey[], document: unknown): string {
  const [part, index, ...rest] = path;
  if (part !== 'mappings' || index === undefined) return path.map(String).join('.');
  const { mappings } = document as { mappings: unknown[] };
  const attribute = (mappings[Number(index)] as { attribute?: unknown } | null)?.attribute;
  return [part, typeof attribute === 'string' && attribute !== '' ? shortened(attribute) : index, ...rest]
    .map(String)
    .join('.');
}

/** What profile fields and groups the rules may speak of. */
export type RulesPolicy = Pick<Policy, 'fields' | 'groups'>;

/** Everything that is wrong with what an application's rules say by themselves: nobody is asked. */
export function documentFaults(application: Application, policy: RulesPolicy): Fault[] {
  const { mappings, usernameAttribute } = application;
  const mapped = mappings.some(({ attribute }) => attribute === usernameAttribute);
  return [
    ...(mapped ? [] : [{ field: 'usernameAttribute', problem: `"${usernameAttribute}" is not mapped` }]),
    ...ruleFaults(application, policy.fields, createExpressions(policy.fields, policy.groups)),
    ...twiceFaults(application),
    ...namesakeFaults(application),
  ];
}

/** What keeps an application from being asked: its connector, settings or secret. */
export function connectionFaults({ connector, settings }: Application, secret: unknown): Fault[] {
  const type = connectorTypes.get(connector);
  if (!type) return [{ field: 'connector', problem: `must be one of ${[...connectorTypes.keys()].join(', ')}` }];
  const faults = (part: string, result: z.ZodSafeParseResult<unknown>): Fault[] =>
    result.success
      ? []
      : result.error.issues.map(({ path, message }) => ({
          field: [part, ...path].join('.'),
          problem: shortened(message),
        }));
  const missing = { field: 'secret', problem: 'is missing: an application that is new needs one' };
  return [
    ...faults('settings', type.settings.safeParse(settings)),
    ...(secret === undefined ? [missing] : faults('secret', type.secret.safeParse(secret))),
  ];
}

/** A secret that was stored is sent nowhere but where it was given for: whoever names another place has to know it. */
export function keptSecretFaults(known: Application, application: Application): Fault[] {
  const same = JSON.stringify(placesOf(known)) === JSON.stringify(placesOf(application));
  const problem = 'has to be given again: what is stored was given for another connector or address';
  return same ? [] : [{ field: 'secret', problem }];
}

/** The connector, and the origin of every address among the settings. */
function placesOf({ connector, settings }: Application): string[] {
  const addresses = Object.entries(settings).flatMap(([name, value]) =>
    typeof value === 'string' && URL.canParse(value) ? [`${name} ${new URL(value).origin}`] : [],
  );
  return [connector, ...addresses.toSorted()];
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
