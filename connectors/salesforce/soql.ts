/** SOQL, built here because jsforce's builder drops empty filters and does not escape backslashes. */
import { ConnectorError } from '#connectors/errors.ts';

/** A text literal, safe whatever the text is. */
export function literal(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&').replace(/\n/g, '\\n').replace(/\r/g, '\\r')}'`;
}

/** `Field LIKE 'ada%'`: texts that begin like this, without regard to case. */
export function startsWith(field: string, text: string): string {
  return `${field} LIKE ${literal(text).slice(0, -1).replace(/[%_]/g, '\\$&')}%'`;
}

/** The name of an object as it may stand in a query. Throws `invalid-data` with this remedy for what can be none. */
export function apiName(name: string, remedy: string): string {
  if (/^[A-Za-z]\w*$/.test(name)) return name;
  throw new ConnectorError('invalid-data', `salesforce: ${JSON.stringify(name)} is not the name of an object`, {
    remedy,
  });
}

/** Names of fields, each once whatever its case: Salesforce refuses a field that is asked for twice. */
export function onceEach(names: readonly string[]): string[] {
  const once = new Map<string, string>();
  for (const name of names) once.set(name.toLowerCase(), once.get(name.toLowerCase()) ?? name);
  return [...once.values()];
}

/** `Field IN ('a', 'b')`. Throws on no values: an empty filter must never become no filter. */
export function oneOf(field: string, values: readonly string[]): string {
  if (!/^[A-Za-z]\w*(\.\w+)*$/.test(field)) {
    throw new ConnectorError('invalid-data', `salesforce: ${JSON.stringify(field)} is not a field name`, {
      remedy: 'correct the correlation rule: it names a field such as EmployeeNumber',
    });
  }
  if (values.length === 0) throw new Error(`salesforce: nothing to look for in ${field}`);
  return `${field} IN (${values.map(literal).join(', ')})`;
}

/** Slices of a list, each with at most this many items. */
export function slices<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );
}

/** Splits items into parts whose texts, as literals in a URL, take at most this many characters. */
export function fitting<T>(items: readonly T[], textOf: (item: T) => string, most: number): T[][] {
  const parts: T[][] = [];
  let room = 0;
  for (const item of items) {
    const length = encodeURIComponent(`${literal(textOf(item))}, `).length;
    if (length > room) {
      parts.push([]);
      room = most;
    }
    parts.at(-1)?.push(item);
    room -= length;
  }
  return parts;
}
