import { describe, expect, it } from 'vitest';

import { daysOf } from '#simulators/salesforce/soql-dates.ts';

describe('the days of a date literal', () => {
  const at = (literal: string, moment: string, timeZone: string): object => {
    const { from, to, start, end } = daysOf(literal, Date.parse(moment), timeZone);
    return { from, to, start: new Date(start).toISOString(), end: new Date(end).toISOString() };
  };

  it.each([
    // Late in the evening of the day before, there.
    ['TODAY', '2026-01-02T03:00:00Z', 'America/Los_Angeles', '2026-01-01', '2026-01-02', '08:00', '08:00'],
    ['TODAY', '2026-01-02T20:00:00Z', 'Asia/Tokyo', '2026-01-03', '2026-01-04', '15:00', '15:00'],
    // The clocks go forward in the night to Sunday, the 29th.
    ['TODAY', '2026-03-29T12:00:00Z', 'Europe/Berlin', '2026-03-29', '2026-03-30', '23:00', '22:00'],
    ['LAST_N_DAYS:2', '2026-03-30T12:00:00Z', 'Europe/Berlin', '2026-03-28', '2026-03-31', '23:00', '22:00'],
    // They go back in the night to Sunday, the 5th, after midnight there and before midnight UTC.
    ['TODAY', '2026-04-05T06:00:00Z', 'Pacific/Auckland', '2026-04-05', '2026-04-06', '11:00', '12:00'],
    ['N_DAYS_AGO:1', '2026-01-01T12:00:00Z', 'GMT', '2025-12-31', '2026-01-01', '00:00', '00:00'],
  ])('%s at %s in %s', (literal, moment, timeZone, from, to, startsAt, endsAt) => {
    expect(at(literal, moment, timeZone)).toMatchObject({
      from,
      to,
      start: expect.stringContaining(`T${startsAt}:00.000Z`),
      end: expect.stringContaining(`T${endsAt}:00.000Z`),
    });
  });
});
