/** What the lines of a CSV file mean: a header's columns, an event's fields, a person's differences. */
import { createHash } from 'node:crypto';
import type { HrChange } from '#domain/hr-event.ts';
import type { Person } from '#domain/person.ts';
import type { Profile, ProfileField } from '#domain/profile-field.ts';

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

/** The header can not be used; every fault is named and nothing was stored. */
class CsvHeaderError extends Error {
  override readonly name = 'CsvHeaderError';

  constructor(faults: string[]) {
    super(`the header line: ${faults.join('; ')}`);
  }
}

const EVENT_COLUMNS = ['id', 'type', 'employeeNumber', 'effectiveDate', 'timeZone', 'immediate', 'target'];
const PEOPLE_COLUMNS = ['employeeNumber', 'startDate', 'endDate', 'effectiveDate'];
const ALIASES: Record<string, string> = { hiredate: 'startDate', leavedate: 'endDate' };

/** Understands a header line. A column is named as the field or its label, without regard to case, spaces, _ and -. */
export function readHeader(titles: string[], fields: readonly ProfileField[]): Header {
  const kind = titles.some((title) => plain(title) === 'type') ? 'events' : 'people';
  const own = kind === 'events' ? EVENT_COLUMNS : PEOPLE_COLUMNS;
  const names = new Map<string, string>(Object.entries(ALIASES).filter(() => kind === 'people'));
  for (const { name, label } of fields) names.set(plain(label), name).set(plain(name), name);
  for (const name of own) names.set(plain(name), name);

  const columns = new Map<string, number>();
  const faults: string[] = [];
  for (const [index, title] of titles.entries()) {
    const name = names.get(plain(title));
    if (name === undefined) faults.push(`"${title}" is neither a profile field nor one of ${own.join(', ')}`);
    else if (columns.has(name)) faults.push(`${name} comes twice`);
    else columns.set(name, index);
  }
  if (!columns.has('employeeNumber')) faults.push('employeeNumber is missing');
  if (faults.length > 0) throw new CsvHeaderError(faults);
  const special = new Set(own.filter((name) => name !== 'timeZone' || kind === 'events'));
  return { kind, columns, fields: fields.filter(({ name }) => columns.has(name) && !special.has(name)) };
}

/** The event on a line; an empty cell says nothing. What is wrong with it is for the intake to say. */
export function eventOf({ cells }: Row, { columns, fields }: Header): Record<string, unknown> {
  const cell = (name: string) => cells[columns.get(name) ?? -1] || undefined;
  const event: Record<string, unknown> = {};
  for (const name of EVENT_COLUMNS) {
    const value = cell(name);
    if (value !== undefined) event[name] = name === 'immediate' ? yes(value) : value;
  }
  const profile = Object.fromEntries(
    fields.flatMap(({ name }) => (cell(name) === undefined ? [] : [[name, cell(name)]])),
  );
  const takesProfile = event['type'] === 'joiner' || event['type'] === 'mover';
  return takesProfile || Object.keys(profile).length > 0 ? { ...event, profile } : event;
}

/**
 * The events that make the directory agree with a line about a person: a joiner for somebody new or back, a mover with
 * what differs, a leaver for an end date. Ids follow from what the events say, so the same line again gives the same.
 */
export function eventsOfPerson(
  { cells }: Row,
  { columns, fields }: Header,
  known: Person | undefined,
  today: string,
): HrChange[] {
  const cell = (name: string) => cells[columns.get(name) ?? -1] ?? '';
  const employeeNumber = cell('employeeNumber');
  const given: Profile = Object.fromEntries(fields.map(({ name }) => [name, cell(name) || null]));
  const events: Omit<HrChange, 'id'>[] = [];
  if (!known || (known.status === 'left' && cell('startDate') !== '' && cell('endDate') === '')) {
    const profile = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== null));
    events.push({ type: 'joiner', employeeNumber, effectiveDate: cell('startDate'), profile });
  } else if (known.status !== 'left') {
    const profile = Object.fromEntries(
      Object.entries(given).filter(([name, value]) => value !== (known.profile[name] || null)),
    );
    if (Object.keys(profile).length > 0) {
      events.push({ type: 'mover', employeeNumber, effectiveDate: cell('effectiveDate') || today, profile });
    }
  }
  if (cell('endDate') !== '' && known?.status !== 'left')
    events.push({ type: 'leaver', employeeNumber, effectiveDate: cell('endDate') });
  return events.map((event) => ({ id: idOf(event), ...event }));
}

function idOf(event: Omit<HrChange, 'id'>): string {
  const hash = createHash('sha256').update(JSON.stringify(event)).digest('hex').slice(0, 12);
  return `file:${event.employeeNumber}:${event.type}:${hash}`;
}

function plain(title: string): string {
  return title.toLowerCase().replace(/[\s_-]/g, '');
}

function yes(text: string): boolean | string {
  if (/^(true|yes|1)$/i.test(text)) return true;
  return /^(false|no|0)$/i.test(text) ? false : text;
}
