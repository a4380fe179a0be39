// One write of one row, as both single calls and collections make it: the error a test has ordered for it comes first,
// and a row that fails leaves nothing behind.

import type { Context } from './context.ts';
import { deleteRow, insertRow, updateRow } from './dml.ts';
import { notFound, SalesforceError } from './errors.ts';
import { normaliseId } from './ids.ts';
import type { WrittenRow } from './row-rules.ts';
import { type Field, fieldOf, objectNamed, type SObject } from './schema.ts';

/** What a write needs to know of its call. */
export type Writer = Pick<Context, 'org' | 'caller'>;

export function createOne(context: Writer, object: SObject, input: object, place: number): string {
  return attempt(context, { place, username: usernameIn(input) }, () =>
    insertRow(context.org, context.caller, object, input),
  );
}

export function updateOne(context: Writer, object: SObject, id: string, input: object, place: number): void {
  const username = usernameIn(input) ?? context.org.store.get(object.name, id)?.Username;
  attempt(context, { place, username, id }, () => updateRow(context.org, context.caller, object, id, input));
}

export function deleteOne(context: Writer, object: SObject, id: string, place: number): void {
  attempt(context, { place, username: undefined, id }, () => deleteRow(context.org, context.caller, object, id));
}

/** Updates the row whose external id has this value, or creates it; undefined when several rows have it. */
export function upsertOne(
  context: Writer,
  object: SObject,
  field: Field,
  value: string,
  input: object,
  place: number,
): { id: string; created: boolean } {
  const [found, ...more] = context.org.store.find(object.name, field.name, value);
  if (more.length > 0) {
    const message = `${field.name}: more than one record found for external id field: [${value}]`;
    throw new SalesforceError('DUPLICATE_EXTERNAL_ID', message, { fields: [] });
  }
  if (found === undefined)
    return { id: createOne(context, object, { ...input, [field.name]: value }, place), created: true };
  updateOne(context, object, found.Id, input, place);
  return { id: found.Id, created: false };
}

/** A field that rows can be upserted by; a field that is merely an idLookup is not. */
export function externalIdField(object: SObject, name: string): Field {
  const field = object.byName.get(name.toLowerCase());
  if (field?.externalId === true) return field;
  throw notFound(`Provided external ID field does not exist or is not accessible: ${name}`);
}

/** The 18-character form of an id of this object; MALFORMED_ID when it is none. */
export function idOf(object: SObject, text: unknown): string {
  const id = typeof text === 'string' ? normaliseId(text) : undefined;
  if (id?.startsWith(object.keyPrefix) === true) return id;
  const message = `${object.label} ID: id value of incorrect type: ${String(text)}`;
  throw new SalesforceError('MALFORMED_ID', message, { fields: ['Id'] });
}

/** The object an id belongs to. */
export function objectOfId(context: Context, text: string): SObject {
  const found = [...context.org.schema.values()].find((object) => text.startsWith(object.keyPrefix));
  if (found === undefined) throw new SalesforceError('MALFORMED_ID', `malformed id ${text}`, { fields: ['Id'] });
  return objectNamed(context.org.schema, found.name);
}

/** Checks that all of these are fields of the object, and gives their definitions. */
export function fieldsOf(object: SObject, names: string[]): Field[] {
  return names.map((name) => fieldOf(object, name.trim()));
}

function attempt<T>(context: Writer, row: WrittenRow, write: () => T): T {
  return context.org.store.attempt(() => {
    const ordered = context.caller.orderedError?.(row);
    if (ordered !== undefined) throw ordered;
    return write();
  });
}

function usernameIn(input: object): unknown {
  return 'Username' in input ? input.Username : undefined;
}
