// `/composite`: up to 25 requests in one call, later ones referring to what earlier ones answered. With allOrNone they
// are one transaction. Either way they may not mix Setup objects with business records: whether that would be allowed
// without allOrNone is not documented, and the simulator takes the strict reading.

import type { Handler } from './context.ts';
import { json, jsonBody } from './http.ts';
import { type Dispatch, limitExceeded, readSubrequests, runSubrequests, type Subrequest } from './subrequests.ts';

const MAX_SUBREQUESTS = 25;
const MAX_LARGE = 5;
const LARGE = /\/services\/data\/v\d+\.\d\/(?:query|queryAll|composite\/sobjects)\b/;
const ALLOWED = /^\/services\/data\/v\d+\.\d\/(?:sobjects|query|queryAll|composite\/sobjects)\b/;

/** The handler of composite calls, sending each subrequest on through `dispatch`. */
export function compositeWith(dispatch: Dispatch): Handler {
  return (context, call) => {
    const { allOrNone = false, compositeRequest } = jsonBody(call);
    const subrequests = checked(compositeRequest);
    const { responses } = runSubrequests(context, call, subrequests, allOrNone === true, dispatch);
    return json(200, { compositeResponse: responses });
  };
}

function checked(list: unknown): Subrequest[] {
  if (Array.isArray(list) && list.length > MAX_SUBREQUESTS)
    throw limitExceeded(`Cannot have more than ${MAX_SUBREQUESTS} subrequests`);
  const subrequests = readSubrequests(list, ALLOWED);
  if (subrequests.filter(({ url }) => LARGE.test(url)).length > MAX_LARGE) {
    throw limitExceeded(`Cannot have more than ${MAX_LARGE} queries and sObject collections`);
  }
  return subrequests;
}
