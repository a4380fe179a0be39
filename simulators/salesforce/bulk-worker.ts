// Works on Bulk API 2.0 jobs behind the back of the callers, a step at a time on the event loop: a closed job is first
// in progress, then its rows are written 200 at a time, each 200 in one transaction together with their results, so
// that a job goes on after a restart where it stopped.

import { type CsvTable, JobFailure, readCsv, writeRecord } from './bulk-csv.ts';
import { changeJob, JOB, type Job, keepResults } from './bulk-jobs.ts';
import { runQueryJob } from './bulk-query.ts';
import { columnsOf, idIn, keyOf, orderedErrorsOf, type RowOutcome, writeRow } from './bulk-rows.ts';
import { SalesforceError } from './errors.ts';
import { formatTime } from './field-rules.ts';
import { MixedDmlGuard } from './mixed-dml.ts';
import type { Caller, Org } from './row-rules.ts';
import { type Field, objectNamed, type SObject } from './schema.ts';

export interface Hold {
  /** Jobs stay in this state. */
  state: 'UploadComplete' | 'InProgress';
  /** A job in progress is held once so many of its rows are done. */
  afterRows: number;
}

const CHUNK = 200;

interface Upload {
  jobId: string;
  object: SObject;
  columns: Field[];
  rows: string[][];
  ordered: Map<number, SalesforceError>;
}

export class BulkWorker {
  readonly #org: Org;
  #hold: Hold | undefined;
  #next: NodeJS.Immediate | undefined;
  /** The file of the job being worked on, parsed once. */
  #upload: Upload | undefined;

  constructor(org: Org) {
    this.#org = org;
  }

  /** Begins to work, unless at it already, after the present call has been answered. */
  wake(): void {
    this.#next ??= setImmediate(() => {
      this.#next = undefined;
      if (this.#org.store.transaction(() => this.#step())) this.wake();
    });
  }

  /** Keeps jobs in a state until told otherwise. */
  hold(hold: Hold | undefined): void {
    this.#hold = hold;
    this.wake();
  }

  stop(): void {
    clearImmediate(this.#next);
    this.#next = undefined;
  }

  /** One step of one job; false when there is nothing to do. */
  #step(): boolean {
    const running = this.#inState('InProgress');
    if (running !== undefined) return this.#isHeld(running) ? false : this.#advance(running);
    const [waiting] = this.#org.store.find(JOB, 'state', 'UploadComplete') as Job[];
    if (waiting === undefined || this.#hold?.state === 'UploadComplete') return false;
    changeJob(this.#org, waiting, { state: 'InProgress' });
    return true;
  }

  #inState(state: string): Job | undefined {
    return this.#org.store.find(JOB, 'state', state)[0] as Job | undefined;
  }

  #isHeld(job: Job): boolean {
    return this.#hold?.state === 'InProgress' && job.numberRecordsProcessed >= this.#hold.afterRows;
  }

  #advance(job: Job): boolean {
    const started = performance.now();
    const processingMs = (): number => job.processingMs + Math.ceil(performance.now() - started);
    try {
      // A step that fails leaves nothing of itself behind but the failure.
      const changes = this.#org.store.attempt(() =>
        job.kind === 'query' ? runQueryJob(this.#org, job) : this.#writeChunk(job),
      );
      changeJob(this.#org, job, { ...changes, processingMs: processingMs() });
    } catch (error) {
      const errorMessage = error instanceof JobFailure ? error.message : `InternalServerError : ${String(error)}`;
      changeJob(this.#org, job, { state: 'Failed', errorMessage, processingMs: processingMs() });
    }
    return true;
  }

  #writeChunk(job: Job): Partial<Job> {
    const upload = this.#uploadOf(job);
    const from = job.numberRecordsProcessed;
    const rows = upload.rows.slice(from, from + this.#chunkSize(from));
    const caller: Caller = {
      userId: job.createdById,
      now: formatTime(Date.now()),
      mixedDml: new MixedDmlGuard(),
    };
    const successful: string[] = [];
    const failed: string[] = [];
    const keys = new Set<string>();
    for (const [i, row] of rows.entries()) {
      const outcome = this.#writeOne(job, upload, caller, row, from + i, keys);
      if (outcome instanceof SalesforceError) {
        failed.push(writeRecord([idIn(upload.columns, row), errorText(outcome), ...row], job));
      } else successful.push(writeRecord([outcome.id, outcome.created, ...row], job));
    }
    keepResults(this.#org, job, 'successful', successful);
    keepResults(this.#org, job, 'failed', failed);
    const done = from + rows.length;
    return {
      numberRecordsProcessed: done,
      numberRecordsFailed: job.numberRecordsFailed + failed.length,
      state: done < upload.rows.length ? 'InProgress' : 'JobComplete',
    };
  }

  #chunkSize(from: number): number {
    const left = this.#hold?.state === 'InProgress' ? this.#hold.afterRows - from : CHUNK;
    return Math.min(CHUNK, left);
  }

  #writeOne(
    job: Job,
    { object, columns, ordered }: Upload,
    caller: Caller,
    row: string[],
    place: number,
    keys: Set<string>,
  ): RowOutcome | SalesforceError {
    try {
      const error = ordered.get(place) ?? repeatedKey(job, columns, row, keys);
      if (error !== undefined) throw error;
      return writeRow({ org: this.#org, caller }, job, object, columns, row);
    } catch (error) {
      if (error instanceof SalesforceError) return error;
      throw error;
    }
  }

  #uploadOf(job: Job): Upload {
    if (this.#upload?.jobId === job.Id) return this.#upload;
    const { header, rows }: CsvTable = readCsv(job.data ?? '', job);
    const object = objectNamed(this.#org.schema, job.object);
    const columns = columnsOf(object, header, job);
    this.#upload = { jobId: job.Id, object, columns, rows, ordered: orderedErrorsOf(job) };
    return this.#upload;
  }
}

/** The same external id may not come twice within what Salesforce upserts at once. */
function repeatedKey(job: Job, columns: Field[], row: string[], keys: Set<string>): SalesforceError | undefined {
  if (job.operation !== 'upsert') return undefined;
  const key = keyOf(job, columns, row);
  if (key === '' || !keys.has(key.toLowerCase())) {
    keys.add(key.toLowerCase());
    return undefined;
  }
  return new SalesforceError('DUPLICATE_VALUE', `Duplicate external id specified: ${key}`, {
    fields: [job.externalIdFieldName ?? ''],
  });
}

/** As `sf__Error` tells it: `CODE:message:fields --`. */
function errorText({ code, message, fields = [] }: SalesforceError): string {
  return `${code}:${message}:${fields.length === 0 ? '' : `${fields.join(', ')} `}--`;
}
