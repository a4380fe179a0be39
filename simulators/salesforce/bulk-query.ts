// `/jobs/query…`: a query is handed in, worked on (bulk-worker.ts), and its rows are then fetched as CSV, a set at a
// time. The rows are those of the moment the job was worked on, however late they are fetched.

import { joinRecords, writeRecord } from './bulk-csv.ts';
import { csv } from './bulk-ingest.ts';
import {
  abortJob,
  askedState,
  deleteJob,
  findJob,
  formatOf,
  invalidJob,
  type Job,
  jobInfo,
  keepResults,
  listJobs,
  openJob,
  optionIn,
  resultLines,
  wrongState,
} from './bulk-jobs.ts';
import type { Context, Handler } from './context.ts';
import { methodNotAllowed, notFound, SalesforceError } from './errors.ts';
import { type Answer, type Call, json, jsonBody } from './http.ts';
import type { FieldValue, Row } from './journal.ts';
import type { Org } from './row-rules.ts';
import type { Field, SObject } from './schema.ts';
import { parseSoql } from './soql-parse.ts';
import { queriedObject, resolvePath } from './soql-path.ts';
import { runQuery } from './soql-run.ts';
import type { Query } from './soql-tree.ts';

const OPERATIONS = ['query', 'queryAll'] as const;
const MAX_RECORDS = 50_000;
const LINES_KEPT_TOGETHER = 2000;
const UNSUPPORTED = /\bGROUP\s+BY\b|\bOFFSET\b|\bTYPEOF\b|\b(?:COUNT|COUNT_DISTINCT|SUM|AVG|MIN|MAX)\s*\(/i;

export const queryJobs: Handler = (context, call, segments) => {
  const [, , id, part] = segments;
  if (id === undefined) {
    if (call.method === 'GET') return listJobs(context, call, 'query');
    if (call.method === 'POST') return create(context, call);
    throw methodNotAllowed(call.method, 'GET,HEAD,POST');
  }
  const job = findJob(context, 'query', id);
  if (part === undefined) return oneJob(context, call, job);
  if (part !== 'results') throw notFound();
  if (call.method !== 'GET') throw methodNotAllowed(call.method, 'GET,HEAD');
  return results(context, call, job);
};

/** Runs a query job's query, keeps its rows, and says what of the job changes by that. */
export function runQueryJob(org: Org, job: Job): Partial<Job> {
  const query = parseSoql(job.query ?? '');
  const { rows } = runQuery(org, query, `${job.apiVersion}.0`, job.operation === 'queryAll');
  const columns = columnsOf(org, queriedObject(org, query), query);
  const lines = rows.map((row) =>
    writeRecord(
      columns.map(({ read }) => read(row)),
      job,
    ),
  );
  const header = writeRecord(
    columns.map(({ name }) => name),
    job,
  );
  keepResults(org, job, 'query', [header]);
  for (let from = 0; from < lines.length; from += LINES_KEPT_TOGETHER) {
    keepResults(org, job, 'query', lines.slice(from, from + LINES_KEPT_TOGETHER));
  }
  return { state: 'JobComplete', numberRecordsProcessed: rows.length };
}

function create(context: Context, call: Call): Answer {
  const body = jsonBody(call);
  const format = formatOf(body);
  if (body.operation === undefined) throw invalidJob('operation is missing');
  const operation = optionIn(OPERATIONS, body.operation, 'operation');
  if (typeof body.query !== 'string') throw invalidJob('query is missing');
  const object = checkedQuery(context, body.query);
  const job = openJob(context, {
    ...format,
    kind: 'query',
    operation,
    object: object.name,
    externalIdFieldName: null,
    query: body.query,
    state: 'UploadComplete',
  });
  context.bulk.wake();
  return json(200, jobInfo(job, false));
}

/** The object of a query that a job may run; refuses what a single query would be refused for, and more. */
function checkedQuery({ org, version }: Context, soql: string): SObject {
  const withoutTexts = soql.replaceAll(/'(?:[^'\\]|\\.)*'/g, "''");
  const [unsupported] = UNSUPPORTED.exec(withoutTexts) ?? [];
  if (unsupported !== undefined) throw notInBulk(unsupported.replace(/\s*\($/, '()'));
  const query = parseSoql(soql);
  if (query.children.length > 0) throw notInBulk('a subquery in SELECT');
  runQuery(org, { ...query, limit: 0 }, version, false);
  return queriedObject(org, query);
}

function notInBulk(what: string): SalesforceError {
  return new SalesforceError('MALFORMED_QUERY', `Bulk API 2.0 does not support ${what}`);
}

interface Column {
  name: string;
  read: (row: Row) => FieldValue;
}

function columnsOf(org: Org, object: SObject, query: Query): Column[] {
  return query.fields.map((path) => {
    const { parents, field, read } = resolvePath(org, object, path, query.soql);
    const names = [...parents.map((parent) => parent.relationshipName ?? parent.name), field.name];
    return { name: names.join('.'), read: (row) => shown(field, read(row)) };
  });
}

/** A moment ends in Z here, not in an offset as in JSON. */
function shown(field: Field, value: FieldValue): FieldValue {
  return field.type === 'datetime' && typeof value === 'string' ? value.replace('+0000', 'Z') : value;
}

function oneJob({ org }: Context, call: Call, job: Job): Answer {
  if (call.method === 'GET') return json(200, jobInfo(job, true));
  if (call.method === 'DELETE') return deleteJob(org, job);
  if (call.method !== 'PATCH') throw methodNotAllowed(call.method, 'GET,HEAD,PATCH,DELETE');
  const state = askedState(call);
  if (state === 'Aborted') return abortJob(org, job);
  throw invalidJob(`state cannot be set to ${String(state)}`);
}

function results({ org }: Context, call: Call, job: Job): Answer {
  if (job.state !== 'JobComplete') throw wrongState(`Results of ${job.state} Job not available`);
  const [header = '', ...records] = resultLines(org, job, 'query');
  const from = fromLocator(call.query.get('locator'), records.length);
  const most = Number(call.query.get('maxRecords') ?? MAX_RECORDS);
  if (!Number.isInteger(most) || most < 1) throw invalidJob('maxRecords must be a whole number above 0');
  const set = records.slice(from, from + Math.min(most, MAX_RECORDS));
  const end = from + set.length;
  return csv(joinRecords([header, ...set], job), {
    'Sforce-Locator': end < records.length ? Buffer.from(String(end)).toString('base64url') : 'null',
    'Sforce-NumberOfRecords': String(set.length),
  });
}

function fromLocator(locator: string | null, total: number): number {
  if (locator === null) return 0;
  const from = Number(Buffer.from(locator, 'base64url').toString());
  if (Number.isInteger(from) && from > 0 && from < total) return from;
  throw new SalesforceError('INVALID_QUERY_LOCATOR', 'Invalid query locator', { status: 400 });
}
