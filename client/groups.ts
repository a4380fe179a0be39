/** Groups as administrators change them: checked together with every rule that names them, before anything is stored. */
import { groupFaults, type Group } from '#domain/group.ts';
import type { PlanSelection } from '#domain/plan-summary.ts';
import { createExpressions } from '#domain/expression.ts';
import type { Fault } from '#domain/hr-event-input.ts';
import type { ProfileField } from '#domain/profile-field.ts';
import { lineFault } from '#domain/text.ts';
import { brokenRules } from '#domain/vocabulary.ts';
import { listApplications } from '#directory/applications.ts';
import { recordAudit } from '#directory/audit.ts';
import type { Queries, Sql } from '#directory/database.ts';
import {
  addMembers,
  countNamed,
  deleteGroup,
  dropMembers,
  listGroups,
  renameGroup as storeName,
  saveGroup as storeGroup,
} from '#directory/groups.ts';
import { unknownNumbers } from '#directory/people.ts';
import { keepPolicy, lockPolicy } from '#directory/policy.ts';
import { listProfileFields } from '#directory/profile-fields.ts';
import { affectedPeople } from './affected.ts';

/** What is to be said of a group; what is left out stays, or is what a new group has. */
export type GroupDefinition = Pick<Group, 'name'> &
  Partial<{ [K in 'label' | 'rule' | 'children']: Group[K] | undefined }>;

/** `affected`: whom to plan for, since their access may follow; null: nobody's does. */
export type GroupSaved =
  | { result: 'saved'; group: Group; changed: boolean; affected: PlanSelection | null }
  | { result: 'invalid'; faults: Fault[] }
  /** Only of what is renamed. */
  | { result: 'unknown' }
  /** Rules that speak of the group by its name, each named. */
  | { result: 'rules'; faults: Fault[] };

export type GroupRemoved =
  | { result: 'removed'; affected: PlanSelection }
  | { result: 'unknown' }
  | { result: 'rules'; faults: Fault[] };

/** changed: who became a member by name, or is none any more. nobody: these are not known, and nothing was changed. */
export type MembersChanged =
  | { result: 'changed'; people: string[]; affected: PlanSelection | null }
  | { result: 'unknown' }
  | { result: 'nobody'; numbers: string[] };

/** A group with how many people it names. */
export type GroupLine = Group & { named: number };

/** Every group, by name. */
export async function showGroups(directory: Sql): Promise<GroupLine[]> {
  const [groups, named] = await Promise.all([listGroups(directory), countNamed(directory)]);
  return groups.map((group) => ({ ...group, named: named.get(group.name) ?? 0 }));
}

/** Adds a group, or changes one. Nothing is stored unless its rule can be applied and it is not inside itself. Safe to repeat. */
export async function saveGroup(directory: Sql, definition: GroupDefinition, actor: string): Promise<GroupSaved> {
  return directory.begin(async (tx): Promise<GroupSaved> => {
    await lockPolicy(tx);
    const { groups, fields } = await spoken(tx);
    const old = groups.find(({ name }) => name === definition.name);
    const group: Group = {
      name: definition.name,
      label: definition.label ?? old?.label ?? definition.name,
      rule: definition.rule === undefined ? (old?.rule ?? null) : definition.rule,
      children: [...new Set(definition.children ?? old?.children)].toSorted(),
    };
    const faults = faultsOf(group, [...groups.filter((other) => other !== old), group], fields);
    if (faults.length > 0) return { result: 'invalid', faults };
    const before = old?.children.toSorted();
    if (JSON.stringify({ ...old, children: before }) === JSON.stringify(group))
      return { result: 'saved', group, changed: false, affected: null };
    await keepGroup(tx, group, old, actor);
    // Who was in it until now is not in it any more, so that the group alone does not name everybody.
    const others = group.rule !== (old?.rule ?? null) || group.children.join() !== (before ?? []).join();
    return { result: 'saved', group, changed: true, affected: others ? { all: true } : null };
  });
}

/** Stores a group that was checked, with its audit. */
export async function keepGroup(tx: Queries, group: Group, old: Group | undefined, actor: string): Promise<void> {
  await storeGroup(tx, group);
  await recordAudit(tx, {
    actor,
    action: 'group saved',
    subject: group.name,
    detail: { old: old ?? null, new: group },
  });
}

/** Calls a group something else. Refused while a rule names it; groups that it is inside of follow. */
export async function renameGroup(directory: Sql, from: string, to: string, actor: string): Promise<GroupSaved> {
  return directory.begin(async (tx): Promise<GroupSaved> => {
    await lockPolicy(tx);
    const before = await spoken(tx);
    const old = before.groups.find(({ name }) => name === from);
    if (!old) return { result: 'unknown' };
    const group = { ...old, name: to };
    if (from === to) return { result: 'saved', group, changed: false, affected: null };
    if (before.groups.some(({ name }) => name === to))
      return { result: 'invalid', faults: [{ field: 'name', problem: `"${to}" is another group` }] };
    const groups = before.groups.map((other) =>
      other === old ? group : { ...other, children: other.children.map((child) => (child === from ? to : child)) },
    );
    const faults = faultsOf(group, groups, before.fields);
    if (faults.length > 0) return { result: 'invalid', faults };
    const broken = brokenRules(before, { ...before, groups });
    if (broken.length > 0) return { result: 'rules', faults: broken };
    await storeName(tx, from, to);
    await recordAudit(tx, { actor, action: 'group renamed', subject: to, detail: { old: from, new: to } });
    return { result: 'saved', group, changed: true, affected: { group: to } };
  });
}

/** Removes a group, and who is a member by name. Refused while a rule names it or it is inside another group. */
export async function removeGroup(directory: Sql, name: string, actor: string): Promise<GroupRemoved> {
  return directory.begin(async (tx): Promise<GroupRemoved> => {
    await lockPolicy(tx);
    const before = await spoken(tx);
    const old = before.groups.find((group) => group.name === name);
    if (!old) return { result: 'unknown' };
    const faults = brokenRules(before, { ...before, groups: before.groups.filter((group) => group !== old) });
    if (faults.length > 0) return { result: 'rules', faults };
    await dropGroup(tx, old, actor);
    return { result: 'removed', affected: { all: true } };
  });
}

/** Removes a group that may be removed, with its audit. */
export async function dropGroup(tx: Queries, old: Group, actor: string): Promise<void> {
  const { name } = old;
  const named = (await countNamed(tx)).get(name) ?? 0;
  await deleteGroup(tx, name);
  await recordAudit(tx, {
    actor,
    action: 'group removed',
    subject: name,
    detail: { old: { ...old, named }, new: null },
  });
}

/** Makes people members by name, all of them or, when one is not known, none. Safe to repeat. */
export function addToGroup(directory: Sql, group: string, people: string[], actor: string): Promise<MembersChanged> {
  return changeMembers(directory, group, people, actor, 'added', addMembers, () => ({ group }));
}

/** Makes people no members by name; they stay in the group by its rule, or by a group inside it. Likewise. */
export function dropFromGroup(directory: Sql, group: string, people: string[], actor: string): Promise<MembersChanged> {
  return changeMembers(directory, group, people, actor, 'dropped', dropMembers, affectedPeople);
}

async function changeMembers(
  directory: Sql,
  group: string,
  numbers: string[],
  actor: string,
  verb: 'added' | 'dropped',
  change: typeof addMembers,
  affectedBy: (people: string[]) => PlanSelection | null,
): Promise<MembersChanged> {
  return directory.begin(async (tx): Promise<MembersChanged> => {
    await keepPolicy(tx);
    if (!(await listGroups(tx)).some(({ name }) => name === group)) return { result: 'unknown' };
    const unknown = await unknownNumbers(tx, numbers);
    if (unknown.length > 0) return { result: 'nobody', numbers: unknown };
    const people = await change(tx, group, numbers);
    if (people.length > 0)
      await recordAudit(tx, { actor, action: `group members ${verb}`, subject: group, detail: { [verb]: people } });
    return { result: 'changed', people, affected: people.length > 0 ? affectedBy(people) : null };
  });
}

async function spoken(tx: Queries) {
  const [applications, groups, fields] = [
    await listApplications(tx),
    await listGroups(tx),
    await listProfileFields(tx),
  ];
  return { applications, groups, fields };
}

const NAME = /^[A-Za-z0-9][A-Za-z0-9 ._&-]{0,99}$/;
const LONGEST_LABEL = 200;

function faultsOf(group: Group, groups: Group[], fields: ProfileField[]): Fault[] {
  const expressions = createExpressions(fields, groups);
  return [...namingFaults(group), ...groupFaults(groups, (rule) => expressions.fault(rule, 'group rule'))];
}

/** What is wrong with how a group is called. */
export function namingFaults({ name, label }: Pick<Group, 'name' | 'label'>): Fault[] {
  const labelled = lineFault(label, LONGEST_LABEL);
  return [
    ...(NAME.test(name)
      ? []
      : [{ field: 'name', problem: 'must be a letter or digit, then up to 99 letters, digits, spaces or . _ & -' }]),
    ...(labelled === undefined ? [] : [{ field: 'label', problem: labelled }]),
  ];
}
