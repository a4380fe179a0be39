// What the handlers of the data API work with, for one call.

import type { BulkWorker } from './bulk-worker.ts';
import type { Answer, Call } from './http.ts';
import type { Locators } from './locators.ts';
import type { Caller, Org } from './row-rules.ts';
import type { Usage } from './usage.ts';

export interface Context {
  org: Org;
  caller: Caller;
  version: string;
  baseUrl: string;
  locators: Locators;
  usage: Usage;
  bulk: BulkWorker;
  /** The place of this request among the subrequests of a composite; 0 when it stands alone. */
  place: number;
}

/** Handles one request of the data API; the segments are those of the path after the version. */
export type Handler = (context: Context, call: Call, segments: string[]) => Answer;
