/** Schedules: workflows that Temporal starts by itself. */
import { type Client, ScheduleAlreadyRunning, ScheduleOverlapPolicy } from '@temporalio/client';

export interface ScheduledWorkflow {
  /** Also the schedule's id, and the beginning of its runs' ids. */
  workflowType: string;
  taskQueue: string;
  everySeconds: number;
  /** For whoever looks at it in Temporal's UI. */
  summary: string;
}

/**
 * Makes the schedule, or brings the one that is there up to date; a pause and its note stay. Runs never overlap, and what
 * was missed while the server was down is not caught up. Safe to repeat and at once.
 */
export async function ensureSchedule(
  { schedule }: Client,
  { workflowType, taskQueue, everySeconds, summary }: ScheduledWorkflow,
): Promise<void> {
  const wanted = {
    spec: { intervals: [{ every: everySeconds * 1000 }] },
    action: {
      type: 'startWorkflow' as const,
      workflowType,
      workflowId: workflowType,
      taskQueue,
      args: [],
      staticSummary: summary,
    },
    policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: 60_000 },
  };
  try {
    await schedule.create({ scheduleId: workflowType, ...wanted });
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw error;
    await schedule.getHandle(workflowType).update((previous) => ({ ...previous, ...wanted }));
  }
}
