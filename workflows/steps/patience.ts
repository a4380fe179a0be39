/** How long a branch waits before it looks again by itself. */
import { mendsByWaiting, type Failure } from '#domain/failure.ts';
import type { LaneEvent } from '#domain/lane.ts';
import type { TaskKind } from '#domain/task.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

/**
 * Milliseconds until a task is tried again though nobody asked; undefined: only when asked. A blocked deactivation is
 * tried daily, and so is a missing licence, though the watch is usually earlier; an application that does not answer
 * hourly; an offer stands for thirty days.
 */
export function patience(kind: TaskKind): number | undefined {
  if (kind === 'offer') return 30 * DAY_MS;
  if (kind === 'blocked' || kind === 'capacity') return DAY_MS;
  return mendsByWaiting(kind) ? 60 * MINUTE_MS : undefined;
}

/** Whether nobody has to do anything yet: the application asked for time, or has not failed to answer for long. */
export function parks({ kind, retryAfterMs }: { kind: TaskKind; retryAfterMs?: number }, round: number): boolean {
  if (kind === 'offer') return false;
  return retryAfterMs !== undefined || (mendsByWaiting(kind) && round <= PARKED_ROUNDS);
}

const PARKED_ROUNDS = 3;

/**
 * Milliseconds until an application that asked to be left alone is tried again: as long as it asked, and longer each
 * round, up to half an hour; for a leaver up to five minutes.
 */
export function parkMs({ type }: LaneEvent, { retryAfterMs }: Pick<Failure, 'retryAfterMs'>, round: number): number {
  const most = type === 'leaver' ? 5 * MINUTE_MS : 30 * MINUTE_MS;
  const asked = retryAfterMs ?? MINUTE_MS;
  return Math.min(most, Math.max(type === 'leaver' ? MINUTE_MS : asked, MINUTE_MS * 2 ** Math.min(round - 1, 5)));
}
