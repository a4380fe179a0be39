/** What benches are told. */
import { parseArgs } from 'node:util';

/** `--rows N`, with so many when it is not said. Throws on anything else. */
export function rowsAsked(otherwise: number): number {
  const { values } = parseArgs({ options: { rows: { type: 'string', default: String(otherwise) } } });
  const rows = Number(values.rows);
  if (!Number.isInteger(rows) || rows < 1) throw new Error(`--rows ${values.rows}: give a whole number of rows`);
  return rows;
}

/** With so many digits after the point. */
export function round(value: number, digits = 2): number {
  return Number(value.toFixed(digits));
}
