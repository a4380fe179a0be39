/** When a local day begins, and how lateness is told. */
import { describe, expect, it } from 'vitest';
import { isDate, isTimeZone, localDate, startOfDay } from '#domain/due.ts';
import { latenessInWords, secondsLate } from '#domain/lateness.ts';

describe('startOfDay', () => {
  it.each([
    ['2026-12-24', 'Australia/Melbourne', '2026-12-23T13:00:00Z'],
    ['2026-07-01', 'Australia/Melbourne', '2026-06-30T14:00:00Z'],
    ['2026-07-01', 'America/Los_Angeles', '2026-07-01T07:00:00Z'],
    ['2026-01-01', 'UTC', '2026-01-01T00:00:00Z'],
    // Midnight does not exist on this day in Beirut: clocks go from 23:59 to 01:00.
    ['2026-03-29', 'Asia/Beirut', '2026-03-28T22:00:00Z'],
  ])('%s in %s begins at %s', (date, zone, instant) => {
    expect(startOfDay(date, zone)).toBe(instant);
    expect(localDate(instant, zone)).toBe(date);
  });
});

describe('dates and zones', () => {
  it.each([
    ['2026-02-28', true],
    ['2026-02-29', false],
    ['2028-02-29', true],
    ['2026-13-01', false],
    ['26-01-01', false],
    ['2026-01-01T00:00', false],
  ])('%s is a date: %s', (text, expected) => {
    expect(isDate(text)).toBe(expected);
  });

  it.each([
    ['Europe/Berlin', true],
    ['UTC', true],
    ['Mars/Olympus', false],
    ['+02:00', false],
    ['', false],
  ])('%s is a time zone: %s', (text, expected) => {
    expect(isTimeZone(text)).toBe(expected);
  });
});

describe('lateness', () => {
  it.each([
    ['2026-01-01T00:00:00Z', '2026-01-01T00:00:59Z', 59, 'on time'],
    ['2026-01-01T00:00:00Z', '2025-12-31T00:00:00Z', 0, 'on time'],
    ['2026-01-01T00:00:00Z', '2026-01-01T00:01:00Z', 60, '1 minute late'],
    ['2026-01-01T00:00:00Z', '2026-01-01T05:30:00Z', 19_800, '5 hours late'],
    ['2026-01-01T00:00:00Z', '2026-01-03T00:00:00Z', 172_800, '2 days late'],
  ])('due %s, begun %s: %s seconds, %s', (due, at, seconds, words) => {
    expect(secondsLate(due, at)).toBe(seconds);
    expect(latenessInWords(seconds)).toBe(words);
  });
});
