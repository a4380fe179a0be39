/** The customs of countries are such that Salesforce takes them. */
import { expect, it } from 'vitest';
import { localeOf, timeZoneOf } from '#domain/locale.ts';
import { usualTimeZone } from '#domain/time-zone.ts';

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'.split('');
const listed = LETTERS.flatMap((first) => LETTERS.map((second) => first + second)).filter(
  (country) => localeOf(country, '') !== '',
);

it('more than eighty countries are listed, each with a time zone that Salesforce takes', () => {
  expect(listed.length).toBeGreaterThan(80);
  expect(listed.filter((country) => usualTimeZone(timeZoneOf(country)) !== timeZoneOf(country))).toEqual([]);
});
