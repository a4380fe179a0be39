/**
 * The provisioning report: what was done, to whom, where and how it ended, read from Temporal's visibility and the
 * workflow histories. The histories are the record; nothing here is kept beside them.
 */
import type { Client, WorkflowExecutionInfo } from '@temporalio/client';
import { decodeArrayFromPayloads } from '@temporalio/common/lib/internal-non-workflow/index.js';
import type proto from '@temporalio/proto';
import type { AccountIdentity } from '#domain/account.ts';
import type { LaneEvent } from '#domain/lane.ts';
import type { Operation } from '#domain/plan.ts';
import { failedEntry, type ReportEntry, type ReportSubject } from '#domain/report-entry.ts';
import { FAILURE_KINDS, type Failure } from '#domain/failure.ts';
import { unpackEntries } from '#directory/packed-entries.ts';
import { importWorkflowId } from '#workflows/ids.ts';

/** What is asked for; all of it must hold. Days or instants in ISO, `since` included, `until` not. */
export interface ReportQuery {
  /**
   * Employee number: what this person's own runs and pages of imports did to this person. A link made in a manager's run
   * stands there.
   */
  user?: string | undefined;
  application?: string | undefined;
  since?: string | undefined;
  until?: string | undefined;
}

/** A report entry, and where in which history it stands. */
export interface ReportRow extends ReportEntry {
  at: string;
  workflowId: string;
  runId: string;
  workflowType: string;
}

type HistoryEvent = proto.temporal.api.history.v1.IHistoryEvent;
type ProtoFailure = proto.temporal.api.failure.v1.IFailure | null | undefined;

const AT_ONCE = 8;
const OF_ONE_PERSON = "WorkflowType IN ('joiner', 'mover', 'leaver', 'returnRecords')";
const OF_MANY = "WorkflowType = 'bulkImport'";

/**
 * The rows, run by run, in the order of each run's history. Open runs are read as far as they are; what a reset copied
 * from one run to the next is told once. Of imports one history at a
 * time is held in memory, of which one page is unpacked. `importsOf` tells in which
 * imports somebody is who is asked for; without it all are looked through.
 */
export async function* readReport(
  client: Client,
  query: ReportQuery,
  importsOf?: (employeeNumber: string) => Promise<number[]>,
): AsyncGenerator<ReportRow> {
  const { user } = query;
  const imports = user === undefined ? undefined : await importsOf?.(user);
  const runs: WorkflowExecutionInfo[] = [];
  for await (const run of client.workflow.list({ query: visibilityQuery(query, imports) })) runs.push(run);
  runs.sort((a, b) => a.startTime.getTime() - b.startTime.getTime());
  const listed = new Set(runs.map(({ runId }) => runId));
  for (let from = 0; from < runs.length; from += AT_ONCE) {
    const some = runs.slice(from, from + AT_ONCE);
    const small = some.filter(({ type }) => type !== 'bulkImport');
    const read = await Promise.all(small.map(async (run) => [run, await all(readRun(client, run, listed))] as const));
    const rowsOf = new Map(read);
    for (const run of some)
      for await (const row of rowsOf.get(run) ?? readRun(client, run, listed)) if (matches(row, query)) yield row;
  }
}

/** Runs that can hold rows of the query: started before its end, not closed before its beginning. */
function visibilityQuery({ user, since, until }: ReportQuery, imports: number[] | undefined): string {
  const conditions = [whose(user, imports)];
  if (since !== undefined) conditions.push(`(CloseTime >= ${quote(toIso(since))} OR ExecutionStatus = 'Running')`);
  if (until !== undefined) conditions.push(`StartTime < ${quote(toIso(until))}`);
  return conditions.join(' AND ');
}

/** Runs about this person, and imports: these, or all. */
function whose(user: string | undefined, imports: number[] | undefined): string {
  const own = user === undefined ? OF_ONE_PERSON : `${OF_ONE_PERSON} AND EndUser = ${quote(user)}`;
  if (imports?.length === 0) return own;
  const ids = imports?.map((id) => quote(importWorkflowId(id))).join(', ');
  const many = ids === undefined ? OF_MANY : `${OF_MANY} AND WorkflowId IN (${ids})`;
  return `((${own}) OR (${many}))`;
}

/** Visibility has no escape inside a literal that all its stores understand: text that would need one is refused. */
function quote(text: string): string {
  if (/['"\\]/.test(text))
    throw new Error(`report: ${text} contains a quote or a backslash, which no number or date does`);
  return `'${text}'`;
}

function toIso(day: string): string {
  return new Date(day).toISOString();
}

function matches(row: ReportRow, { user, application, since, until }: ReportQuery): boolean {
  return (
    (user === undefined || row.employeeNumber === user) &&
    (application === undefined || row.application === application) &&
    (since === undefined || Date.parse(row.at) >= Date.parse(since)) &&
    (until === undefined || Date.parse(row.at) < Date.parse(until))
  );
}

async function* readRun(
  client: Client,
  { workflowId, runId, type }: WorkflowExecutionInfo,
  listed: Set<string>,
): AsyncGenerator<ReportRow> {
  const events = (await client.workflow.getHandle(workflowId, runId).fetchHistory()).events ?? [];
  const scheduled = new Map(events.map((event) => [String(event.eventId), event]));
  for (const event of events.slice(ownFrom(events, listed))) {
    const entries = (await completed(client, event)) ?? (await failed(client, event, scheduled)) ?? [];
    const at = instant(event);
    for (const entry of entries) yield { ...entry, at, workflowId, runId, workflowType: type };
  }
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

/** Where a run's own events begin: a reset run's history opens with a copy of the run that was reset. */
function ownFrom(events: HistoryEvent[], listed: Set<string>): number {
  return events.findLastIndex(({ workflowTaskFailedEventAttributes: reset }) => listed.has(reset?.baseRunId ?? '')) + 1;
}

/** The entries that an activity answered; undefined for any other event. */
async function completed(
  client: Client,
  { activityTaskCompletedEventAttributes: event }: HistoryEvent,
): Promise<ReportEntry[] | undefined> {
  if (!event) return undefined;
  const [answer] = await decode(client, event.result?.payloads);
  const entries = (answer as { entries?: ReportEntry[] | string } | null | undefined)?.entries ?? [];
  return typeof entries === 'string' ? unpackEntries(entries) : entries;
}

/** The entry for an activity that failed for good: what it was asked, and what it failed with. */
async function failed(
  client: Client,
  event: HistoryEvent,
  scheduled: Map<string, HistoryEvent>,
): Promise<ReportEntry[] | undefined> {
  const end = event.activityTaskFailedEventAttributes ?? event.activityTaskTimedOutEventAttributes;
  if (!end) return undefined;
  const asked = scheduled.get(String(end.scheduledEventId))?.activityTaskScheduledEventAttributes;
  const [request] = await decode(client, asked?.input?.payloads);
  const activity = asked?.activityType?.name ?? 'activity';
  const failure = await readFailure(client, activity, end.failure);
  // An application that asked to be left alone refused nothing: the run tries again.
  if (failure.retryAfterMs !== undefined) return [];
  return [failureEntry(activity, (request ?? {}) as FailedRequest, failure)];
}

/** What activities are asked, as far as their failure is reported: see activities/request.ts, notices.ts and import-request.ts. */
type FailedRequest = {
  event?: LaneEvent;
  application?: string;
  operation?: Operation;
  account?: AccountIdentity;
  kinds?: string[];
  import?: number;
  after?: number;
  upTo?: number;
} & Partial<LaneEvent>;

function failureEntry(activity: string, request: FailedRequest, failure: Failure): ReportEntry {
  const { id, employeeNumber, person } = request.event ?? request;
  const subject: ReportSubject = {
    eventId: id ?? '',
    employeeNumber: employeeNumber ?? '',
    person: person ?? pageOf(request),
    application: request.application || (activity === 'sendNotices' ? 'mail' : 'directory'),
    ...(request.account ? { username: request.account.username, nativeId: request.account.nativeId } : {}),
  };
  if (request.operation) return failedEntry(subject, request.operation, failure);
  const operation = activity === 'sendNotices' ? 'notify' : 'link';
  const subjects = request.kinds ?? [];
  return { ...subject, operation, outcome: 'failed', changes: [], subjects, reason: activity, failure };
}

/** Of a page of an import nobody in it was done: which one it is. */
function pageOf({ import: id, after, upTo }: FailedRequest): string {
  if (id === undefined) return '';
  return after === undefined ? `import ${id}` : `import ${id}, rows ${after + 1} to ${upTo}`;
}

/** The failure as the run itself takes it: see workflows/steps/failure.ts. */
async function readFailure(client: Client, activity: string, failure: ProtoFailure): Promise<Failure> {
  const told = failure?.timeoutFailureInfo && failure.cause?.applicationFailureInfo ? failure.cause : failure;
  const info = told?.applicationFailureInfo;
  if (!info) return { kind: 'transient', message: `${activity}: ${told?.message ?? 'no reason was recorded'}` };
  const [detail] = await decode(client, info.details?.payloads);
  const { remedy, retryAfterMs } = (detail ?? {}) as Partial<Failure>;
  return {
    kind: FAILURE_KINDS.find((kind) => kind === info.type) ?? 'bug',
    message: told?.message ?? 'no reason was recorded',
    ...(remedy ? { remedy } : {}),
    ...(retryAfterMs ? { retryAfterMs } : {}),
  };
}

function decode(
  client: Client,
  payloads: proto.temporal.api.common.v1.IPayload[] | null | undefined,
): Promise<unknown[]> {
  return decodeArrayFromPayloads(client.options.loadedDataConverter, payloads ?? []);
}

function instant({ eventTime }: HistoryEvent): string {
  return new Date(
    Number(eventTime?.seconds ?? 0) * 1_000 + Math.floor((eventTime?.nanos ?? 0) / 1_000_000),
  ).toISOString();
}
