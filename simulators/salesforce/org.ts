// Opens the simulated org: its schema with the custom fields it was given, its rows, and the seed when it is new.

import { JOB, RESULT } from './bulk-jobs.ts';
import { type Field, reference, type Schema, type SObject, text } from './schema.ts';
import { accessObjects } from './schema-access.ts';
import { automationObjects } from './schema-automation.ts';
import { groupObjects } from './schema-groups.ts';
import { peopleObjects } from './schema-people.ts';
import { recordObjects } from './schema-records.ts';
import { user, userLogin } from './schema-user.ts';
import { seed } from './seed.ts';
import type { Org } from './row-rules.ts';
import { openStore, type Store } from './store.ts';

export interface CustomField {
  object: string;
  name: string;
  label: string;
  /** A `hierarchy` is a reference from one user to another; `text` when left out. */
  type?: 'text' | 'hierarchy';
  length: number;
  externalId: boolean;
  unique: boolean;
}

const OBJECTS: SObject[] = [
  user,
  userLogin,
  ...accessObjects,
  ...groupObjects,
  ...recordObjects,
  ...peopleObjects,
  ...automationObjects,
];

/** The org kept in this file, or a new one; without a file it lives in memory only. */
export async function openOrg(file: string | undefined): Promise<Org> {
  const shapes = OBJECTS.map((object) => ({
    object: object.name,
    indexed: object.fields.filter((field) => field.indexed === true).map((field) => field.name),
  }));
  shapes.push({ object: JOB, indexed: ['state'] }, { object: RESULT, indexed: ['jobId', 'ofJob'] });
  const org: Org = { store: await openStore(shapes, file), schema: standardSchema() };
  for (const field of customFields(org.store)) install(org, field);
  seedIfEmpty(org);
  return org;
}

/** Puts the org back to the state it had when it was new. */
export function resetOrg(org: Org): void {
  org.store.clear();
  org.schema.clear();
  for (const [name, object] of standardSchema()) org.schema.set(name, object);
  org.store.compact();
  seedIfEmpty(org);
}

/** Adds a custom field, as an administrator would in Setup; false when the object is not known or has the field. */
export function addCustomField(org: Org, field: CustomField): boolean {
  const object = org.schema.get(field.object.toLowerCase());
  if (object === undefined || object.byName.has(field.name.toLowerCase())) return false;
  org.store.set('customFields', [...customFields(org.store), field]);
  install(org, field);
  return true;
}

function standardSchema(): Schema {
  return new Map(
    OBJECTS.map((object) => [
      object.name.toLowerCase(),
      { ...object, fields: [...object.fields], byName: new Map(object.byName) },
    ]),
  );
}

function customFields(store: Store): CustomField[] {
  return (store.setting('customFields') as CustomField[] | undefined) ?? [];
}

function install(org: Org, { object: objectName, name, label, type, length, externalId, unique }: CustomField): void {
  const object = org.schema.get(objectName.toLowerCase());
  const field: Field =
    type === 'hierarchy'
      ? reference(name, label, 'User')
      : text(name, label, length, { externalId, idLookup: externalId, unique, indexed: true });
  object?.fields.push(field);
  object?.byName.set(name.toLowerCase(), field);
  if (object !== undefined) org.store.addIndex(object.name, name);
}

function seedIfEmpty(org: Org): void {
  if (org.store.rows('Organization').next().done === true) org.store.transaction(() => seed(org));
}
