// Pages of query results. The rest of a long result waits under a locator, for two days at most, and only the most
// recent results wait.

import { SalesforceError } from './errors.ts';
import { makeId } from './ids.ts';
import type { Row } from './journal.ts';
import type { Shown } from './soql-run.ts';

interface Waiting {
  rows: Row[];
  show: (row: Row) => Shown;
  batchSize: number;
  version: string;
  expiresAt: number;
}

const LIFE_MS = 2 * 24 * 60 * 60 * 1000;
const MAX_WAITING = 50;
const LOCATOR = /^(01g[0-9A-Za-z]{15})-(\d+)$/;

export class Locators {
  readonly #waiting = new Map<string, Waiting>();
  #made = 0;

  /** The first page of a result. */
  open(rows: Row[], show: (row: Row) => Shown, batchSize: number, version: string): object {
    this.#made += 1;
    return this.#page(
      makeId('01g', this.#made),
      { rows, show, batchSize, version, expiresAt: Date.now() + LIFE_MS },
      0,
    );
  }

  /** The page that a locator names; INVALID_QUERY_LOCATOR when it names none. */
  next(locator: string): object {
    const [, id = '', from = ''] = LOCATOR.exec(locator) ?? [];
    const waiting = this.#waiting.get(id);
    if (waiting === undefined || waiting.expiresAt < Date.now() || Number(from) >= waiting.rows.length) {
      throw new SalesforceError('INVALID_QUERY_LOCATOR', 'Invalid query locator');
    }
    return this.#page(id, waiting, Number(from));
  }

  clear(): void {
    this.#waiting.clear();
  }

  #page(id: string, result: Waiting, from: number): object {
    const records: object[] = [];
    let end = from;
    // Children count towards the page, but a page always moves on by a row.
    for (let size = 0; end < result.rows.length && size < result.batchSize; end++) {
      const shown = result.show(result.rows[end] as Row);
      size += shown.size;
      records.push(shown.record);
    }
    const totalSize = result.rows.length;
    if (end >= totalSize) return { totalSize, done: true, records };
    this.#keep(id, result);
    return { totalSize, done: false, nextRecordsUrl: `/services/data/v${result.version}/query/${id}-${end}`, records };
  }

  #keep(id: string, result: Waiting): void {
    this.#waiting.delete(id);
    this.#waiting.set(id, result);
    const oldest = this.#waiting.keys().next().value;
    if (this.#waiting.size > MAX_WAITING && oldest !== undefined) this.#waiting.delete(oldest);
  }
}
