/** What the runs of a workflow have left in Temporal. */
import type { Client } from '@temporalio/client';
import type proto from '@temporalio/proto';

type Payloads = proto.temporal.api.common.v1.IPayloads | null | undefined;

export interface Histories {
  runs: number;
  events: number;
  activities: number;
  /** Events of the run that has the most. */
  largest: number;
  largestPayloadBytes: number;
}

/** Adds up all runs of this workflow: those that it was continued in, too. */
export async function measureHistories(client: Client, workflowId: string): Promise<Histories> {
  const sum: Histories = { runs: 0, events: 0, activities: 0, largest: 0, largestPayloadBytes: 0 };
  for await (const { runId } of client.workflow.list({ query: `WorkflowId = '${workflowId}'` })) {
    const events = (await client.workflow.getHandle(workflowId, runId).fetchHistory()).events ?? [];
    sum.runs += 1;
    sum.events += events.length;
    sum.activities += events.filter(({ activityTaskScheduledEventAttributes: asked }) => asked).length;
    sum.largest = Math.max(sum.largest, events.length);
    for (const event of events) {
      const payloads: Payloads[] = [
        event.workflowExecutionStartedEventAttributes?.input,
        event.workflowExecutionCompletedEventAttributes?.result,
        event.workflowExecutionContinuedAsNewEventAttributes?.input,
        event.activityTaskScheduledEventAttributes?.input,
        event.activityTaskCompletedEventAttributes?.result,
      ];
      sum.largestPayloadBytes = Math.max(sum.largestPayloadBytes, ...payloads.map(bytesOf));
    }
  }
  return sum;
}

function bytesOf(payloads: Payloads): number {
  return (payloads?.payloads ?? []).reduce((bytes, { data }) => bytes + (data?.length ?? 0), 0);
}
