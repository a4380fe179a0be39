/** Queries: single ones, and several in one API call. */
import type { Call } from './transport.ts';
import type { Org } from './session.ts';
import type { NativeError } from './failures.ts';

export type Row = Record<string, unknown> & { Id: string };

interface QueryAnswer {
  done: boolean;
  nextRecordsUrl?: string;
  records: Row[];
}

interface CompositeAnswer {
  compositeResponse: { httpStatusCode: number; body: unknown; referenceId: string }[];
}

/** Every row of a query, page after page. */
export async function queryAll(org: Org, soql: string): Promise<Row[]> {
  return whole(org, (await org.query(soql, { autoFetch: false })) as unknown as QueryAnswer);
}

/** Up to five queries in one API call, each with its rows or its error. */
export async function queryTogether(
  org: Org,
  call: Call,
  queries: Record<string, string>,
): Promise<Record<string, Row[] | NativeError>> {
  const compositeRequest = Object.entries(queries).map(([referenceId, soql]) => ({
    method: 'GET',
    referenceId,
    url: `/services/data/v${org.version}/query?q=${encodeURIComponent(soql)}`,
  }));
  const answer = (await org.requestPost('/composite', { allOrNone: false, compositeRequest })) as CompositeAnswer;
  const results: Record<string, Row[] | NativeError> = {};
  for (const { referenceId, httpStatusCode, body } of answer.compositeResponse) {
    if (httpStatusCode >= 300) {
      results[referenceId] = (body as NativeError[])[0] ?? {};
      continue;
    }
    results[referenceId] = await whole(org, body as QueryAnswer);
  }
  call.status = 200;
  return results;
}

/** All rows from this page on, each with all the rows of its child subqueries: these are paged by themselves. */
async function whole(org: Org, first: QueryAnswer): Promise<Row[]> {
  let answer = first;
  const rows = [...answer.records];
  while (!answer.done && answer.nextRecordsUrl) {
    answer = (await org.requestGet(answer.nextRecordsUrl)) as QueryAnswer;
    rows.push(...answer.records);
  }
  for (const row of rows) {
    for (const [name, value] of Object.entries(row))
      if (isUnfinished(value))
        (row as Record<string, unknown>)[name] = { done: true, records: await whole(org, value) };
  }
  return rows;
}

function isUnfinished(value: unknown): value is QueryAnswer {
  const { done, records } = (value ?? {}) as Partial<QueryAnswer>;
  return done === false && Array.isArray(records);
}
