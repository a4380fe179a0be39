// `/jobs/ingest…`: a job is opened, gets one CSV file, is closed, is then worked on (bulk-worker.ts), and afterwards
// tells which rows went well, which failed and which were never reached.

import { joinRecords, JobFailure, readCsv, writeRecord } from './bulk-csv.ts';
import {
  abortJob,
  askedState,
  changeJob,
  deleteJob,
  ENDED,
  findJob,
  formatOf,
  invalidJob,
  type Job,
  jobInfo,
  listJobs,
  openJob,
  optionIn,
  resultLines,
  stateName,
  wrongState,
} from './bulk-jobs.ts';
import type { Context, Handler } from './context.ts';
import { methodNotAllowed, notFound, type RowError, rowError, SalesforceError } from './errors.ts';
import { type Answer, type Call, json, jsonBody } from './http.ts';
import { findObject, type SObject } from './schema.ts';

const OPERATIONS = ['insert', 'update', 'upsert', 'delete', 'hardDelete'] as const;

export const ingestJobs: Handler = (context, call, segments) => {
  const [, , id, part] = segments;
  if (id === undefined) {
    if (call.method === 'GET') return listJobs(context, call, 'ingest');
    if (call.method === 'POST') return create(context, call);
    throw methodNotAllowed(call.method, 'GET,HEAD,POST');
  }
  const job = findJob(context, 'ingest', id);
  if (part === undefined) return oneJob(context, call, job);
  if (part === 'batches') {
    if (call.method !== 'PUT') throw methodNotAllowed(call.method, 'PUT');
    return upload(context, call, job);
  }
  if (call.method !== 'GET') throw methodNotAllowed(call.method, 'GET,HEAD');
  return csv(resultsOf(context, job, part));
};

function create(context: Context, call: Call): Answer {
  const body = jsonBody(call);
  const format = formatOf(body);
  if (body.operation === undefined) throw invalidJob('operation is missing');
  const operation = optionIn(OPERATIONS, body.operation, 'operation');
  if (operation === 'hardDelete') {
    const message = 'hardDelete operation requires special user profile permission';
    throw new SalesforceError('FEATURENOTENABLED', `FeatureNotEnabled : ${message}`);
  }
  const name = typeof body.object === 'string' ? body.object : '';
  const object = findObject(context.org.schema, name);
  if (object === undefined) throw invalidJob(`Unable to find object: ${name}`);
  const externalIdFieldName = externalIdName(object, operation, body.externalIdFieldName);
  const job = openJob(context, {
    ...format,
    kind: 'ingest',
    operation,
    object: object.name,
    externalIdFieldName,
    query: null,
    state: 'Open',
  });
  return json(200, jobInfo(job, false));
}

function externalIdName(object: SObject, operation: string, asked: unknown): string | null {
  if (operation !== 'upsert') {
    if (asked !== undefined && asked !== null) throw invalidJob('externalIdFieldName is for upsert only');
    return null;
  }
  if (typeof asked !== 'string' || asked === '') {
    throw invalidJob(`External ID was blank for ${object.name}. An External ID must be specified for upsert.`);
  }
  const field = object.byName.get(asked.toLowerCase());
  if (field === undefined || (field.externalId !== true && field.name !== 'Id')) {
    throw invalidJob(`Field name provided, ${asked} does not match an External ID for ${object.name}`);
  }
  return field.name;
}

function oneJob(context: Context, call: Call, job: Job): Answer {
  const { org } = context;
  if (call.method === 'GET') return json(200, jobInfo(job, true));
  if (call.method === 'DELETE') return deleteJob(org, job);
  if (call.method !== 'PATCH') throw methodNotAllowed(call.method, 'GET,HEAD,PATCH,DELETE');
  const state = askedState(call);
  if (state === 'Aborted') return abortJob(org, job);
  if (state !== 'UploadComplete') throw invalidJob(`state cannot be set to ${String(state)}`);
  if (job.state !== 'Open') throw wrongState(`Closing already ${stateName(job.state)} Job not allowed`);
  if (job.data === null) throw wrongState('Closing a Job without uploaded data not allowed');
  changeJob(org, job, { state: 'UploadComplete' });
  context.bulk.wake();
  return json(200, jobInfo(job, false));
}

function upload(context: Context, call: Call, job: Job): Answer {
  const type = String(call.headers['content-type'] ?? '');
  if (!/^text\/csv(?:\s*;\s*charset=utf-8)?$/i.test(type)) {
    const message = `Content-Type header specified in HTTP request is not supported: ${type}`;
    throw new SalesforceError('UNSUPPORTED_MEDIA_TYPE', message);
  }
  if (job.state !== 'Open') throw wrongState(`Uploading to already ${stateName(job.state)} Job not allowed`);
  if (job.data !== null) {
    const message = `ClientInputError : Found multiple contents for job: <${job.Id}>, please do 'PUT' only once on a given Job.`;
    throw new SalesforceError('CLIENTINPUTERROR', message);
  }
  changeJob(context.org, job, { data: call.body, orderedErrors: orderedErrors(context, call, job) });
  return { status: 201, headers: {}, body: '' };
}

/** An error a test has ordered for a row of this upload happens when the job is worked on, which is after the answer. */
function orderedErrors({ caller }: Context, call: Call, job: Job): string | null {
  if (caller.orderedError === undefined) return null;
  const errors: Record<number, RowError> = {};
  try {
    const { header, rows } = readCsv(call.body, job);
    const [username, id] = [header.indexOf('Username'), header.indexOf('Id')];
    for (const [place, row] of rows.entries()) {
      const error = caller.orderedError({ place, username: row[username], ...(row[id] ? { id: row[id] } : {}) });
      if (error !== undefined) errors[place] = rowError(error);
    }
  } catch (error) {
    if (!(error instanceof JobFailure)) throw error;
  }
  return JSON.stringify(errors);
}

function resultsOf({ org }: Context, job: Job, part: string): string {
  // Documented in lower case; clients in use ask for it in either spelling.
  const unprocessed = part === 'unprocessedrecords' || part === 'unprocessedRecords';
  if (!unprocessed && part !== 'successfulResults' && part !== 'failedResults') throw notFound();
  if (!ENDED.includes(job.state)) throw wrongState(`Results of ${job.state} Job not available`);
  if (unprocessed) return unprocessedRows(job);
  const successful = part === 'successfulResults';
  const columns = ['sf__Id', successful ? 'sf__Created' : 'sf__Error', ...headerOf(job)];
  const lines = resultLines(org, job, successful ? 'successful' : 'failed');
  return joinRecords([writeRecord(columns, job), ...lines], job);
}

/** The rows of the upload that were not reached; of a file that could not be read, all of it. */
function unprocessedRows(job: Job): string {
  try {
    const { header, rows } = readCsv(job.data ?? '', job);
    const left = rows.slice(job.numberRecordsProcessed);
    return joinRecords(
      [header, ...left].map((record) => writeRecord(record, job)),
      job,
    );
  } catch (error) {
    if (!(error instanceof JobFailure)) throw error;
    return job.data ?? '';
  }
}

function headerOf(job: Job): string[] {
  try {
    return readCsv(job.data ?? '', job).header;
  } catch (error) {
    if (!(error instanceof JobFailure)) throw error;
    return [];
  }
}

export function csv(body: string, headers: Record<string, string> = {}): Answer {
  return { status: 200, headers: { 'Content-Type': 'text/csv; charset=UTF-8', ...headers }, body };
}
