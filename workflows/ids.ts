/** Names that operators type and systems agree on: Workflow Ids, the search attributes. */
import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';

/** The Workflow Id of a person's lane: `person:E1042`. */
export function personWorkflowId(employeeNumber: string): string {
  return `person:${employeeNumber}`;
}

/** The Workflow Id of giving a person's records back: one at a time for each application. */
export function returnRecordsWorkflowId(employeeNumber: string, application: string): string {
  return `return-records:${employeeNumber}:${application}`;
}

/** The Workflow Id of making a plan: `plan:7`. */
export function planWorkflowId(plan: number): string {
  return `plan:${plan}`;
}

/** The Workflow Id of an import: `import:12`. */
export function importWorkflowId(id: number): string {
  return `import:${id}`;
}

/** The task queue on which nothing but pages of imports wait for a slot. */
export function bulkTaskQueue(taskQueue: string): string {
  return `${taskQueue}-bulk`;
}

/** The task queue on which nothing but leavers' work waits for a slot. */
export function urgentTaskQueue(taskQueue: string): string {
  return `${taskQueue}-leavers`;
}

/** The employee number. */
export const END_USER = defineSearchAttributeKey('EndUser', SearchAttributeType.KEYWORD);
/** The applications something was done in. */
export const APPLICATION = defineSearchAttributeKey('Application', SearchAttributeType.KEYWORD_LIST);
/** What was done: create, update, grant, revoke, freeze, deactivate, … */
export const OPERATION = defineSearchAttributeKey('Operation', SearchAttributeType.KEYWORD_LIST);
/** waiting, running, paused, stuck, parked, done, partly-failed, failed, rescinded, cancelled, superseded. */
export const OUTCOME = defineSearchAttributeKey('Outcome', SearchAttributeType.KEYWORD);
/** When the event this run serves falls, or fell, due. */
export const DUE_AT = defineSearchAttributeKey('DueAt', SearchAttributeType.DATETIME);

export const SEARCH_ATTRIBUTES = [END_USER, APPLICATION, OPERATION, OUTCOME, DUE_AT] as const;
