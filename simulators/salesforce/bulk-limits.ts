// What `/limits` tells of Bulk API 2.0. The simulator counts, and does not refuse what is beyond.

import { liveJobs } from './bulk-jobs.ts';
import type { Org } from './row-rules.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
const ROWS_IN_BATCH = 10_000;
const MAX_BATCHES = 15_000;
const MAX_QUERY_JOBS = 10_000;

/** How many batches and query jobs are left of those of the last 24 hours. */
export function bulkLimits(org: Org): Record<string, { Max: number; Remaining: number }> {
  let batches = 0;
  let queryJobs = 0;
  for (const job of liveJobs(org)) {
    if (Date.parse(job.createdDate) < Date.now() - DAY_MS) continue;
    if (job.kind === 'query') queryJobs += 1;
    else batches += Math.ceil(job.numberRecordsProcessed / ROWS_IN_BATCH);
  }
  return {
    DailyBulkApiBatches: { Max: MAX_BATCHES, Remaining: Math.max(0, MAX_BATCHES - batches) },
    DailyBulkV2QueryJobs: { Max: MAX_QUERY_JOBS, Remaining: Math.max(0, MAX_QUERY_JOBS - queryJobs) },
  };
}
