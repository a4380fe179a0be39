/** What a CSV file holds: its lines, its records, a header's columns, an event's fields, a person's differences. */
import { createHash } from 'node:crypto';
import { isDate } from '#domain/due.ts';
import type { HrChange } from '#domain/hr-event.ts';
import { changeProfile, type Person } from '#domain/person.ts';
import type { Profile, ProfileField } from '#domain/profile-field.ts';

export interface Line {
  line: number;
  text: string;
}

export interface Row {
  line: number;
  cells: string[];
}

export interface Header {
  kind: 'people' | 'events';
  /** Column of each name. */
  columns: Map<string, number>;
  /** The columns that are profile fields. */
  fields: ProfileField[];
}

/** A change that was said: still to come, or a leaver that was. Dates and fields as amended. */
export interface Said extends HrChange {
  profile: Profile;
  settled: boolean;
}

/** The header can not be used; every fault is named and nothing was stored. */
export class CsvHeaderError extends Error {
  override readonly name = 'CsvHeaderError';
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    super(`the header line: ${faults.join('; ')}`);
    this.faults = faults;
  }
}

const EVENT_COLUMNS = ['id', 'type', 'employeeNumber', 'effectiveDate', 'timeZone', 'immediate', 'target'];
const PEOPLE_COLUMNS = ['employeeNumber', 'startDate', 'endDate', 'effectiveDate'];
const ALIASES: Record<string, string> = { hiredate: 'startDate', leavedate: 'endDate' };

/** A record longer than this, in lines or in characters, is a quote that nothing closes. */
const MOST_LINES = 100;
const MOST_CHARACTERS = 100_000;

/** The lines of a UTF-8 file from the first that holds something, numbered as an editor does. Closes its input. */
export async function* linesOf(input: AsyncIterable<Buffer | string>): AsyncGenerator<Line> {
  const decoder = new TextDecoder();
  let rest = '';
  let line = 0;
  let begun = false;
  const cut = (text: string) => ({ line: (line += 1), text: text.slice(0, MOST_CHARACTERS + 1) });
  for await (const chunk of input) {
    rest += typeof chunk === 'string' ? chunk : decoder.decode(chunk, { stream: true });
    if (line === 0) rest = rest.replace(/^\uFEFF/, '');
    // A carriage return at the end of a chunk may be half of a CRLF.
    const complete = rest.split(/\r\n|\n|\r(?!$)/);
    rest = complete.pop() ?? '';
    if (rest.length > MOST_CHARACTERS) rest = rest.slice(0, MOST_CHARACTERS) + rest.slice(-1);
    for (const text of complete) {
      const next = cut(text);
      begun ||= text.trim() !== '';
      if (begun) yield next;
    }
  }
  rest = (rest + decoder.decode()).replace(/\r$/, '');
  if (begun ? rest !== '' : rest.trim() !== '') yield cut(rest);
}

/** Which of comma, semicolon and tab separates the titles: the one that is there most often outside quotes. */
export function delimiterOf(titles: string): string {
  const bare = titles.replace(/"[^"]*"/g, '');
  const count = (delimiter: string) => bare.split(delimiter).length;
  return [',', ';', '\t'].reduce((best, delimiter) => (count(delimiter) > count(best) ? delimiter : best));
}

/**
 * Lines put together where quotes hold line breaks. Where quotes are wrong, the line that opens them is the bad one, and
 * reading goes on with the line after it, so that one slip costs one line.
 */
export async function* recordsOf(
  first: Line,
  lines: AsyncGenerator<Line>,
  delimiter: string,
): AsyncGenerator<Line | { line: number; problem: string }> {
  let open: Line[] = [];
  const read = function* (backlog: Line[], last: boolean) {
    while (backlog.length > 0 || (last && open.length > 0)) {
      const next = backlog.shift();
      if (next && open.length === 0 && next.text.trim() === '') continue;
      const state = next ? quotesIn(next.text, delimiter, open.length > 0) : 'open';
      if (next) open.push(next);
      const text = open.map((part) => part.text).join('\n');
      const fits = open.length <= MOST_LINES && text.length <= MOST_CHARACTERS;
      if (next && state === 'open' && fits) continue;
      const line = open[0]?.line ?? 0;
      if (state === 'closed' && fits) yield { line, text };
      else {
        const unclosed = 'a quote is opened here and not closed';
        yield { line, problem: state === 'open' ? unclosed : fits ? state : 'is too long to be read' };
        backlog.unshift(...open.slice(1));
      }
      open = [];
    }
  };
  try {
    yield* read([first], false);
    for await (const line of lines) yield* read([line], false);
    yield* read([], true);
  } finally {
    await lines.return(undefined);
  }
}

/** Whether a line leaves a quote open, or what is wrong with its quotes. */
function quotesIn(text: string, delimiter: string, inQuote: boolean): string {
  let place: 'start' | 'plain' | 'quoted' | 'after' = inQuote ? 'quoted' : 'start';
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at];
    if (place === 'quoted') {
      if (character !== '"') continue;
      if (text[at + 1] === '"') at += 1;
      else place = 'after';
    } else if (character === delimiter) place = 'start';
    else if (character === ' ' || character === '\t') continue;
    else if (place === 'after') return 'text follows a closing quote: a quote inside a value is written twice';
    else if (character !== '"') place = 'plain';
    else if (place === 'plain') return 'a quote is inside a value that does not begin with one';
    else place = 'quoted';
  }
  return place === 'quoted' ? 'open' : 'closed';
}

/** Understands a header line. A column is named as the field or its label, without regard to case, spaces, _ and -. */
export function readHeader(titles: string[], fields: readonly ProfileField[]): Header {
  const kind = titles.some((title) => plain(title) === 'type') ? 'events' : 'people';
  const own = kind === 'events' ? EVENT_COLUMNS : PEOPLE_COLUMNS;
  const exact = new Set([...own, ...fields.map(({ name }) => name)]);
  const names = new Map<string, string>(Object.entries(ALIASES).filter(() => kind === 'people'));
  for (const { name, label } of fields) names.set(plain(label), name);
  for (const { name } of fields) names.set(plain(name), name);
  for (const name of own) names.set(plain(name), name);

  const columns = new Map<string, number>();
  const faults: string[] = [];
  for (const [index, title] of titles.entries()) {
    const name = exact.has(title) ? title : names.get(plain(title));
    if (name === undefined) faults.push(`"${title}" is neither a profile field nor one of ${own.join(', ')}`);
    else if (columns.has(name)) faults.push(`${name} comes twice`);
    else columns.set(name, index);
  }
  if (!columns.has('employeeNumber')) faults.push('employeeNumber is missing');
  if (faults.length > 0) throw new CsvHeaderError(faults);
  return { kind, columns, fields: fields.filter(({ name }) => columns.has(name) && !own.includes(name)) };
}

/** The event on a line; an empty cell says nothing. What is wrong with it is for the intake to say. */
export function eventOf({ cells }: Row, { columns, fields }: Header): Record<string, unknown> {
  const cell = (name: string) => cells[columns.get(name) ?? -1] || undefined;
  const event: Record<string, unknown> = {};
  for (const name of EVENT_COLUMNS) {
    const value = cell(name);
    // "No" is said by saying nothing: only a leaver may say it at all.
    if (value === undefined || (name === 'immediate' && yes(value) === false)) continue;
    event[name] = name === 'immediate' ? yes(value) : value;
  }
  const profile = Object.fromEntries(
    fields.flatMap(({ name }) => (cell(name) === undefined ? [] : [[name, cell(name)]])),
  );
  const takesProfile = event['type'] === 'joiner' || event['type'] === 'mover';
  return takesProfile || Object.keys(profile).length > 0 ? { ...event, profile } : event;
}

/**
 * The events that make the directory agree with a line about a person: a joiner for somebody new or back, a mover with
 * what differs from what the person is or is going to be, a leaver for an end date. Or why there can be none. Ids follow
 * from what the events say, so the same line again gives the same.
 */
export function eventsOfPerson(
  { cells }: Row,
  { columns, fields }: Header,
  { person, said }: { person: Person | undefined; said: Said[] },
  { today, defaultTimeZone }: { today: string; defaultTimeZone: string },
): { events: HrChange[] } | { reason: string } {
  const cell = (name: string) => cells[columns.get(name) ?? -1] ?? '';
  const [employeeNumber, start, end] = [cell('employeeNumber'), cell('startDate'), cell('endDate')];
  const given: Profile = Object.fromEntries(fields.map(({ name }) => [name, cell(name) || null]));
  const differing = (profile: Profile) =>
    Object.fromEntries(Object.entries(given).filter(([name, value]) => value !== (profile[name] || null)));
  const pending = said.filter(({ settled }) => !settled);
  const hire = pending.find(({ type }) => type === 'joiner');
  const gone = person?.status === 'left' && !hire;
  const events: Omit<HrChange, 'id'>[] = [];

  if (!person || (gone && isBack(start, end, said))) {
    if (isDate(start) && isDate(end) && end <= start) return { reason: 'endDate: must be later than startDate' };
    const cleared = Object.entries(differing(person?.profile ?? {})).filter(([, value]) => value === null);
    const profile = Object.fromEntries([...Object.entries(given).filter(([, value]) => value !== null), ...cleared]);
    events.push({ type: 'joiner', employeeNumber, effectiveDate: start, profile });
  } else if (gone) {
    return { events: [] };
  } else {
    const wanted = cell('effectiveDate') || today;
    // Before the first day it would be undone by the joiner, which says everything again.
    const waits = hire !== undefined && isDate(wanted) && wanted < hire.effectiveDate;
    const effectiveDate = waits ? hire.effectiveDate : wanted;
    const before = pending.filter(({ type, effectiveDate: date }) => type !== 'leaver' && date <= effectiveDate);
    const profile = differing(before.reduce((sum, event) => changeProfile(sum, event.profile), person.profile));
    const zone = hire?.timeZone || hire?.profile['timeZone'] || defaultTimeZone;
    const timeZone = waits && 'timeZone' in profile ? { timeZone: zone } : {};
    if (Object.keys(profile).length > 0)
      events.push({ type: 'mover', employeeNumber, effectiveDate, ...timeZone, profile });
  }
  if (end !== '' && !pending.some(({ type, effectiveDate }) => type === 'leaver' && effectiveDate === end))
    events.push({ type: 'leaver', employeeNumber, effectiveDate: end });
  return { events: events.map((event) => ({ id: idOf(event), ...event })) };
}

/** A start after the last day is a return; an older one is the employment that ended, in a file that is behind. */
function isBack(start: string, end: string, said: Said[]): boolean {
  const lastDay = said.findLast(({ type, settled }) => type === 'leaver' && settled)?.effectiveDate;
  if (start === '') return false;
  return lastDay === undefined ? end === '' : start > lastDay;
}

/** Keys in order, so that the order of columns and of fields makes no difference. */
function idOf(event: Omit<HrChange, 'id'>): string {
  const sorted = (object: object) =>
    Object.fromEntries(Object.entries(object).toSorted(([a], [b]) => (a < b ? -1 : 1)));
  const canonical = JSON.stringify(sorted({ ...event, ...(event.profile && { profile: sorted(event.profile) }) }));
  const hash = createHash('sha256').update(canonical).digest('hex').slice(0, 12);
  return `file:${event.employeeNumber}:${event.type}:${hash}`;
}

function plain(title: string): string {
  return title.toLowerCase().replace(/[\s_-]/g, '');
}

function yes(text: string): boolean | string {
  if (/^(true|yes|1)$/i.test(text)) return true;
  return /^(false|no|0)$/i.test(text) ? false : text;
}
