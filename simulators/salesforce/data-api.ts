// The data API: versions, who is calling, the daily limit, and the way to the handler of each resource.

import { ingestJobs } from './bulk-ingest.ts';
import { queryJobs } from './bulk-query.ts';
import type { BulkWorker } from './bulk-worker.ts';
import { collections } from './collections.ts';
import { compositeWith } from './composite.ts';
import { batchWith } from './composite-batch.ts';
import { graphWith } from './composite-graph.ts';
import { tree } from './composite-tree.ts';
import type { Context, Handler } from './context.ts';
import { readDuplicateHeader } from './duplicate-rules.ts';
import { notFound, SalesforceError } from './errors.ts';
import { formatTime } from './field-rules.ts';
import { type Answer, type Call, errorAnswer, json } from './http.ts';
import { limits } from './limits.ts';
import type { Locators } from './locators.ts';
import { MixedDmlGuard } from './mixed-dml.ts';
import { identityUrl } from './oauth.ts';
import { hasPermission } from './permissions.ts';
import { query } from './query.ts';
import type { Caller, Org } from './row-rules.ts';
import { authenticate } from './sessions.ts';
import { sobjects } from './sobjects.ts';
import type { Usage } from './usage.ts';

export interface DataApi {
  org: Org;
  baseUrl: string;
  locators: Locators;
  usage: Usage;
  bulk: BulkWorker;
}

const FIRST_VERSION = 50;
const LAST_VERSION = 67;
const VERSIONED = /^\/services\/data\/v(\d\d)\.0(?:\/(.*))?$/;

/** Answers one call, counted against the daily limit and kept in the org before it is answered. */
export function dataApi(
  api: DataApi,
  call: Call,
  orderedError: Caller['orderedError'],
): { answer: Answer; counted: boolean } {
  if (/^\/services\/data\/?$/.test(call.path)) return { answer: json(200, versions()), counted: false };
  let counted = false;
  let answer: Answer;
  try {
    const version = versionOf(call);
    const { userId } = authenticate(api.org, call.headers.authorization);
    if (!hasPermission(api.org, userId, 'PermissionsApiEnabled')) {
      throw new SalesforceError('API_CURRENTLY_DISABLED', 'API is disabled for this User');
    }
    api.usage.count();
    counted = true;
    const caller: Caller = {
      userId,
      now: formatTime(Date.now()),
      mixedDml: new MixedDmlGuard(),
      version,
      duplicates: readDuplicateHeader(call.headers['sforce-duplicate-rule-header']),
      ...(orderedError === undefined ? {} : { orderedError }),
    };
    answer = api.org.store.transaction(() => dispatch({ ...api, caller, version, place: 0 }, call));
  } catch (error) {
    answer = errorAnswer(error);
  }
  return { answer: { ...answer, headers: { ...answer.headers, 'Sforce-Limit-Info': api.usage.header } }, counted };
}

function dispatch(context: Context, call: Call): Answer {
  const rest = VERSIONED.exec(call.path)?.[2] ?? '';
  const segments = rest.split('/').filter((segment) => segment !== '');
  const handler = handlerOf(segments);
  if (handler === undefined) throw notFound();
  return handler(context, call, segments);
}

function handlerOf([first, second]: string[]): Handler | undefined {
  if (first === undefined) return resources;
  if (first === 'limits') return limits;
  if (first === 'sobjects') return sobjects;
  if (first === 'query' || first === 'queryAll') return query;
  if (first === 'composite' && second === 'sobjects') return collections;
  if (first === 'composite' && second === undefined) return compositeWith(dispatch);
  if (first === 'composite' && second === 'batch') return batchWith(dispatch);
  if (first === 'composite' && second === 'graph') return graphWith(dispatch);
  if (first === 'composite' && second === 'tree') return tree;
  if (first === 'jobs' && second === 'ingest') return ingestJobs;
  if (first === 'jobs' && second === 'query') return queryJobs;
  return undefined;
}

const resources: Handler = ({ org, caller, version, baseUrl }) => {
  const base = `/services/data/v${version}`;
  const user = org.store.live('User', caller.userId);
  const links = Object.fromEntries(
    ['sobjects', 'query', 'queryAll', 'composite', 'limits', 'jobs'].map((name) => [name, `${base}/${name}`]),
  );
  return json(200, user === undefined ? links : { ...links, identity: identityUrl(org, user, baseUrl) });
};

function versionOf(call: Call): string {
  const number = Number(VERSIONED.exec(call.path)?.[1] ?? 0);
  if (number < FIRST_VERSION || number > LAST_VERSION) throw notFound();
  return `${number}.0`;
}

function versions(): object[] {
  return Array.from({ length: LAST_VERSION - FIRST_VERSION + 1 }, (_, i) => {
    const version = `${FIRST_VERSION + i}.0`;
    return { label: releaseName(FIRST_VERSION + i), url: `/services/data/v${version}`, version };
  });
}

/** Three releases a year, counted from 51.0, Spring '21. */
function releaseName(version: number): string {
  const count = version - 51;
  const year = 21 + Math.floor(count / 3);
  const season = count - 3 * Math.floor(count / 3);
  return [`Spring '${year}`, `Summer '${year}`, `Winter '${year + 1}`][season] ?? '';
}
