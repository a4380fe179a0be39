// What an object and a field are, how they are written down in schema-*.ts, and how they are looked up.

import { SalesforceError } from './errors.ts';
import type { FieldValue, Row } from './journal.ts';

export type FieldType =
  | 'id'
  | 'string'
  | 'textarea'
  | 'email'
  | 'phone'
  | 'url'
  | 'boolean'
  | 'int'
  | 'double'
  | 'currency'
  | 'address'
  | 'picklist'
  | 'reference'
  | 'date'
  | 'datetime';

export interface Field {
  name: string;
  label: string;
  type: FieldType;
  length: number;
  nillable: boolean;
  createable: boolean;
  updateable: boolean;
  /** What a new row gets when the caller says nothing. */
  defaultValue?: FieldValue;
  /** Salesforce fills it by itself, so leaving it out is not an error although it is never null. */
  derived?: boolean;
  unique?: boolean;
  /** The field whose value sets rows apart that may have the same, such as a namespace. */
  uniqueWithin?: string;
  idLookup?: boolean;
  externalId?: boolean;
  filterable?: boolean;
  indexed?: boolean;
  restricted?: boolean;
  values?: readonly string[];
  /** The objects it may refer to; with more than one it is polymorphic, as an owner who is a user or a queue. */
  referenceTo?: readonly string[];
  relationshipName?: string;
  /** What the referred object calls the rows that refer to it, in a subquery. */
  childRelationshipName?: string;
  /** For a value that follows from the rest of the row and from the time. */
  compute?: (row: Row) => FieldValue;
}

export interface SObject {
  name: string;
  label: string;
  labelPlural: string;
  keyPrefix: string;
  /** Belongs to Setup: may not be written together with business records. */
  setup: boolean;
  createable: boolean;
  updateable: boolean;
  deletable: boolean;
  fields: Field[];
  byName: Map<string, Field>;
}

export type Schema = Map<string, SObject>;

type Options = Partial<Omit<Field, 'name' | 'label' | 'type'>>;

const WRITABLE = { nillable: true, createable: true, updateable: true };
const READ_ONLY = { nillable: true, createable: false, updateable: false };
/** Option sets for the builders below. */
export const required: Options = { nillable: false };
export const fixed: Options = { updateable: false };
export const derived: Options = { createable: false, updateable: false, nillable: false, derived: true };

export const text = (name: string, label: string, length: number, options: Options = {}): Field => ({
  name,
  label,
  type: 'string',
  length,
  ...WRITABLE,
  ...options,
});

export const typed = (type: FieldType, name: string, label: string, length: number, options: Options = {}): Field => ({
  ...text(name, label, length, options),
  type,
});

export const flag = (name: string, label: string, options: Options = {}): Field => ({
  ...typed('boolean', name, label, 0, { defaultValue: false, ...options }),
  nillable: false,
});

export const picklist = (name: string, label: string, values: readonly string[], options: Options = {}): Field =>
  typed('picklist', name, label, 40, { values, restricted: true, ...options });

/** A reference; its relationship name is the field's name without `Id`, as Salesforce builds it, or ends in `__r`. */
export const reference = (
  name: string,
  label: string,
  referenceTo: string | readonly string[],
  options: Options = {},
): Field =>
  typed('reference', name, label, 18, {
    referenceTo: typeof referenceTo === 'string' ? [referenceTo] : referenceTo,
    relationshipName: name.replace(/Id$/, '').replace(/__c$/, '__r'),
    indexed: true,
    ...options,
  });

export const readOnly = (type: FieldType, name: string, label: string, length = 0): Field => ({
  ...typed(type, name, label, length),
  ...READ_ONLY,
});

export const idField: Field = typed('id', 'Id', 'Record ID', 18, { ...derived, idLookup: true });

/** The five fields Salesforce keeps about every change of a row. */
export const auditFields: Field[] = [
  typed('datetime', 'CreatedDate', 'Created Date', 0, derived),
  reference('CreatedById', 'Created By ID', 'User', { ...derived, indexed: false }),
  typed('datetime', 'LastModifiedDate', 'Last Modified Date', 0, derived),
  reference('LastModifiedById', 'Last Modified By ID', 'User', { ...derived, indexed: false }),
  typed('datetime', 'SystemModstamp', 'System Modstamp', 0, derived),
];

type Shape = Pick<SObject, 'name' | 'keyPrefix'> &
  Partial<Pick<SObject, 'label' | 'labelPlural' | 'setup' | 'createable' | 'updateable' | 'deletable'>>;

/** An object; setup, not deletable, and otherwise writable unless it says so. */
export function sobject(shape: Shape, fields: Field[]): SObject {
  const label = shape.label ?? shape.name.replace(/(?<=[a-z])(?=[A-Z])/g, ' ');
  return {
    label,
    labelPlural: shape.labelPlural ?? `${label}s`,
    setup: true,
    createable: true,
    updateable: true,
    deletable: false,
    ...shape,
    fields,
    byName: new Map(fields.map((field) => [field.name.toLowerCase(), field])),
  };
}

/** The object of this name, in any case; undefined when the org has none. */
export function findObject(schema: Schema, name: string): SObject | undefined {
  return schema.get(name.toLowerCase());
}

export function objectNamed(schema: Schema, name: string): SObject {
  const object = findObject(schema, name);
  if (object === undefined) throw new SalesforceError('INVALID_TYPE', `sObject type '${name}' is not supported.`);
  return object;
}

export function fieldOf(object: SObject, name: string): Field {
  const field = object.byName.get(name.toLowerCase());
  if (field === undefined) {
    throw new SalesforceError('INVALID_FIELD', `No such column '${name}' on sobject of type ${object.name}`);
  }
  return field;
}
