/** Group push: groups made in applications as the entitlements that their rules name. Who is in them follows from planning. */
import type { LabelledEntitlement } from '#domain/account.ts';
import { createExpressions } from '#domain/expression.ts';
import { groupDefinitions, type GroupDefinition } from '#domain/group-definitions.ts';
import { applicationState } from '#directory/application-states.ts';
import { findApplication, listApplications, type StoredApplication } from '#directory/applications.ts';
import { recordAudit } from '#directory/audit.ts';
import type { Sql } from '#directory/database.ts';
import { loadPolicy } from '#directory/policy.ts';
import type { Sealer } from '#directory/sealing.ts';
import { connectTo, type Connected } from './application-answers.ts';
import { Refusal } from './refusal.ts';

/** made, renamed, there: as it was or, in a preview, would be. refused: by `why`, with what to do about it. */
export interface PushOutcome extends GroupDefinition {
  application: string;
  result: 'made' | 'renamed' | 'there' | 'refused';
  /** The label it had. */
  oldLabel?: string;
  why?: string;
  remedy?: string;
}

export interface PushOptions {
  directory: Sql;
  sealer: Sealer;
  /** On whose behalf; absent: a preview, in which nothing is made. */
  pushAs?: string;
}

/**
 * Makes what is missing of the groups that applications' rules push, and renames what has another label; in one
 * application, or in all that have such rules. Undefined when there is no such application. Throws Refusal, and
 * ConnectorError where an application does not answer. Safe to repeat.
 */
export async function pushGroups(options: PushOptions, name?: string): Promise<PushOutcome[] | undefined> {
  const { directory } = options;
  const one = name === undefined ? undefined : await findApplication(directory, name);
  if (name !== undefined && !one) return undefined;
  const pushing = one ? [one] : (await listApplications(directory)).filter(pushes);
  const { fields, groups } = await loadPolicy(directory);
  const language = createExpressions(fields, groups);
  // All are looked at before anything is made in the first.
  const ready: { name: string; connector: Connected; pushed: GroupDefinition[] }[] = [];
  for (const application of pushing) {
    const connector = await connectTo(directory, options.sealer, application.name);
    if (!connector) continue;
    await refuse(directory, application, connector, options.pushAs !== undefined);
    const pushed = groupDefinitions(application.groupPush, connector.manifest.entitlementTypes, language);
    ready.push({ name: application.name, connector, pushed });
  }
  const outcomes: PushOutcome[] = [];
  for (const { name: application, connector, pushed } of ready)
    if (pushed.length > 0) outcomes.push(...(await push(options, application, connector, pushed)));
  return outcomes;
}

function pushes({ enabled, groupPush }: StoredApplication): boolean {
  return enabled && groupPush.length > 0;
}

async function refuse(
  directory: Sql,
  { name, mode, enabled, groupPush }: StoredApplication,
  connector: Connected,
  makes: boolean,
): Promise<void> {
  if (!enabled) throw new Refusal(`${name} is not enabled`);
  if (groupPush.length === 0) return;
  const { pause } = await applicationState(directory, name);
  if (pause) throw new Refusal(`${name} is paused: ${pause.reason} (joinery app resume ${name})`);
  if (!connector.defineEntitlements) throw new Refusal(`${name}: its connector can not make groups`);
  if (makes && mode === 'link-only') throw new Refusal(`${name} is link-only: nothing is changed there`);
}

async function push(
  { directory, pushAs }: PushOptions,
  application: string,
  connector: Connected,
  pushed: GroupDefinition[],
): Promise<PushOutcome[]> {
  const there = (await connector.listEntitlements?.()) ?? [];
  const planned = pushed.map((one) => compare(application, connector, one, there));
  if (pushAs === undefined) return planned;
  const open = planned.filter(({ result }) => result === 'made' || result === 'renamed');
  const { pageSize } = connector.manifest;
  const settled = new Map<PushOutcome, PushOutcome>();
  for (let next = 0; next < open.length; next += pageSize) {
    const page = open.slice(next, next + pageSize);
    const defined = (await connector.defineEntitlements?.(page.map(definition))) ?? [];
    const outcomes = page.map((one, index): PushOutcome => {
      const outcome = defined[index];
      return !outcome || outcome.ok ? one : { ...one, ...refusedBy(outcome.error) };
    });
    // A page that fails does not leave those before it unsaid.
    await audit(directory, pushAs, application, outcomes);
    for (const [index, one] of page.entries()) settled.set(one, outcomes[index] ?? one);
  }
  return planned.map((one) => settled.get(one) ?? one);
}

async function audit(directory: Sql, actor: string, application: string, outcomes: PushOutcome[]): Promise<void> {
  const changed = outcomes.filter(({ result }) => result === 'made' || result === 'renamed');
  if (changed.length === 0) return;
  await recordAudit(directory, {
    actor,
    action: 'groups pushed',
    subject: application,
    detail: {
      old: changed.map(({ type, name, oldLabel = null }) => ({ type, name, label: oldLabel })),
      new: changed.map(({ group, ...one }) => ({ group, ...definition(one) })),
    },
  });
}

function refusedBy({ message, remedy }: Error & { remedy: string | undefined }) {
  return { result: 'refused' as const, why: message, ...(remedy === undefined ? {} : { remedy }) };
}

function definition({ type, name, label }: LabelledEntitlement): LabelledEntitlement {
  return { type, name, label };
}

function compare(
  application: string,
  connector: Connected,
  pushed: GroupDefinition,
  there: LabelledEntitlement[],
): PushOutcome {
  const of = { application, ...pushed };
  if (pushed.fault !== undefined) return { ...of, result: 'refused', why: pushed.fault };
  const fault = connector.definitionFault?.(definition(pushed));
  if (fault) return { ...of, ...refusedBy(fault) };
  const known = there.find(
    ({ type, name }) => type === pushed.type && name.toLowerCase() === pushed.name.toLowerCase(),
  );
  if (!known) return { ...of, result: 'made' };
  return known.label === pushed.label.trim()
    ? { ...of, result: 'there' }
    : { ...of, result: 'renamed', oldLabel: known.label };
}
