// `/query` and `/queryAll`, and the following pages of their results.

import type { Context, Handler } from './context.ts';
import { methodNotAllowed, SalesforceError } from './errors.ts';
import { type Call, json } from './http.ts';
import { parseSoql } from './soql-parse.ts';
import { type Paged, runGrouped, runQuery } from './soql-run.ts';
import { isGrouped } from './soql-tree.ts';

const MAX_PAGE = 2000;
const MIN_PAGE = 200;

export const query: Handler = (context, call, segments) => {
  if (call.method !== 'GET') throw methodNotAllowed(call.method, 'HEAD,GET');
  const locator = segments[1];
  if (locator !== undefined && locator !== '') return json(200, context.locators.next(locator));
  const soql = call.query.get('q');
  if (soql === null) throw new SalesforceError('MALFORMED_QUERY', 'A query string has to be specified');
  return json(200, firstPage(context, soql, batchSize(call), segments[0] === 'queryAll'));
};

function firstPage(context: Context, soql: string, size: number, withDeleted: boolean): object {
  const timeZone = context.org.store.live('User', context.caller.userId)?.TimeZoneSidKey;
  const parsed = parseSoql(soql, typeof timeZone === 'string' ? timeZone : undefined);
  if (isGrouped(parsed)) {
    const records = runGrouped(context.org, parsed, withDeleted);
    return { totalSize: records.length, done: true, records };
  }
  const { rows, show } = runQuery(context.org, parsed, context.version, withDeleted);
  if (parsed.count) return { totalSize: rows.length, done: true, records: [] };
  const paged: Paged = (all, showOne, pageSize) => context.locators.open(all, showOne, pageSize, context.version);
  return paged(rows, (row) => show(row, paged), size);
}

function batchSize(call: Call): number {
  const asked = Number(/batchSize=(\d+)/.exec(String(call.headers['sforce-query-options'] ?? ''))?.[1] ?? MAX_PAGE);
  return Math.min(MAX_PAGE, Math.max(MIN_PAGE, asked));
}
