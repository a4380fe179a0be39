// `/sobjects/X/updated` and `/sobjects/X/deleted`: the ids of rows that changed or went within a window of time, by the
// row's SystemModstamp. Not every object can be replicated.

import type { Context } from './context.ts';
import { methodNotAllowed, SalesforceError } from './errors.ts';
import { formatTime } from './field-rules.ts';
import { type Answer, type Call, json } from './http.ts';
import type { Row } from './journal.ts';
import type { SObject } from './schema.ts';

const REPLICATEABLE = ['User', 'GroupMember', 'Account', 'Contact', 'Lead'];
const MAX_IDS = 600_000;
const MINUTE_MS = 60 * 1000;
const DAY_MS = 24 * 60 * MINUTE_MS;
const UPDATED_DAYS = 30;
const DELETED_DAYS = 15;
const DATE_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,3})?(?:Z|[+-]\d\d:?\d\d)$/;

export const isReplicateable = (object: SObject): boolean => REPLICATEABLE.includes(object.name);

export function updated(context: Context, call: Call, object: SObject): Answer {
  const window = windowOf(call, object, UPDATED_DAYS);
  const rows = rowsIn(context, object, window, false);
  return json(200, { ids: rows.map(({ Id }) => Id), latestDateCovered: window.covered });
}

export function deleted(context: Context, call: Call, object: SObject): Answer {
  const window = windowOf(call, object, DELETED_DAYS);
  const rows = rowsIn(context, object, window, true);
  return json(200, {
    deletedRecords: rows.map(({ Id, SystemModstamp }) => ({ id: Id, deletedDate: SystemModstamp })),
    earliestDateAvailable: formatTime(minuteOf(Date.now() - DELETED_DAYS * DAY_MS)),
    latestDateCovered: window.covered,
  });
}

interface Window {
  start: number;
  end: number;
  covered: string;
}

/** The window asked for, without its seconds. The minute at its end does not belong to it. */
function windowOf(call: Call, object: SObject, days: number): Window {
  if (call.method !== 'GET') throw methodNotAllowed(call.method, 'GET,HEAD');
  if (!isReplicateable(object)) {
    const message = `entity type ${object.name} does not support replication`;
    throw new SalesforceError('INVALID_TYPE_FOR_OPERATION', message);
  }
  const start = timeOf(call, 'start');
  const end = timeOf(call, 'end');
  if (end - start <= MINUTE_MS) throw outOfRange('startDate must precede endDate by more than one minute');
  if (start < Date.now() - days * DAY_MS) throw outOfRange(`startDate cannot be more than ${days} days ago`);
  return {
    start: minuteOf(start),
    end: minuteOf(end),
    covered: formatTime(minuteOf(Math.min(end, Date.now()))),
  };
}

function timeOf(call: Call, name: string): number {
  const text = call.query.get(name);
  if (text === null) throw new SalesforceError('MISSING_ARGUMENT', `${name} is required`);
  const time = DATE_TIME.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(time)) throw outOfRange(`${name} is not a date and time with a time zone: ${text}`);
  return time;
}

function rowsIn({ org }: Context, object: SObject, { start, end }: Window, gone: boolean): Row[] {
  const rows: Row[] = [];
  for (const row of org.store.rows(object.name)) {
    if ((row.IsDeleted === true) !== gone) continue;
    const time = Date.parse(String(row.SystemModstamp));
    if (time >= start && time < end) rows.push(row);
  }
  if (rows.length <= MAX_IDS) return rows;
  throw new SalesforceError('EXCEEDED_ID_LIMIT', `more than ${MAX_IDS} ids; choose dates that are closer together`);
}

const minuteOf = (time: number): number => time - (time % MINUTE_MS);

function outOfRange(message: string): SalesforceError {
  return new SalesforceError('INVALID_REPLICATION_DATE', message);
}
