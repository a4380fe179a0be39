/** Rows to be created, changed or deleted, sent in collections calls together with those of others. */
import { type CallKind, createSharedCall, type SharedCall } from './coalesce.ts';
import type { NativeError } from './failures.ts';
import type { Org, Session } from './session.ts';
import { NoAnswer, type Call } from './transport.ts';
import { MOST_COLLECTIONS, MOST_ROWS, writeTogether } from './writes.ts';

/**
 * What is done to rows of which object, with which headers; `setup`: to rows of several setup objects, each as it says
 * itself.
 */
export type Write =
  | { verb: 'create' | 'update' | 'delete'; object: string; headers?: Record<string, string> }
  | 'setup';

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
    const name = JSON.stringify(write);
    const known = shared.get(name) ?? createSharedCall(session, kindOf(write));
    shared.set(name, known);
    return known;
  };
}

function kindOf(write: Write): CallKind<NativeRow, SaveResult> {
  return {
    room: MOST_ROWS,
    // All that is given to a page of people goes in one call.
    ...(write === 'setup' ? { bulkRoom: MOST_COLLECTIONS * MOST_ROWS } : {}),
    sizeOf: () => 1,
    // Salesforce refuses a record that is in one call twice.
    ...(write === 'setup' || write.verb === 'create' ? {} : { keyOf: (row: NativeRow) => String(row['Id']) }),
    async send(rows, org, call) {
      const results = await save(write, rows, org, call);
      if (!Array.isArray(results) || results.length !== rows.length)
        throw new NoAnswer('the answer is not one result per row');
      return results as SaveResult[];
    },
  };
}

function save(write: Write, rows: NativeRow[], org: Org, call: Call): PromiseLike<unknown> {
  if (write === 'setup') return writeTogether(org, rows, call);
  const { verb, object, headers = {} } = write;
  const records = org.sobject(object);
  const options = { allOrNone: false, headers };
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
