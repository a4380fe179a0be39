/** Profile fields as administrators change them: first held against everybody, then against every rule, then stored. */
import { displayName } from '#domain/person.ts';
import { definitionFaults } from '#domain/field-definition.ts';
import { valueProblem, type ProfileField } from '#domain/profile-field.ts';
import type { Fault } from '#domain/hr-event-input.ts';
import type { PlanSelection } from '#domain/plan-summary.ts';
import { brokenRules } from '#domain/vocabulary.ts';
import { listApplications } from '#directory/applications.ts';
import { recordAudit } from '#directory/audit.ts';
import type { Queries, Sql } from '#directory/database.ts';
import {
  countFieldValues,
  dropFieldIndex,
  forgetFieldValues,
  indexField,
  sharedValues,
  streamFieldValues,
} from '#directory/field-values.ts';
import { listGroups } from '#directory/groups.ts';
import { findPeople } from '#directory/people.ts';
import { lockPolicy } from '#directory/policy.ts';
import { deleteProfileField, listProfileFields, saveProfileField } from '#directory/profile-fields.ts';

/** What is to be said of a field; what is left out stays, or is what a plain text field has. */
export type FieldDefinition = Pick<ProfileField, 'name'> &
  Partial<{ [K in 'label' | 'type' | 'required' | 'unique' | 'format']: ProfileField[K] | undefined }>;

/** Somebody who would break a definition. */
export interface Breaking {
  employeeNumber: string;
  name: string;
  /** The HR event to come that says it; null: it is so now. */
  event: string | null;
  value: string | null;
  problem: string;
}

/**
 * invalid: the definition is wrong, each part named. rules: what speaks of the field could not be applied any more. people:
 * so many values would not fit, the first of them named. values: so many people have a value that would be lost.
 */
export type FieldRefusal =
  | { result: 'invalid'; faults: Fault[] }
  | { result: 'rules'; faults: Fault[] }
  | { result: 'people'; count: number; first: Breaking[] }
  | { result: 'values'; count: number };

/** `affected`: whom to plan for, since rules may read other values; null: nobody. */
export type FieldSaved =
  | { result: 'saved'; field: ProfileField; changed: boolean; affected: PlanSelection | null }
  | FieldRefusal;
export type FieldRemoved = { result: 'removed'; forgotten: number } | { result: 'unknown' } | FieldRefusal;

/** How many of those who would break are named. */
const NAMED = 20;

/**
 * Adds a field, or changes one. Nothing is stored unless everybody, what HR has said and is still to come, and every rule
 * fits the new definition. At most a thousand people are held in memory. Safe to repeat.
 */
export async function defineProfileField(
  directory: Sql,
  definition: FieldDefinition,
  actor: string,
): Promise<FieldSaved> {
  return directory.begin(async (tx): Promise<FieldSaved> => {
    await lockPolicy(tx);
    const fields = await listProfileFields(tx);
    const old = fields.find(({ name }) => name === definition.name);
    const field = complete(definition, old);
    const others = fields.filter((other) => other !== old);
    const faults = definitionFaults(field, old, others);
    if (faults.length > 0) return { result: 'invalid', faults };
    if (old && JSON.stringify(complete({ name: old.name }, old)) === JSON.stringify(field))
      return { result: 'saved', field, changed: false, affected: null };

    const broken = await rulesBrokenBy(tx, fields, [...others, field]);
    if (broken.length > 0) return { result: 'rules', faults: broken };
    const breaking = await whoBreaks(tx, field, old);
    if (breaking.count > 0) return { result: 'people', ...breaking };

    await storeField(tx, field, old, actor);
    const read = old !== undefined && old.type !== field.type;
    return { result: 'saved', field, changed: true, affected: read ? { all: true } : null };
  });
}

/** Stores a definition that was checked, with its audit. */
export async function storeField(
  tx: Queries,
  field: ProfileField,
  old: ProfileField | undefined,
  actor: string,
): Promise<void> {
  await saveProfileField(tx, field);
  if (field.unique) await indexField(tx, field.name);
  else await dropFieldIndex(tx, field.name);
  await recordAudit(tx, {
    actor,
    action: 'profile field saved',
    subject: field.name,
    detail: { old: old ?? null, new: field },
  });
}

/**
 * Removes a field that an administrator added. Refused while a rule speaks of it, and while people have values in it unless
 * those are to be forgotten: then they are taken out of every profile, and out of what HR has said of people to come.
 */
export async function removeProfileField(
  directory: Sql,
  name: string,
  { forgetValues, actor }: { forgetValues: boolean; actor: string },
): Promise<FieldRemoved> {
  return directory.begin(async (tx): Promise<FieldRemoved> => {
    await lockPolicy(tx);
    const fields = await listProfileFields(tx);
    const old = fields.find((field) => field.name === name);
    if (!old) return { result: 'unknown' };
    if (!old.custom)
      return { result: 'invalid', faults: [{ field: 'name', problem: `${name} is a default field and stays` }] };
    const broken = await rulesBrokenBy(
      tx,
      fields,
      fields.filter((field) => field !== old),
    );
    if (broken.length > 0) return { result: 'rules', faults: broken };
    const count = forgetValues ? 0 : await countFieldValues(tx, name);
    if (count > 0) return { result: 'values', count };

    return { result: 'removed', forgotten: await dropField(tx, old, actor) };
  });
}

/** Removes a field that may be removed, with its values and an audit. Answers how many had a value. */
export async function dropField(tx: Queries, old: ProfileField, actor: string): Promise<number> {
  const { name } = old;
  const forgotten = await forgetFieldValues(tx, name);
  await dropFieldIndex(tx, name);
  await deleteProfileField(tx, name);
  await recordAudit(tx, {
    actor,
    action: 'profile field removed',
    subject: name,
    detail: { old, new: null, valuesForgotten: forgotten },
  });
  return forgotten;
}

/** The whole definition, its parts in one order. */
function complete({ name, ...said }: FieldDefinition, old: ProfileField | undefined): ProfileField {
  const type = said.type ?? old?.type ?? 'text';
  return {
    name,
    label: said.label ?? old?.label ?? name,
    type,
    required: said.required ?? old?.required ?? false,
    unique: said.unique ?? old?.unique ?? false,
    format: said.format === undefined ? (old?.format ?? null) : said.format,
    custom: old?.custom ?? true,
  };
}

async function rulesBrokenBy(tx: Queries, before: ProfileField[], after: ProfileField[]): Promise<Fault[]> {
  const rules = { applications: await listApplications(tx), groups: await listGroups(tx) };
  return brokenRules({ ...rules, fields: before }, { ...rules, fields: after });
}

/** Who would break a definition. Only what it asks more than the old one is looked at. */
export async function whoBreaks(
  tx: Queries,
  field: ProfileField,
  old: ProfileField | undefined,
): Promise<{ count: number; first: Breaking[] }> {
  const first: Omit<Breaking, 'name'>[] = [];
  let count = 0;
  const stricter = old?.type !== field.type || old.format !== field.format || (field.required && !old.required);
  if (stricter) {
    for await (const { value, ...who } of streamFieldValues(tx, field.name)) {
      const problem = value ? valueProblem(field, value) : field.required ? 'is missing' : undefined;
      if (problem === undefined) continue;
      count += 1;
      if (first.length < NAMED) first.push({ ...who, value, problem });
    }
  }
  if (field.unique && !old?.unique) {
    const shared = await sharedValues(tx, field.name, NAMED);
    count += shared.count;
    for (const { holder, ...who } of shared.first.slice(0, NAMED - first.length))
      first.push({ ...who, problem: `must be unique: ${holder} has it` });
  }
  const known = await findPeople(
    tx,
    first.map(({ employeeNumber }) => employeeNumber),
  );
  const names = new Map(known.map((person) => [person.employeeNumber, displayName(person)]));
  return {
    count,
    first: first.map((one) => ({ ...one, name: names.get(one.employeeNumber) ?? one.employeeNumber })),
  };
}
