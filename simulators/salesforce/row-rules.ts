// The words in which an object's own rules are written: who is calling, and at which moments a rule is asked.

import type { DuplicateHeader } from './duplicate-rules.ts';
import type { MixedDmlGuard } from './mixed-dml.ts';
import type { SalesforceError } from './errors.ts';
import type { Draft, Row } from './journal.ts';
import type { Schema } from './schema.ts';
import type { Store } from './store.ts';

export interface Org {
  store: Store;
  schema: Schema;
}

export interface Caller {
  userId: string;
  now: string;
  /** One for each transaction. */
  mixedDml: MixedDmlGuard;
  /** The API version called; the last one when left out. */
  version?: string;
  /** What the caller wants to do about likely duplicates; nothing when left out. */
  duplicates?: DuplicateHeader;
  /** The error a test has ordered for the row at this place of the request. */
  orderedError?: (row: WrittenRow) => SalesforceError | undefined;
}

/** A row that is about to be written, as a test can name it. */
export interface WrittenRow {
  place: number;
  username: unknown;
  /** Missing for a row that is created. */
  id?: string;
}

/** Each is called inside the row's transaction; one that throws takes the whole row back. */
export interface ObjectRules {
  /** The id of a row that a create answers with instead of making another. */
  existing?: (org: Org, draft: Draft) => string | undefined;
  beforeInsert?: (org: Org, draft: Draft, caller: Caller) => void;
  afterInsert?: (org: Org, row: Row, caller: Caller) => void;
  beforeUpdate?: (org: Org, row: Row, changes: Draft, caller: Caller) => void;
  afterUpdate?: (org: Org, row: Row, before: Draft, caller: Caller) => void;
  beforeDelete?: (org: Org, row: Row, caller: Caller) => void;
  afterDelete?: (org: Org, row: Row) => void;
}
