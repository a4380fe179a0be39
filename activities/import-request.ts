/** What the activities of an import are asked and answer. */
import type { FailedRow, ImportPage, PageCounts } from '#domain/import.ts';

/** A page of an import in one application; with `application` empty, where there is none to do anything in. */
export interface ImportPageRequest extends ImportPage {
  import: number;
  application: string;
}

/** How a page went: at most 100 KB, however long the values are. */
export interface ImportPageResult {
  counts: PageCounts;
  /** The first rows that failed. */
  failed: FailedRow[];
  /** Every report entry of the page (directory/packed-entries.ts). */
  entries: string;
}
