// How many API calls were made in the last 24 hours, and the limit that ends them. The count starts anew with the
// simulator; the limit is kept.

import { SalesforceError } from './errors.ts';
import type { Org } from './row-rules.ts';

const DEFAULT_MAX = 100_000;
const HOUR_MS = 60 * 60 * 1000;

export class Usage {
  readonly #org: Org;
  readonly #byHour = new Map<number, number>();

  constructor(org: Org) {
    this.#org = org;
  }

  get max(): number {
    return (this.#org.store.setting('dailyApiRequests') as number | undefined) ?? DEFAULT_MAX;
  }

  get used(): number {
    let used = 0;
    for (const [hour, calls] of this.#byHour) {
      if (hour > currentHour() - 24) used += calls;
      else this.#byHour.delete(hour);
    }
    return used;
  }

  /** The value of the Sforce-Limit-Info header. */
  get header(): string {
    return `api-usage=${this.used}/${this.max}`;
  }

  /** Counts one call; REQUEST_LIMIT_EXCEEDED when the day's calls are used up. */
  count(): void {
    if (this.used >= this.max) throw new SalesforceError('REQUEST_LIMIT_EXCEEDED', 'TotalRequests Limit exceeded.');
    this.#byHour.set(currentHour(), (this.#byHour.get(currentHour()) ?? 0) + 1);
  }

  /** Lets the last 24 hours have had this many calls. */
  set(used: number): void {
    this.#byHour.clear();
    this.#byHour.set(currentHour(), used);
  }
}

const currentHour = (): number => Math.floor(Date.now() / HOUR_MS);
