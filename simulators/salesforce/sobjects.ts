// `/sobjects/…`: describes, and the calls for one row.

import type { Context, Handler } from './context.ts';
import { describe, describeBasic, describeGlobal } from './describe.ts';
import { methodNotAllowed, notFound, SalesforceError } from './errors.ts';
import { type Answer, type Call, empty, json, jsonBody } from './http.ts';
import { normaliseId } from './ids.ts';
import type { Row } from './journal.ts';
import { isExpired, resetPassword, setPassword } from './passwords.ts';
import { requirePermission } from './permissions.ts';
import { deleted, updated } from './replication.ts';
import { createOne, deleteOne, externalIdField, fieldsOf, idOf, updateOne, upsertOne } from './row-writes.ts';
import { type Field, findObject, type SObject } from './schema.ts';
import { attributesOf } from './soql-run.ts';
import { shownValue } from './soql-path.ts';

export const sobjects: Handler = (context, call, segments) => {
  const [, name, third, fourth] = segments;
  if (name === undefined) return only(call, 'GET', () => describeGlobal(context));
  const object = findObject(context.org.schema, name);
  if (object === undefined) throw notFound();
  if (third === undefined) {
    if (call.method === 'POST' && object.createable) return create(context, call, object);
    return only(call, 'GET', () => describeBasic(context, object), object.createable ? 'HEAD,GET,POST' : 'HEAD,GET');
  }
  if (third === 'describe') return only(call, 'GET', () => describe(context, object));
  if (fourth === undefined && third === 'updated') return updated(context, call, object);
  if (fourth === undefined && third === 'deleted') return deleted(context, call, object);
  if (fourth === undefined) return oneRow(context, call, object, third);
  if (fourth === 'password' && object.name === 'User') return password(context, call, idOf(object, third));
  return byExternalId(context, call, object, third, decodeURIComponent(fourth));
};

function create(context: Context, call: Call, object: SObject): Answer {
  const id = createOne(context, object, jsonBody(call), context.place);
  return json(201, { id, success: true, errors: [] }, { Location: locationOf(context, object, id) });
}

function oneRow(context: Context, call: Call, object: SObject, segment: string): Answer {
  if (normaliseId(segment) === undefined)
    throw notFound(`Provided external ID field does not exist or is not accessible: ${segment}`);
  const id = idOf(object, segment);
  const allowed = ['HEAD', 'GET', ...(object.deletable ? ['DELETE'] : []), ...(object.updateable ? ['PATCH'] : [])];
  if (!allowed.includes(call.method)) throw methodNotAllowed(call.method, allowed.join(','));
  const row = presentRow(context, object, id);
  if (call.method === 'PATCH') {
    updateOne(context, object, id, jsonBody(call), context.place);
    return empty(204);
  }
  if (call.method === 'DELETE') {
    deleteOne(context, object, id, context.place);
    return empty(204);
  }
  return json(200, showRow(object, row, context.version, selectedFields(call, object)));
}

function byExternalId(context: Context, call: Call, object: SObject, fieldName: string, value: string): Answer {
  const field = externalIdField(object, fieldName);
  if (call.method !== 'GET' && call.method !== 'PATCH') throw methodNotAllowed(call.method, 'HEAD,GET,PATCH');
  const found = context.org.store.find(object.name, field.name, value);
  const [row] = found;
  if (found.length > 1)
    return json(
      300,
      found.map(({ Id }) => locationOf(context, object, Id)),
    );
  if (call.method === 'GET') {
    if (row === undefined) throw notFound();
    return json(200, showRow(object, row, context.version, selectedFields(call, object)));
  }
  if (row === undefined && call.query.get('updateOnly') === 'true') throw notFound();
  const input = jsonBody(call);
  refuseKeyInBody(input, field);
  const { id, created } = upsertOne(context, object, field, value, input, context.place);
  const headers = created ? { Location: locationOf(context, object, id) } : {};
  return json(created ? 201 : 200, { id, success: true, errors: [], created }, headers);
}

function password(context: Context, call: Call, userId: string): Answer {
  const { org, caller } = context;
  const user = org.store.live('User', userId);
  if (user === undefined) throw notFound();
  if (userId !== caller.userId) requirePermission(org, caller.userId, 'PermissionsManageUsers');
  if (call.method === 'GET') return json(200, { isExpired: isExpired(user) });
  if (call.method === 'DELETE') return json(200, { NewPassword: resetPassword(org, caller, user) });
  if (call.method !== 'POST') throw methodNotAllowed(call.method, 'HEAD,GET,POST,DELETE');
  setPassword(org, caller, user, jsonBody(call).NewPassword);
  return empty(204);
}

/** The row with this id; NOT_FOUND and ENTITY_IS_DELETED tell the two ways apart in which it can be missing. */
function presentRow(context: Context, object: SObject, id: string): Row {
  const row = context.org.store.get(object.name, id);
  if (row === undefined) throw notFound();
  if (row.IsDeleted === true) throw new SalesforceError('ENTITY_IS_DELETED', 'entity is deleted', { fields: [] });
  return row;
}

/** A row with these fields, as the API shows it. */
export function showRow(object: SObject, row: Row, version: string, fields: Field[]): object {
  const record: Record<string, unknown> = { attributes: attributesOf(object, row, version) };
  for (const field of fields) record[field.name] = shownValue(row, field);
  return record;
}

function selectedFields(call: Call, object: SObject): Field[] {
  const names = call.query.get('fields');
  if (names === null) return object.fields;
  const selected = fieldsOf(object, names.split(','));
  return selected.some(({ name }) => name === 'Id') ? selected : [...selected, ...fieldsOf(object, ['Id'])];
}

function refuseKeyInBody(input: object, field: Field): void {
  if (!Object.keys(input).some((name) => name.toLowerCase() === field.name.toLowerCase())) return;
  throw new SalesforceError('INVALID_FIELD', `The ${field.name} field should not be specified in the sobject data.`);
}

function locationOf(context: Context, object: SObject, id: string): string {
  return `/services/data/v${context.version}/sobjects/${object.name}/${id}`;
}

function only(call: Call, method: string, answer: () => Answer, allowed = 'HEAD,GET'): Answer {
  if (call.method !== method) throw methodNotAllowed(call.method, allowed);
  return answer();
}
