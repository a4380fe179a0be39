// Bulk API 2.0 jobs: what is kept of one, how it is found, what of it is told, and which change of its state is allowed.
// Jobs and their results are rows of the store like any other, so they outlive the process where the org does.

import type { CsvFormat } from './bulk-csv.ts';
import type { Context } from './context.ts';
import { notFound, SalesforceError } from './errors.ts';
import { formatTime } from './field-rules.ts';
import { type Answer, type Call, empty, isRecord, json, jsonBody } from './http.ts';
import { normaliseId } from './ids.ts';
import type { Row } from './journal.ts';
import type { Org } from './row-rules.ts';

export const JOB = 'BulkJob';
export const RESULT = 'BulkResult';

export type JobKind = 'ingest' | 'query';
export type JobState = 'Open' | 'UploadComplete' | 'InProgress' | 'JobComplete' | 'Failed' | 'Aborted';

export interface Job extends Row, CsvFormat {
  kind: JobKind;
  operation: string;
  object: string;
  externalIdFieldName: string | null;
  /** The SOQL of a query job. */
  query: string | null;
  state: JobState;
  apiVersion: number;
  createdById: string;
  createdDate: string;
  systemModstamp: string;
  /** The uploaded file of an ingest job. */
  data: string | null;
  /** The errors a test has ordered for rows of the uploaded file, by the place of the row, as JSON. */
  orderedErrors: string | null;
  numberRecordsProcessed: number;
  numberRecordsFailed: number;
  processingMs: number;
  errorMessage: string | null;
}

/** A part of a job's results: its lines are CSV records, kept as a JSON list. */
interface Result extends Row {
  jobId: string;
  /** The results they belong to, after the job's id, so that one index finds both. */
  ofJob: string;
  lines: string;
}

export type ResultKind = 'successful' | 'failed' | 'query';

const OPEN_MS = 24 * 60 * 60 * 1000;
const KEPT_MS = 7 * OPEN_MS;
const PAGE = 1000;
const JOB_TYPES = { ingest: 'V2Ingest', query: 'V2Query' } as const;
const DELETABLE: JobState[] = ['UploadComplete', 'JobComplete', 'Aborted', 'Failed'];
export const ENDED: JobState[] = ['JobComplete', 'Failed', 'Aborted'];

type NewJob = CsvFormat &
  Pick<Job, 'kind' | 'operation' | 'object' | 'externalIdFieldName' | 'query'> & { state: JobState };

export function openJob(context: Context, job: NewJob): Job {
  const { org, caller, version } = context;
  const row: Job = {
    ...job,
    Id: org.store.nextId('750'),
    apiVersion: Number(version),
    createdById: caller.userId,
    createdDate: caller.now,
    systemModstamp: caller.now,
    data: null,
    orderedErrors: null,
    numberRecordsProcessed: 0,
    numberRecordsFailed: 0,
    processingMs: 0,
    errorMessage: null,
  };
  org.store.insert(JOB, row);
  return row;
}

/** The caller's job with this id. */
export function findJob(context: Context, kind: JobKind, text: string): Job {
  const { org, caller, version } = context;
  expireJobs(org);
  const job = org.store.live(JOB, normaliseId(text) ?? '') as Job | undefined;
  if (job?.kind !== kind) throw notFound();
  if (job.createdById !== caller.userId) {
    throw new SalesforceError('INSUFFICIENT_ACCESS', 'insufficient access rights on object id');
  }
  if (job.apiVersion !== Number(version)) {
    const message = `API version ${version} does not match the version of the job, ${job.apiVersion}.0`;
    throw new SalesforceError('INVALIDJOB', `InvalidJob : ${message}`, { status: 409 });
  }
  return job;
}

/** What is told of a job when it is asked for; the numbers are left out where a job is only made or changed. */
export function jobInfo(job: Job, withNumbers: boolean): object {
  const version = `${job.apiVersion}.0`;
  const ingest = job.kind === 'ingest';
  return {
    id: job.Id,
    operation: job.operation,
    object: job.object,
    createdById: job.createdById,
    createdDate: job.createdDate,
    systemModstamp: job.systemModstamp,
    state: job.state,
    ...(job.externalIdFieldName === null ? {} : { externalIdFieldName: job.externalIdFieldName }),
    concurrencyMode: 'Parallel',
    contentType: 'CSV',
    apiVersion: job.apiVersion,
    ...(ingest ? { contentUrl: `services/data/v${version}/jobs/ingest/${job.Id}/batches` } : {}),
    lineEnding: job.lineEnding,
    columnDelimiter: job.columnDelimiter,
    jobType: JOB_TYPES[job.kind],
    ...(withNumbers ? numbers(job) : {}),
  };
}

function numbers(job: Job): object {
  const ingest = { numberRecordsFailed: job.numberRecordsFailed, apiActiveProcessingTime: job.processingMs };
  return {
    retries: 0,
    totalProcessingTime: job.processingMs,
    numberRecordsProcessed: job.numberRecordsProcessed,
    ...(job.kind === 'ingest' ? { ...ingest, apexProcessingTime: 0 } : {}),
    ...(job.errorMessage === null ? {} : { errorMessage: job.errorMessage }),
  };
}

/** `GET /jobs/ingest` and `GET /jobs/query`: the org's jobs, 1,000 to a page. */
export function listJobs({ org, version }: Context, call: Call, kind: JobKind): Answer {
  expireJobs(org);
  const type = call.query.get('jobType') ?? JOB_TYPES[kind];
  const jobs = liveJobs(org).filter((job) => JOB_TYPES[job.kind] === type);
  const from = Number(call.query.get('queryLocator') ?? 0);
  if (!Number.isInteger(from) || from < 0) throw new SalesforceError('INVALID_QUERY_LOCATOR', 'Invalid query locator');
  const done = from + PAGE >= jobs.length;
  const nextRecordsUrl = `/services/data/v${version}/jobs/${kind}?jobType=${type}&queryLocator=${from + PAGE}`;
  return json(200, {
    done,
    records: jobs.slice(from, from + PAGE).map((job) => jobInfo(job, false)),
    nextRecordsUrl: done ? null : nextRecordsUrl,
  });
}

/** The state a PATCH asks for; it may ask for nothing else. */
export function askedState(call: Call): unknown {
  const { state, ...others } = jsonBody(call);
  const [other] = Object.keys(others);
  if (other !== undefined) throw invalidJob(`${other} cannot be changed`);
  return state;
}

/** Ends a job that has not ended yet; what it has done stays done. */
export function abortJob(org: Org, job: Job): Answer {
  if (ENDED.includes(job.state)) throw wrongState(`Aborting already ${stateName(job.state)} Job not allowed`);
  changeJob(org, job, { state: 'Aborted' });
  return json(200, jobInfo(job, false));
}

export function deleteJob(org: Org, job: Job): Answer {
  if (!DELETABLE.includes(job.state)) throw wrongState(`Deleting ${job.state} Job not allowed`);
  forget(org, job);
  return empty(204);
}

export function changeJob(org: Org, job: Job, changes: Partial<Job>): void {
  org.store.update(JOB, job.Id, { ...(changes as Row), systemModstamp: formatTime(Date.now()) });
}

/** Adds lines to a job's results. */
export function keepResults(org: Org, job: Job, kind: ResultKind, lines: string[]): void {
  if (lines.length === 0) return;
  const row: Result = {
    Id: org.store.nextId('752'),
    jobId: job.Id,
    ofJob: `${job.Id} ${kind}`,
    lines: JSON.stringify(lines),
  };
  org.store.insert(RESULT, row);
}

export function resultLines(org: Org, job: Job, kind: ResultKind): string[] {
  const parts = org.store.find(RESULT, 'ofJob', `${job.Id} ${kind}`) as Result[];
  return parts.flatMap(({ lines }) => JSON.parse(lines) as string[]);
}

export function liveJobs(org: Org): Job[] {
  return ([...org.store.rows(JOB)] as Job[]).filter((job) => job.IsDeleted !== true);
}

/** The object that the job in a call's path, or in its body, is about. */
export function objectOfJob(org: Org, call: Call): string[] {
  const [, id] = /\/jobs\/(?:ingest|query)(?:\/(\w+))?/.exec(call.path) ?? [];
  const job = org.store.live(JOB, normaliseId(id ?? '') ?? '') as Job | undefined;
  if (job !== undefined) return [job.object];
  if (call.method !== 'POST' || !/\/jobs\/(?:ingest|query)\/?$/.test(call.path)) return [];
  const found = /"object"\s*:\s*"(\w+)"|\bFROM\s+(\w+)/i.exec(call.body);
  return [found?.[1] ?? found?.[2]].filter((name) => name !== undefined);
}

/** Ends jobs that were left open for a day, and forgets what ended a week ago. */
function expireJobs(org: Org): void {
  const now = Date.now();
  for (const job of liveJobs(org)) {
    if (job.state === 'Open' && Date.parse(job.createdDate) < now - OPEN_MS) {
      changeJob(org, job, { state: 'Failed', errorMessage: 'InvalidJobState : Job was left open for 24 hours' });
    } else if (ENDED.includes(job.state) && Date.parse(job.systemModstamp) < now - KEPT_MS) forget(org, job);
  }
}

function forget(org: Org, job: Job): void {
  for (const part of org.store.find(RESULT, 'jobId', job.Id)) {
    org.store.update(RESULT, part.Id, { IsDeleted: true, lines: '' });
  }
  org.store.update(JOB, job.Id, { IsDeleted: true, data: null, orderedErrors: null });
}

export function stateName(state: JobState): string {
  return state === 'JobComplete' ? 'Completed' : state;
}

export function wrongState(message: string): SalesforceError {
  return new SalesforceError('INVALIDJOBSTATE', `InvalidJobState : ${message}`);
}

export function invalidJob(message: string): SalesforceError {
  return new SalesforceError('INVALIDJOB', `InvalidJob : ${message}`);
}

/** One of these names, or the first when there is none. */
export function optionIn<T extends string>(names: readonly T[], value: unknown, what: string): T {
  const found = value === undefined || value === null ? names[0] : names.find((name) => name === value);
  if (found === undefined) throw invalidJob(`${what} must be one of ${names.join(', ')}`);
  return found;
}

/** The line ending and delimiter a new job asks for. */
export function formatOf(body: unknown): CsvFormat {
  const { contentType, columnDelimiter, lineEnding } = isRecord(body) ? body : {};
  optionIn(['CSV'], contentType, 'contentType');
  return {
    columnDelimiter: optionIn(
      ['COMMA', 'BACKQUOTE', 'CARET', 'PIPE', 'SEMICOLON', 'TAB'],
      columnDelimiter,
      'columnDelimiter',
    ),
    lineEnding: optionIn(['LF', 'CRLF'], lineEnding, 'lineEnding'),
  };
}
