/** What expressions can call, besides what CEL brings along: pure, the same on every machine, bounded in what they give. */
import { Temporal } from 'temporal-polyfill';
import { isDate } from './due.ts';
import { LONGEST_GLOB, matchesGlob } from './glob.ts';
import { languageOf, localeOf, timeZoneOf } from './locale.ts';
import { alias, ascii } from './name.ts';
import { properCase } from './proper-case.ts';
import { usualTimeZone } from './time-zone.ts';

/** No function gives a longer text, and no expression. */
export const LONGEST_TEXT = 10_000;

export interface ExpressionFunction {
  /** `left(string, int): string`, as CEL declares it. */
  signature: string;
  run: (this: void, ...given: never[]) => unknown;
  /** How long the result can be at most, of arguments that are at most so long; 25 for what is no text. */
  longest(lengths: readonly number[]): number;
  /** What a call can cost at most, in nanoseconds, of arguments that are at most so long. */
  cost(lengths: readonly number[]): number;
  /** Whether a call can fail, of arguments that are at most so long. */
  canFail(lengths: readonly number[]): boolean;
}

/** The work that looking for a text in another can be at worst, in comparisons. */
export function searchCost(text: number, what: number): number {
  return Math.min(text * what, (text * text) / 4) + text;
}

const first = ([length = 0]: readonly number[]) => length;
const sum = (lengths: readonly number[]) => lengths.reduce((total, length) => total + length, 0);
const longestOf = (lengths: readonly number[]) => Math.max(0, ...lengths);
const scalar = () => 25;
const perCharacter = (nanoseconds: number) => (lengths: readonly number[]) => nanoseconds * sum(lengths);
/** What the machine does at once with a whole text, and what is done letter by letter. */
const QUICK = perCharacter(5);
const SLOW = perCharacter(100);
/** What Unicode takes apart: one character may be eighteen then, each looked at by itself. */
const TAKEN_APART = perCharacter(1_500);
/** What goes through the calendar's or the time zones' own code. */
const OUTSIDE = () => 200_000;

function define(
  signature: string,
  run: ExpressionFunction['run'],
  longest: ExpressionFunction['longest'],
  cost: ExpressionFunction['cost'] = QUICK,
  canFail: ExpressionFunction['canFail'] = (lengths) => longest(lengths) > LONGEST_TEXT,
): ExpressionFunction {
  return { signature, run: bounded(signature, run), longest, cost: (lengths) => 1_000 + cost(lengths), canFail };
}

function bounded(signature: string, run: ExpressionFunction['run']): ExpressionFunction['run'] {
  return (...given) => {
    const result = run(...given);
    if (typeof result === 'string' && result.length > LONGEST_TEXT) throw tooLong(signature);
    return result;
  };
}

function tooLong(signature: string): Error {
  return new Error(`${signature.split('(')[0]} gives more than ${LONGEST_TEXT} characters`);
}

const texts = (count: number) => Array<string>(count).fill('string').join(', ');
const counts = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index);

export const EXPRESSION_FUNCTIONS: readonly ExpressionFunction[] = [
  define(
    'lower(string): string',
    (text: string) => text.toLowerCase(),
    (lengths) => 3 * first(lengths),
  ),
  define(
    'upper(string): string',
    (text: string) => text.toUpperCase(),
    (lengths) => 3 * first(lengths),
  ),
  define('properCase(string): string', properCase, (lengths) => 3 * first(lengths), perCharacter(300)),
  define('trim(string): string', (text: string) => text.trim(), first),
  define('left(string, int): string', (text: string, count: bigint) => part(text, 0, Number(count)), first),
  define('right(string, int): string', right, first),
  define(
    'padLeft(string, int, string): string',
    padLeft,
    () => LONGEST_TEXT,
    () => LONGEST_TEXT,
    () => true,
  ),
  define('digits(string): string', (text: string) => text.replace(/[^0-9]/g, ''), first, SLOW),
  define('normalise(string): string', normalise, (lengths) => 18 * first(lengths), TAKEN_APART),
  define('ascii(string): string', ascii, (lengths) => 18 * first(lengths), TAKEN_APART),
  define('alias(string, string): string', alias, () => 8, TAKEN_APART),
  define(
    'replace(string, string, string): string',
    replace,
    ([text = 0, , by = 0]) => text * Math.max(1, by),
    ([text = 0, what = 0]) => searchCost(text, what) + 20 * text + LONGEST_TEXT,
  ),
  define('word(string, int): string', (text: string, count: bigint) => word(text, count), first, SLOW),
  define('word(string, int, string): string', word, first, SLOW),
  ...counts(2, 8).map((count) =>
    define(`coalesce(${texts(count)}): string`, (...given: string[]) => given.find(Boolean) ?? '', longestOf, scalar),
  ),
  ...counts(2, 8).map((count) =>
    define(`join(string, ${texts(count)}): string`, join, ([by = 0, ...lengths]) => sum(lengths) + by * (count - 1)),
  ),
  ...counts(1, 12).map((count) =>
    define(`switch(string, string, ${texts(2 * count)}): string`, choose, ([, ...lengths]) => longestOf(lengths), sum),
  ),
  define(
    'glob(string, string): bool',
    glob,
    scalar,
    ([text = 0, pattern = 0]) => 20 * (text + pattern) + 10 * text * Math.min(pattern, LONGEST_GLOB),
    ([, pattern = 0]) => pattern > LONGEST_GLOB,
  ),
  define('isDate(string): bool', isDate, scalar, OUTSIDE),
  define('dateDiff(string, string, string): double', dateDiff, scalar, OUTSIDE, () => true),
  define('dateAdd(string, int, string): string', dateAdd, scalar, OUTSIDE, () => true),
  define('dateAdd(string, double, string): string', dateAdd, scalar, OUTSIDE, () => true),
  define('toNumber(string): double', toNumber, scalar),
  define('text(double): string', (value: number) => (Number.isFinite(value) ? String(value) : ''), scalar),
  define('text(int): string', String, scalar),
  define('text(bool): string', String, scalar),
  define('localeOf(string): string', (country: string) => localeOf(country), scalar),
  define('localeOf(string, string): string', localeOf, orSecond),
  define('languageOf(string): string', (country: string) => languageOf(country), scalar),
  define('languageOf(string, string): string', languageOf, orSecond),
  define(
    'timeZoneOf(string): string',
    (country: string) => timeZoneOf(country),
    () => 50,
  ),
  define('timeZoneOf(string, string): string', timeZoneOf, orSecond),
  define('usualTimeZone(string): string', usualTimeZone, () => 50, OUTSIDE),
];

function orSecond([, otherwise = 0]: readonly number[]): number {
  return Math.max(50, otherwise);
}

/** From and to in characters as applications count them; never half of one that counts double. */
function part(text: string, from: number, to: number): string {
  const start = /[\uDC00-\uDFFF]/.test(text.charAt(from)) ? from + 1 : from;
  const end = /[\uD800-\uDBFF]/.test(text.charAt(to - 1)) ? to - 1 : to;
  return text.slice(start, Math.max(start, end));
}

function right(text: string, count: bigint): string {
  return part(text, Math.max(0, text.length - Math.max(0, Number(count))), text.length);
}

function padLeft(text: string, length: bigint, fill: string): string {
  if (length > LONGEST_TEXT) throw tooLong('padLeft');
  return text.padStart(Number(length), fill);
}

function normalise(text: string): string {
  return text.normalize('NFKD').replace(/\p{M}/gu, '');
}

function replace(text: string, what: string, by: string): string {
  if (what === '') return text;
  const parts = text.split(what);
  if (text.length + (parts.length - 1) * (by.length - what.length) > LONGEST_TEXT) throw tooLong('replace');
  return parts.join(by);
}

/** The first is 1. Several separators in a row count as one. */
function word(text: string, count: bigint, separators?: string): string {
  const between = new Set(separators);
  const isBetween = (character: string) => (separators === undefined ? /\s/u.test(character) : between.has(character));
  let seen = 0n;
  let found = '';
  let inside = false;
  for (const character of text) {
    if (isBetween(character)) {
      if (seen === count && inside) return found;
      inside = false;
      continue;
    }
    if (!inside) seen++;
    inside = true;
    if (seen === count) found += character;
  }
  return found;
}

function join(between: string, ...given: string[]): string {
  return given.filter(Boolean).join(between);
}

/** The value behind the key that equals the first; the second when none does. */
function choose(value: string, otherwise: string, ...pairs: string[]): string {
  const at = pairs.findIndex((key, index) => index % 2 === 0 && key === value);
  return at < 0 ? otherwise : (pairs[at + 1] ?? otherwise);
}

function glob(text: string, pattern: string): boolean {
  if (pattern.length > LONGEST_GLOB) throw new Error(`glob takes patterns of at most ${LONGEST_GLOB} characters`);
  return matchesGlob(text, pattern);
}

export const DATE_UNITS = ['day', 'month', 'year'] as const;
type DateUnit = (typeof DATE_UNITS)[number];

/** Whole units from one date to the other, negative when it comes before; no number when either is no date. */
function dateDiff(unit: string, from: string, to: string): number {
  const known = dateUnit(unit);
  if (!isDate(from) || !isDate(to)) return NaN;
  const passed = Temporal.PlainDate.from(from).until(to, { largestUnit: known });
  // Without this, nothing that passed since a later date would be minus zero.
  return passed[`${known}s`] + 0;
}

/** The date so much later; the last of the month where the month is too short. Empty when the date or the number is none. */
function dateAdd(date: string, count: bigint | number, unit: string): string {
  const known = dateUnit(unit);
  const whole = Math.trunc(Number(count));
  if (!isDate(date) || !(Math.abs(whole) <= MOST[known])) return '';
  const later = Temporal.PlainDate.from(date).add({ [`${known}s`]: whole });
  return later.year >= 1 && later.year <= 9999 ? later.toString() : '';
}

/** Ten thousand years; what is more can not end on a date that can be written. */
const MOST: Record<DateUnit, number> = { day: 3_660_000, month: 120_000, year: 10_000 };

function dateUnit(unit: string): DateUnit {
  const known = DATE_UNITS.find((one) => one === unit);
  if (!known) throw new Error('what is given is no unit of dates: day, month or year');
  return known;
}

/** A decimal number such as `12.5`, blanks around it or not; no number otherwise. */
export function toNumber(text: string): number {
  const trimmed = text.trim();
  return /^[+-]?\d+(\.\d+)?$/.test(trimmed) ? Number(trimmed) : NaN;
}
