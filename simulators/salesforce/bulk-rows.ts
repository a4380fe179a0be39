// One row of an ingest job: its cells as the values a single call would send, and the write itself.

import { JobFailure } from './bulk-csv.ts';
import type { Job } from './bulk-jobs.ts';
import { SalesforceError } from './errors.ts';
import { isRecord } from './http.ts';
import type { FieldValue } from './journal.ts';
import { createOne, deleteOne, idOf, updateOne, upsertOne, type Writer } from './row-writes.ts';
import type { Field, SObject } from './schema.ts';

export interface RowOutcome {
  id: string;
  created: boolean;
}

/** The columns of an upload, as fields; throws JobFailure when one is not a field, or does not belong in such a job. */
export function columnsOf(object: SObject, header: string[], job: Job): Field[] {
  const fields = header.map((name) => {
    const field = object.byName.get(name.toLowerCase());
    // Whether another case of the letters would do is not documented.
    if (field?.name !== name) throw new JobFailure(`InvalidBatch : Field name not found : ${name}`);
    return field;
  });
  const repeated = header.find((name, i) => header.indexOf(name) < i);
  if (repeated !== undefined) throw new JobFailure(`InvalidBatch : Duplicate field name : ${repeated}`);
  if (job.operation === 'delete' && header.join() !== 'Id') {
    throw new JobFailure("InvalidBatch : The 'delete' batch must contain only ids");
  }
  return fields;
}

/** Writes one row the way the job's operation says; throws what a single call would be refused with. */
export function writeRow(writer: Writer, job: Job, object: SObject, columns: Field[], row: string[]): RowOutcome {
  const { Id: id, ...input } = inputOf(columns, row);
  if (job.operation === 'insert') {
    return { id: createOne(writer, object, id === undefined ? input : { ...input, Id: id }, 0), created: true };
  }
  if (job.operation === 'upsert') return upsert(writer, job, object, id, input);
  if (typeof id !== 'string') {
    const message = `Id not specified in ${job.operation === 'update' ? 'an update' : 'a delete'} call`;
    throw new SalesforceError('MISSING_ARGUMENT', message);
  }
  const found = idOf(object, id);
  if (job.operation === 'update') updateOne(writer, object, found, input, 0);
  else deleteOne(writer, object, found, 0);
  return { id: found, created: false };
}

/** The value a row is upserted by. */
export function keyOf(job: Job, columns: Field[], row: string[]): string {
  return row[columns.findIndex(({ name }) => name === job.externalIdFieldName)] ?? '';
}

/** The id a row names, for its line in the failed results. */
export function idIn(columns: Field[], row: string[]): string {
  return row[columns.findIndex(({ name }) => name === 'Id')] ?? '';
}

function upsert(
  writer: Writer,
  job: Job,
  object: SObject,
  id: FieldValue | undefined,
  input: Record<string, FieldValue>,
): RowOutcome {
  const name = job.externalIdFieldName ?? '';
  if (name === 'Id') {
    if (typeof id !== 'string') return { id: createOne(writer, object, input, 0), created: true };
    const found = idOf(object, id);
    updateOne(writer, object, found, input, 0);
    return { id: found, created: false };
  }
  const field = object.byName.get(name.toLowerCase());
  const { [name]: key, ...fields } = input;
  if (field === undefined || typeof key !== 'string') {
    throw new SalesforceError('MISSING_ARGUMENT', `${name} not specified`);
  }
  return upsertOne(writer, object, field, key, id === undefined ? fields : { ...fields, Id: id }, 0);
}

/** An empty cell says nothing about its field, `#N/A` empties it. */
function inputOf(columns: Field[], row: string[]): Record<string, FieldValue> {
  const input: Record<string, FieldValue> = {};
  for (const [i, field] of columns.entries()) {
    const cell = row[i] ?? '';
    if (cell !== '') input[field.name] = cell === '#N/A' ? null : valueOf(field, cell);
  }
  return input;
}

function valueOf(field: Field, cell: string): FieldValue {
  if (field.type === 'boolean') {
    if (/^(?:true|false)$/i.test(cell)) return cell.toLowerCase() === 'true';
    throw wrongType(field, cell);
  }
  if (field.type === 'int') {
    if (/^-?\d+$/.test(cell)) return Number(cell);
    throw wrongType(field, cell);
  }
  return cell;
}

function wrongType(field: Field, cell: string): SalesforceError {
  const message = `${field.label}: value not of required type: ${cell}`;
  return new SalesforceError('INVALID_TYPE_ON_FIELD_IN_RECORD', message, { fields: [field.name] });
}

/** The errors a test has ordered for rows of this job, by the place of the row. */
export function orderedErrorsOf(job: Job): Map<number, SalesforceError> {
  const errors = new Map<number, SalesforceError>();
  const ordered: unknown = JSON.parse(job.orderedErrors ?? '{}');
  for (const [place, error] of Object.entries(isRecord(ordered) ? ordered : {})) {
    if (!isRecord(error)) continue;
    const fields = Array.isArray(error.fields) ? error.fields.map(String) : [];
    errors.set(Number(place), new SalesforceError(String(error.statusCode), String(error.message), { fields }));
  }
  return errors;
}
