/** A worker: the process part that runs workflows and activities on one task queue. */
import { Worker, type NativeConnection, type WorkflowBundle } from '@temporalio/worker';
import { createActivities } from '#activities/index.ts';
import type { Dependencies } from '#activities/dependencies.ts';
import { bulkTaskQueue, urgentTaskQueue } from '#workflows/ids.ts';

export interface WorkerOptions {
  connection: NativeConnection;
  namespace: string;
  taskQueue: string;
  dependencies: Dependencies;
  workflowBundle: WorkflowBundle;
}

/** How much the worker for everything takes at once. */
export const SLOTS = {
  // Those who wait for the same org ride in one call, so it takes many at once (docs/decisions/0007).
  maxConcurrentActivityTaskExecutions: 200,
  // More gains nothing on one machine and lets the last wait for long (docs/decisions/0004).
  maxConcurrentWorkflowTaskExecutions: 25,
} as const;

/** A worker on every task queue. `run()` ends when `shutdown()` is called and what was at work has ended. */
export interface JoineryWorker {
  run(): Promise<void>;
  shutdown(): void;
}

/**
 * Makes a worker that has not started: one part for everything, one for leavers' work alone, so that it never waits for a slot,
 * and one for pages of imports, so that nothing else waits for theirs.
 */
export async function createWorker({
  connection,
  namespace,
  taskQueue,
  dependencies,
  workflowBundle,
}: WorkerOptions): Promise<JoineryWorker> {
  const common = {
    connection,
    namespace,
    activities: createActivities(dependencies),
    // An immediate leaver cancels what is at work: the activity must hear of it within a second, not eight.
    maxHeartbeatThrottleInterval: '1 second',
    defaultHeartbeatThrottleInterval: '1 second',
    shutdownGraceTime: '4 seconds',
    shutdownForceTime: '15 seconds',
  } as const;
  const workers = await Promise.all([
    Worker.create({
      ...common,
      taskQueue,
      workflowBundle,
      ...SLOTS,
    }),
    Worker.create({
      ...common,
      taskQueue: urgentTaskQueue(taskQueue),
      maxConcurrentActivityTaskExecutions: 25,
    }),
    Worker.create({
      ...common,
      taskQueue: bulkTaskQueue(taskQueue),
      // The windows of two applications: a page is up to two hundred people (docs/decisions/0010).
      maxConcurrentActivityTaskExecutions: 8,
    }),
  ]);
  return {
    async run() {
      // Whichever ends first, by order or by failure, ends the other.
      await Promise.all(workers.map((worker) => worker.run().finally(() => shutdown(workers))));
    },
    shutdown: () => shutdown(workers),
  };
}

function shutdown(workers: Worker[]): void {
  for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
}
