/** Rows to be created, changed or deleted, sent in collections calls together with those of others. */
import { type CallKind, createSharedCall, type SharedCall } from './coalesce.ts';
import type { NativeError } from './failures.ts';
import type { Org, Session } from './session.ts';
import { NoAnswer } from './transport.ts';

/** Most rows a collections call takes. */
export const MOST_ROWS = 200;

/** What is done to rows of which object. */
export interface Write {
  verb: 'create' | 'update' | 'delete';
  object: string;
}

/** A row with its fields; to change or delete it, its `Id` is among them. */
export type NativeRow = Record<string, unknown>;

interface SaveResult {
  id?: string;
  success: boolean;
  errors: NativeError[];
}

/** The shared call for a kind of write, the same for everybody who asks for that kind. */
export type SharedWrites = (write: Write) => SharedCall<NativeRow, SaveResult>;

export function createSharedWrites(session: Pick<Session, 'request' | 'returns'>): SharedWrites {
  const shared = new Map<string, SharedCall<NativeRow, SaveResult>>();
  return (write) => {
    const name = `${write.verb} ${write.object}`;
    const known = shared.get(name) ?? createSharedCall(session, kindOf(write));
    shared.set(name, known);
    return known;
  };
}

function kindOf(write: Write): CallKind<NativeRow, SaveResult> {
  return {
    room: MOST_ROWS,
    sizeOf: () => 1,
    // Salesforce refuses a record that is in one call twice.
    ...(write.verb === 'create' ? {} : { keyOf: (row: NativeRow) => String(row['Id']) }),
    async send(rows, org) {
      const results = await save(org, write, rows);
      if (!Array.isArray(results) || results.length !== rows.length)
        throw new NoAnswer('the answer is not one result per row');
      return results as SaveResult[];
    },
  };
}

function save(org: Org, { verb, object }: Write, rows: NativeRow[]): PromiseLike<unknown> {
  const records = org.sobject(object);
  const options = { allOrNone: false };
  switch (verb) {
    case 'create':
      return records.create(rows, options);
    case 'update':
      return records.update(rows as { Id: string }[], options);
    case 'delete':
      return records.destroy(
        rows.map((row) => String(row['Id'])),
        options,
      );
  }
}
