/** How long a branch waits before it looks again by itself. */
import type { Failure } from '#domain/failure.ts';
import type { LaneEvent } from '#domain/lane.ts';
import type { TaskKind } from '#domain/task.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

/**
 * Milliseconds until a task is tried again though nobody asked; undefined: only when asked. A blocked deactivation is
 * tried daily, and so is a missing licence, though the watch is usually earlier; an offer stands for thirty days.
 */
export function patience(kind: TaskKind): number | undefined {
  if (kind === 'blocked' || kind === 'capacity') return DAY_MS;
  return kind === 'offer' ? 30 * DAY_MS : undefined;
}

/**
 * Milliseconds until an application that asked to be left alone is tried again: as long as it asked, and longer each
 * round, up to half an hour; for a leaver up to five minutes.
 */
export function parkMs({ type }: LaneEvent, { retryAfterMs }: Pick<Failure, 'retryAfterMs'>, round: number): number {
  const most = type === 'leaver' ? 5 * MINUTE_MS : 30 * MINUTE_MS;
  const asked = retryAfterMs ?? MINUTE_MS;
  return Math.min(most, Math.max(type === 'leaver' ? MINUTE_MS : asked, MINUTE_MS * 2 ** Math.min(round - 1, 5)));
}
