/**
 * jsforce's HTTP, replaced: a deadline over the whole body, cancellation, no hidden retries, no redirects. jsforce's own
 * can wait for ever on a stalled body and retries behind our back; retries belong to Temporal. `_transport` is an internal
 * of jsforce, which is why its version is pinned.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { PassThrough } from 'node:stream';
import { StreamPromise } from 'jsforce/lib/util/promise.js';
import type { HttpRequest, HttpResponse } from 'jsforce/lib/types/index.js';

/** One logical call: what ends it, and what was seen on the wire while it ran. */
export interface Call {
  signal: AbortSignal;
  timeoutMs: number;
  /** Status of the last answer; undefined when none came. */
  status?: number;
  /** True when an answer came from a simulator. */
  simulated?: boolean;
}

const calls = new AsyncLocalStorage<Call>();

/** Runs jsforce code as this call. jsforce's results are lazy, so they are awaited inside. */
export function asCall<T>(call: Call, run: () => PromiseLike<T>): Promise<T> {
  return calls.run(call, async () => await run());
}

/** The transport to put in the place of jsforce's own. */
export const transport = {
  httpRequest(request: HttpRequest): StreamPromise<HttpResponse> {
    return StreamPromise.create(() => ({ stream: new PassThrough(), promise: send(request) }));
  },
};

async function send({ url, method, headers, body }: HttpRequest): Promise<HttpResponse> {
  const call = calls.getStore();
  if (!call) throw new Error('salesforce: a request was made outside a call');
  if (body !== undefined && body !== null && typeof body !== 'string')
    throw new Error('salesforce: only text bodies are sent');
  delete call.status;
  const response = await fetch(url, {
    method,
    headers: headers ?? {},
    body: body ?? null,
    redirect: 'manual',
    signal: AbortSignal.any([call.signal, AbortSignal.timeout(call.timeoutMs)]),
  });
  call.status = response.status;
  call.simulated = response.headers.has('x-joinery-simulator');
  const text = await response.text();
  return { statusCode: response.status, headers: Object.fromEntries(response.headers), body: text };
}
