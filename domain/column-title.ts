/** Column titles: what the columns of people's CSV files are called, besides profile fields and their labels. */

/** Columns of a file of HR events. */
export const EVENT_COLUMNS = ['id', 'type', 'employeeNumber', 'effectiveDate', 'timeZone', 'immediate', 'target'];
/** Columns of a file of people. */
export const PEOPLE_COLUMNS = ['employeeNumber', 'startDate', 'endDate', 'effectiveDate'];
/** What columns of a file of people are called too, as `plainTitle` writes it. */
export const PEOPLE_ALIASES: ReadonlyMap<string, string> = new Map([
  ['hiredate', 'startDate'],
  ['leavedate', 'endDate'],
]);

/** A title as it is compared: without regard to case, spaces, _ and -. */
export function plainTitle(title: string): string {
  return title.toLowerCase().replace(/[\s_-]/g, '');
}

/** Which column a title means besides profile fields, in either kind of file; undefined: none. */
export function columnCalled(title: string): string | undefined {
  const plain = plainTitle(title);
  return PEOPLE_ALIASES.get(plain) ?? [...EVENT_COLUMNS, ...PEOPLE_COLUMNS].find((name) => plainTitle(name) === plain);
}
