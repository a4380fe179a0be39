/** Users made in bulk: an ingest job of Bulk API 2.0, which is gone on with where an earlier try left it. */
import type { CallContext, Connector, NewAccount, RowOutcome } from '#connectors/connector.ts';
import { ConnectorError } from '#connectors/errors.ts';
import type { Attributes } from '#domain/account.ts';
import { csvFiles, EMPTIES } from './bulk-csv.ts';
import { createJobs, hasEnded, type Job, type Jobs } from './bulk-jobs.ts';
import { refusal, type NativeError } from './failures.ts';
import { naming } from './licences.ts';
import type { Names } from './names.ts';
import type { Session } from './session.ts';
import { profilesOf, userRow } from './users.ts';

type BulkIngest = Required<Pick<Connector, 'createInBulk' | 'forgetBulk'>>;

/** Salesforce takes 150 MB of base64 a job: that much CSV. */
const MOST_BYTES = 100_000_000;

/** What a job has told of a row. */
type Told = { id: string } | { error: NativeError } | ConnectorError;

/** About seven API calls for each 100 MB: to open, fill and close a job, to ask after it, and to read its results. */
export function createBulkIngest(session: Session, names: Names, mostBytes = MOST_BYTES): BulkIngest {
  return {
    async createInBulk(accounts, { job = '', onJob, stop = false }, context) {
      const jobs = createJobs(session, 'ingest', 'User', context);
      const prepared = await prepare(accounts, names, context);
      const sendable = prepared.filter(({ row }) => !(row instanceof ConnectorError));
      const files = csvFiles(
        sendable.map(({ row }) => row as Attributes),
        mostBytes,
      );
      const ids = job.split(' ').filter((id) => id !== '');
      const told = new Map<string, Told>();
      for (const [place, { text, rows }] of files.entries()) {
        let id = ids[place];
        const begun = id !== undefined;
        if (id === undefined) {
          if (stop) break;
          id = (await jobs.open({ object: 'User', operation: 'insert' })).id;
          ids.push(id);
          await onJob(ids.join(' '));
        }
        const ended = await runJob(jobs, id, { text, begun, stop });
        for (const index of rows) told.set(sendable[index]?.key ?? '', untold(id, ended));
        if (ended) await readResults(jobs, ended, told);
      }
      return prepared.map((one) => outcomeOf(one, told));
    },

    async forgetBulk(job, context) {
      const jobs = createJobs(session, 'ingest', 'User', context);
      for (const id of job.split(' ')) await jobs.forget(id);
    },
  };
}

interface PreparedUser {
  username: string;
  /** By which results are told apart; undefined for a row that can have none. */
  key: string | undefined;
  row: Attributes | ConnectorError;
  licence: string | undefined;
}

async function prepare(
  accounts: NewAccount[],
  names: Names,
  context: CallContext | undefined,
): Promise<PreparedUser[]> {
  const taken = new Set<string>();
  const prepared: PreparedUser[] = [];
  const profiles = await profilesOf(accounts, names, context);
  for (const account of accounts) {
    const { row, licence } = userRow(account, profiles);
    const username = String(account.attributes['Username'] ?? '');
    const key = keyOf(username);
    const isRepeated = taken.has(key);
    taken.add(key);
    const fault = row instanceof ConnectorError ? row : unfit(account.attributes, isRepeated);
    prepared.push({ username, key: isRepeated ? undefined : key, row: fault ?? (row as Attributes), licence });
  }
  return prepared;
}

function keyOf(username = ''): string {
  return username.trim().toLowerCase();
}

/** Why a row may not go into a job, though it might go into another call. */
function unfit(attributes: Attributes, isRepeated: boolean): ConnectorError | undefined {
  const username = String(attributes['Username'] ?? '');
  if (username.trim() === '') {
    const message = 'Required fields are missing: [Username]';
    return refusal({ statusCode: 'REQUIRED_FIELD_MISSING', message, fields: ['Username'] }, attemptFor(username));
  }
  if (isRepeated) return refusal({ statusCode: 'DUPLICATE_USERNAME', fields: ['Username'] }, attemptFor(username));
  const unsayable = Object.keys(attributes).find((name) => attributes[name] === EMPTIES);
  if (unsayable === undefined) return undefined;
  const action = attemptFor(username).action;
  return new ConnectorError('invalid-data', `salesforce: ${action}: ${unsayable} can not be "${EMPTIES}" here`, {
    fields: [unsayable],
    remedy: `${EMPTIES} is how a spreadsheet says that there is no value: leave it out of the person's profile`,
  });
}

/** Goes on with a job from where it stands until it has ended; undefined when it is there no more. */
async function runJob(
  jobs: Jobs,
  id: string,
  { text, begun, stop }: { text: string; begun: boolean; stop: boolean },
): Promise<Job | undefined> {
  const found: Job | undefined = begun ? await jobs.read(id) : { id, state: 'Open' };
  if (found === undefined || hasEnded(found)) return found;
  if (stop) {
    await jobs.abort(id);
    return jobs.read(id);
  }
  if (found.state === 'Open') {
    await jobs.upload(id, text);
    await jobs.close(id);
  }
  return jobs.ended(id);
}

/** Asks for no more than there is. */
async function readResults(jobs: Jobs, job: Job, told: Map<string, Told>): Promise<void> {
  const { numberRecordsProcessed: processed = 0, numberRecordsFailed: failed = 0 } = job;
  if (processed > failed) {
    const { rows } = await jobs.results(job.id, 'successfulResults');
    for (const row of rows) told.set(keyOf(row['Username']), { id: row['sf__Id'] ?? '' });
  }
  if (failed > 0) {
    const { rows } = await jobs.results(job.id, 'failedResults');
    for (const row of rows) told.set(keyOf(row['Username']), { error: errorIn(row['sf__Error'] ?? '') });
  }
}

/** What is said of a row that is in no results: either the job did not come to it, or the job is not there to be asked. */
function untold(id: string, job: Job | undefined): ConnectorError {
  if (job === undefined) return new ConnectorError('unknown-outcome', `salesforce: bulk job ${id} is there no more`);
  if (job.state === 'JobComplete')
    return new ConnectorError('unknown-outcome', `salesforce: bulk job ${id} has ended, and tells nothing of this row`);
  const why = job.errorMessage ?? `its state is ${job.state}`;
  return new ConnectorError('transient', `salesforce: bulk job ${id} did not come to this row: ${why}`);
}

/** What a job has done counts, also of a row that would not be sent any more. */
function outcomeOf({ username, key, row, licence }: PreparedUser, results: Map<string, Told>): RowOutcome {
  const told = key === undefined ? undefined : results.get(key);
  if (told !== undefined && 'id' in told) return { ok: true, nativeId: told.id };
  if (row instanceof ConnectorError) return { ok: false, error: row };
  if (told === undefined) return { ok: false, error: new ConnectorError('transient', NOT_BEGUN) };
  if (told instanceof ConnectorError) return { ok: false, error: told };
  return { ok: false, error: naming(refusal(told.error, attemptFor(username)), licence) };
}

const NOT_BEGUN = 'salesforce: the bulk job was ended before it began';

function attemptFor(username: string): { action: string } {
  return { action: `create account ${username}` };
}

/** `CODE:message:fields --` */
function errorIn(text: string): NativeError {
  const [, statusCode, message = '', fields = ''] = /^([A-Z_]+):(.*):([^:]*)--\s*$/s.exec(text) ?? [];
  if (statusCode === undefined) return { message: text };
  return {
    statusCode,
    message,
    fields: fields
      .split(',')
      .map((field) => field.trim())
      .filter((field) => field !== ''),
  };
}
