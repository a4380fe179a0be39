// `/limits`: what the org may use in a day or in all, and what is left of it.

import { bulkLimits } from './bulk-limits.ts';
import type { Handler } from './context.ts';
import { emailConfirmations } from './email-confirmation.ts';
import { json } from './http.ts';
import { requirePermission } from './permissions.ts';
import type { Org } from './row-rules.ts';

const STORAGE_MB = 10_240;
/** Salesforce counts this much for nearly every record, whatever is in it. */
const RECORD_KB = 2;
const WORKFLOW_EMAILS = 500_000;

export const limits: Handler = ({ org, usage, caller }) => {
  requirePermission(org, caller.userId, 'PermissionsViewSetup');
  return json(200, {
    DailyApiRequests: limit(usage.max, usage.used),
    DailyAsyncApexExecutions: limit(250_000, 0),
    ...bulkLimits(org),
    DailyDurableStreamingApiEvents: limit(1_000_000, 0),
    DailyStreamingApiEvents: limit(1_000_000, 0),
    DailyWorkflowEmails: limit(WORKFLOW_EMAILS, emailConfirmations(org).sent),
    DataStorageMB: limit(STORAGE_MB, Math.ceil((countRecords(org) * RECORD_KB) / 1024)),
    FileStorageMB: limit(STORAGE_MB, 0),
    HourlyTimeBasedWorkflow: limit(1000, 0),
    MassEmail: limit(5000, 0),
    PermissionSets: permissionSets(org),
    SingleEmail: limit(5000, 0),
    StreamingApiConcurrentClients: limit(1000, 0),
  });
};

function limit(max: number, used: number): { Max: number; Remaining: number } {
  return { Max: max, Remaining: Math.max(0, max - used) };
}

function permissionSets(org: Org): object {
  let custom = 0;
  for (const set of org.store.rows('PermissionSet')) if (set.IsCustom === true && set.IsDeleted !== true) custom += 1;
  return { ...limit(1500, custom), CreateCustom: limit(1000, custom) };
}

function countRecords(org: Org): number {
  let records = 0;
  for (const object of org.schema.values()) {
    if (object.setup) continue;
    for (const row of org.store.rows(object.name)) if (row.IsDeleted !== true) records += 1;
  }
  return records;
}
