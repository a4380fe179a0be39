/** What the Temporal server can take at most: empty workflows with a joiner's activities, as many at once, on the same server. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Client } from '@temporalio/client';
import type proto from '@temporalio/proto';
import { WORKER_FLAGS } from '#client/cli/processes.ts';
import { exitWithParentFlag } from '#runtime/embedded/exit-with-parent.ts';
import { TSX_LOADER } from '#runtime/tsx-loader.ts';
import { DUE_AT, END_USER, OUTCOME } from '#workflows/ids.ts';
import { startSignal, type Rounds, type Step } from './empty.ts';

type HistoryEvent = proto.temporal.api.history.v1.IHistoryEvent;

/** As many at once as the relay signals. */
const AT_ONCE = 16;
const LOOK_EVERY_MS = 250;

/** What a workflow asked of the server. */
export interface Shape {
  rounds: Rounds;
  activities: number;
  localActivities: number;
  events: number;
}

/** The shape of a run, by its history. */
export async function shapeOf(client: Client, workflowId: string): Promise<Shape> {
  const events = (await client.workflow.getHandle(workflowId).fetchHistory()).events ?? [];
  const answers = new Map(
    events.flatMap(({ activityTaskCompletedEventAttributes: completed }) =>
      completed ? [[String(completed.scheduledEventId), bytes(completed.result)]] : [],
    ),
  );
  const rounds = new Map<string, Step[]>();
  for (const event of events) {
    const step = stepOf(event, answers);
    if (!step) continue;
    const { activityTaskScheduledEventAttributes: scheduled, eventId } = event;
    // Activities that one workflow task scheduled ran at the same time; a local one was over before the next command.
    const round = scheduled ? `together ${String(scheduled.workflowTaskCompletedEventId)}` : String(eventId);
    rounds.set(round, [...(rounds.get(round) ?? []), step]);
  }
  const steps = [...rounds.values()].flat();
  const localActivities = steps.filter(({ local }) => local).length;
  return {
    rounds: [...rounds.values()],
    activities: steps.length - localActivities,
    localActivities,
    events: events.length,
  };
}

/** Workflows per second, and what `measure` says of the time they took. Throws when one does not end well. */
export async function ceiling<T>(
  client: Client,
  { workflows, rounds }: { workflows: number; rounds: Rounds },
  measure: (run: () => Promise<void>) => Promise<T>,
): Promise<{ seconds: number; measured: T }> {
  const name = `empty-${Date.now().toString(36)}`;
  const script = fileURLToPath(new URL('empty-worker.ts', import.meta.url));
  const worker = spawn(process.execPath, [...WORKER_FLAGS, '--import', TSX_LOADER, script, name, exitWithParentFlag], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  try {
    await once(createInterface(worker.stdout), 'line');
    let seconds = 0;
    const measured = await measure(async () => {
      const began = performance.now();
      await start(client, name, workflows, rounds);
      await untilEnded(client, name, workflows);
      seconds = (performance.now() - began) / 1000;
    });
    return { seconds, measured };
  } finally {
    worker.stdin.end();
    await once(worker, 'exit');
  }
}

async function start(client: Client, name: string, workflows: number, rounds: Rounds): Promise<void> {
  const waiting = Array.from({ length: workflows }, (_, index) => `${name}-${index}`);
  const starter = async (): Promise<void> => {
    for (let workflowId = waiting.shift(); workflowId; workflowId = waiting.shift())
      await client.workflow.signalWithStart('empty', {
        workflowId,
        taskQueue: name,
        signal: startSignal,
        signalArgs: [rounds],
        typedSearchAttributes: [
          { key: END_USER, value: name },
          { key: DUE_AT, value: new Date() },
          { key: OUTCOME, value: 'waiting' },
        ],
      });
  };
  await Promise.all(Array.from({ length: AT_ONCE }, starter));
}

async function untilEnded(client: Client, name: string, workflows: number): Promise<void> {
  for (;;) {
    const { count } = await client.workflow.count(`EndUser = '${name}' AND ExecutionStatus = 'Completed'`);
    if (count === workflows) return;
    await delay(LOOK_EVERY_MS);
  }
}

/** The activity that this event began, or the local one it tells of. */
function stepOf(event: HistoryEvent, answers: ReadonlyMap<string, number>): Step | undefined {
  const { activityTaskScheduledEventAttributes: scheduled, markerRecordedEventAttributes: marker } = event;
  if (scheduled)
    return { local: false, asked: bytes(scheduled.input), answered: answers.get(String(event.eventId)) ?? 0 };
  if (marker?.markerName !== LOCAL) return undefined;
  return { local: true, asked: 0, answered: bytes(marker.details?.['result']) };
}

const LOCAL = 'core_local_activity';

function bytes(payloads: proto.temporal.api.common.v1.IPayloads | null | undefined): number {
  return (payloads?.payloads ?? []).reduce((sum, { data }) => sum + (data?.length ?? 0), 0);
}
