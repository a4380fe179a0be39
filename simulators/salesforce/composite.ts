// `/composite`: up to 25 requests in one call, later ones referring to what earlier ones answered. With allOrNone they
// are one transaction. Either way they may not mix Setup objects with business records: whether that would be allowed
// without allOrNone is not documented, and the simulator takes the strict reading.

import type { Context, Handler } from './context.ts';
import { errorBody, SalesforceError } from './errors.ts';
import { type Answer, type Call, errorAnswer, isRecord, json, jsonBody, splitUrl } from './http.ts';

interface Subrequest {
  method: string;
  url: string;
  referenceId: string;
  body: unknown;
}

interface Subresponse {
  body: unknown;
  httpHeaders: Record<string, string>;
  httpStatusCode: number;
  referenceId: string;
}

const MAX_SUBREQUESTS = 25;
const MAX_LARGE = 5;
const LARGE = /\/services\/data\/v\d+\.\d\/(?:query|queryAll|composite\/sobjects)\b/;
const ALLOWED = /^\/services\/data\/v\d+\.\d\/(?:sobjects|query|queryAll|composite\/sobjects)\b/;
const REFERENCE = /@\{(\w+)((?:\.\w+|\[\d+\])*)\}/g;
const HALTED = new SalesforceError(
  'PROCESSING_HALTED',
  'The transaction was rolled back since another operation in the same transaction failed.',
);

/** The handler of composite calls, sending each subrequest on through `dispatch`. */
export function compositeWith(dispatch: (context: Context, call: Call) => Answer): Handler {
  return (context, call) => {
    const { allOrNone = false, compositeRequest } = jsonBody(call);
    const subrequests = checked(compositeRequest);
    const responses: Subresponse[] = [];
    try {
      context.org.store.attempt(() => {
        for (const [place, subrequest] of subrequests.entries()) {
          const response = runOne({ ...context, place }, call, subrequest, responses, dispatch);
          responses.push(response);
          if (allOrNone === true && hasFailed(response)) throw new RolledBack();
        }
      });
    } catch (error) {
      if (!(error instanceof RolledBack)) throw error;
      return json(200, { compositeResponse: subrequests.map((one, i) => rolledBack(one, responses[i])) });
    }
    return json(200, { compositeResponse: responses });
  };
}

class RolledBack extends Error {}

function runOne(
  context: Context,
  outer: Call,
  subrequest: Subrequest,
  earlier: Subresponse[],
  dispatch: (context: Context, call: Call) => Answer,
): Subresponse {
  const { method, referenceId } = subrequest;
  let answer: Answer;
  try {
    const url = resolve(subrequest.url, earlier, true);
    const body = subrequest.body === undefined ? '' : JSON.stringify(resolve(subrequest.body, earlier, false));
    const call: Call = {
      ...splitUrl(String(url)),
      method,
      body,
      headers: { ...outer.headers, 'content-type': 'application/json' },
    };
    answer = context.org.store.attempt(() => dispatch(context, call));
  } catch (error) {
    if (!(error instanceof SalesforceError)) throw error;
    answer = errorAnswer(error);
  }
  const { 'Content-Type': _, ...httpHeaders } = answer.headers;
  return {
    body: answer.body === '' ? null : JSON.parse(answer.body),
    httpHeaders,
    httpStatusCode: answer.status,
    referenceId,
  };
}

/** Puts earlier results in place of `@{referenceId.path}` everywhere in a value. */
function resolve(value: unknown, earlier: Subresponse[], inUrl: boolean): unknown {
  if (Array.isArray(value)) return value.map((item) => resolve(item, earlier, inUrl));
  if (isRecord(value))
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, resolve(item, earlier, inUrl)]));
  if (typeof value !== 'string') return value;
  return value.replace(REFERENCE, (_, referenceId: string, path: string) => {
    const found = lookUp(earlier, referenceId, path);
    return inUrl ? encodeURIComponent(found) : found;
  });
}

function lookUp(earlier: Subresponse[], referenceId: string, path: string): string {
  const response = earlier.find((one) => one.referenceId === referenceId);
  let value: unknown = response === undefined || response.httpStatusCode >= 400 ? undefined : response.body;
  for (const [, name, index] of path.matchAll(/\.(\w+)|\[(\d+)\]/g)) {
    if (index !== undefined) value = Array.isArray(value) ? value[Number(index)] : undefined;
    else value = isRecord(value) && name !== undefined ? value[name] : undefined;
  }
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return String(value);
  const message = `Invalid reference specified. No value for ${referenceId}${path} found in ${referenceId}`;
  throw new SalesforceError('PROCESSING_HALTED', message);
}

function hasFailed(response: Subresponse): boolean {
  if (response.httpStatusCode >= 400) return true;
  return Array.isArray(response.body) && response.body.some((row: unknown) => isRecord(row) && row.success === false);
}

/** What a subrequest shows after a rollback. A collection keeps its rows' results, although nothing of them is kept. */
function rolledBack(subrequest: Subrequest, response: Subresponse | undefined): Subresponse {
  if (response !== undefined && (hasFailed(response) || Array.isArray(response.body))) return response;
  return { body: errorBody(HALTED), httpHeaders: {}, httpStatusCode: 400, referenceId: subrequest.referenceId };
}

function checked(list: unknown): Subrequest[] {
  if (!Array.isArray(list) || list.length === 0) throw malformed('compositeRequest must be a list of subrequests');
  if (list.length > MAX_SUBREQUESTS) throw limitExceeded(`Cannot have more than ${MAX_SUBREQUESTS} subrequests`);
  const subrequests = list.map((item: unknown): Subrequest => {
    if (!isRecord(item)) throw malformed('each subrequest must be an object');
    const { method, url, referenceId, body } = item;
    if (
      typeof method !== 'string' ||
      typeof url !== 'string' ||
      typeof referenceId !== 'string' ||
      !/^[A-Za-z]\w*$/.test(referenceId)
    ) {
      throw malformed('each subrequest needs a method, a url and an alphanumeric referenceId');
    }
    if (!ALLOWED.test(url)) throw malformed(`the url ${url} is not supported in a composite request`);
    return { method, url, referenceId, body };
  });
  if (new Set(subrequests.map(({ referenceId }) => referenceId)).size < subrequests.length)
    throw malformed('referenceId must be unique');
  if (subrequests.filter(({ url }) => LARGE.test(url)).length > MAX_LARGE) {
    throw limitExceeded(`Cannot have more than ${MAX_LARGE} queries and sObject collections`);
  }
  return subrequests;
}

const malformed = (message: string): SalesforceError => new SalesforceError('JSON_PARSER_ERROR', message);
const limitExceeded = (message: string): SalesforceError => new SalesforceError('LIMIT_EXCEEDED', message);
