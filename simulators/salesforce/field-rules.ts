// What one field accepts: its JSON type, its length, its picklist, its e-mail form, its reference. These checks are the
// same for every object; what is peculiar to an object is in rules.ts.

import { SalesforceError } from './errors.ts';
import { normaliseId } from './ids.ts';
import type { Draft, FieldValue } from './journal.ts';
import { type Field, fieldOf, objectNamed, type Schema, type SObject } from './schema.ts';
import type { Store } from './store.ts';

const EMAIL = /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*\.[A-Za-z0-9-]{2,}$/;
const DATE = /^\d{4}-\d\d-\d\d$/;
const DATE_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:?\d\d)$/;

export const isEmail = (text: string): boolean => EMAIL.test(text);

/** Reads the fields of one row to write, by their proper names; `id`, `attributes` and `type` are not fields to write. */
export function readFields(org: Fields, object: SObject, input: object, writing: 'create' | 'update'): Draft {
  const draft: Draft = {};
  for (const [name, raw] of Object.entries(input)) {
    if (name === 'attributes') continue;
    const field = fieldOf(object, name);
    if (!(writing === 'create' ? field.createable : field.updateable)) throw notWritable(field);
    draft[field.name] = checkedValue(org, field, raw);
  }
  return draft;
}

/** Puts in what the caller left out and Salesforce has a default for; refuses when a required field is missing. */
export function complete(object: SObject, draft: Draft): void {
  const missing = object.fields.filter((field) => isRequired(field) && (draft[field.name] ?? null) === null);
  if (missing.length > 0) throw requiredMissing(missing.map((field) => field.name));
  for (const field of object.fields) {
    if (draft[field.name] === undefined && field.defaultValue !== undefined) draft[field.name] = field.defaultValue;
  }
}

/** Refuses an update that empties a field which may not be empty. */
export function refuseEmptied(object: SObject, changes: Draft): void {
  const emptied = object.fields.filter((field) => !field.nillable && changes[field.name] === null);
  if (emptied.length > 0) throw requiredMissing(emptied.map((field) => field.name));
}

/** Refuses a second row with the same value in a field that is unique in the org. */
export function refuseDuplicates(org: Fields, object: SObject, draft: Draft, ownId?: string): void {
  const after = { ...(ownId === undefined ? {} : org.store.get(object.name, ownId)), ...draft };
  for (const field of object.fields) {
    const value = draft[field.name];
    if (field.unique !== true || value === undefined || value === null) continue;
    const { uniqueWithin: within } = field;
    const isBeside = (row: Draft): boolean => within === undefined || (row[within] ?? null) === (after[within] ?? null);
    const other = org.store.find(object.name, field.name, value).find((row) => row.Id !== ownId && isBeside(row));
    if (other !== undefined) throw duplicateValue(field.name, other.Id);
  }
}

export interface Fields {
  schema: Schema;
  store: Store;
}

function isRequired(field: Field): boolean {
  return field.createable && !field.nillable && field.derived !== true && field.defaultValue === undefined;
}

function checkedValue(org: Fields, field: Field, raw: unknown): FieldValue {
  if (raw === null || raw === '') {
    if (field.type === 'boolean') throw wrongType(field, raw);
    return null;
  }
  if (field.type === 'boolean') return typeof raw === 'boolean' ? raw : refuse(wrongType(field, raw));
  if (field.type === 'int') return Number.isInteger(raw) ? (raw as number) : refuse(wrongType(field, raw));
  if (field.type === 'double' || field.type === 'currency')
    return Number.isFinite(raw) ? (raw as number) : refuse(wrongType(field, raw));
  if (typeof raw !== 'string') throw wrongType(field, raw);
  if (field.type === 'reference' || field.type === 'id') return checkedReference(org, field, raw);
  if (field.type === 'datetime') return checkedDateTime(field, raw);
  if (field.type === 'date') return DATE.test(raw) && isDay(raw) ? raw : refuse(wrongType(field, raw));
  const value = raw.trim();
  if (value.length > field.length) throw tooLong(field, value);
  if (field.restricted === true && field.values?.includes(value) !== true) throw badPicklistValue(field, value);
  if (field.type === 'email' && !isEmail(value)) {
    throw new SalesforceError('INVALID_EMAIL_ADDRESS', `${field.label}: invalid email address: ${value}`, {
      fields: [field.name],
    });
  }
  return value === '' ? null : value;
}

function checkedReference(org: Fields, field: Field, raw: string): string {
  const id = normaliseId(raw);
  const targets = (field.referenceTo ?? []).map((name) => objectNamed(org.schema, name));
  const target = targets.find(({ keyPrefix }) => id?.startsWith(keyPrefix) === true);
  if (id === undefined || (targets.length > 0 && target === undefined)) {
    throw new SalesforceError('MALFORMED_ID', `${field.label}: id value of incorrect type: ${raw}`, {
      fields: [field.name],
    });
  }
  if (target !== undefined && org.store.live(target.name, id) === undefined) throw badCrossReference();
  return id;
}

/** Whether a text in the form of a day is one that the calendar has. */
function isDay(text: string): boolean {
  const time = Date.parse(text);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text);
}

function checkedDateTime(field: Field, raw: string): string {
  const time = DATE_TIME.test(raw) ? Date.parse(raw) : Number.NaN;
  if (Number.isNaN(time)) throw wrongType(field, raw);
  return formatTime(time);
}

/** A moment as Salesforce writes it. */
export function formatTime(time: number): string {
  return new Date(time).toISOString().replace('Z', '+0000');
}

export function badCrossReference(): SalesforceError {
  return new SalesforceError('INVALID_CROSS_REFERENCE_KEY', 'invalid cross reference id', { fields: [] });
}

export function duplicateValue(fieldName: string, otherId: string): SalesforceError {
  return new SalesforceError(
    'DUPLICATE_VALUE',
    `duplicate value found: ${fieldName} duplicates value on record with id: ${otherId}`,
    { fields: [] },
  );
}

export function requiredMissing(fields: string[]): SalesforceError {
  return new SalesforceError('REQUIRED_FIELD_MISSING', `Required fields are missing: [${fields.join(', ')}]`, {
    fields,
  });
}

function tooLong(field: Field, value: string): SalesforceError {
  const message = `${field.label}: data value too large: ${value} (max length=${field.length})`;
  return new SalesforceError('STRING_TOO_LONG', message, { fields: [field.name] });
}

function badPicklistValue(field: Field, value: string): SalesforceError {
  const message = `${field.label}: bad value for restricted picklist field: ${value}`;
  return new SalesforceError('INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST', message, { fields: [field.name] });
}

function notWritable(field: Field): SalesforceError {
  const message =
    `Unable to create/update fields: ${field.name}. Please check the security settings of this field and verify ` +
    'that it is read/write for your profile or permission set.';
  return new SalesforceError('INVALID_FIELD_FOR_INSERT_UPDATE', message, { fields: [field.name] });
}

function wrongType(field: Field, raw: unknown): SalesforceError {
  const message = `Cannot deserialize instance of ${field.type} from value ${JSON.stringify(raw)} of field ${field.name}`;
  return new SalesforceError('JSON_PARSER_ERROR', message);
}

function refuse(error: SalesforceError): never {
  throw error;
}
