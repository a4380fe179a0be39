/** Applications as administrators set them up: checked as a whole before they are stored, their secret sealed. */
import { z } from 'zod';
import type { Entitlement } from '#domain/account.ts';
import { ALL_TOGGLES, DEFAULT_REMOVAL, type Application } from '#domain/application.ts';
import { createExpressions, type Expressions, type ExpressionType } from '#domain/expression.ts';
import type { Fault } from '#domain/hr-event-input.ts';
import { readNewOwner } from '#domain/ownership.ts';
import type { Verification } from '#domain/verification.ts';
import type { Blocker } from '#domain/blocker.ts';
import { connectorTypes } from '#connectors/registry.ts';
import { findAccount } from '#directory/accounts.ts';
import { openSecret, sealSecret } from '#directory/application-secrets.ts';
import { listApplicationStates, type ApplicationState } from '#directory/application-states.ts';
import { findApplication, listApplications, saveApplication } from '#directory/applications.ts';
import { recordAudit } from '#directory/audit.ts';
import { loadPolicy } from '#directory/policy.ts';
import type { Sql } from '#directory/database.ts';
import { listTasks } from '#directory/tasks.ts';
import type { Task } from '#domain/task.ts';
import type { Sealer } from '#directory/sealing.ts';

const entitlement = z.strictObject({ type: z.string().min(1), name: z.string().min(1) });
const attributeValue = z.union([z.string(), z.number(), z.boolean()]);
const depth = z.enum(['freeze', 'deactivate', 'delete']);
const applicationSchema = z.strictObject({
  name: z.string().regex(/^[a-z][a-z0-9-]{0,62}$/, 'must be lower-case letters, digits and hyphens'),
  label: z.string().min(1),
  connector: z.string(),
  settings: z.record(z.string(), z.unknown()),
  secret: z.record(z.string(), z.unknown()),
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
  mappings: z.array(
    z.strictObject({
      attribute: z.string().min(1),
      field: z.string().optional(),
      constant: attributeValue.optional(),
      expression: z.string().optional(),
      default: attributeValue.optional(),
      whenEmpty: z.enum(['clear', 'leave']).optional(),
      onCreateOnly: z.boolean().optional(),
      alternatives: z.array(z.string()).max(10).optional(),
    }),
  ),
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

/** The document was refused; every fault is named and nothing was stored. */
class ApplicationError extends Error {
  override readonly name = 'ApplicationError';
  readonly faults: Fault[];

  constructor(faults: Fault[]) {
    super(`application: ${faults.map(({ field, problem }) => `${field} ${problem}`).join('; ')}`);
    this.faults = faults;
  }
}

/** Adds or replaces an application. Throws ApplicationError. Safe to repeat. */
export async function addApplication(
  directory: Sql,
  sealer: Sealer,
  document: unknown,
  actor: string,
): Promise<Application> {
  const parsed = applicationSchema.safeParse(document);
  if (!parsed.success)
    throw new ApplicationError(
      parsed.error.issues.map(({ path, message }) => ({ field: path.join('.'), problem: message })),
    );
  const { secret, ...application } = parsed.data;
  const { fields, groups } = await loadPolicy(directory);
  const faults = [
    ...connectorFaults(application, secret),
    ...expressionFaults(application, createExpressions(fields, groups)),
    ...namesakeFaults(application),
  ];
  if (faults.length > 0) throw new ApplicationError(faults);

  const sealedSecret = sealSecret(sealer, application.name, secret);
  await directory.begin(async (tx) => {
    const before = await findApplication(tx, application.name);
    await saveApplication(tx, { ...application, sealedSecret });
    const { sealedSecret: _sealed, ...old } = before ?? { sealedSecret: undefined };
    await recordAudit(tx, {
      actor,
      action: 'application saved',
      subject: application.name,
      detail: { old, new: application },
    });
  });
  return application;
}

/** An application as it is shown: without its secret, with how it stands. */
export type ShownApplication = Application & Pick<ApplicationState, 'pause' | 'usage'>;

/** Every application without its secret, whether it is paused, and what is known of its API calls. */
export async function showApplications(directory: Sql): Promise<ShownApplication[]> {
  const [applications, states] = await Promise.all([listApplications(directory), listApplicationStates(directory)]);
  const byName = new Map(states.map((state) => [state.application, state]));
  return applications.map(({ sealedSecret: _sealed, version: _version, ...application }) => {
    const { pause = null, usage = null } = byName.get(application.name) ?? {};
    return { ...application, pause, usage };
  });
}

/** Asks the application who we are there. Undefined when there is no such application; throws ConnectorError. */
export async function verifyApplication(
  directory: Sql,
  sealer: Sealer,
  name: string,
): Promise<Verification | undefined> {
  return (await connectTo(directory, sealer, name))?.verify();
}

/** What can be granted in an application, with labels. Undefined likewise. */
export async function listEntitlements(
  directory: Sql,
  sealer: Sealer,
  name: string,
): Promise<(Entitlement & { label: string })[] | undefined> {
  const connector = await connectTo(directory, sealer, name);
  return connector && ((await connector.listEntitlements?.()) ?? []);
}

/** Somebody who has left and could not be deactivated, with what the application can tell of the reasons. */
export interface Blocked {
  task: Task;
  blockers: Blocker[];
}

/** Everybody whose deactivation is blocked now, oldest first. Undefined likewise. */
export async function listBlocked(directory: Sql, sealer: Sealer, name: string): Promise<Blocked[] | undefined> {
  const connector = await connectTo(directory, sealer, name);
  if (!connector) return undefined;
  const tasks = await listTasks(directory, { state: 'open', application: name, kind: 'blocked' });
  const accounts = await Promise.all(tasks.map(({ employeeNumber }) => findAccount(directory, employeeNumber, name)));
  const ids = accounts.flatMap((account) => (account ? [account.nativeId] : []));
  const found = ids.length > 0 ? ((await connector.blockers?.(ids)) ?? []) : [];
  const byId = new Map(ids.map((id, index) => [id, found[index] ?? []]));
  return tasks.map((task, index) => ({ task, blockers: byId.get(accounts[index]?.nativeId ?? '') ?? [] }));
}

async function connectTo(directory: Sql, sealer: Sealer, name: string) {
  const application = await findApplication(directory, name);
  if (!application) return undefined;
  const type = connectorTypes.get(application.connector);
  if (!type) throw new ApplicationError([{ field: 'connector', problem: `"${application.connector}" is not known` }]);
  const secret = type.secret.parse(openSecret(sealer, application));
  return type.connect(type.settings.parse(application.settings), secret);
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

function expressionFaults(
  { scope, mappings, correlation, birthrights }: Application,
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
  ];
}

/** Two people may be wanted under one name; the first rule must tell whose account it is whatever it came to be called. */
function namesakeFaults({ mappings, correlation }: Application): Fault[] {
  const attribute = correlation[0]?.attribute;
  if (!mappings.some((mapping) => mapping.attribute === attribute && (mapping.alternatives ?? []).length > 0))
    return [];
  const problem = `"${attribute}" has alternatives: correlate first by what is one person's alone, such as the employee number`;
  return [{ field: 'correlation.0', problem }];
}
