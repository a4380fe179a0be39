// Requests inside of a request, as /composite and /composite/graph have them: one after the other, later ones referring
// to what earlier ones answered, and, where that is asked for, all taken back when one fails.

import type { Context, Handler } from './context.ts';
import { errorBody, SalesforceError } from './errors.ts';
import { type Answer, type Call, errorAnswer, isRecord, splitUrl } from './http.ts';

export interface Subrequest {
  method: string;
  url: string;
  referenceId: string;
  body: unknown;
}

export interface Subresponse {
  body: unknown;
  httpHeaders: Record<string, string>;
  httpStatusCode: number;
  referenceId: string;
}

/** Sends a request on to the handler of its path. */
export type Dispatch = (context: Context, call: Call) => ReturnType<Handler>;

export const REFERENCE = /@\{(\w+)((?:\.\w+|\[\d+\])*)\}/g;

/** What each subrequest answered; with allOrNone, what is left to tell of each after one of them failed. */
export function runSubrequests(
  context: Context,
  outer: Call,
  subrequests: Subrequest[],
  allOrNone: boolean,
  dispatch: Dispatch,
): { responses: Subresponse[]; isSuccessful: boolean } {
  const responses: Subresponse[] = [];
  try {
    context.org.store.attempt(() => {
      for (const [i, subrequest] of subrequests.entries()) {
        const response = runOne({ ...context, place: context.place + i }, outer, subrequest, responses, dispatch);
        responses.push(response);
        if (allOrNone && hasFailed(response)) throw new RolledBack();
      }
    });
  } catch (error) {
    if (!(error instanceof RolledBack)) throw error;
    return { responses: subrequests.map((one, i) => rolledBack(one, responses[i])), isSuccessful: false };
  }
  return { responses, isSuccessful: !responses.some(hasFailed) };
}

/** A request of its own within another: refused or failed, it leaves nothing behind and is answered all the same. */
export function answerInside(
  context: Context,
  outer: Call,
  { method, url, body }: Pick<Subrequest, 'method' | 'url' | 'body'>,
  dispatch: Dispatch,
): Answer {
  const call: Call = {
    ...splitUrl(url),
    method,
    body: body === undefined ? '' : JSON.stringify(body),
    headers: { ...outer.headers, 'content-type': 'application/json' },
  };
  try {
    return context.org.store.attempt(() => dispatch(context, call));
  } catch (error) {
    if (!(error instanceof SalesforceError)) throw error;
    return errorAnswer(error);
  }
}

/** A subrequest that was not run, or taken back. */
export function halted(referenceId: string, message: string): Subresponse {
  const body = errorBody(new SalesforceError('PROCESSING_HALTED', message));
  return { body, httpHeaders: {}, httpStatusCode: 400, referenceId };
}

/** The subrequests of a list, each with its parts; JSON_PARSER_ERROR when the list is none. */
export function readSubrequests(list: unknown, allowed: RegExp): Subrequest[] {
  if (!Array.isArray(list) || list.length === 0) throw malformed('compositeRequest must be a list of subrequests');
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
    if (!allowed.test(url)) throw malformed(`the url ${url} is not supported in a composite request`);
    return { method, url, referenceId, body };
  });
  if (new Set(subrequests.map(({ referenceId }) => referenceId)).size < subrequests.length)
    throw malformed('referenceId must be unique');
  return subrequests;
}

export const malformed = (message: string): SalesforceError => new SalesforceError('JSON_PARSER_ERROR', message);
export const limitExceeded = (message: string): SalesforceError => new SalesforceError('LIMIT_EXCEEDED', message);

class RolledBack extends Error {}

function runOne(
  context: Context,
  outer: Call,
  subrequest: Subrequest,
  earlier: Subresponse[],
  dispatch: Dispatch,
): Subresponse {
  const { method, referenceId } = subrequest;
  let answer: Answer;
  try {
    const url = String(resolve(subrequest.url, earlier, true));
    answer = answerInside(context, outer, { method, url, body: resolve(subrequest.body, earlier, false) }, dispatch);
  } catch (error) {
    if (!(error instanceof SalesforceError)) throw error;
    answer = errorAnswer(error);
  }
  const { 'Content-Type': _, ...httpHeaders } = answer.headers;
  return { body: bodyOf(answer), httpHeaders, httpStatusCode: answer.status, referenceId };
}

/** An answer's body as it stands within another answer. */
export function bodyOf(answer: Answer): unknown {
  return answer.body === '' ? null : JSON.parse(answer.body);
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
function rolledBack({ referenceId }: Subrequest, response: Subresponse | undefined): Subresponse {
  if (response !== undefined && (hasFailed(response) || Array.isArray(response.body))) return response;
  const message = 'The transaction was rolled back since another operation in the same transaction failed.';
  return halted(referenceId, message);
}
