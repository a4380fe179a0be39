/**
 * jsforce's HTTP, replaced: a deadline over the whole body, cancellation, no hidden retries, no redirects. jsforce's own
 * can wait for ever on a stalled body and retries behind our back; retries belong to Temporal. `_transport` is an internal
 * of jsforce, which is why its version is pinned.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { PassThrough } from 'node:stream';
import { StreamPromise } from 'jsforce/lib/util/promise.js';
import type { HttpRequest, HttpResponse } from 'jsforce/lib/types/index.js';
import type { Usage } from '#domain/verification.ts';

/** One logical call: what ends it, and what was seen on the wire while it ran. */
export interface Call {
  signal: AbortSignal;
  timeoutMs: number;
  /** Status of the last whole answer; undefined when none came. */
  status?: number;
  /** Headers of the last whole answer, by their names in lower case. */
  headers?: Record<string, string>;
  /** True when an answer came from a simulator. */
  simulated?: boolean;
  /** API calls used, as the last answer that told it told it. */
  usage?: Usage;
}

/** Thrown when a request has no whole answer: late, cancelled, or the connection failed (`code`, when it has one). */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer';
  readonly code: string | undefined;

  constructor(message: string, code?: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
  }
}

/** The code of a cancellation before the request. */
export const CANCELLED_UNSENT = 'CANCELLED_UNSENT';

const calls = new AsyncLocalStorage<Call>();

/** Runs jsforce code as this call. jsforce's results are lazy, so they are awaited inside. */
export function asCall<T>(call: Call, run: () => PromiseLike<T>): Promise<T> {
  return calls.run(call, async () => await run());
}

/** Waits for what others wait for too, no longer than our own signal allows; nothing of ours was sent by then. */
export async function orAborted<T>(shared: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return shared;
  let stop = (): void => undefined;
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(cancelledUnsent());
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop);
  });
  return Promise.race([shared, aborted]).finally(() => signal.removeEventListener('abort', stop));
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
  if (call.signal.aborted) throw cancelledUnsent();
  // Not AbortSignal.any with AbortSignal.timeout: Node 20 collects those while they are waited for, deadline and all.
  const ending = new AbortController();
  const cancel = () => ending.abort(cancelled());
  const deadline = setTimeout(() => ending.abort(late(call.timeoutMs)), call.timeoutMs);
  call.signal.addEventListener('abort', cancel);
  try {
    const response = await fetch(url, {
      method,
      headers: headers ?? {},
      body: body ?? null,
      redirect: 'manual',
      signal: ending.signal,
    });
    call.simulated = response.headers.has('x-joinery-simulator');
    const usage = usageIn(response.headers.get('sforce-limit-info') ?? '');
    if (usage) call.usage = usage;
    const text = await response.text();
    call.status = response.status;
    call.headers = Object.fromEntries(response.headers);
    return { statusCode: response.status, headers: withoutCsv(call.headers), body: text };
  } catch (error) {
    throw error instanceof NoAnswer ? error : broken(error);
  } finally {
    clearTimeout(deadline);
    call.signal.removeEventListener('abort', cancel);
  }
}

/** jsforce would read CSV as cut by any of six delimiters: to it, it is text. */
function withoutCsv(headers: Record<string, string>): Record<string, string> {
  return headers['content-type']?.startsWith('text/csv') ? { ...headers, 'content-type': 'text/plain' } : headers;
}

/** Salesforce tells it with every answer: `api-usage=10018/100000`. */
function usageIn(limitInfo: string): Usage | undefined {
  const [, used, total] = /api-usage=(\d+)\/(\d+)/.exec(limitInfo) ?? [];
  return total === undefined ? undefined : { used: Number(used), total: Number(total) };
}

function late(timeoutMs: number): NoAnswer {
  return new NoAnswer(`no whole answer within ${timeoutMs} ms`);
}

export function cancelled(): NoAnswer {
  return new NoAnswer('cancelled before the whole answer came');
}

export function cancelledUnsent(): NoAnswer {
  return new NoAnswer('cancelled before anything was sent', CANCELLED_UNSENT);
}

function broken(error: unknown): NoAnswer {
  const { cause } = error as { cause?: { code?: string } };
  return new NoAnswer(cause?.code ?? 'the connection broke', cause?.code, error);
}
