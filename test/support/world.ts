/**
 * A whole Joinery for a test, on the real parts: a directory, a simulated Salesforce, a mail catcher, a worker, and
 * Temporal; HR events come in as they do in production. `time-skipping` passes months in moments, one story at a time;
 * `real-time` uses the shared development server.
 */
import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import proto from '@temporalio/proto';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { DefaultLogger, Runtime, type WorkflowBundle } from '@temporalio/worker';
import type { Client } from '@temporalio/client';
import type { History } from '@temporalio/common/lib/proto-utils.js';
import { msToTs } from '@temporalio/common/lib/time.js';
import { inject } from 'vitest';
import { localDate } from '#domain/due.ts';
import type { HrEvent } from '#domain/hr-event.ts';
import type { LaneInput, LaneResult } from '#workflows/messages.ts';
import { SEARCH_ATTRIBUTES, personWorkflowId } from '#workflows/ids.ts';
import { submitHrEvents } from '#client/intake.ts';
import { createRelay } from '#client/relay.ts';
import { answerTask, type TaskReply, type TaskVerb } from '#client/tasks.ts';
import { findHrEvent, type HrEventRecord } from '#directory/hr-events.ts';
import type { Sql } from '#directory/database.ts';
import { listTasks } from '#directory/tasks.ts';
import type { Task } from '#domain/task.ts';
import type { Watched } from '#activities/watch.ts';
import { createSealer } from '#directory/sealing.ts';
import { startMailCatcher, type MailCatcher } from '#runtime/embedded/mail-catcher.ts';
import { connectTemporal, registerSearchAttributes } from '#runtime/temporal.ts';
import { buildDependencies, type WorkerSettings } from '#worker/dependencies.ts';
import { bundleWorkflows } from '#worker/bundle.ts';
import { createWorker } from '#worker/run.ts';
import { saveDemoApplication } from './demo-application.ts';
import { freshDirectory } from './directory.ts';
import { caughtMails } from './mails.ts';
import { startSimulatedOrg, type SimulatedOrg } from './simulator.ts';

type Workflow = (input: LaneInput) => Promise<LaneResult>;

export interface World {
  temporal: TestWorkflowEnvironment;
  /** The world's own on the shared server, so that `person:E1` is nobody else's. */
  namespace: string;
  client: Client;
  directory: Sql;
  org: SimulatedOrg;
  mail: MailCatcher;
  /** What a worker process of this world is configured with. */
  settings: WorkerSettings;
  taskQueue: string;
  /** Accepts HR events and brings them to their lanes; answers when they are there. */
  submit(...events: HrEvent[]): Promise<void>;
  /** Sends an event's signal again, as a relay does that died before it took note. */
  signalAgain(id: string): Promise<void>;
  /** Lets time pass until this person's lane is empty. */
  untilIdle(employeeNumber: string): Promise<LaneResult>;
  event(id: string): Promise<HrEventRecord>;
  /** When, in the workflow's own time, the last run opened its event; milliseconds. */
  openedAt(employeeNumber: string): Promise<number>;
  /** The oldest open task, once there is one and its run waits for an answer. */
  untilTask(): Promise<Task>;
  /** Says something to a task as an administrator does. */
  answer(verb: TaskVerb, taskId: number, more?: { note?: string; account?: string }): Promise<TaskReply>;
  /** What the schedule does every minute. */
  watch(): Promise<Watched & { workflowId: string }>;
  /** What Temporal's UI shows of the last run. */
  currentDetails(employeeNumber: string): Promise<string>;
  /** The histories of every run of this person's lane, oldest first. */
  histories(employeeNumber: string): Promise<History[]>;
  mails(): Promise<{ to: string; subject: string }[]>;
  /** The calendar day, in a zone, that many days from now. */
  day(offset: number, timeZone?: string): string;
  close(): Promise<void>;
}

const DAY_MS = 86_400_000;

/** Opens a world; `close` it after the test. */
export async function openWorld(
  time: 'time-skipping' | 'real-time',
  options: { worker?: boolean; application?: object } = {},
): Promise<World> {
  const temporal = await openTemporal(time);
  const directory = await freshDirectory();
  const org = await startSimulatedOrg();
  const mail = await startMailCatcher({ smtpPort: 0, httpPort: 0, host: '127.0.0.1' });
  const secretKey = randomBytes(32);
  await saveDemoApplication(directory.sql, createSealer(secretKey), org.url, options.application);

  const settings = {
    databaseUrl: directory.url,
    secretKey,
    oldSecretKeys: [],
    smtpUrl: mail.smtpUrl,
    mailFrom: 'joinery@joinery-demo.example',
    defaultTimeZone: 'UTC',
  };
  const taskQueue = `joinery-${randomBytes(4).toString('hex')}`;
  const dependencies = buildDependencies(settings);
  const { nativeConnection: connection, client } = temporal;
  const namespace = client.options.namespace;
  const worker =
    options.worker === false
      ? undefined
      : await createWorker({
          connection,
          namespace,
          taskQueue,
          dependencies,
          workflowBundle: await bundle(),
        });
  const running = worker?.run();
  const log = { info: () => undefined, warn: (facts: object) => console.warn(facts) };
  const relay = createRelay({ directory: directory.sql, temporal: client, taskQueue, log });

  const handle = (employeeNumber: string) => client.workflow.getHandle<Workflow>(personWorkflowId(employeeNumber));
  const event = async (id: string) => {
    const record = await findHrEvent(directory.sql, id);
    if (!record) throw new Error(`no HR event ${id}`);
    return record;
  };
  const details = async (employeeNumber: string) => {
    const metadata = await handle(employeeNumber).query<{ currentDetails: string }, []>('__temporal_workflow_metadata');
    return metadata.currentDetails;
  };
  return {
    temporal,
    namespace,
    client,
    directory: directory.sql,
    org,
    mail,
    settings,
    taskQueue,
    async submit(...events) {
      const submissions = await submitHrEvents(events, {
        directory: directory.sql,
        defaultTimeZone: 'UTC',
        source: 'test',
      });
      for (const submission of submissions)
        if (submission.result === 'invalid') throw new Error(JSON.stringify(submission.faults));
      await relay.drain();
    },
    async signalAgain(id) {
      await directory.sql`update hr_event set signalled_at = null where id = ${id}`;
      await relay.drain();
    },
    untilIdle: (employeeNumber) => handle(employeeNumber).result(),
    event,
    async openedAt(employeeNumber) {
      const { events } = await handle(employeeNumber).fetchHistory();
      // The directory's word is taken in passing: the first such marker.
      const started = events?.find(
        ({ markerRecordedEventAttributes: marker }) => marker?.markerName === 'core_local_activity',
      );
      return Number(started?.eventTime?.seconds) * 1000;
    },
    async untilTask() {
      for (;;) {
        const [task] = await listTasks(directory.sql, { state: 'open' });
        if (task && (await details(task.employeeNumber)).includes(`waits for task ${task.id} `)) return task;
        await delay(50);
      }
    },
    answer: (verb, taskId, more = {}) => answerTask(directory.sql, client, verb, { taskId, by: 'test', ...more }),
    async watch() {
      const workflowId = `watch-${randomBytes(4).toString('hex')}`;
      const watched = await client.workflow.execute<() => Promise<Watched>>('watch', { taskQueue, workflowId });
      return { ...watched, workflowId };
    },
    currentDetails: details,
    async histories(employeeNumber) {
      const runs: History[] = [];
      for (let runId: string | undefined | null; runId !== '';) {
        const history = await client.workflow
          .getHandle(personWorkflowId(employeeNumber), runId ?? undefined)
          .fetchHistory();
        runs.unshift(history);
        runId = history.events?.[0]?.workflowExecutionStartedEventAttributes?.continuedExecutionRunId ?? '';
      }
      return runs;
    },
    mails: async () => (await caughtMails(mail)).map(({ to, subject }) => ({ to: to.join(), subject })),
    day: (offset, timeZone = 'UTC') => localDate(new Date(Date.now() + offset * DAY_MS).toISOString(), timeZone),
    async close() {
      worker?.shutdown();
      await running;
      await temporal.teardown();
      await Promise.all([dependencies.close(), mail.close(), org.close()]);
      await directory.close();
    },
  };
}

let compiled: Promise<WorkflowBundle> | undefined;

/** Compiled once per test file. */
function bundle(): Promise<WorkflowBundle> {
  compiled ??= bundleWorkflows();
  return compiled;
}

const { IndexedValueType } = proto.temporal.api.enums.v1;
const INDEXED = {
  KEYWORD: IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD,
  KEYWORD_LIST: IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD_LIST,
  DATETIME: IndexedValueType.INDEXED_VALUE_TYPE_DATETIME,
};

let quiet = false;

async function openTemporal(time: 'time-skipping' | 'real-time'): Promise<TestWorkflowEnvironment> {
  if (!quiet) Runtime.install({ logger: new DefaultLogger('ERROR') });
  quiet = true;
  if (time === 'real-time') {
    const address = inject('temporalAddress');
    return TestWorkflowEnvironment.createFromExistingServer({ address, namespace: await openNamespace(address) });
  }
  const executable = { type: 'existing-path', path: inject('testServer') } as const;
  const temporal = await TestWorkflowEnvironment.createTimeSkipping({ server: { executable } });
  // The time-skipping server can add search attributes, not list them, so runtime/temporal.ts can not be used here.
  const searchAttributes = Object.fromEntries(SEARCH_ATTRIBUTES.map(({ name, type }) => [name, INDEXED[type]]));
  await temporal.connection.operatorService.addSearchAttributes({ namespace: 'default', searchAttributes });
  return temporal;
}

async function openNamespace(address: string): Promise<string> {
  const namespace = `world-${randomBytes(4).toString('hex')}`;
  const { connection } = await connectTemporal({ temporal: { address, namespace, connectionOptions: { address } } });
  const workflowExecutionRetentionPeriod = msToTs(DAY_MS);
  await connection.workflowService.registerNamespace({ namespace, workflowExecutionRetentionPeriod });
  await registerSearchAttributes(connection, namespace, SEARCH_ATTRIBUTES);
  await connection.close();
  return namespace;
}
