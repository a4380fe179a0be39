/** Rows of several types, to create, update and delete, in as few API calls as they fit in. */
import type { NativeError } from './failures.ts';
import type { Org } from './session.ts';
import type { Call } from './transport.ts';

interface SaveResult {
  id?: string;
  success: boolean;
  errors: NativeError[];
}

type Method = 'POST' | 'PATCH' | 'DELETE';

interface Collection {
  method: Method;
  rows: { record: Record<string, unknown>; index: number }[];
}

/** Rows that one collection takes. */
export const MOST_ROWS = 200;
/** Collections that one composite call takes. */
export const MOST_COLLECTIONS = 5;

/**
 * One result a row, in the same order: a row without `Id` is created, one with nothing but an `Id` is deleted, others are
 * updated. Each row stands for itself. One API call for up to five collections. No results at all
 * when the answer is not one result a row. Throws the refusal of a collection as a whole, when the others may be written:
 * such rows are to be safe to repeat.
 */
export async function writeTogether(org: Org, records: Record<string, unknown>[], call: Call): Promise<SaveResult[]> {
  const results: (SaveResult | undefined)[] = [];
  const collections = collect(records);
  for (let next = 0; next < collections.length; next += MOST_COLLECTIONS) {
    const group = collections.slice(next, next + MOST_COLLECTIONS);
    const answers = await send(org, group, call);
    for (const [place, { rows }] of group.entries()) {
      for (const [row, { index }] of rows.entries()) results[index] = resultOf(answers[place], row);
    }
  }
  const whole = results.filter((result) => result !== undefined);
  return whole.length === records.length ? whole : [];
}

/** A collection has its most rows, and may not name a record twice: the second change of a user goes into another. */
function collect(records: Record<string, unknown>[]): Collection[] {
  const collections: (Collection & { named: Set<unknown> })[] = [];
  const sorted = records
    .map((record, index) => ({ record, index }))
    .toSorted((a, b) => typeOf(a.record).localeCompare(typeOf(b.record)));
  for (const row of sorted) {
    const method = methodOf(row.record);
    const id = row.record['Id'];
    let home = collections.find(
      (one) => one.method === method && one.rows.length < MOST_ROWS && (id === undefined || !one.named.has(id)),
    );
    if (!home) {
      home = { method, rows: [], named: new Set() };
      collections.push(home);
    }
    home.rows.push(row);
    home.named.add(id);
  }
  return collections;
}

function typeOf(record: Record<string, unknown>): string {
  return (record['attributes'] as { type: string } | undefined)?.type ?? '';
}

function methodOf(record: Record<string, unknown>): Method {
  if (record['Id'] === undefined) return 'POST';
  return Object.keys(record).every((key) => key === 'Id' || key === 'attributes') ? 'DELETE' : 'PATCH';
}

/** What each collection answered. Throws when one was refused as a whole. */
async function send(org: Org, collections: Collection[], call: Call): Promise<unknown[]> {
  const requests = collections.map(requestOf);
  const [only, ...others] = requests;
  if (only && others.length === 0) return [await sendAlone(org, only)];
  const compositeRequest = requests.map(({ method, path, body }, index) => ({
    method,
    url: `/services/data/v${org.version}${path}`,
    referenceId: `part${index}`,
    ...(body ? { body } : {}),
  }));
  const { compositeResponse } = (await org.requestPost('/composite', {
    allOrNone: false,
    collateSubrequests: false,
    compositeRequest,
  })) as { compositeResponse: { httpStatusCode: number; body: unknown }[] };
  for (const { httpStatusCode, body } of compositeResponse) {
    if (httpStatusCode < 300) continue;
    call.status = httpStatusCode;
    throw new RefusedCollection(body);
  }
  return compositeResponse.map(({ body }) => body);
}

/** Like what jsforce throws for a lone collection, which `failures.ts` tells. */
class RefusedCollection extends Error {
  override readonly name = 'RefusedCollection';
  readonly data: unknown;

  constructor(data: unknown) {
    super('salesforce: a collection was refused');
    this.data = data;
  }
}

interface Request {
  method: Method;
  path: string;
  body?: object;
}

function requestOf({ method, rows }: Collection): Request {
  const path = '/composite/sobjects';
  if (method === 'DELETE') {
    const ids = rows.map(({ record }) => String(record['Id']));
    return { method, path: `${path}?ids=${ids.join(',')}&allOrNone=false` };
  }
  const records = rows.map(({ record: { attributes, Id, ...fields } }) => ({
    attributes,
    ...(Id === undefined ? {} : { id: Id }),
    ...fields,
  }));
  return { method, path, body: { allOrNone: false, records } };
}

function sendAlone(org: Org, { method, path, body }: Request): Promise<unknown> {
  if (method === 'POST') return org.requestPost(path, body ?? {});
  if (method === 'PATCH') return org.requestPatch(path, body ?? {});
  return org.requestDelete(path);
}

function resultOf(answer: unknown, row: number): SaveResult | undefined {
  return Array.isArray(answer) ? (answer as SaveResult[])[row] : undefined;
}
