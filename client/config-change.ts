/** A config file against the directory: what it would make of it, and everything that speaks against that. Stores nothing. */
import { groupFaults } from '#domain/group.ts';
import { createExpressions } from '#domain/expression.ts';
import { definitionFaults } from '#domain/field-definition.ts';
import type { Fault } from '#domain/hr-event-input.ts';
import type { ProfileField } from '#domain/profile-field.ts';
import { brokenRules } from '#domain/vocabulary.ts';
import { openSecret } from '#directory/application-secrets.ts';
import { leftIn } from '#directory/applications.ts';
import type { Queries } from '#directory/database.ts';
import { countFieldValues } from '#directory/field-values.ts';
import { unknownNumbers } from '#directory/people.ts';
import type { Sealer } from '#directory/sealing.ts';
import { connectionFaults, documentFaults, keptSecretFaults } from './application-document.ts';
import { configDiff, isSame, type ConfigChange } from './config-diff.ts';
import { loadConfig, type Config, type HeldConfig, type NamedGroup } from './config.ts';
import type { ConfigFile, FileFault, SecretSource } from './config-reading.ts';
import { namingFaults } from './groups.ts';
import { whoBreaks } from './profile-fields.ts';

export interface ChangeOptions {
  sealer: Sealer;
  /** Also what the file lacks is removed: custom fields, groups, applications. */
  prune: boolean;
  /** The value of an environment variable; absent where a file may not name any. */
  variable?: (name: string) => string | undefined;
}

export interface ConfigPlan {
  before: HeldConfig;
  after: Config;
  diff: ConfigChange[];
  /** Why it can not be applied; empty when it can. */
  faults: FileFault[];
  warnings: string[];
  /** What applications are signed in to with, by name: known or from the environment. */
  secrets: Map<string, unknown>;
  /** Whose secret is another than the one that is stored. */
  newSecrets: Set<string>;
}

/** Checks the whole: fields, groups over the new fields, applications over both, and people against what is asked of them. */
export async function planConfig(sql: Queries, file: ConfigFile, options: ChangeOptions): Promise<ConfigPlan> {
  const before = await loadConfig(sql);
  const after: Config = {
    fields: merged(before.fields, file.fields, options.prune, ({ custom }) => !custom),
    groups: merged(before.groups, withMembers(file, before), options.prune),
    applications: merged(
      before.applications,
      file.applications.map(({ application }) => application),
      options.prune,
    ),
  };
  const secrets = readSecrets(before, file, options);
  const faults = [
    ...secrets.faults,
    ...(await fieldFaults(sql, before, after)),
    ...(await groupsFaults(sql, before, after)),
    ...applicationFaults(before, after, file, secrets),
    ...(await removalFaults(sql, before, after)),
  ];
  return {
    before,
    after,
    diff: withSecrets(configDiff(before, after), secrets.changed),
    faults: file.located(faults),
    warnings: secrets.warnings,
    secrets: secrets.known,
    newSecrets: secrets.changed,
  };
}

/** What is there, with what the file says in its place; what is new comes last. */
function merged<T extends { name: string }>(
  there: readonly T[],
  said: readonly T[],
  prune: boolean,
  stays: (one: T) => boolean = () => false,
): T[] {
  const byName = new Map(said.map((one) => [one.name, one]));
  const known = new Set(there.map(({ name }) => name));
  return [
    ...there.flatMap((one) => byName.get(one.name) ?? (prune && !stays(one) ? [] : [one])),
    ...said.filter(({ name }) => !known.has(name)),
  ];
}

function withMembers({ groups }: ConfigFile, before: Config): NamedGroup[] {
  const known = new Map(before.groups.map(({ name, members }) => [name, members]));
  return groups.map((group) => ({ ...group, members: group.members ?? known.get(group.name) ?? [] }));
}

interface Secrets {
  known: Map<string, unknown>;
  /** Whose secret the environment says, the stored one or another. */
  given: Set<string>;
  changed: Set<string>;
  faults: Fault[];
  warnings: string[];
}

function readSecrets({ stored }: HeldConfig, { applications }: ConfigFile, options: ChangeOptions): Secrets {
  const { sealer, variable } = options;
  const secrets: Secrets = { known: new Map(), given: new Set(), changed: new Set(), faults: [], warnings: [] };
  for (const held of stored) secrets.known.set(held.name, openSecret(sealer, held));
  for (const { application, secret: source } of applications) {
    const { name } = application;
    const old = secrets.known.get(name);
    const field = `applications.${name}.secret`;
    if (!source) {
      if (!old) secrets.faults.push({ field, problem: `is missing: an application that is new needs one. ${MISSING}` });
    } else if (!variable) {
      secrets.faults.push({
        field,
        problem: 'may not be said here: variables are read where joinery config apply runs',
      });
    } else readFromVariables(secrets, { name, field, source, old, variable });
  }
  return secrets;
}

const MISSING = 'Write secret: { clientSecret: { env: NAME } }, or add it with joinery app add';

function readFromVariables(
  secrets: Secrets,
  {
    name,
    field,
    source,
    old,
    variable,
  }: {
    name: string;
    field: string;
    source: SecretSource;
    old: unknown;
    variable: (name: string) => string | undefined;
  },
): void {
  const values = Object.entries(source).map(([key, { env }]) => [key, variable(env)] as const);
  const unset = Object.values(source).filter((_, index) => values[index]?.[1] === undefined);
  const names = unset.map(({ env }) => env).join(', ');
  if (unset.length > 0 && old)
    secrets.warnings.push(`${field}: the stored one stays, since ${names} is not set in the environment`);
  else if (unset.length > 0)
    secrets.faults.push({ field, problem: `needs ${names}, which is not set in the environment` });
  else {
    const secret = Object.fromEntries(values);
    secrets.given.add(name);
    if (!isSame(secret, old)) secrets.changed.add(name);
    secrets.known.set(name, secret);
  }
}

async function fieldFaults(sql: Queries, before: Config, after: Config): Promise<Fault[]> {
  const faults: Fault[] = [];
  for (const field of after.fields) {
    const old = before.fields.find(({ name }) => name === field.name);
    if (isSame(old, field)) continue;
    const others = after.fields.filter(({ name }) => name !== field.name);
    const wrong = definitionFaults(field, old, others);
    faults.push(
      ...wrong.map(({ field: part, problem }) => ({ field: `profileFields.${field.name}.${part}`, problem })),
    );
    if (wrong.length === 0) faults.push(...(await peopleFaults(sql, field, old)));
  }
  return faults;
}

async function peopleFaults(sql: Queries, field: ProfileField, old: ProfileField | undefined): Promise<Fault[]> {
  const { count, first } = await whoBreaks(sql, field, old);
  if (count === 0) return [];
  const who = first.map(({ employeeNumber, name, event, problem }) => {
    const at = event === null ? '' : `, by HR event ${event}`;
    return `${name} (${employeeNumber}${at}) ${problem}`;
  });
  const more = count > first.length ? [`… and ${count - first.length} more`] : [];
  return [
    { field: `profileFields.${field.name}`, problem: `does not fit ${count} values: ${[...who, ...more].join('; ')}` },
  ];
}

async function groupsFaults(sql: Queries, before: Config, after: Config): Promise<Fault[]> {
  const expressions = createExpressions(after.fields, after.groups);
  const known = new Map(before.groups.map((group) => [group.name, group]));
  const changed = after.groups.filter((group) => !isSame(known.get(group.name), group));
  const added = changed.map(({ name, members }) => {
    const old = new Set(known.get(name)?.members);
    return { name, members: members.filter((number) => !old.has(number)) };
  });
  const unknown = new Set(await unknownNumbers(sql, [...new Set(added.flatMap(({ members }) => members))]));
  const nobody = added
    .map(({ name, members }) => ({ name, members: members.filter((number) => unknown.has(number)) }))
    .filter(({ members }) => members.length > 0);
  return [
    ...groupFaults(after.groups, (rule) => expressions.fault(rule, 'group rule')),
    ...changed.flatMap((group) =>
      namingFaults(group).map(({ field, problem }) => ({ field: `groups.${group.name}.${field}`, problem })),
    ),
    ...nobody.map(({ name, members }) => ({
      field: `groups.${name}.members`,
      problem: `name nobody: ${members.join(', ')}`,
    })),
  ];
}

/** Those of the file by themselves; the others only for what the new fields and groups break in them. */
function applicationFaults(before: Config, after: Config, file: ConfigFile, secrets: Secrets): Fault[] {
  const said = new Set(file.applications.map(({ application }) => application.name));
  const others = after.applications.filter(({ name }) => !said.has(name));
  // What is wrong with groups themselves is told already.
  const broken = brokenRules({ ...before, applications: others }, { ...after, applications: others });
  return [
    ...file.applications.flatMap(({ application }) => {
      const secret = secrets.known.get(application.name);
      const old = before.applications.find(({ name }) => name === application.name);
      const faults = [
        ...connectionFaults(application, secret),
        ...(old && !secrets.given.has(application.name) ? keptSecretFaults(old, application) : []),
        ...documentFaults(application, after),
      ];
      const own = secret === undefined ? faults.filter(({ field }) => !/^secret(\.|$)/.test(field)) : faults;
      return own.map(({ field, problem }) => ({ field: `applications.${application.name}.${field}`, problem }));
    }),
    ...broken.filter(({ field }) => field.startsWith('applications.')),
  ];
}

async function removalFaults(sql: Queries, before: Config, after: Config): Promise<Fault[]> {
  const gone = <T extends { name: string }>(there: readonly T[], left: readonly T[]) =>
    there.filter(({ name }) => !left.some((one) => one.name === name));
  const faults: Fault[] = [];
  for (const { name } of gone(before.fields, after.fields)) {
    const count = await countFieldValues(sql, name);
    const first = `joinery field remove ${name} --forget-values does so`;
    if (count > 0)
      faults.push({
        field: `profileFields.${name}`,
        problem: `is not removed: ${count} people have a value; ${first}`,
      });
  }
  for (const { name } of gone(before.applications, after.applications)) {
    const { accounts, openTasks } = await leftIn(sql, name);
    const field = `applications.${name}`;
    if (openTasks > 0) faults.push({ field, problem: `is not removed: ${openTasks} open tasks wait there` });
    if (accounts > 0)
      faults.push({
        field,
        problem: `is not removed: ${accounts} accounts are recorded there; joinery app remove ${name} --forget-accounts does so`,
      });
  }
  return faults;
}

/** A new secret is told, its value is not. */
function withSecrets(diff: ConfigChange[], changed: ReadonlySet<string>): ConfigChange[] {
  const all = [...diff];
  for (const name of changed) {
    const told = { path: 'secret', new: 'another one, from the environment' };
    const index = all.findIndex((change) => change.part === 'application' && change.name === name);
    const found = all[index];
    if (found) all[index] = { ...found, changes: [...found.changes, told] };
    else all.push({ what: 'changed', part: 'application', name, changes: [told] });
  }
  return all;
}
