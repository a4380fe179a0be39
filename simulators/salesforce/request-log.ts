// The requests of the recent past, for tests that count them. A ring: bounded in number and in bytes of bodies.

import type { Call } from './http.ts';
import { decoded } from './faults.ts';

export interface LoggedRequest {
  seq: number;
  time: string;
  method: string;
  path: string;
  /** Null while the request is being handled, and for one that was cut off. */
  status: number | null;
  sobjects: string[];
  body: string;
  /** Whether it counted as an API call. */
  counted: boolean;
  durationMs: number | null;
}

const MAX_REQUESTS = 5000;
const MAX_BODY_CHARS = 64 * 1024 * 1024;
const SECRET_PARAMETERS = /\b(client_secret|password|assertion|refresh_token|token|oauth_token)=[^&\s]*/g;
const SECRET_ELEMENTS = /(<(?:\w+:)?password>)[^<]*/g;
const SECRET_FIELDS = /("NewPassword"\s*:\s*)"(?:[^"\\]|\\.)*"/g;

export class RequestLog {
  #requests: LoggedRequest[] = [];
  #seq = 0;
  #bodyChars = 0;

  /** Notes a request as it arrives; the caller fills in how it ended. */
  start(call: Call, sobjects: string[]): LoggedRequest {
    this.#seq += 1;
    const request: LoggedRequest = {
      seq: this.#seq,
      time: new Date().toISOString(),
      method: call.method,
      path: withoutSecrets(decoded(call.url)),
      status: null,
      sobjects,
      body: withoutSecrets(call.body),
      counted: false,
      durationMs: null,
    };
    this.#requests.push(request);
    this.#bodyChars += request.body.length;
    this.#trim();
    return request;
  }

  /** The requests after this sequence number that are still known. */
  since(seq: number): LoggedRequest[] {
    return this.#requests.filter((request) => request.seq > seq);
  }

  latest(count: number): LoggedRequest[] {
    return this.#requests.slice(-count).reverse();
  }

  get last(): number {
    return this.#seq;
  }

  /** Forgets all requests; the sequence numbers go on. */
  clear(): void {
    this.#requests = [];
    this.#bodyChars = 0;
  }

  #trim(): void {
    let drop = Math.max(0, this.#requests.length - MAX_REQUESTS);
    let chars = this.#bodyChars;
    for (const request of this.#requests.slice(0, drop)) chars -= request.body.length;
    for (; chars > MAX_BODY_CHARS && drop < this.#requests.length - 1; drop++)
      chars -= this.#requests[drop]?.body.length ?? 0;
    if (drop > 0) this.#requests.splice(0, drop);
    this.#bodyChars = chars;
  }
}

/** The objects a request is about, from its path, its records and its query. */
export function sobjectsOf(call: Call): string[] {
  const names = [
    ...call.url.matchAll(/\/sobjects\/(\w+)/g),
    ...call.body.matchAll(/\/sobjects\/(\w+)/g),
    ...call.body.matchAll(/"type"\s*:\s*"(\w+)"/g),
    ...decoded(call.url).matchAll(/\bFROM\s+(\w+)/gi),
  ].map((found) => found[1] ?? '');
  return [...new Set(names)];
}

function withoutSecrets(text: string): string {
  return text.replace(SECRET_PARAMETERS, '$1=***').replace(SECRET_FIELDS, '$1"***"').replace(SECRET_ELEMENTS, '$1***');
}
