/** Applying a config file: all of it in one transaction, each change audited, or nothing. */
import { sealSecret } from '#directory/application-secrets.ts';
import { lockApplication, type StoredApplication } from '#directory/applications.ts';
import { recordAudit } from '#directory/audit.ts';
import type { Queries, Sql } from '#directory/database.ts';
import { addMembers, dropMembers } from '#directory/groups.ts';
import { lockPolicy } from '#directory/policy.ts';
import type { Sealer } from '#directory/sealing.ts';
import { checkApplication, keepApplication, removeApplicationIn } from './applications.ts';
import { planConfig, type ChangeOptions, type ConfigPlan } from './config-change.ts';
import { isSame, type ConfigChange } from './config-diff.ts';
import { versionOf } from './config-file.ts';
import type { Config } from './config.ts';
import { ConfigFileError, type ConfigFile } from './config-reading.ts';
import { dropGroup, keepGroup } from './groups.ts';
import { dropField, storeField } from './profile-fields.ts';
import { Refusal } from './refusal.ts';

export interface ConfigApplied {
  diff: ConfigChange[];
  /** What somebody should know, such as an application that could not be asked. */
  warnings: string[];
}

/**
 * Applies the file. Everything is checked before, also against the applications themselves where they answer. `shown`: the
 * diff that somebody agreed to; `version`: of the config that somebody looked at (versionOf). Where either is another by now, nothing is stored. Throws ConfigFileError with every fault, and
 * Refusal. The same file again changes nothing.
 */
export async function applyConfig(
  directory: Sql,
  file: ConfigFile,
  options: ChangeOptions & { actor: string; shown?: ConfigChange[]; version?: string | undefined },
): Promise<ConfigApplied> {
  const { sealer, actor, shown, version } = options;
  const checked = await planConfig(directory, file, options);
  if (checked.faults.length > 0) throw new ConfigFileError(checked.faults);
  const warnings = [...checked.warnings, ...(await askApplications(directory, sealer, file, checked))];
  return directory.begin(async (tx) => {
    await lockPolicy(tx);
    for (const { name } of checked.before.applications) await lockApplication(tx, name);
    const plan = await planConfig(tx, file, options);
    if (plan.faults.length > 0) throw new ConfigFileError(plan.faults);
    const isOther = version !== undefined && version !== versionOf(plan.before);
    if (isOther || !isSame(plan.diff, shown ?? checked.diff))
      throw new Refusal('somebody changed fields, groups or applications meanwhile: nothing was applied, look again');
    await store(tx, sealer, plan, actor);
    return { diff: plan.diff, warnings };
  });
}

/** Asks the applications that would change what they take; throws what they refuse. */
async function askApplications(directory: Sql, sealer: Sealer, file: ConfigFile, plan: ConfigPlan): Promise<string[]> {
  const changed = changedNames(plan.diff, 'application');
  const documents = file.applications.filter(({ application }) => changed.has(application.name));
  const answers = await Promise.all(
    documents.map(async ({ application }) => {
      const document = { ...application, secret: plan.secrets.get(application.name) };
      return { name: application.name, ...(await checkApplication(directory, sealer, document, plan.after)) };
    }),
  );
  const faults = answers.flatMap(({ name, faults: found }) =>
    found.map(({ field, problem }) => ({ field: `applications.${name}.${field}`, problem })),
  );
  if (faults.length > 0) throw new ConfigFileError(file.located(faults));
  return answers.flatMap(({ name, warnings }) => warnings.map((warning) => `${name}: ${warning}`));
}

function changedNames(diff: readonly ConfigChange[], part: ConfigChange['part']): Set<string> {
  return new Set(diff.filter((change) => change.part === part && change.what !== 'removed').map(({ name }) => name));
}

/** In an order in which everything that is named is there. */
async function store(tx: Queries, sealer: Sealer, plan: ConfigPlan, actor: string): Promise<void> {
  const { before, after, diff } = plan;
  await storeFields(tx, plan, actor);
  await storeGroups(tx, plan, actor);
  for (const name of changedNames(diff, 'application')) {
    const old = before.stored.find((one) => one.name === name);
    await keepApplication(
      tx,
      { ...one(after.applications, name), sealedSecret: seal(sealer, plan, old, name) },
      old,
      actor,
    );
    if (plan.newSecrets.has(name) && old)
      await recordAudit(tx, { actor, action: 'application secret replaced', subject: name, detail: {} });
  }
  for (const { part, what, name } of diff) {
    if (what !== 'removed') continue;
    if (part === 'profile field') await dropField(tx, one(before.fields, name), actor);
    else if (part === 'group') {
      await auditMembers(tx, name, 'dropped', await dropMembers(tx, name, one(before.groups, name).members), actor);
      await dropGroup(tx, groupOf(before, name), actor);
    } else await removeChecked(tx, name, actor);
  }
}

async function storeFields(tx: Queries, { before, after, diff }: ConfigPlan, actor: string): Promise<void> {
  const changed = changedNames(diff, 'profile field');
  for (const field of after.fields.filter(({ name }) => changed.has(name))) {
    const old = before.fields.find(({ name }) => name === field.name);
    await storeField(tx, field, old, actor);
  }
}

async function storeGroups(tx: Queries, { before, after, diff }: ConfigPlan, actor: string): Promise<void> {
  const changed = [...changedNames(diff, 'group')];
  const isNew = (name: string) => !before.groups.some((group) => group.name === name);
  // A group may be inside another that is new too.
  for (const name of innerFirst(after, changed)) {
    const old = isNew(name) ? undefined : groupOf(before, name);
    const group = groupOf(after, name);
    if (!isSame(old, group)) await keepGroup(tx, group, old, actor);
    const added = await addMembers(tx, name, one(after.groups, name).members);
    const members = new Set(one(after.groups, name).members);
    const gone = isNew(name) ? [] : one(before.groups, name).members.filter((number) => !members.has(number));
    await auditMembers(tx, name, 'added', added, actor);
    await auditMembers(tx, name, 'dropped', await dropMembers(tx, name, gone), actor);
  }
}

async function auditMembers(
  tx: Queries,
  group: string,
  verb: 'added' | 'dropped',
  people: string[],
  actor: string,
): Promise<void> {
  if (people.length > 0)
    await recordAudit(tx, { actor, action: `group members ${verb}`, subject: group, detail: { [verb]: people } });
}

/** Groups with no circle among them, each after those that are inside it. */
function innerFirst({ groups }: Config, names: readonly string[]): string[] {
  const wanted = new Set(names);
  const ordered = new Set<string>();
  const place = (name: string): void => {
    if (!wanted.has(name) || ordered.has(name)) return;
    for (const child of one(groups, name).children) place(child);
    ordered.add(name);
  };
  for (const name of names) place(name);
  return [...ordered];
}

function groupOf({ groups }: Config, name: string) {
  const { members: _members, ...group } = one(groups, name);
  return group;
}

function seal(sealer: Sealer, plan: ConfigPlan, old: StoredApplication | undefined, name: string) {
  if (old && !plan.newSecrets.has(name)) return old.sealedSecret;
  const secret = plan.secrets.get(name);
  if (!secret) throw new Error(`application ${name} has no secret`);
  return sealSecret(sealer, name, secret as object);
}

async function removeChecked(tx: Queries, name: string, actor: string): Promise<void> {
  const removed = await removeApplicationIn(tx, name, { forgetAccounts: false, actor });
  if (removed.result === 'refused') throw new Refusal(`${name} is not removed: ${removed.why}`);
}

function one<T extends { name: string }>(list: readonly T[], name: string): T {
  const found = list.find((entry) => entry.name === name);
  if (!found) throw new Error(`${name} is not in the config`);
  return found;
}
