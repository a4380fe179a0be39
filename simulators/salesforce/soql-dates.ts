// Date literals such as TODAY and LAST_N_DAYS:7: each stands for whole days, as the calling user's time zone has them.

export interface DayRange {
  /** The first day, and the first one after the last, as `YYYY-MM-DD`. */
  from: string;
  to: string;
  /** The moments at which those days begin. */
  start: number;
  end: number;
}

const DAY_MS = 24 * 60 * 60 * 1000;
/** First day and number of days, counted from today. */
const RANGES: Readonly<Record<string, (n: number) => [first: number, days: number]>> = {
  TODAY: () => [0, 1],
  YESTERDAY: () => [-1, 1],
  TOMORROW: () => [1, 1],
  LAST_N_DAYS: (n) => [-n, n + 1],
  NEXT_N_DAYS: (n) => [1, n],
  N_DAYS_AGO: (n) => [-n, 1],
};

/** The days a literal stands for at this moment. */
export function daysOf(literal: string, now: number, timeZone: string): DayRange {
  const [word = '', n = '0'] = literal.toUpperCase().split(':');
  const [first, days] = RANGES[word]?.(Number(n)) ?? [0, 0];
  const today = Date.parse(localDay(now, timeZone));
  const from = dayText(today + first * DAY_MS);
  const to = dayText(today + (first + days) * DAY_MS);
  return { from, to, start: startOf(from, timeZone), end: startOf(to, timeZone) };
}

const dayText = (time: number): string => new Date(time).toISOString().slice(0, 'YYYY-MM-DD'.length);

function localDay(time: number, timeZone: string): string {
  const parts = localParts(time, timeZone);
  return `${parts.year}-${parts.month}-${parts.day}`;
}

/** The moment a day begins there: midnight UTC, moved by the offset that the zone has at that time. */
function startOf(day: string, timeZone: string): number {
  const midnight = Date.parse(day);
  const first = midnight - offsetAt(midnight, timeZone);
  // Near a change of the clocks, midnight there has another offset than midnight UTC.
  return midnight - offsetAt(first, timeZone);
}

function offsetAt(time: number, timeZone: string): number {
  const { year, month, day, hour, minute, second } = localParts(time, timeZone);
  return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`) - Math.floor(time / 1000) * 1000;
}

function localParts(time: number, timeZone: string): Record<string, string> & { [part in Part]: string } {
  const format = new Intl.DateTimeFormat('en-CA', { ...PARTS, hourCycle: 'h23', timeZone });
  return Object.fromEntries(format.formatToParts(time).map(({ type, value }) => [type, value])) as ReturnType<
    typeof localParts
  >;
}

type Part = keyof typeof PARTS;
const PARTS = {
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
} as const;
