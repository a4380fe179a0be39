/** How long a branch waits before it looks again by itself. */
import { describe, expect, it } from 'vitest';
import { FAILURE_KINDS, mendsByWaiting } from '#domain/failure.ts';
import type { ChangeType } from '#domain/hr-event.ts';
import type { LaneEvent } from '#domain/lane.ts';
import { parkMs, parks, patience } from '#workflows/steps/patience.ts';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

const event = (type: ChangeType): LaneEvent => ({
  id: 'e',
  sequence: 1,
  type,
  employeeNumber: 'E1',
  person: 'Ada Byron',
  dueAt: '2026-01-01T00:00:00Z',
  acceptedAt: '2026-01-01T00:00:00Z',
  immediate: false,
  amendments: [],
});
const minutes = (type: ChangeType, askedMinutes: number | undefined, rounds: number[]) =>
  rounds.map((round) => {
    const asked = askedMinutes === undefined ? {} : { retryAfterMs: askedMinutes * MINUTE };
    return parkMs(event(type), asked, round) / MINUTE;
  });
const ROUNDS = [1, 2, 3, 4, 5, 6, 7, 100];

describe('a task', () => {
  it('of a blocked deactivation or a missing licence is tried daily', () => {
    expect(patience('blocked')).toBe(DAY);
    expect(patience('capacity')).toBe(DAY);
  });

  it('that is an offer stands for thirty days', () => {
    expect(patience('offer')).toBe(30 * DAY);
  });

  it.each(FAILURE_KINDS.filter(mendsByWaiting))('of kind %s is tried every hour', (kind) => {
    expect(patience(kind)).toBe(60 * MINUTE);
  });

  it.each(FAILURE_KINDS.filter((kind) => kind !== 'blocked' && kind !== 'capacity' && !mendsByWaiting(kind)))(
    'of kind %s is tried when asked, and not before',
    (kind) => {
      expect(patience(kind)).toBeUndefined();
    },
  );

  it('is opened for an application that does not answer, only after three rounds of patience', () => {
    expect([1, 2, 3, 4].map((round) => parks({ kind: 'transient' }, round))).toEqual([true, true, true, false]);
    expect(parks({ kind: 'auth', retryAfterMs: MINUTE }, 100)).toBe(true);
    expect(parks({ kind: 'invalid-data' }, 1)).toBe(false);
    expect(parks({ kind: 'offer' }, 1)).toBe(false);
  });
});

describe('a branch that was asked to leave an application alone', () => {
  it.each(['joiner', 'mover'] as const)(
    'of a %s waits as asked, then longer each round, up to half an hour',
    (type) => {
      expect(minutes(type, 5, ROUNDS)).toEqual([5, 5, 5, 8, 16, 30, 30, 30]);
      expect(minutes(type, 1, ROUNDS)).toEqual([1, 2, 4, 8, 16, 30, 30, 30]);
      expect(minutes(type, 15, [1, 5, 6])).toEqual([15, 16, 30]);
      expect(minutes(type, 120, [1])).toEqual([30]);
    },
  );

  it('of a leaver looks after a minute, and every five minutes at the latest, whatever was asked', () => {
    expect(minutes('leaver', 15, ROUNDS)).toEqual([1, 2, 4, 5, 5, 5, 5, 5]);
  });

  it('that was not told how long waits a minute first', () => {
    expect(minutes('joiner', undefined, [1, 2])).toEqual([1, 2]);
    expect(minutes('leaver', undefined, [1, 2])).toEqual([1, 2]);
  });
});
