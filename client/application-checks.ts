/** An application's rules against the application itself: it is asked what it takes, and people are tried in them. */
import type { Application } from '#domain/application.ts';
import type { Schema } from '#domain/application-schema.ts';
import type { Expressions } from '#domain/expression.ts';
import { grantFaults } from '#domain/grant-faults.ts';
import type { Fault } from '#domain/hr-event-input.ts';
import { mappingFaults } from '#domain/mapping-faults.ts';
import { personFaults } from '#domain/person-faults.ts';
import { connectorTypes } from '#connectors/registry.ts';
import { applicationState } from '#directory/application-states.ts';
import type { Sql } from '#directory/database.ts';
import { streamPeople } from '#directory/people.ts';

/** How long an application may take to say what it takes: somebody waits for the answer. */
const PATIENCE_MS = 5_000;

/** `faults`: what makes the rules unusable. `warnings`: what somebody should know, such as whose values do not fit. */
export interface Checked {
  faults: Fault[];
  warnings: string[];
}

/**
 * Asks the application what it takes, and holds the rules against that; where nothing is wrong with them, `known` faults
 * included, everybody they are for is tried in them. An application that can not be asked is a warning. Reads only.
 */
export async function checkRules(
  directory: Sql,
  application: Application,
  secret: unknown,
  expressions: Expressions,
  known: readonly Fault[],
): Promise<Checked> {
  const { pause } = await applicationState(directory, application.name);
  const asked = pause ? { why: `it is paused: ${pause.reason}` } : await askSchema(application, secret);
  if ('why' in asked) {
    const later = `joinery app check ${application.name} does it later`;
    return { faults: [...known], warnings: [`not checked against the application: ${asked.why}; ${later}`] };
  }
  const { schema } = asked;
  const faults = [...known, ...mappingFaults(application, schema, expressions), ...grantFaults(application, schema)];
  if (faults.length > 0) return { faults, warnings: [] };
  return { faults, warnings: await tryEverybody(directory, application, schema, expressions) };
}

async function askSchema(
  { connector: name, settings }: Application,
  secret: unknown,
): Promise<{ schema: Schema } | { why: string }> {
  const type = connectorTypes.get(name);
  if (!type) throw new Error(`there is no connector "${name}"`);
  const connector = type.connect(type.settings.parse(settings), type.secret.parse(secret));
  const context = { signal: AbortSignal.timeout(PATIENCE_MS) };
  try {
    const described = await connector.describe(context);
    const entitlements = await connector.listEntitlements?.(context);
    return { schema: { ...described, ...(entitlements ? { entitlements } : {}) } };
  } catch (error) {
    if (context.signal.aborted) return { why: `it did not answer within ${PATIENCE_MS / 1000} seconds` };
    if (!(error instanceof Error) || !('kind' in error)) throw error;
    const remedy = 'remedy' in error && typeof error.remedy === 'string' ? ` (${error.remedy})` : '';
    return { why: `${error.message}${remedy}` };
  }
}

/** People named in a warning. */
const NAMED = 5;

/** What would be refused of people who have not left, told once for all of them. */
async function tryEverybody(
  directory: Sql,
  application: Application,
  schema: Schema,
  expressions: Expressions,
): Promise<string[]> {
  const found = new Map<string, { fault: Fault; count: number; first: string[] }>();
  for await (const person of streamPeople(directory)) {
    if (person.status === 'left') continue;
    for (const fault of personFaults(application, schema, person, expressions)) {
      const key = `${fault.field} ${fault.problem}`;
      const one = found.get(key) ?? { fault, count: 0, first: [] };
      if (one.count < NAMED) one.first.push(person.employeeNumber);
      found.set(key, { ...one, count: one.count + 1 });
    }
  }
  return [...found.values()].map(({ fault: { field, problem }, count, first }) => {
    const whom = count === 1 ? '1 person' : `${count} people`;
    return `${field} ${problem}: ${whom} (${first.join(', ')}${count > first.length ? ', …' : ''})`;
  });
}
