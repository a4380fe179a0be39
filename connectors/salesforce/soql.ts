/** SOQL, built here because jsforce's builder drops empty filters and does not escape backslashes. */

/** A text literal, safe whatever the text is. */
export function literal(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&').replace(/\n/g, '\\n').replace(/\r/g, '\\r')}'`;
}

/** `Field IN ('a', 'b')`. Throws on no values: an empty filter must never become no filter. */
export function oneOf(field: string, values: readonly string[]): string {
  if (!/^[A-Za-z]\w*(\.\w+)*$/.test(field)) throw new Error(`salesforce: ${field} is not a field name`);
  if (values.length === 0) throw new Error(`salesforce: nothing to look for in ${field}`);
  return `${field} IN (${values.map(literal).join(', ')})`;
}

/** Slices of a list, each small enough for one query's URL (16,384 bytes) or one collections call. */
export function slices<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );
}
