// Finds what a name in a query stands for: a field, a field of a parent (Profile.UserLicense.Name), a child relationship.

import type { FieldValue, Row } from './journal.ts';
import type { Org } from './row-rules.ts';
import { type Field, findObject, flag, idField, objectNamed, type SObject, sobject, text } from './schema.ts';
import { errorAt } from './soql-lex.ts';
import type { Path, Query } from './soql-tree.ts';

export interface ResolvedPath {
  /** The reference fields to follow, in order. */
  parents: Field[];
  field: Field;
  read: (row: Row) => FieldValue;
}

/** What can be asked of a parent that may be of several objects, such as an owner who is a user or a queue. */
const anyName: SObject = sobject({ name: 'Name', keyPrefix: '' }, [
  idField,
  text('Name', 'Name', 121),
  text('Type', 'Type', 40),
  text('FirstName', 'First Name', 40),
  text('LastName', 'Last Name', 80),
  text('Username', 'Username', 80),
  text('Email', 'Email', 128),
  text('Alias', 'Alias', 8),
  flag('IsActive', 'Active'),
]);

const CUSTOM_FIELD_HINT =
  "If you are attempting to use a custom field, be sure to append the '__c' after the custom field name. Please " +
  'reference your WSDL or the describe call for the appropriate names.';

/** The object a query selects from. */
export function queriedObject(org: Org, query: Query): SObject {
  const name = query.object.names.join('.');
  const object = findObject(org.schema, name);
  if (object !== undefined) return object;
  const message =
    `sObject type '${name}' is not supported. If you are attempting to use a custom object, be sure to append the ` +
    "'__c' after the entity name. Please reference your WSDL or the describe call for the appropriate names.";
  throw errorAt('INVALID_TYPE', query.soql, query.object.at, message);
}

/** The field at the end of a path that starts at this object. */
export function resolvePath(org: Org, object: SObject, path: Path, soql: string): ResolvedPath {
  const parents: Field[] = [];
  let current = object;
  for (const name of path.names.slice(0, -1)) {
    const parent = current.fields.find((field) => field.relationshipName?.toLowerCase() === name.toLowerCase());
    if (parent === undefined) {
      const message = `Didn't understand relationship '${name}' in field path. ${CUSTOM_FIELD_HINT}`;
      throw errorAt('INVALID_FIELD', soql, path.at, message);
    }
    parents.push(parent);
    current = parentObject(org, parent);
  }
  const name = path.names.at(-1) ?? '';
  const field = current.byName.get(name.toLowerCase());
  if (field === undefined) {
    throw errorAt(
      'INVALID_FIELD',
      soql,
      path.at,
      `No such column '${name}' on entity '${current.name}'. ${CUSTOM_FIELD_HINT}`,
    );
  }
  return { parents, field, read: reader(org, parents, field) };
}

/** The object whose rows refer to this one under a child relationship's name, and the field they do it with. */
export function resolveChildren(org: Org, object: SObject, query: Query): { child: SObject; by: Field } {
  const name = query.object.names.join('.');
  for (const child of org.schema.values()) {
    for (const by of child.fields) {
      const named = by.childRelationshipName?.toLowerCase() === name.toLowerCase();
      if (named && by.referenceTo?.includes(object.name) === true) return { child, by };
    }
  }
  const message = `Didn't understand relationship '${name}' in FROM part of query call. ${CUSTOM_FIELD_HINT}`;
  throw errorAt('INVALID_TYPE', query.soql, query.object.at, message);
}

/** The object a reference leads to: `Name` when it may be one of several. */
export function parentObject(org: Org, by: Field): SObject {
  const [only = '', ...others] = by.referenceTo ?? [];
  return others.length > 0 ? anyName : objectNamed(org.schema, only);
}

/** A row's value as the API shows it: a flag that was never set is false, everything else null. */
export function valueOf(row: Row, field: Field): FieldValue {
  return field.compute?.(row) ?? row[field.name] ?? (field.type === 'boolean' ? false : null);
}

/** The same for an answer, in which a compound address stands for its parts. */
export function shownValue(row: Row, field: Field): unknown {
  if (field.type !== 'address') return valueOf(row, field);
  const prefix = field.name.replace(/Address$/, '');
  const part = (name: string): FieldValue => row[`${prefix}${name}`] ?? null;
  const address = {
    street: part('Street'),
    city: part('City'),
    state: part('State'),
    postalCode: part('PostalCode'),
    country: part('Country'),
    latitude: part('Latitude'),
    longitude: part('Longitude'),
    geocodeAccuracy: part('GeocodeAccuracy'),
  };
  return Object.values(address).every((value) => value === null) ? null : address;
}

/** The row a reference leads to, with the fields of `Name` when it may be of several objects. */
export function parentOf(org: Org, row: Row, by: Field): Row | undefined {
  const id = row[by.name];
  if (typeof id !== 'string') return undefined;
  const targets = (by.referenceTo ?? []).map((name) => objectNamed(org.schema, name));
  const target = targets.find(({ keyPrefix }) => id.startsWith(keyPrefix));
  const parent = target === undefined ? undefined : org.store.get(target.name, id);
  if (parent === undefined || targets.length === 1) return parent;
  return { ...parent, Name: parent.Name ?? parent.MasterLabel ?? null, Type: target?.name ?? null };
}

function reader(org: Org, parents: Field[], field: Field): (row: Row) => FieldValue {
  if (parents.length === 0) return (row) => valueOf(row, field);
  return (row) => {
    let current: Row | undefined = row;
    for (const by of parents) {
      current = parentOf(org, current, by);
      if (current === undefined) return null;
    }
    return valueOf(current, field);
  };
}
