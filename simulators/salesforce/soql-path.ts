// Finds what a name in a query stands for: a field, a field of a parent (Profile.UserLicense.Name), a child relationship.

import type { FieldValue, Row } from './journal.ts';
import type { Org } from './row-rules.ts';
import { type Field, findObject, objectNamed, type SObject } from './schema.ts';
import { errorAt } from './soql-lex.ts';
import type { Path, Query } from './soql-parse.ts';

export interface ResolvedPath {
  /** The reference fields to follow, in order. */
  parents: Field[];
  field: Field;
  read: (row: Row) => FieldValue;
}

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
    if (parent?.referenceTo === undefined) {
      const message = `Didn't understand relationship '${name}' in field path. ${CUSTOM_FIELD_HINT}`;
      throw errorAt('INVALID_FIELD', soql, path.at, message);
    }
    parents.push(parent);
    current = objectNamed(org.schema, parent.referenceTo);
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
      if (named && by.referenceTo === object.name) return { child, by };
    }
  }
  const message = `Didn't understand relationship '${name}' in FROM part of query call. ${CUSTOM_FIELD_HINT}`;
  throw errorAt('INVALID_TYPE', query.soql, query.object.at, message);
}

/** A row's value as the API shows it: a flag that was never set is false, everything else null. */
export function valueOf(row: Row, field: Field): FieldValue {
  return row[field.name] ?? (field.type === 'boolean' ? false : null);
}

export function parentOf(org: Org, row: Row, by: Field): Row | undefined {
  const id = row[by.name];
  return typeof id === 'string' && by.referenceTo !== undefined ? org.store.get(by.referenceTo, id) : undefined;
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
