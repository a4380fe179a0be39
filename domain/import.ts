/** Import: many people from a file, or many accounts from an application, staged, previewed, and then worked through in pages. */
import type { Failure } from './failure.ts';
import type { ReportEntry } from './report-entry.ts';

/** people: a file says who works here. accounts: an application says who has an account there. */
export type ImportKind = 'people' | 'accounts';

/**
 * Of people: new and back join, changed moves, leaving gets an end, unchanged agrees, gone is missing in the file, invalid
 * is refused. Of accounts: linked, unlinked, disputed and protected as in account-situation.ts; new makes a person;
 * unmatched makes none, and the reason says why.
 */
export const VERDICTS = [
  'new',
  'back',
  'changed',
  'leaving',
  'unchanged',
  'gone',
  'invalid',
  'linked',
  'unlinked',
  'unmatched',
  'disputed',
  'protected',
] as const;
export type Verdict = (typeof VERDICTS)[number];

export const IMPORT_STATES = [
  'staging',
  'staged',
  'running',
  'paused',
  'done',
  'partly-failed',
  'failed',
  'cancelled',
] as const;
export type ImportState = (typeof IMPORT_STATES)[number];

/** handed: the person's lane does it. skipped: nothing was done, and the reason says why. */
export const ROW_STATES = ['waiting', 'claimed', 'done', 'failed', 'handed', 'skipped'] as const;
export type RowState = (typeof ROW_STATES)[number];

/** How a file lists people: titles and lines of cells, or an object on each line. */
export type FileFormat = 'csv' | 'json-lines';

/** What was asked of an import, and how its file is to be read. */
export interface ImportOptions {
  /** As it turned out to be. */
  format?: FileFormat;
  /** Absent: UTF-8, or what the byte order mark says. */
  encoding?: string;
  /** What is between the cells of a line; absent: as the header has it. */
  separator?: string;
  /** By the title of a column, which one it is; `-`: none that matters. */
  map?: Record<string, string>;
  /** Columns that mean nothing here are left out instead of refused. */
  ignoreUnknown?: boolean;
  /** Who is missing in the file leaves. */
  authoritative?: boolean;
  /** How many may leave for that, whatever share they are. */
  allowRemovals?: number;
  /** Rows from which on an application's bulk interface makes the accounts; absent: as configured. */
  bulkFrom?: number;
  /** Condition over an account: only those that meet it are taken. */
  where?: string;
  /** Accounts that are inactive make people too. */
  includeInactive?: boolean;
}

/** A value that differs, for people to read. */
export interface RowChange {
  field: string;
  old: string | null;
  new: string | null;
}

/** The share of people that an authoritative file may take away without being told how many. */
export const REMOVAL_SHARE = 0.05;

/** The people that one activity works through. */
export const PEOPLE_A_PAGE = 200;

/** One page of rows: those with a position after `after` and up to `upTo`. */
export interface ImportPage {
  after: number;
  upTo: number;
}

/** What has to be done, and where. `levels`: how many rows each has; a level begins when the one before has ended. */
export interface ImportScope {
  kind: ImportKind;
  applications: string[];
  levels: number[];
  /** Pages that are at work at once in one application. */
  window: number;
  /** Applications whose bulk interface makes the accounts of so many rows at once before their pages begin. */
  blocks: Record<string, number>;
}

/** Who paused an import, `joinery` where a page can not be done, and why. */
export interface ImportPause {
  by: string;
  reason: string;
  /** ISO instant */
  since: string;
  /** ISO instant at which it goes on by itself: an application asked to be left alone until then. */
  until?: string;
}

/** How the rows of a page ended in one application. */
export interface PageCounts {
  done: number;
  unchanged: number;
  failed: number;
  handed: number;
  skipped: number;
}

export const NO_ROWS: PageCounts = { done: 0, unchanged: 0, failed: 0, handed: 0, skipped: 0 };

/** Both together. */
export function addCounts(a: PageCounts, b: PageCounts): PageCounts {
  return {
    done: a.done + b.done,
    unchanged: a.unchanged + b.unchanged,
    failed: a.failed + b.failed,
    handed: a.handed + b.handed,
    skipped: a.skipped + b.skipped,
  };
}

/** How many rows these are. */
export function endedRows({ done, unchanged, failed, handed, skipped }: PageCounts): number {
  return done + unchanged + failed + handed + skipped;
}

/** A row that failed, as Temporal's UI shows it. */
export interface FailedRow {
  line: number;
  employeeNumber: string;
  why: string;
}

/** A row's end in one application. */
export interface RowResult {
  line: number;
  outcome: 'done' | 'failed' | 'unchanged' | 'skipped';
  nativeId?: string;
  failure?: Failure;
  entries: ReportEntry[];
}
