/** How late an event was carried out, for reports and details. */

/** Whole seconds from `dueAt` to `at`, both ISO instants; 0 when not late. */
export function secondsLate(dueAt: string, at: string): number {
  return Math.max(0, Math.floor((Date.parse(at) - Date.parse(dueAt)) / 1000));
}

/** `2 days late`, `14 minutes late`, `on time`: the two largest things a reader needs are one. */
export function latenessInWords(seconds: number): string {
  if (seconds < 60) return 'on time';
  const [unit, length] = UNITS.find(([, unitSeconds]) => seconds >= unitSeconds) ?? ['minute', 60];
  const count = Math.floor(seconds / length);
  return `${count} ${unit}${count === 1 ? '' : 's'} late`;
}

const UNITS: readonly [string, number][] = [
  ['year', 365 * 86_400],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
];
