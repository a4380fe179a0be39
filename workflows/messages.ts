/** What can be said to a person's lane, and what a run answers. Plain JSON, no secret. */
import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { Failure } from '#domain/failure.ts';
import type { EndedPages, NumberedPage } from '#domain/import-pages.ts';
import type { ImportPause, ImportScope, PageCounts } from '#domain/import.ts';
import type { Lane, LaneMessage } from '#domain/lane.ts';
import type { PlanTotals } from '#domain/plan-summary.ts';
import type { ReportEntry } from '#domain/report-entry.ts';
import type { Task, TaskAnswer } from '#domain/task.ts';

/** HR said something about this person. Sending the same message twice changes nothing. */
export const hrEventSignal = defineSignal<[LaneMessage]>('hrEvent');

/** What somebody says to an open task of this run; each answers one sentence, or is refused with one. */
export const retryTaskUpdate = defineUpdate<string, [TaskAnswer]>('retryTask');
export const skipTaskUpdate = defineUpdate<string, [TaskAnswer]>('skipTask');
export const resolveTaskUpdate = defineUpdate<string, [TaskAnswer]>('resolveTask');

/** What this task waited for may be there now: it is tried again. For a task that does not wait it means nothing. */
export const releaseTaskSignal = defineSignal<[number]>('releaseTask');

/** Started by a signal, a lane is empty; continued as new, it carries what is pending. */
export interface LaneInput {
  lane: Lane;
  /** Where an event goes on in a new run since its history had grown long: its open tasks, by application. */
  tasks?: Record<string, Task>;
}

export type RunOutcome = 'done' | 'partly-failed' | 'failed' | 'rescinded' | 'cancelled' | 'superseded' | 'repeated';

/** What a run has to say when it completes: the last event it served. */
export interface LaneResult {
  eventId: string | null;
  outcome: RunOutcome;
  summary: string;
}

/** Whose records are to be given back, where, and who says so. */
export interface ReturnRecords {
  event: { id: string; employeeNumber: string; person: string; acceptedAt: string };
  application: string;
  by: string;
}

export interface RecordsReturned {
  outcome: 'done' | 'partly-failed' | 'failed' | 'repeated';
  entries: ReportEntry[];
  failure?: Failure;
}

/** How one event went, by the workflow that served it. */
export interface ServedEvent {
  outcome: 'done' | 'partly-failed' | 'failed' | 'repeated';
  entries: ReportEntry[];
}

/** How far the making of a plan is. */
export interface PlanProgress {
  /** People who were looked at. */
  people: number;
  operations: number;
}

/** Asked of the run that makes a plan. */
export const planProgressQuery = defineQuery<PlanProgress>('planProgress');

/** Which plan is to be made; continued as new, it carries how far it came. */
export interface PlanningInput {
  plan: number;
  progress?: {
    /** The last person who was looked at. */
    after: string;
    totals: PlanTotals;
    applications: string[];
    warnings: string[];
  };
}

/** How the making of a plan ended. */
export interface PlanningResult {
  state: 'made' | 'failed';
  people: number;
  operations: number;
  failure?: string;
}

/** Which import is to be run; continued as new, between pages, it carries how far it came. */
export interface BulkImportInput {
  import: number;
  progress?: {
    /** Absent until it is known what has to be done. */
    work?: ImportWork;
    /** When the import began; milliseconds. */
    beganAt: number;
    /** How long it has been paused so far; milliseconds. */
    pausedMs: number;
    pause?: ImportPause;
  };
}

/** What an import has to do, and how far that is in each application. */
export interface ImportWork {
  scope: ImportScope;
  branches: ImportBranch[];
}

/** How far an import is in one application. */
export interface ImportBranch {
  /** Empty where there is no application: then the directory alone is written. */
  application: string;
  counts: PageCounts;
  ended: EndedPages;
  /** The blocks whose accounts the application's bulk interface has made. */
  made: EndedPages;
  /** Pages that were begun, or the block of which was, and have not ended: what was done is told when they do, or when the import ends. */
  open: NumberedPage[];
}

/** How far an import is. */
export interface ImportProgress {
  /** Rows that have something to do. */
  rows: number;
  /** By application, how its rows have ended so far. */
  applications: Record<string, PageCounts>;
  /** Rows that ended in each application, the slowest one counts. */
  ended: number;
  failed: number;
  rowsPerSecond: number;
  /** ISO instant at which it ends if it goes on like this; null while nobody can tell. */
  estimatedEnd: string | null;
  pause: ImportPause | null;
  cancelling: boolean;
}

export const importProgressQuery = defineQuery<ImportProgress>('importProgress');

/** At the next border between pages the import waits, until it is resumed; the pages at work end. Again changes nothing. */
export const pauseImportSignal = defineSignal<[{ by: string; reason: string }]>('pauseImport');
export const resumeImportSignal = defineSignal<[{ by: string }]>('resumeImport');
/** At the next border between pages the import ends; what is done stays done. */
export const cancelImportSignal = defineSignal<[{ by: string; reason: string }]>('cancelImport');

/** How an import ended. */
export interface BulkImportResult {
  state: 'done' | 'partly-failed' | 'failed' | 'cancelled';
  applications: Record<string, PageCounts>;
}
