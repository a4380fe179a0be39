// `/composite/graph`: several graphs of requests in one call. Each graph is a transaction of its own: all of its
// requests are kept, or none.

import type { Context, Handler } from './context.ts';
import { type Call, isRecord, json, jsonBody } from './http.ts';
import { MixedDmlGuard } from './mixed-dml.ts';
import {
  type Dispatch,
  halted,
  limitExceeded,
  malformed,
  readSubrequests,
  REFERENCE,
  runSubrequests,
  type Subrequest,
  type Subresponse,
} from './subrequests.ts';

interface Graph {
  graphId: string;
  nodes: Subrequest[];
}

const MAX_GRAPHS = 75;
const MAX_NODES = 500;
const MAX_DEPTH = 15;
const MAX_KINDS = 15;
const MAX_FAILED = 14;
/** Rows only: no queries, no collections, no describes. */
const ALLOWED =
  /^\/services\/data\/(v\d+\.\d)\/sobjects\/(\w+)(?:\/(?!describe\b|updated\b|deleted\b|password\b)[^?/]+){0,2}\/?$/;

/** The handler of graphs, sending each node on through `dispatch`. */
export function graphWith(dispatch: Dispatch): Handler {
  return (context, call) => {
    const graphs = checked(jsonBody(call).graphs);
    let place = 0;
    let failed = 0;
    const responses = graphs.map(({ graphId, nodes }) => {
      const from = place;
      place += nodes.length;
      const { responses: compositeResponse, isSuccessful } =
        failed < MAX_FAILED ? runGraph({ ...context, place: from }, call, nodes, dispatch) : notRun(nodes);
      if (!isSuccessful) failed += 1;
      return { graphId, graphResponse: { compositeResponse }, isSuccessful };
    });
    return json(200, { graphs: responses });
  };
}

interface Outcome {
  responses: Subresponse[];
  isSuccessful: boolean;
}

function runGraph(context: Context, call: Call, nodes: Subrequest[], dispatch: Dispatch): Outcome {
  const caller = { ...context.caller, mixedDml: new MixedDmlGuard() };
  return runSubrequests({ ...context, caller }, call, nodes, true, dispatch);
}

function notRun(nodes: Subrequest[]): Outcome {
  const message = `Processing was halted since ${MAX_FAILED} graphs of the request failed.`;
  return { responses: nodes.map(({ referenceId }) => halted(referenceId, message)), isSuccessful: false };
}

function checked(list: unknown): Graph[] {
  if (!Array.isArray(list) || list.length === 0) throw malformed('graphs must be a list of graphs');
  if (list.length > MAX_GRAPHS) throw limitExceeded(`Cannot have more than ${MAX_GRAPHS} graphs`);
  const graphs = list.map((item: unknown): Graph => {
    if (!isRecord(item) || typeof item.graphId !== 'string' || !/^[A-Za-z0-9][^.]{0,38}$/.test(item.graphId)) {
      throw malformed(
        'each graph needs a graphId that begins with a letter or digit, and is shorter than 40 characters',
      );
    }
    return { graphId: item.graphId, nodes: readSubrequests(item.compositeRequest, ALLOWED) };
  });
  if (new Set(graphs.map(({ graphId }) => graphId)).size < graphs.length) throw malformed('graphId must be unique');
  const nodes = graphs.flatMap((graph) => graph.nodes);
  if (nodes.length > MAX_NODES) throw limitExceeded(`Cannot have more than ${MAX_NODES} nodes`);
  if (new Set(nodes.map(kindOf)).size > MAX_KINDS)
    throw limitExceeded(`Cannot have more than ${MAX_KINDS} different nodes`);
  if (graphs.some((graph) => depthOf(graph.nodes) > MAX_DEPTH)) {
    throw limitExceeded(`A graph cannot be deeper than ${MAX_DEPTH}`);
  }
  return graphs;
}

function kindOf({ method, url }: Subrequest): string {
  const [, version, object = ''] = ALLOWED.exec(url) ?? [];
  return `${method} ${version} ${object.toLowerCase()}`;
}

/** How many nodes the longest way through the graph has, along its references. */
function depthOf(nodes: Subrequest[]): number {
  const depths = new Map<string, number>();
  for (const { referenceId, url, body } of nodes) {
    const references = `${url} ${JSON.stringify(body ?? null)}`.matchAll(REFERENCE);
    const before = [...references].map(([, id = '']) => depths.get(id) ?? 0);
    depths.set(referenceId, 1 + Math.max(0, ...before));
  }
  return Math.max(...depths.values());
}
