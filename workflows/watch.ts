/** Watch: every minute, what waits for a licence or for credentials is let go on once it is there. */
import { getExternalWorkflowHandle } from '@temporalio/workflow';
import type { Watched } from '#activities/watch.ts';
import { watching } from './activities.ts';
import { releaseTaskSignal } from './messages.ts';

/** Looks once, and tells the runs whose time has come. Started by a schedule; a second one at the same time does no harm. */
export async function watch(): Promise<Watched> {
  const watched = await watching('look after what waits').lookAfterWaiting();
  await Promise.all(
    watched.releases.map(({ taskId, workflowId }) =>
      getExternalWorkflowHandle(workflowId)
        .signal(releaseTaskSignal, taskId)
        // It ended meanwhile.
        .catch(() => undefined),
    ),
  );
  return watched;
}
