// How many calls of the data API are being answered at the same moment, the most there were, and the limit that refuses
// more. Salesforce counts only those that take longer than 20 seconds; this counts all.

import { SalesforceError } from './errors.ts';
import type { Org } from './row-rules.ts';

const LIMIT = 'concurrentRequests';

export class InFlight {
  readonly #org: Org;
  #now = 0;
  #peak = 0;

  constructor(org: Org) {
    this.#org = org;
  }

  get peak(): number {
    return this.#peak;
  }

  get now(): number {
    return this.#now;
  }

  /** Null when there is none. */
  get limit(): number | null {
    return (this.#org.store.setting(LIMIT) as number | null | undefined) ?? null;
  }

  set limit(limit: number | null) {
    this.#org.store.set(LIMIT, limit);
  }

  /** Does the work as one call more; `refused` is given when that is one too many. */
  async during<T>(work: (refused: SalesforceError | undefined) => Promise<T>): Promise<T> {
    this.#now += 1;
    this.#peak = Math.max(this.#peak, this.#now);
    const isTooMany = this.limit !== null && this.#now > this.limit;
    try {
      return await work(isTooMany ? tooMany() : undefined);
    } finally {
      this.#now -= 1;
    }
  }

  /** Forgets the peak. */
  reset(): void {
    this.#peak = this.#now;
  }
}

function tooMany(): SalesforceError {
  return new SalesforceError('REQUEST_LIMIT_EXCEEDED', 'ConcurrentPerOrgLongTxn Limit exceeded.');
}
