/** When an HR event falls due: the first moment of its local day, in the person's own time zone. */
import { Temporal } from 'temporal-polyfill';

/**
 * The instant at which `date` (YYYY-MM-DD) begins in `timeZone`, as an ISO string in UTC. Where a clock change skips
 * midnight it is the first moment that exists. Throws RangeError on an unknown zone or date.
 */
export function startOfDay(date: string, timeZone: string): string {
  return remembered(starts, `${date} ${timeZone}`, () =>
    Temporal.PlainDate.from(date).toZonedDateTime(timeZone).toInstant().toString(),
  );
}

/** Whether `date` is a real calendar day written YYYY-MM-DD. */
export function isDate(date: string): boolean {
  const real = () => succeeds(() => Temporal.PlainDate.from(date, { overflow: 'reject' }));
  return /^\d{4}-\d{2}-\d{2}$/.test(date) && remembered(dates, date, real);
}

/** Whether `timeZone` is an IANA name known here. */
export function isTimeZone(timeZone: string): boolean {
  const known = () => succeeds(() => Temporal.PlainDate.from('2000-01-01').toZonedDateTime(timeZone));
  return /^[A-Za-z]/.test(timeZone) && remembered(zones, timeZone, known);
}

/** The local calendar day of an instant, YYYY-MM-DD. */
export function localDate(instant: string, timeZone: string): string {
  return Temporal.Instant.from(instant).toZonedDateTimeISO(timeZone).toPlainDate().toString();
}

/** The day after `date`; undefined when that is no calendar day. */
export function nextDay(date: string): string | undefined {
  return isDate(date) ? Temporal.PlainDate.from(date).add({ days: 1 }).toString() : undefined;
}

/** Files and lists of people name few days and zones, each many times. */
const starts = new Map<string, string>();
const dates = new Map<string, boolean>();
const zones = new Map<string, boolean>();
const MOST_REMEMBERED = 5_000;

function remembered<T>(answers: Map<string, T>, asked: string, answer: () => T): T {
  const before = answers.get(asked);
  if (before !== undefined) return before;
  const fresh = answer();
  if (answers.size >= MOST_REMEMBERED) answers.clear();
  answers.set(asked, fresh);
  return fresh;
}

function succeeds(attempt: () => unknown): boolean {
  try {
    attempt();
    return true;
  } catch {
    return false;
  }
}
