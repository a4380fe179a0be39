/** How workflows call activities: which may take how long, how often they are tried, and how cancellation ends them. */
import {
  ActivityFailure,
  isCancellation,
  patched,
  proxyActivities,
  proxyLocalActivities,
  workflowInfo,
  type ActivityInterfaceFor,
} from '@temporalio/workflow';
import type { LaneEvent } from '#domain/lane.ts';
import { PRIORITY, priorityOf } from '#domain/priority.ts';
import type { Activities } from '#activities/index.ts';
import { bulkTaskQueue, urgentTaskQueue } from './ids.ts';

/** The directory's own activities: short, local, tried until they succeed. */
export function bookkeeping(summary: string): ActivityInterfaceFor<Activities> {
  return proxyActivities<Activities>({
    summary,
    startToCloseTimeout: '30 seconds',
    retry: { initialInterval: '200 milliseconds', maximumInterval: '10 seconds' },
  });
}

/**
 * A step of the directory's own that the worker takes while it runs the workflow: one marker in the history instead of
 * three events and another workflow task. What does not succeed at once becomes an activity that is tried until it does.
 */
export async function inPassing<T>(
  summary: string,
  step: (activities: ActivityInterfaceFor<Activities>) => Promise<T>,
): Promise<T> {
  if (!fewerEvents()) return step(bookkeeping(summary));
  try {
    return await step(
      proxyLocalActivities<Activities>({ scheduleToCloseTimeout: '5 seconds', retry: { maximumAttempts: 1 } }),
    );
  } catch (error) {
    if (isCancellation(error) || !(error instanceof ActivityFailure)) throw error;
    return step(bookkeeping(summary));
  }
}

/** Whether this run takes the short ways; runs that began before there were any go on as they began. */
export function fewerEvents(): boolean {
  return patched('fewer-events');
}

/**
 * Activities that speak to an application. Failures that waiting can mend are tried for a day; for a leaver for minutes,
 * after which the run waits, where it can be seen and answered, and tries again. The rest ends at once
 * (activities/failures.ts decides). A cancelled one is waited for, so that what it made is known.
 */
export function applicationWork(summary: string, { type }: LaneEvent): ActivityInterfaceFor<Activities> {
  return proxyActivities<Activities>({
    summary,
    startToCloseTimeout: '2 minutes',
    heartbeatTimeout: '10 seconds',
    priority: { priorityKey: priorityOf(type) },
    ...(type === 'leaver'
      ? { taskQueue: urgentTaskQueue(workflowInfo().taskQueue), scheduleToCloseTimeout: '20 minutes' }
      : { scheduleToCloseTimeout: '24 hours' }),
    cancellationType: 'WAIT_CANCELLATION_COMPLETED',
    retry: { initialInterval: '1 second', backoffCoefficient: 2, maximumInterval: '5 minutes' },
  });
}

/** What somebody waits for at a terminal: one try, and an answer within seconds. */
export function answering(summary: string, { type }: LaneEvent): ActivityInterfaceFor<Activities> {
  return proxyActivities<Activities>({
    summary,
    startToCloseTimeout: '10 seconds',
    scheduleToCloseTimeout: '12 seconds',
    priority: { priorityKey: priorityOf(type) },
    retry: { maximumAttempts: 1 },
  });
}

/** The watch: the next look is a minute away, so a look that fails is not repeated for long. */
export function watching(summary: string): ActivityInterfaceFor<Activities> {
  return proxyActivities<Activities>({
    summary,
    startToCloseTimeout: '2 minutes',
    heartbeatTimeout: '10 seconds',
    priority: { priorityKey: PRIORITY.change },
    retry: { maximumAttempts: 3 },
  });
}

/** Mails: a server that is down may come back within the hour; notices do not hold the lane for longer. */
export function correspondence(summary: string): ActivityInterfaceFor<Activities> {
  return proxyActivities<Activities>({
    summary,
    startToCloseTimeout: '1 minute',
    heartbeatTimeout: '10 seconds',
    scheduleToCloseTimeout: '1 hour',
    retry: { initialInterval: '1 second', maximumInterval: '1 minute' },
  });
}

/**
 * Pages of a plan: nobody's access waits for them, so they go after everything else. Somebody reads the plan today: what
 * waiting does not mend within the hour ends it.
 */
export function planningWork(summary: string): ActivityInterfaceFor<Activities> {
  return proxyActivities<Activities>({
    summary,
    startToCloseTimeout: '10 minutes',
    heartbeatTimeout: '10 seconds',
    scheduleToCloseTimeout: '1 hour',
    priority: { priorityKey: PRIORITY.plan },
    cancellationType: 'WAIT_CANCELLATION_COMPLETED',
    retry: { initialInterval: '1 second', backoffCoefficient: 2, maximumInterval: '1 minute' },
  });
}

/** A minute between tries, once it has come to that: together they take about an hour. */
const TRIES_OF_AN_HOUR = 65;

/**
 * Work of an import: after everything else, on a task queue of its own. What waiting can mend is tried for an hour; tries
 * are counted instead of the hour, since no worker may be there for longer. A cancelled one is waited for.
 */
export function importWork(summary: string): ActivityInterfaceFor<Activities> {
  return proxyActivities<Activities>({
    summary,
    taskQueue: bulkTaskQueue(workflowInfo().taskQueue),
    startToCloseTimeout: '30 minutes',
    heartbeatTimeout: '10 seconds',
    priority: { priorityKey: PRIORITY.bulk },
    cancellationType: 'WAIT_CANCELLATION_COMPLETED',
    retry: {
      initialInterval: '1 second',
      backoffCoefficient: 2,
      maximumInterval: '1 minute',
      maximumAttempts: TRIES_OF_AN_HOUR,
    },
  });
}

/** What the directory writes over a whole import: tried until it succeeds. */
export function importBookkeeping(summary: string): ActivityInterfaceFor<Activities> {
  return proxyActivities<Activities>({
    summary,
    startToCloseTimeout: '30 minutes',
    heartbeatTimeout: '10 seconds',
    retry: { initialInterval: '200 milliseconds', maximumInterval: '10 seconds' },
  });
}
