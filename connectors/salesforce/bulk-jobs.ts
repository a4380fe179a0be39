/** Jobs of Bulk API 2.0: one API call each to open, fill, close, ask after, stop, read and take away. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { CallContext } from '#connectors/connector.ts';
import { ConnectorError } from '#connectors/errors.ts';
import { readCsv } from './bulk-csv.ts';
import type { Session } from './session.ts';
import { cancelledUnsent, NoAnswer } from './transport.ts';

export type JobKind = 'ingest' | 'query';

export interface Job {
  id: string;
  state: 'Open' | 'UploadComplete' | 'InProgress' | 'JobComplete' | 'Failed' | 'Aborted';
  numberRecordsProcessed?: number;
  numberRecordsFailed?: number;
  errorMessage?: string;
}

/** Part of a job's results, and where the next begins; absent after the last. */
interface ResultPart {
  rows: Record<string, string>[];
  next?: string;
}

export interface Jobs {
  open(order: object): Promise<Job>;
  /** Undefined when there is no such job any more. */
  read(id: string): Promise<Job | undefined>;
  /** Hands over the file of an open job. One that has its file already is left as it is. */
  upload(id: string, csv: string): Promise<void>;
  /** Lets Salesforce begin. One that has begun is left as it is. */
  close(id: string): Promise<void>;
  /** Ends a job: what it has done stays done. One that has ended is left as it is. */
  abort(id: string): Promise<void>;
  /** Waits until the job has ended, asking less and less often. Throws `transient` of one that was not begun. */
  ended(id: string): Promise<Job | undefined>;
  results(id: string, part: string): Promise<ResultPart>;
  /** Takes a job away with its file and its results; one at work is ended first. Gone already is success. */
  forget(id: string): Promise<void>;
}

/** How long to wait before asking after a job: for the first time, how much longer each time, and at most. */
const FIRST_MS = 500;
const LONGER = 1.5;
const LONGEST_MS = 20_000;

const ENDED = new Set<Job['state']>(['JobComplete', 'Failed', 'Aborted']);

export function hasEnded({ state }: Job): boolean {
  return ENDED.has(state);
}

/** `object`: what the jobs are about, for errors. */
export function createJobs(session: Session, kind: JobKind, object: string, context: CallContext | undefined): Jobs {
  const at = `/jobs/${kind}`;
  const told = (verb: string, id?: string) => ({ action: `${verb} bulk job ${id ?? `for ${object}`}` });

  const jobs: Jobs = {
    open: (order) =>
      session.call(told('open'), context, async (org) => asJob(await org.requestPost(at, { ...FORMAT, ...order }))),

    read: (id) =>
      session
        .call(told('read', id), context, async (org) => asJob(await org.requestGet(`${at}/${id}`)))
        .catch(unless('NOT_FOUND')),

    upload: async (id, csv) => {
      await session
        .call(told('upload the file of', id), context, (org) =>
          org.request({
            method: 'PUT',
            url: `${at}/${id}/batches`,
            headers: { 'content-type': 'text/csv' },
            body: csv,
          }),
        )
        .catch((error: unknown) => {
          // An answer was lost: Salesforce takes a file once.
          if (error instanceof ConnectorError && /'PUT' only once/.test(error.message)) return;
          throw error;
        });
    },

    close: (id) => setState(id, 'UploadComplete', told('close', id)),
    abort: (id) => setState(id, 'Aborted', told('stop', id)),

    async ended(id) {
      for (let wait = FIRST_MS; ; wait = Math.min(wait * LONGER, LONGEST_MS)) {
        await pause(wait, context?.signal);
        const job = await jobs.read(id);
        if (job === undefined || hasEnded(job)) return job;
        if (job.state === 'Open') throw new ConnectorError('transient', `salesforce: bulk job ${id} has no file yet`);
      }
    },

    results: (id, part) =>
      session.call(told('read the results of', id), context, async (org, call) => {
        const rows = rowsIn(await org.requestGet(`${at}/${id}/${part}`));
        const next = call.headers?.['sforce-locator'];
        return { rows, ...(next === undefined || next === 'null' ? {} : { next }) };
      }),

    async forget(id) {
      const remove = () => session.call(told('take away', id), context, (org) => org.requestDelete(`${at}/${id}`));
      try {
        await remove();
      } catch (error) {
        if (isRefused(error, 'NOT_FOUND')) return;
        if (!isRefused(error, WRONG_STATE)) throw error;
        await jobs.abort(id);
        await remove();
      }
    },
  };

  const setState = async (id: string, state: Job['state'], attempt: { action: string }): Promise<void> => {
    await session
      .call(attempt, context, (org) => org.requestPatch(`${at}/${id}`, { state }))
      .catch(unless(WRONG_STATE));
  };

  return jobs;
}

const FORMAT = { contentType: 'CSV', columnDelimiter: 'COMMA', lineEnding: 'LF' };

/** The job is further than that. */
const WRONG_STATE = 'INVALIDJOBSTATE';

function isRefused(error: unknown, code: string): boolean {
  return error instanceof ConnectorError && error.code === code;
}

function unless(code: string): (error: unknown) => undefined {
  return (error) => {
    if (isRefused(error, code)) return undefined;
    throw error;
  };
}

/** jsforce answers text where there was no whole JSON. */
function asJob(answer: unknown): Job {
  const { id, state } = (answer ?? {}) as Partial<Job>;
  if (typeof id !== 'string' || typeof state !== 'string') throw new NoAnswer('the answer is not a job');
  return answer as Job;
}

function rowsIn(answer: unknown): ResultPart['rows'] {
  try {
    return readCsv(String(answer));
  } catch (error) {
    throw new NoAnswer(`the answer is not a whole CSV file: ${(error as Error).message}`);
  }
}

async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await sleep(ms, undefined, signal ? { signal } : {});
  } catch {
    throw cancelledUnsent();
  }
}
