// `/composite/batch`: up to 25 requests in one call that know nothing of each other. Each is done and kept, or refused,
// on its own, and each counts as an API call.

import type { Context, Handler } from './context.ts';
import { errorBody, SalesforceError } from './errors.ts';
import { type Answer, type Call, errorAnswer, isRecord, json, jsonBody } from './http.ts';
import { MixedDmlGuard } from './mixed-dml.ts';
import { answerInside, bodyOf, type Dispatch, limitExceeded, malformed, type Subrequest } from './subrequests.ts';

type Request = Pick<Subrequest, 'method' | 'url' | 'body'>;

interface Result {
  statusCode: number;
  result: unknown;
}

const MAX_SUBREQUESTS = 25;
const FIRST_VERSION = 34;
const ALLOWED = /^\/services\/data\/v(\d+)\.0\/(?:limits|sobjects|query|queryAll)\b/;
const HALTED: Result = {
  statusCode: 412,
  result: errorBody(new SalesforceError('BATCH_PROCESSING_HALTED', 'Batch processing halted per request')),
};

/** The handler of batches, sending each subrequest on through `dispatch`. */
export function batchWith(dispatch: Dispatch): Handler {
  return (context, call) => {
    const { batchRequests, haltOnError = false } = jsonBody(call);
    if (typeof haltOnError !== 'boolean') throw malformed('haltOnError must be a boolean');
    const requests = checked(context, batchRequests);
    const results: Result[] = [];
    for (const [place, request] of requests.entries()) {
      const halted = haltOnError && results.some(({ statusCode }) => statusCode >= 400);
      results.push(halted ? HALTED : shown(runOne(context, call, request, place, dispatch)));
    }
    return json(200, { hasErrors: results.some(({ statusCode }) => statusCode >= 400), results });
  };
}

function runOne(context: Context, outer: Call, request: Request, place: number, dispatch: Dispatch): Answer {
  try {
    // The call that brought the batch was counted already, and stands for its first subrequest.
    if (place > 0) context.usage.count();
  } catch (error) {
    return errorAnswer(error);
  }
  const caller = { ...context.caller, mixedDml: new MixedDmlGuard() };
  return answerInside({ ...context, caller, place }, outer, request, dispatch);
}

function shown(answer: Answer): Result {
  return { statusCode: answer.status, result: bodyOf(answer) };
}

function checked({ version }: Context, list: unknown): Request[] {
  if (!Array.isArray(list) || list.length === 0) throw malformed('batchRequests must be a list of subrequests');
  if (list.length > MAX_SUBREQUESTS) throw limitExceeded(`Cannot have more than ${MAX_SUBREQUESTS} subrequests`);
  return list.map((item: unknown): Request => {
    if (!isRecord(item) || typeof item.method !== 'string' || typeof item.url !== 'string') {
      throw malformed('each subrequest needs a method and a url');
    }
    const { method, url: given, richInput: body } = item;
    const url = /^v\d/.test(given) ? `/services/data/${given}` : given;
    const asked = Number(ALLOWED.exec(url)?.[1] ?? 0);
    if (asked < FIRST_VERSION || asked > Number(version))
      throw malformed(`the url ${given} is not supported in a batch`);
    return { method, url, body };
  });
}
