/** What the header and the lines of a CSV file mean: columns, and the fields of an event. */
import { EVENT_COLUMNS, PEOPLE_ALIASES, PEOPLE_COLUMNS, plainTitle } from '#domain/column-title.ts';
import type { ProfileField } from '#domain/profile-field.ts';
import { shortened } from '#domain/text.ts';

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
export class CsvHeaderError extends Error {
  override readonly name = 'CsvHeaderError';
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    super(`the header line: ${faults.join('; ')}`);
    this.faults = faults;
  }
}

/** The column in which rows that failed say why; it is never read. */
export const FAILURE_COLUMN = 'importFailure';

export function isFailureColumn(title: string): boolean {
  return plainTitle(title) === plainTitle(FAILURE_COLUMN);
}

/** What columns are taken for besides what they are called. */
export interface HeaderOptions {
  /** By title, the column it is; `-`: none that matters. */
  map?: Readonly<Record<string, string>> | undefined;
  /** What is no column is left out. */
  ignoreUnknown?: boolean | undefined;
}

/** Understands a header line. A column is named as the field or its label, without regard to case, spaces, _ and -. */
export function readHeader(titles: string[], fields: readonly ProfileField[], options: HeaderOptions = {}): Header {
  const mapped = new Map(Object.entries(options.map ?? {}).map(([title, name]) => [plainTitle(title), name]));
  const kind = titles.map(plainTitle).some((title) => title === 'type' && !mapped.has(title)) ? 'events' : 'people';
  const own = kind === 'events' ? EVENT_COLUMNS : PEOPLE_COLUMNS;
  const exact = new Set([...own, ...fields.map(({ name }) => name)]);
  const names = new Map<string, string>(kind === 'people' ? PEOPLE_ALIASES : []);
  for (const { name, label } of fields) names.set(plainTitle(label), name);
  for (const { name } of fields) names.set(plainTitle(name), name);
  for (const name of own) names.set(plainTitle(name), name);

  const columns = new Map<string, number>();
  const unknown: string[] = [];
  const faults: string[] = [];
  for (const [index, title] of titles.entries()) {
    const meant = mapped.get(plainTitle(title));
    if (meant === '-' || isFailureColumn(title)) continue;
    const name = exact.has(meant ?? title) ? (meant ?? title) : names.get(plainTitle(meant ?? title));
    if (name === undefined) {
      if (meant !== undefined || !options.ignoreUnknown) unknown.push(meant ?? title);
    } else if (columns.has(name)) faults.push(`${name} comes twice`);
    else columns.set(name, index);
  }
  if (unknown.length > 0) faults.unshift(unknownColumns(unknown, own, fields));
  if (!columns.has('employeeNumber')) faults.push('employeeNumber is missing');
  if (faults.length > 0) throw new CsvHeaderError(faults);
  return { kind, columns, fields: fields.filter(({ name }) => columns.has(name) && !own.includes(name)) };
}

const MOST_NAMED = 10;

function unknownColumns(titles: string[], own: string[], fields: readonly ProfileField[]): string {
  const more = titles.length > MOST_NAMED ? ` and ${titles.length - MOST_NAMED} more` : '';
  const named = `${titles
    .slice(0, MOST_NAMED)
    .map((title) => `"${shortened(title)}"`)
    .join(', ')}${more}`;
  const known = fields.map(({ name }) => name).join(', ');
  return `${named} ${titles.length > 1 ? 'are each' : 'is'} neither a profile field (${known}) nor one of ${own.join(', ')}`;
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

function yes(text: string): boolean | string {
  if (/^(true|yes|1)$/i.test(text)) return true;
  return /^(false|no|0)$/i.test(text) ? false : text;
}
