// A call as the simulator's handlers see it, and the answer they give; plain data, so that an answer can also be put
// into a composite response, logged, cut in half or held back.

import type { IncomingMessage } from 'node:http';

import { errorBody, SalesforceError } from './errors.ts';

export interface Call {
  method: string;
  /** Path and query as they came. */
  url: string;
  path: string;
  query: URLSearchParams;
  headers: Readonly<Record<string, string | string[] | undefined>>;
  body: string;
}

export interface Answer {
  status: number;
  headers: Record<string, string>;
  body: string;
}

const JSON_TYPE = 'application/json;charset=UTF-8';
const MAX_BODY = 50 * 1024 * 1024;
/** The file of a bulk job: 150 MB once Salesforce has encoded it in base64. */
const MAX_UPLOAD = 100_000_000;
const UPLOAD = /\/jobs\/ingest\/\w+\/batches\/?$/;

export function json(status: number, body: unknown, headers: Record<string, string> = {}): Answer {
  return { status, headers: { 'Content-Type': JSON_TYPE, ...headers }, body: JSON.stringify(body) };
}

export const empty = (status: number): Answer => ({ status, headers: {}, body: '' });

export function html(status: number, body: string): Answer {
  return { status, headers: { 'Content-Type': 'text/html;charset=UTF-8' }, body };
}

/** The answer for anything thrown while a call was handled. */
export function errorAnswer(error: unknown): Answer {
  if (error instanceof SalesforceError) return json(error.status, errorBody(error));
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return json(500, errorBody(new SalesforceError('UNKNOWN_EXCEPTION', `the simulator failed: ${message}`)));
}

/** Reads the whole request, chunked or not. */
export async function readCall(request: IncomingMessage): Promise<Call> {
  const url = request.url ?? '/';
  const upload = request.method === 'PUT' && UPLOAD.test(url);
  const limit = upload ? MAX_UPLOAD : MAX_BODY;
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > limit) {
      throw new SalesforceError('EXCEEDED_MAX_SIZE_REQUEST', `request is larger than ${upload ? 100 : 50} MB`);
    }
    chunks.push(chunk);
  }
  return {
    ...splitUrl(url),
    method: request.method ?? 'GET',
    headers: request.headers,
    body: Buffer.concat(chunks).toString('utf8'),
  };
}

export function splitUrl(url: string): Pick<Call, 'url' | 'path' | 'query'> {
  const mark = url.indexOf('?');
  const path = mark < 0 ? url : url.slice(0, mark);
  return { url, path, query: new URLSearchParams(mark < 0 ? '' : url.slice(mark + 1)) };
}

/** The body of a call as a JSON object; JSON_PARSER_ERROR when it is none. */
export function jsonBody(call: Call): Record<string, unknown> {
  const type = String(call.headers['content-type'] ?? '');
  if (call.body !== '' && !type.startsWith('application/json')) {
    throw new SalesforceError(
      'UNSUPPORTED_MEDIA_TYPE',
      `Content-Type header specified in HTTP request is not supported: ${type}`,
    );
  }
  let body: unknown;
  try {
    body = JSON.parse(call.body);
  } catch {
    throw new SalesforceError('JSON_PARSER_ERROR', 'The HTTP entity body is required and must be valid JSON');
  }
  if (!isRecord(body)) throw new SalesforceError('JSON_PARSER_ERROR', 'The HTTP entity body must be a JSON object');
  return body;
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
