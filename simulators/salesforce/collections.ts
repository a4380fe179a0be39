// `/composite/sobjects…`: up to 200 rows in one call, each with its own result, in the order they came.

import type { Context, Handler } from './context.ts';
import { methodNotAllowed, notFound, type RowError, rowError, SalesforceError } from './errors.ts';
import { type Answer, type Call, isRecord, json, jsonBody } from './http.ts';
import { normaliseId } from './ids.ts';
import { mixedDml } from './mixed-dml.ts';
import {
  createOne,
  deleteOne,
  externalIdField,
  fieldsOf,
  idOf,
  objectOfId,
  updateOne,
  upsertOne,
} from './row-writes.ts';
import { findObject, objectNamed, type SObject } from './schema.ts';
import { showRow } from './sobjects.ts';

interface RowResult {
  id?: string;
  success: boolean;
  errors: RowError[];
  created?: boolean;
}

interface Item {
  object: SObject;
  /** Kept in the result of a row that fails. */
  id?: string;
  write: (place: number) => { id: string; created?: boolean };
}

const MAX_ROWS = 200;
const MAX_READ = 2000;
const MAX_CHUNKS = 10;
const ROLLED_BACK: RowError = {
  statusCode: 'ALL_OR_NONE_OPERATION_ROLLED_BACK',
  message: 'Record rolled back because not all records were valid and the request was using AllOrNone header',
  fields: [],
};

export const collections: Handler = (context, call, segments) => {
  const [, , objectName, externalId] = segments;
  if (objectName !== undefined && externalId !== undefined) {
    if (call.method !== 'PATCH') throw methodNotAllowed(call.method, 'PATCH');
    return upsert(context, call, objectName, externalId);
  }
  if (objectName !== undefined) return read(context, call, objectName);
  if (call.method === 'POST') return create(context, call);
  if (call.method === 'PATCH') return update(context, call);
  if (call.method === 'DELETE') return remove(context, call);
  throw methodNotAllowed(call.method, 'POST,PATCH,DELETE');
};

function create(context: Context, call: Call): Answer {
  const { records, allOrNone } = requestOf(call);
  const items = records.map((record): Item => {
    const object = objectOf(context, record);
    return { object, write: (place) => ({ id: createOne(context, object, record, place) }) };
  });
  return json(200, run(context, items, allOrNone));
}

function update(context: Context, call: Call): Answer {
  const { records, allOrNone } = requestOf(call);
  const items = records.map((record): Item => {
    const object = objectOf(context, record);
    const { id: lower, Id: upper, ...input } = record;
    const id = lower ?? upper;
    return {
      object,
      ...(typeof id === 'string' ? { id: normaliseId(id) ?? id } : {}),
      write: (place) => {
        if (id === undefined)
          throw new SalesforceError('MISSING_ARGUMENT', 'Id not specified in an update call', { fields: [] });
        const found = idOf(object, id);
        updateOne(context, object, found, input, place);
        return { id: found };
      },
    };
  });
  refuseTwice(items);
  return json(200, run(context, items, allOrNone));
}

function upsert(context: Context, call: Call, objectName: string, externalId: string): Answer {
  const object = findObject(context.org.schema, objectName);
  if (object === undefined) throw notFound();
  const field = externalIdField(object, externalId);
  const { records, allOrNone } = requestOf(call);
  const items = records.map((record): Item => {
    if (objectOf(context, record) !== object)
      throw new SalesforceError('INVALID_TYPE', `all records must be of type ${object.name}`);
    const name = Object.keys(record).find((key) => key.toLowerCase() === field.name.toLowerCase());
    const { [name ?? '']: value, ...input } = record;
    return {
      object,
      write: (place) => {
        if (typeof value === 'string' && value !== '') return upsertOne(context, object, field, value, input, place);
        throw new SalesforceError('MISSING_ARGUMENT', `${field.name} not specified`, { fields: [] });
      },
    };
  });
  const results = run(context, items, allOrNone);
  return json(
    200,
    results.map((result) => ({ created: false, ...result })),
  );
}

function remove(context: Context, call: Call): Answer {
  const ids = idsIn(call.query.get('ids'));
  if (ids.length > MAX_ROWS) throw tooMany(MAX_ROWS);
  const items = ids.map((id): Item => {
    const object = objectOfId(context, id);
    return {
      object,
      id: normaliseId(id) ?? id,
      write: (place) => {
        const found = idOf(object, id);
        deleteOne(context, object, found, place);
        return { id: found };
      },
    };
  });
  refuseTwice(items);
  return json(200, run(context, items, call.query.get('allOrNone') === 'true'));
}

function read(context: Context, call: Call, objectName: string): Answer {
  const object = objectNamed(context.org.schema, objectName);
  if (call.method !== 'GET' && call.method !== 'POST') throw methodNotAllowed(call.method, 'HEAD,GET,POST');
  const body = call.method === 'POST' ? jsonBody(call) : {};
  const ids = call.method === 'POST' ? textsIn(body.ids, 'ids') : idsIn(call.query.get('ids'));
  const names = call.method === 'POST' ? textsIn(body.fields, 'fields') : idsIn(call.query.get('fields'));
  if (ids.length > MAX_READ) throw tooMany(MAX_READ);
  const fields = fieldsOf(object, names.some((name) => name.toLowerCase() === 'id') ? names : [...names, 'Id']);
  return json(
    200,
    ids.map((id) => {
      const row = context.org.store.live(object.name, normaliseId(id) ?? '');
      return row === undefined ? null : showRow(object, row, context.version, fields);
    }),
  );
}

function run(context: Context, items: Item[], allOrNone: boolean): RowResult[] {
  refuseMixture(items);
  const results: RowResult[] = [];
  try {
    context.org.store.attempt(() => {
      for (const [place, item] of items.entries()) results.push(runOne(item, place));
      if (allOrNone && results.some(({ success }) => !success)) throw new Error('not all rows were valid');
    });
    return results;
  } catch (error) {
    if (results.length < items.length) throw error;
    return results.map((result, i) =>
      result.success ? { ...idIn(items[i]), success: false, errors: [ROLLED_BACK] } : result,
    );
  }
}

function runOne(item: Item, place: number): RowResult {
  try {
    return { ...item.write(place), success: true, errors: [] };
  } catch (error) {
    if (!(error instanceof SalesforceError)) throw error;
    return { ...idIn(item), success: false, errors: [rowError(error)] };
  }
}

function idIn(item: Item | undefined): { id?: string } {
  return item?.id === undefined ? {} : { id: item.id };
}

/** A call may not name a record twice. */
function refuseTwice(items: Item[]): void {
  const ids = items.map(({ id }) => id).filter((id) => id !== undefined);
  const twice = ids.find((id, i) => ids.indexOf(id) < i);
  if (twice !== undefined) throw new SalesforceError('DUPLICATE_VALUE', `Duplicate id in list: ${twice}`);
}

function refuseMixture(items: Item[]): void {
  const chunks = items.filter((item, i) => item.object !== items[i - 1]?.object);
  if (chunks.length > MAX_CHUNKS) {
    throw new SalesforceError(
      'EXCEEDED_MAX_TYPES_LIMIT',
      'Cannot have more than 10 chunks in a single operation. Please rearrange the data to reduce chunking.',
    );
  }
  const [first] = chunks;
  const other = chunks.find((item) => item.object.setup !== first?.object.setup);
  if (first !== undefined && other !== undefined) throw mixedDml(other.object.name, first.object.name);
}

function requestOf(call: Call): { records: Record<string, unknown>[]; allOrNone: boolean } {
  const { records, allOrNone = false } = jsonBody(call);
  if (!Array.isArray(records) || !records.every(isRecord) || typeof allOrNone !== 'boolean') {
    throw new SalesforceError('JSON_PARSER_ERROR', 'records must be a list of objects and allOrNone a boolean');
  }
  if (records.length > MAX_ROWS) throw tooMany(MAX_ROWS);
  return { records, allOrNone };
}

function objectOf(context: Context, record: Record<string, unknown>): SObject {
  const type = isRecord(record.attributes) ? record.attributes.type : undefined;
  if (typeof type !== 'string') throw new SalesforceError('INVALID_TYPE', 'each record needs attributes with a type');
  return objectNamed(context.org.schema, type);
}

function idsIn(list: string | null): string[] {
  return (list ?? '').split(',').filter((part) => part !== '');
}

function textsIn(value: unknown, name: string): string[] {
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value;
  throw new SalesforceError('JSON_PARSER_ERROR', `${name} must be a list of strings`);
}

function tooMany(limit: number): SalesforceError {
  const message = `record limit reached. cannot submit more than ${limit} records in this request`;
  return new SalesforceError('EXCEEDED_ID_LIMIT', message);
}
