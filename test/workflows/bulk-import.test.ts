/**
 * How an import goes through its pages: in which order, how many at once, paused and cancelled between them, over how many
 * histories. The activities here only say how a page ended; the workflow, Temporal and the control are the real ones.
 */
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import type { WorkflowHandle } from '@temporalio/client';
import type { History } from '@temporalio/common/lib/proto-utils.js';
import { Context } from '@temporalio/activity';
import { Worker, type WorkflowBundle } from '@temporalio/worker';
import { NO_ROWS, type ImportPause, type ImportScope } from '#domain/import.ts';
import type { ImportPageRequest, ImportPageResult } from '#activities/import-request.ts';
import { bundleWorkflows } from '#worker/bundle.ts';
import { bulkTaskQueue, importWorkflowId } from '#workflows/ids.ts';
import {
  cancelImportSignal,
  importProgressQuery,
  pauseImportSignal,
  resumeImportSignal,
  type BulkImportInput,
  type BulkImportResult,
} from '#workflows/messages.ts';
import { openWorld, type World } from '../support/world.ts';

type Workflow = (input: BulkImportInput) => Promise<BulkImportResult>;

let workflowBundle: WorkflowBundle;
let world: World;
beforeAll(async () => {
  workflowBundle = await bundleWorkflows();
  world = await openWorld('real-time', { worker: false });
});
afterAll(() => world.close());

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

/** A page that is at work, until it is told how it ends. */
interface PageAtWork extends ImportPageRequest {
  ends(): void;
  fails(failure: ApplicationFailure): void;
}

interface Stage {
  handle: WorkflowHandle<Workflow>;
  /** Every page and block in the order in which they began: `salesforce 1-200`, `block salesforce 1-5000`. */
  begun: string[];
  /** Whether pages end as soon as they begin; else each waits to be told. */
  atOnce: boolean;
  atWork: PageAtWork[];
  pauses: (ImportPause | null)[];
  ended: { state: string }[];
  /** Pages of which what they did was told apart, since they did not end: `salesforce 1-200`. */
  told: string[];
  details(): Promise<string>;
}

let imports = 0;

/** Starts an import of this scope. */
async function start(
  scope: Partial<ImportScope>,
  {
    atOnce = true,
    input = {},
    in: place = world,
  }: { atOnce?: boolean; input?: Partial<BulkImportInput>; in?: World } = {},
): Promise<Stage> {
  const id = ++imports;
  const taskQueue = `import-${id}`;
  const stage: Omit<Stage, 'handle' | 'details'> = { begun: [], atOnce, atWork: [], pauses: [], ended: [], told: [] };
  const rowsOf = ({ application, after, upTo }: ImportPageRequest) => `${application} ${after + 1}-${upTo}`;
  const bulk = {
    beginImport: () =>
      Promise.resolve({ kind: 'people', applications: ['salesforce'], levels: [], window: 4, blocks: {}, ...scope }),
    importBlock(request: ImportPageRequest) {
      stage.begun.push(`block ${rowsOf(request)}`);
      return Promise.resolve({ created: request.upTo - request.after, failed: 0 });
    },
    importPage(request: ImportPageRequest): Promise<ImportPageResult> {
      stage.begun.push(rowsOf(request));
      const result = { counts: { ...NO_ROWS, done: request.upTo - request.after }, failed: [], entries: '' };
      if (stage.atOnce) return Promise.resolve(result);
      return new Promise((resolve, reject) => {
        const waiting: PageAtWork = {
          ...request,
          ends: () => {
            leave();
            resolve(result);
          },
          fails: (failure) => {
            leave();
            reject(failure);
          },
        };
        const leave = () => {
          clearInterval(beating);
          stage.atWork = stage.atWork.filter((page) => page !== waiting);
        };
        stage.atWork.push(waiting);
        const beating = setInterval(() => Context.current().heartbeat(), 500);
        Context.current().cancellationSignal.addEventListener('abort', () => {
          leave();
          reject(new CancelledFailure('cancelled'));
        });
      });
    },
  };
  const bookkeeping = {
    noteImportPause: ({ pause }: { pause: ImportPause | null }) => Promise.resolve(void stage.pauses.push(pause)),
    tellOfPage: (request: ImportPageRequest) => {
      stage.told.push(rowsOf(request));
      return Promise.resolve({ entries: '' });
    },
    endImport: (end: Stage['ended'][number]) => Promise.resolve(void stage.ended.push(end)),
  };
  const { nativeConnection: connection } = place.temporal;
  const common = { connection, namespace: place.namespace, maxHeartbeatThrottleInterval: '500ms' } as const;
  const workers = await Promise.all([
    Worker.create({ ...common, taskQueue, workflowBundle, activities: bookkeeping }),
    Worker.create({ ...common, taskQueue: bulkTaskQueue(taskQueue), activities: bulk }),
  ]);
  const running = workers.map((worker) => worker.run());
  const handle = await place.client.workflow.start<Workflow>('bulkImport', {
    workflowId: importWorkflowId(id),
    taskQueue,
    args: [{ import: id, ...input }],
  });
  closing.push(async () => {
    for (const worker of workers) worker.shutdown();
    await Promise.all(running);
  });
  return Object.assign(stage, {
    handle,
    details: async () =>
      (await handle.query<{ currentDetails: string }, []>('__temporal_workflow_metadata')).currentDetails,
  });
}

/** The histories of every run, oldest first. */
async function histories({ handle }: Stage): Promise<History[]> {
  const runs: History[] = [];
  for (let runId: string | null | undefined; runId !== '';) {
    const one = world.client.workflow.getHandle(handle.workflowId, runId ?? undefined);
    const history = await one.fetchHistory();
    runs.unshift(history);
    runId = history.events?.[0]?.workflowExecutionStartedEventAttributes?.continuedExecutionRunId ?? '';
  }
  return runs;
}

const activities = (history: History) =>
  (history.events ?? []).flatMap(({ activityTaskScheduledEventAttributes: scheduled }) =>
    scheduled ? [scheduled.activityType?.name ?? ''] : [],
  );

/** Until it holds, at most twenty seconds. */
const soon = <T>(holds: () => T | Promise<T>): Promise<T> => vi.waitFor(holds, { timeout: 20_000 });

const rows = (page: string) => page.split(' ').at(-1) ?? '';

describe('the pages of an import', () => {
  it('of 120,000 rows are one activity each, over several short histories, and none is begun twice', async () => {
    const stage = await start({ levels: [100, 19_900, 100_000], window: 8 });
    const result = await stage.handle.result();
    expect(result).toEqual({ state: 'done', applications: { salesforce: { ...NO_ROWS, done: 120_000 } } });
    expect(stage.begun).toHaveLength(601);
    expect(new Set(stage.begun).size).toBe(601);
    expect(stage.ended).toMatchObject([{ import: expect.any(Number), state: 'done' }]);

    const runs = await histories(stage);
    expect(runs.length).toBeGreaterThan(1);
    const events = runs.map((history) => history.events?.length ?? 0);
    expect(Math.max(...events)).toBeLessThan(5_000);
    expect(events.reduce((sum, count) => sum + count, 0) / 601).toBeLessThan(40);
    const all = runs.flatMap(activities);
    expect(all.filter((name) => name === 'importPage')).toHaveLength(601);
    expect(all.filter((name) => name !== 'importPage')).toEqual(['beginImport', 'endImport']);
  }, 120_000);

  it('never cross the border of a level, and a level begins when the one before has ended, each application for itself', async () => {
    const stage = await start({ applications: ['fast', 'slow'], levels: [250, 10], window: 2 }, { atOnce: false });
    const at = (application: string) =>
      stage.atWork.filter((page) => page.application === application).toSorted((a, b) => a.after - b.after);
    await soon(() => expect(stage.atWork).toHaveLength(4));
    expect(at('fast').map(({ after, upTo }) => [after, upTo])).toEqual([
      [0, 200],
      [200, 250],
    ]);
    at('fast')[0]?.ends();
    await soon(async () => expect(await stage.details()).toContain('- fast: 200 done'));
    expect(stage.begun).toHaveLength(4);
    at('fast')[0]?.ends();
    await soon(() => expect(at('fast').map(({ after, upTo }) => [after, upTo])).toEqual([[250, 260]]));
    expect(at('slow')).toHaveLength(2);
    at('fast')[0]?.ends();
    await soon(async () =>
      expect((await stage.handle.query(importProgressQuery)).applications['fast']?.done).toBe(260),
    );
    expect(await stage.handle.query(importProgressQuery)).toMatchObject({
      rows: 260,
      ended: 0,
      failed: 0,
      pause: null,
    });
    for (let left = 3; left > 0; left--) {
      await soon(() => expect(stage.atWork.length).toBeGreaterThan(0));
      stage.atWork[0]?.ends();
    }
    expect(await stage.handle.result()).toMatchObject({ state: 'done' });
  });

  it('are at most as many at once as the window is wide', async () => {
    const stage = await start({ levels: [2_000], window: 3 }, { atOnce: false });
    for (let ended = 0; ended < 10; ended++) {
      await soon(() => expect(stage.atWork).toHaveLength(Math.min(3, 10 - ended)));
      expect(stage.begun).toHaveLength(Math.min(10, ended + 3));
      stage.atWork[0]?.ends();
    }
    await stage.handle.result();
  });

  it('write the directory alone where there is no application', async () => {
    const stage = await start({ applications: [], levels: [3] });
    expect(await stage.handle.result()).toEqual({ state: 'done', applications: { '': { ...NO_ROWS, done: 3 } } });
    expect(stage.begun).toEqual([' 1-3']);
  });

  it('wait for the accounts of their block where the bulk interface makes them, once for each block', async () => {
    const stage = await start({ levels: [100, 1_000], blocks: { salesforce: 500 }, window: 8 });
    await stage.handle.result();
    const { begun } = stage;
    expect(begun.filter((one) => one.startsWith('block')).toSorted()).toEqual([
      'block salesforce 1-100',
      'block salesforce 101-700',
      'block salesforce 701-1100',
    ]);
    expect(begun.indexOf('salesforce 101-300')).toBeGreaterThan(begun.indexOf('block salesforce 101-700'));
    expect(begun.indexOf('salesforce 701-900')).toBeGreaterThan(begun.indexOf('block salesforce 701-1100'));
    expect(begun.filter((one) => !one.startsWith('block'))).toHaveLength(6);
  });
});

describe('an import that is paused', () => {
  it('ends the pages at work, begins no other until it is resumed, and says who paused it and why', async () => {
    const stage = await start({ levels: [1_000], window: 2 }, { atOnce: false });
    await soon(() => expect(stage.atWork).toHaveLength(2));
    await stage.handle.signal(pauseImportSignal, { by: 'cli:ada', reason: 'month end' });
    for (const page of stage.atWork) page.ends();
    await soon(async () =>
      expect(await stage.handle.query(importProgressQuery)).toMatchObject({
        ended: 400,
        estimatedEnd: null,
        pause: { by: 'cli:ada', reason: 'month end' },
      }),
    );
    expect(await stage.details()).toMatch(/400 of 1000 rows[\s\S]*\*\*Paused\*\* since .* by cli:ada: month end/);
    expect(stage.begun).toHaveLength(2);
    await stage.handle.signal(resumeImportSignal, { by: 'cli:ada' });
    await soon(() => expect(stage.atWork).toHaveLength(2));
    expect(stage.begun.map(rows).toSorted()).toEqual(['1-200', '201-400', '401-600', '601-800']);
    expect(stage.pauses).toMatchObject([{ by: 'cli:ada', reason: 'month end' }, null]);
    expect((await stage.handle.query(importProgressQuery)).estimatedEnd).toMatch(/^\d{4}-/);
    await stage.handle.terminate();
  });

  it('is paused in the run that goes on with it, and begins only the pages that have not ended', async () => {
    const scope = { kind: 'people' as const, applications: ['salesforce'], levels: [1_000], window: 4, blocks: {} };
    const branch = {
      application: 'salesforce',
      counts: { ...NO_ROWS, done: 400 },
      made: { before: 0, beyond: [] },
      open: [],
    };
    const pause = { by: 'cli:ada', reason: 'month end', since: new Date().toISOString() };
    const work = { scope, branches: [{ ...branch, ended: { before: 1, beyond: [3] } }] };
    const stage = await start({}, { input: { progress: { work, beganAt: Date.now() - 1_000, pausedMs: 0, pause } } });
    expect(await stage.handle.query(importProgressQuery)).toMatchObject({ ended: 400, pause });
    expect(stage.begun).toEqual([]);
    await stage.handle.signal(resumeImportSignal, { by: 'cli:ada' });
    expect(await stage.handle.result()).toEqual({
      state: 'done',
      applications: { salesforce: { ...NO_ROWS, done: 1_000 } },
    });
    expect(stage.begun.map(rows).toSorted()).toEqual(['201-400', '401-600', '801-1000']);
  });
});

describe('an import that is paused before it is known what has to be done', () => {
  it('is paused in the run that goes on with it, too', async () => {
    const pause = { by: 'cli:ada', reason: 'month end', since: new Date().toISOString() };
    const stage = await start({ levels: [10] }, { input: { progress: { beganAt: Date.now(), pausedMs: 0, pause } } });
    expect(await stage.handle.query(importProgressQuery)).toMatchObject({ rows: 0, pause });
    await stage.handle.signal(resumeImportSignal, { by: 'cli:ada' });
    expect(await stage.handle.result()).toMatchObject({ state: 'done' });
    expect(stage.begun).toEqual(['salesforce 1-10']);
  });
});

describe('a page that can not be done', () => {
  const refused = ApplicationFailure.create({
    type: 'permission',
    nonRetryable: true,
    message: 'salesforce: create users is not allowed',
    details: [{ remedy: 'give the integration user Manage Internal Users' }],
  });

  it('pauses the import with the reason, and is tried again when it is resumed: no row is left out', async () => {
    const stage = await start({ levels: [600], window: 2 }, { atOnce: false });
    await soon(() => expect(stage.atWork).toHaveLength(2));
    stage.atWork.find(({ after }) => after === 0)?.fails(refused);
    await soon(async () =>
      expect((await stage.handle.query(importProgressQuery)).pause).toMatchObject({
        by: 'joinery',
        reason: 'salesforce: create users is not allowed; give the integration user Manage Internal Users',
      }),
    );
    stage.atWork[0]?.ends();
    await soon(async () => expect((await stage.handle.query(importProgressQuery)).ended).toBe(200));
    expect(stage.begun).toHaveLength(2);
    expect(stage.pauses).toMatchObject([{ by: 'joinery' }]);
    await stage.handle.signal(resumeImportSignal, { by: 'cli:ada' });
    await soon(() => expect(stage.atWork).toHaveLength(2));
    for (const page of stage.atWork) page.ends();
    expect(await stage.handle.result()).toEqual({
      state: 'done',
      applications: { salesforce: { ...NO_ROWS, done: 600 } },
    });
    expect(stage.begun.map(rows).toSorted()).toEqual(['1-200', '1-200', '201-400', '401-600']);
  });

  it('is tried again by itself where the application asked for time', async () => {
    const skipping = await openWorld('time-skipping', { worker: false });
    closing.push(() => skipping.close());
    const stage = await start({ levels: [200] }, { atOnce: false, in: skipping });
    const throttled = ApplicationFailure.create({
      type: 'throttled',
      nonRetryable: true,
      message: 'salesforce: no API calls are left',
      details: [{ retryAfterMs: 600_000 }],
    });
    await soon(() => expect(stage.atWork).toHaveLength(1));
    stage.atWork[0]?.fails(throttled);
    await soon(() => expect(stage.pauses).toMatchObject([{ by: 'joinery', until: expect.stringMatching(/Z$/) }]));
    const [pause] = stage.pauses;
    expect(Date.parse(pause?.until ?? '') - Date.parse(pause?.since ?? '')).toBe(600_000);
    stage.atOnce = true;
    expect(await stage.handle.result()).toMatchObject({ state: 'done' });
    expect(stage.pauses).toHaveLength(2);
  });
});

describe('an import that is cancelled', () => {
  it('ends once the pages at work have ended; what is done stays done', async () => {
    const stage = await start({ levels: [1_000], window: 2 }, { atOnce: false });
    await soon(() => expect(stage.atWork).toHaveLength(2));
    await stage.handle.signal(cancelImportSignal, { by: 'cli:ada', reason: 'wrong file' });
    await soon(async () => expect(await stage.handle.query(importProgressQuery)).toMatchObject({ cancelling: true }));
    expect(stage.ended).toEqual([]);
    for (const page of stage.atWork) page.ends();
    expect(await stage.handle.result()).toEqual({
      state: 'cancelled',
      applications: { salesforce: { ...NO_ROWS, done: 400 } },
    });
    expect(stage.ended).toMatchObject([{ state: 'cancelled' }]);
    expect(stage.begun).toHaveLength(2);
  });

  it('ends while it is paused, too', async () => {
    const stage = await start({ levels: [1_000], window: 1 }, { atOnce: false });
    await soon(() => expect(stage.atWork).toHaveLength(1));
    await stage.handle.signal(pauseImportSignal, { by: 'cli:ada', reason: 'month end' });
    stage.atWork[0]?.ends();
    await stage.handle.signal(cancelImportSignal, { by: 'cli:ada', reason: 'wrong file' });
    expect(await stage.handle.result()).toMatchObject({ state: 'cancelled' });
    expect(stage.begun).toHaveLength(1);
  });

  it('tells what a page did that could not be done as a whole, and of no other', async () => {
    const stage = await start({ levels: [600], window: 2 }, { atOnce: false });
    await soon(() => expect(stage.atWork).toHaveLength(2));
    const first = stage.atWork.find(({ after }) => after === 0);
    first?.fails(ApplicationFailure.create({ type: 'permission', nonRetryable: true, message: 'not allowed' }));
    await soon(() => expect(stage.pauses).toHaveLength(1));
    stage.atWork[0]?.ends();
    await soon(async () => expect((await stage.handle.query(importProgressQuery)).ended).toBe(200));
    await stage.handle.signal(cancelImportSignal, { by: 'cli:ada', reason: 'wrong file' });
    expect(await stage.handle.result()).toMatchObject({ state: 'cancelled' });
    expect(stage.told).toEqual(['salesforce 1-200']);
    expect(stage.ended).toMatchObject([{ state: 'cancelled' }]);
  });

  it('tells which accounts its blocks made whose pages did not end', async () => {
    const stage = await start({ levels: [1_000], window: 1, blocks: { salesforce: 600 } }, { atOnce: false });
    await soon(() => expect(stage.atWork).toHaveLength(1));
    await stage.handle.signal(cancelImportSignal, { by: 'cli:ada', reason: 'wrong file' });
    await soon(async () => expect(await stage.handle.query(importProgressQuery)).toMatchObject({ cancelling: true }));
    stage.atWork[0]?.ends();
    expect(await stage.handle.result()).toMatchObject({ state: 'cancelled' });
    expect(stage.told).toEqual(['salesforce 201-400', 'salesforce 401-600']);
  });

  it('in Temporal, is ended after its pages were told to stop', async () => {
    const stage = await start({ levels: [1_000], window: 2 }, { atOnce: false });
    await soon(() => expect(stage.atWork).toHaveLength(2));
    await stage.handle.cancel();
    await expect(stage.handle.result()).rejects.toThrow(/cancelled/);
    expect(stage.atWork).toEqual([]);
    expect(stage.told.toSorted()).toEqual(['salesforce 1-200', 'salesforce 201-400']);
    expect(stage.ended).toMatchObject([{ state: 'cancelled' }]);
  });
});
