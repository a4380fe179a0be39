/** The order of a person's lane. */
import { describe, expect, it } from 'vitest';
import {
  next,
  overtakenBy,
  pressingLeaver,
  receive,
  takesPlaceOf,
  without,
  type Lane,
  type LaneCorrection,
  type LaneEvent,
} from '#domain/lane.ts';

const empty: Lane = { pending: [], settled: [] };

function event(id: string, dueAt: string, more: Partial<LaneEvent> = {}): LaneEvent {
  return {
    id,
    sequence: Number(id.replace(/\D/g, '')),
    type: 'mover',
    employeeNumber: 'E1',
    person: 'Ada',
    dueAt,
    acceptedAt: '2026-01-01T00:00:00Z',
    immediate: false,
    amendments: [],
    ...more,
  };
}

function correction(id: string, target: string, more: Partial<LaneCorrection> = {}): LaneCorrection {
  return { id, sequence: 9, type: 'rescind', employeeNumber: 'E1', person: 'Ada', target, ...more };
}

describe('the lane', () => {
  it('serves the earliest due first, whatever order the events came in', () => {
    const lane = [event('e1', '2026-03-01T00:00:00Z'), event('e2', '2026-02-01T00:00:00Z')].reduce(receive, empty);
    expect(next(lane)?.id).toBe('e2');
    expect(next(without(lane, 'e2'))?.id).toBe('e1');
  });

  it('compares instants, not their spelling', () => {
    const lane = [event('e1', '2026-02-01T01:00:00+02:00'), event('e2', '2026-01-31T23:30:00Z')].reduce(receive, empty);
    expect(next(lane)?.id).toBe('e1');
  });

  it('serves what was accepted first when two fall due together', () => {
    const lane = [event('e7', '2026-02-01T00:00:00Z'), event('e3', '2026-02-01T00:00:00Z')].reduce(receive, empty);
    expect(next(lane)?.id).toBe('e3');
  });

  it('serves an immediate leaver before everything', () => {
    const lane = [
      event('e1', '2020-01-01T00:00:00Z', { type: 'joiner' }),
      event('e2', '2026-01-01T00:00:00Z', { type: 'leaver', immediate: true }),
    ].reduce(receive, empty);
    expect(next(lane)?.id).toBe('e2');
  });

  it('takes the same message twice as once', () => {
    const message = event('e1', '2026-02-01T00:00:00Z');
    expect(receive(receive(empty, message), message).pending).toHaveLength(1);
  });

  it('forgets a rescinded event and says that the rescind took effect', () => {
    const lane = [event('e1', '2026-02-01T00:00:00Z'), correction('r1', 'e1')].reduce(receive, empty);
    expect(next(lane)).toBeUndefined();
    expect(lane.settled).toEqual([{ id: 'r1', target: 'e1', type: 'rescind', state: 'applied' }]);
  });

  it('answers a correction of an event that has begun with "too late"', () => {
    expect(receive(empty, correction('r1', 'e1')).settled).toMatchObject([{ state: 'too-late' }]);
  });

  it('moves an amended event to its new date and remembers the amendment', () => {
    const amend = correction('a1', 'e1', { type: 'amend', dueAt: '2026-05-01T00:00:00Z' });
    const lane = [event('e1', '2026-02-01T00:00:00Z'), amend, amend].reduce(receive, empty);
    expect(next(lane)).toMatchObject({ dueAt: '2026-05-01T00:00:00Z', amendments: ['a1'] });
  });

  it('keeps the date when an amendment only changes fields', () => {
    const lane = [event('e1', '2026-02-01T00:00:00Z'), correction('a1', 'e1', { type: 'amend' })].reduce(
      receive,
      empty,
    );
    expect(next(lane)?.dueAt).toBe('2026-02-01T00:00:00Z');
  });

  it('presses an event at work with the leaver that comes after it, and with an immediate one in any case', () => {
    const atWork = event('e1', '2026-02-01T00:00:00Z', { type: 'joiner' });
    const earlier = event('e2', '2026-01-01T00:00:00Z', { type: 'leaver' });
    const later = event('e3', '2026-03-01T00:00:00Z', { type: 'leaver' });
    const immediate = event('e4', '2026-01-01T00:00:00Z', { type: 'leaver', immediate: true });
    const press = (...pending: LaneEvent[]) => pressingLeaver(atWork, pending.reduce(receive, empty))?.id;
    expect(press(earlier)).toBeUndefined();
    expect(press(earlier, later)).toBe('e3');
    expect(press(earlier, later, immediate)).toBe('e4');
    expect(pressingLeaver(later, [immediate].reduce(receive, empty))).toBeUndefined();
  });

  it('lets a leaver overtake only what was said before it and is due no later', () => {
    const leaver = event('e5', '2026-02-01T00:00:00Z', { type: 'leaver' });
    const lane = [
      event('e1', '2026-01-01T00:00:00Z'),
      event('e2', '2026-06-01T00:00:00Z', { type: 'joiner' }),
      event('e6', '2026-01-15T00:00:00Z'),
    ].reduce(receive, empty);
    expect(overtakenBy(leaver, lane).map(({ id }) => id)).toEqual(['e1']);
  });

  it('lets whatever HR says take the place of what waits; a quiet event waits its turn', () => {
    const waiting = event('e1', '2026-01-01T00:00:00Z', { type: 'joiner' });
    const quiet = event('e2', '2026-01-02T00:00:00Z', { quiet: true, plan: 7 });
    const mover = event('e3', '2026-01-03T00:00:00Z');
    expect(takesPlaceOf(waiting, [quiet].reduce(receive, empty))).toBeUndefined();
    expect(takesPlaceOf(waiting, [quiet, mover].reduce(receive, empty))?.id).toBe('e3');
    expect(takesPlaceOf(quiet, [mover].reduce(receive, empty))?.id).toBe('e3');
    expect(next([quiet, mover].reduce(receive, empty))?.id).toBe('e2');
  });

  it('lets a leaver overtake a quiet event as it does others', () => {
    const leaver = event('e5', '2026-02-01T00:00:00Z', { type: 'leaver' });
    const lane = [event('e1', '2026-01-01T00:00:00Z', { quiet: true })].reduce(receive, empty);
    expect(overtakenBy(leaver, lane).map(({ id }) => id)).toEqual(['e1']);
  });
});
