/** What a config that is not applied yet would change for people in the applications: asked of the rules, not of the applications. */
import type { AttributeValue } from '#domain/account.ts';
import type { Application } from '#domain/application.ts';
import { createExpressions } from '#domain/expression.ts';
import { rememberingPerson } from '#domain/expression-memory.ts';
import { impactOn, type Impact, type ImpactKind } from '#domain/impact.ts';
import type { ApplicationKind, RecordedAccount } from '#domain/impact-due.ts';
import type { Person } from '#domain/person.ts';
import { abilitiesOf } from '#domain/removal.ts';
import { connectorTypes } from '#connectors/registry.ts';
import { findAccounts } from '#directory/accounts.ts';
import type { Sql } from '#directory/database.ts';
import { managedEntitlementsOf } from '#directory/grants.ts';
import { streamPeople } from '#directory/people.ts';
import type { ConfigPlan } from './config-change.ts';
import { isSame } from './config-diff.ts';
import type { Config } from './config.ts';

interface Changed {
  name: string;
  old: Application | undefined;
  now: Application | undefined;
  kind: ApplicationKind;
}

/** How many people are looked at together. */
const BATCH = 500;

/**
 * Everybody who would be touched, by employee number, in each application that the change can reach. Expects a plan without
 * faults. Holds two batches of people in memory. Reads only.
 */
export async function* streamImpact(directory: Sql, plan: ConfigPlan): AsyncGenerator<Impact> {
  const { before, after } = plan;
  const changed = changedApplications(plan);
  if (changed.length === 0) return;
  const old = rememberingPerson(createExpressions(before.fields, before.groups));
  // The same words mean the same: what both policies say is worked out once.
  const now = speaksTheSame(before, after) ? old : rememberingPerson(createExpressions(after.fields, after.groups));
  const named = membersByPerson(before, after);
  for await (const people of batches(streamPeople(directory), BATCH)) {
    const recorded = await recordedAccounts(directory, people, changed);
    for (const person of people) {
      const renamed = named(person);
      for (const { name, kind, ...sides } of changed) {
        const impact = impactOn(name, {
          before: person,
          after: renamed,
          old: { application: sides.old, expressions: old },
          new: { application: sides.now, expressions: now },
          kind,
          recorded: recorded.get(name)?.get(person.employeeNumber),
        });
        if (impact) yield impact;
      }
    }
  }
}

async function* batches<T>(stream: AsyncIterable<T>, size: number): AsyncGenerator<T[]> {
  let batch: T[] = [];
  for await (const one of stream) {
    batch.push(one);
    if (batch.length < size) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

/** What is remembered of these people's accounts, by application and employee number. */
async function recordedAccounts(directory: Sql, people: readonly Person[], applications: readonly Changed[]) {
  const numbers = people.map(({ employeeNumber }) => employeeNumber);
  const now = Date.now();
  const recorded = new Map<string, Map<string, RecordedAccount>>();
  for (const { name } of applications) {
    const [accounts, granted] = await Promise.all([
      findAccounts(directory, numbers, name),
      managedEntitlementsOf(directory, numbers, name),
    ]);
    const known = [...accounts].map(([number, { username, status, deleteAt }]): [string, RecordedAccount] => [
      number,
      {
        username,
        status,
        managed: (granted.get(number) ?? []).map(({ type, name: called, reason }) => ({
          entitlement: { type, name: called },
          reason,
        })),
        deletion: deleteAt === null ? 'none' : Date.parse(deleteAt) <= now ? 'due' : 'noted',
      },
    ]);
    recorded.set(name, new Map(known));
  }
  return recorded;
}

/** Whether every expression gives the same under both. */
function speaksTheSame(before: Config, after: Config): boolean {
  return isSame([before.fields, before.groups], [after.fields, after.groups]);
}

/** Applications whose rules change, or speak of what changes. */
function changedApplications({ before, after, diff, secrets }: ConfigPlan): Changed[] {
  const words = diff.filter(({ part }) => part === 'profile field').map(({ name }) => name);
  const groupsChange =
    diff.some(({ part }) => part === 'group') ||
    [...before.groups, ...after.groups].some(({ rule }) => words.some((word) => rule?.includes(word)));
  const reaches = (application: Application | undefined) => {
    const { settings: _settings, ...rules } = application ?? {};
    const text = JSON.stringify(rules);
    return words.some((word) => text.includes(word)) || (groupsChange && SPEAKS_OF_GROUPS.test(text));
  };
  const names = new Set([...before.applications, ...after.applications].map(({ name }) => name));
  return [...names].toSorted().flatMap((name) => {
    const old = before.applications.find((one) => one.name === name);
    const now = after.applications.find((one) => one.name === name);
    if (isSame(rulesIn(old), rulesIn(now)) && !reaches(now)) return [];
    return [{ name, old, now, kind: kindOf((now ?? old) as Application, secrets.get(name)) }];
  });
}

/** Without what nobody's account follows from. */
function rulesIn(application: Application | undefined): object | undefined {
  if (!application) return undefined;
  const { label: _label, correlation: _correlation, importMappings: _imports, ...more } = application;
  const { apiReserve: _reserve, settings: _settings, ...rules } = more;
  return rules;
}

/** Also of a push rule's `groups`. */
const SPEAKS_OF_GROUPS = /groups/;

function kindOf({ connector: name, settings }: Application, secret: unknown): ApplicationKind {
  const type = connectorTypes.get(name);
  if (!type) throw new Error(`there is no connector "${name}"`);
  const connector = type.connect(type.settings.parse(settings), type.secret.parse(secret));
  return {
    entitlementTypes: connector.manifest.entitlementTypes,
    can: abilitiesOf(connector),
  };
}

/** The person with the groups that would name them. */
function membersByPerson(before: Config, after: Config): (person: Person) => Person {
  const [old, now] = [before, after].map(({ groups }) => new Map(groups.map(({ name, members }) => [name, members])));
  const changed = new Map<string, Set<string>>();
  for (const { name } of [...before.groups, ...after.groups])
    if (!isSame(old?.get(name) ?? [], now?.get(name) ?? [])) changed.set(name, new Set(now?.get(name)));
  if (changed.size === 0) return (person) => person;
  return (person) => {
    const kept = (person.memberOf ?? []).filter((name) => !changed.has(name));
    const named = [...changed].filter(([, members]) => members.has(person.employeeNumber)).map(([name]) => name);
    return { ...person, memberOf: [...kept, ...named].toSorted() };
  };
}

/** How many people, counted once in each line. */
export interface ImpactSummary {
  people: number;
  /** By application, by kind. */
  applications: Record<string, Partial<Record<ImpactKind, number>>>;
  /** By application, by `grant permission-set X`, `revoke …`, `attribute Title`. */
  details: Record<string, Record<string, number>>;
  first: Impact[];
}

/** Counts everybody, keeps the first so many, and hands each on. */
export async function summariseImpact(
  impacts: AsyncIterable<Impact>,
  keep: number,
  each: (impact: Impact) => void = () => undefined,
): Promise<ImpactSummary> {
  const summary: ImpactSummary = { people: 0, applications: {}, details: {}, first: [] };
  let last = '';
  for await (const impact of impacts) {
    each(impact);
    if (impact.employeeNumber !== last) summary.people += 1;
    last = impact.employeeNumber;
    const kinds = (summary.applications[impact.application] ??= {});
    kinds[impact.kind] = (kinds[impact.kind] ?? 0) + 1;
    const details = (summary.details[impact.application] ??= {});
    for (const detail of detailsOf(impact)) details[detail] = (details[detail] ?? 0) + 1;
    if (summary.first.length < keep) summary.first.push(impact);
  }
  return summary;
}

function detailsOf({ kind, attributes, grants, revokes }: Impact): string[] {
  // A new account has all of its attributes from the rules: that tells nobody anything.
  const changed = kind === 'gains' ? [] : attributes.map(({ attribute }) => `attribute ${attribute}`);
  return [
    ...grants.map(({ entitlement }) => `grant ${entitlement}`),
    ...revokes.map(({ entitlement }) => `revoke ${entitlement}`),
    ...new Set(changed),
  ];
}

const SENTENCES: Record<ImpactKind, string> = {
  gains: 'get an account, or have it opened again',
  loses: 'lose their account',
  changes: 'have their account changed',
  released: 'keep their account as it is, and nobody looks after it any more',
  unclear: 'can not be told: a rule fails for them',
  skipped: 'would be changed, but what is due is switched off',
};

/** Lines for people. */
export function describeImpact({ people, applications, details, first }: ImpactSummary): string[] {
  if (people === 0) return ['It touches nobody.'];
  const counts = Object.values(applications).flatMap((kinds) => Object.values(kinds));
  const told = counts.reduce((sum, count) => sum + count, 0);
  return [
    `It touches ${people} ${people === 1 ? 'person' : 'people'}:`,
    ...Object.entries(applications).flatMap(([name, kinds]) => [
      ...Object.entries(kinds).map(([kind, count]) => `  ${name}: ${count} ${SENTENCES[kind as ImpactKind]}`),
      ...Object.entries(details[name] ?? {}).map(([detail, count]) => `    ${detail}: ${count}`),
    ]),
    ...first.flatMap(describeOne),
    ...(first.length < told ? ['(--people N shows more of them, --json everybody)'] : []),
  ];
}

function describeOne(impact: Impact): string[] {
  const { person, employeeNumber, application, kind, attributes, grants, revokes, skipped, groups } = impact;
  const { operations, deleteInDays, failure } = impact;
  return [
    `${person} (${employeeNumber}) in ${application}: ${kind}`,
    ...(kind === 'loses' && operations.length > 0 ? [`    ${operations.join(', ')}`] : []),
    ...groups.joins.map((name) => `    joins group ${name}`),
    ...groups.leaves.map((name) => `    leaves group ${name}`),
    ...(kind === 'gains' ? [] : attributes).map(
      ({ attribute, old, new: now, oldRule, newRule }) =>
        `    ${attribute}: ${shown(old)} → ${shown(now)}  (${[...new Set([oldRule, newRule].filter(Boolean))].join(' → ')})`,
    ),
    ...revokes.map(({ entitlement, rule }) => `    - ${entitlement}  (${rule})`),
    ...grants.map(({ entitlement, rule }) => `    + ${entitlement}  (${rule})`),
    ...skipped.map(({ operation, why }) => `    ${operation} is skipped: ${why}`),
    ...(deleteInDays === undefined ? [] : [`    is deleted ${deleteInDays} days after this is applied`]),
    ...(failure === undefined ? [] : [`    ${failure}`]),
  ];
}

function shown(value: AttributeValue): string {
  return value === null || value === '' ? '(empty)' : String(value);
}
