/** A worker: the process part that runs workflows and activities on one task queue. */
import { fileURLToPath } from 'node:url';
import {
  bundleWorkflowCode,
  DefaultLogger,
  Worker,
  type NativeConnection,
  type WorkflowBundle,
} from '@temporalio/worker';
import { createActivities } from '#activities/index.ts';
import type { Dependencies } from '#activities/dependencies.ts';

export interface WorkerOptions {
  connection: NativeConnection;
  namespace: string;
  taskQueue: string;
  dependencies: Dependencies;
  workflowBundle: WorkflowBundle;
}

/** Compiles the workflows; one bundle serves any number of workers in the process. */
export function bundleWorkflows(): Promise<WorkflowBundle> {
  return bundleWorkflowCode({
    logger: new DefaultLogger('WARN'),
    workflowsPath: fileURLToPath(new URL('../workflows/index.ts', import.meta.url)),
  });
}

/** Makes a worker that has not started; `run()` ends when `shutdown()` is called and what was at work has ended. */
export function createWorker({
  connection,
  namespace,
  taskQueue,
  dependencies,
  workflowBundle,
}: WorkerOptions): Promise<Worker> {
  return Worker.create({
    connection,
    namespace,
    taskQueue,
    workflowBundle,
    activities: createActivities(dependencies),
    // More at once gains nothing on one machine and lets the last wait for long (docs/decisions/0004).
    maxConcurrentActivityTaskExecutions: 25,
    maxConcurrentWorkflowTaskExecutions: 25,
    // An immediate leaver cancels what is at work: the activity must hear of it within a second, not eight.
    maxHeartbeatThrottleInterval: '1 second',
    defaultHeartbeatThrottleInterval: '1 second',
    shutdownGraceTime: '4 seconds',
    shutdownForceTime: '15 seconds',
  });
}
