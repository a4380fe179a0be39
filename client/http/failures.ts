/** What went wrong with a request, as a status and a JSON body; never a stack trace. */
import type { z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { HTTPException } from 'hono/http-exception';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { Fault } from '#domain/hr-event-input.ts';
import type { Logger } from '#runtime/logger.ts';
import { Refusal } from '../refusal.ts';

/** Thrown by whatever refuses a request. */
export class HttpFailure extends Error {
  override readonly name = 'HttpFailure';
  readonly status: ContentfulStatusCode;
  readonly code: string;
  readonly fields: Fault[] | undefined;

  constructor(status: ContentfulStatusCode, code: string, message: string, fields?: Fault[]) {
    super(message);
    this.status = status;
    this.code = code;
    this.fields = fields;
  }
}

/** The one place where an error becomes an answer. What nobody expected is logged, and told as 500 without details. */
export function answerFailure(error: unknown, c: Context, log: Pick<Logger, 'error'>): Response {
  if (error instanceof HttpFailure) {
    const { status, code, message, fields } = error;
    return c.json({ error: code, message, ...(fields ? { fields } : {}) }, status);
  }
  if (error instanceof HTTPException) {
    const [code, message] = UNREADABLE[error.status] ?? ['invalid', error.message];
    return c.json({ error: code, message, fields: [{ field: 'body', problem: message }] }, error.status);
  }
  log.error({ err: error, method: c.req.method, path: c.req.path }, 'a request failed');
  return c.json({ error: 'internal', message: 'something went wrong here; the log of the HTTP server says what' }, 500);
}

/** The answer; what can not be done as things are is a 409, and an application's failure a 502 that says what to do. */
export async function answered<T>(asked: Promise<T>): Promise<T> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof Refusal) throw new HttpFailure(409, 'conflict', error.message);
    if (!(error instanceof Error) || !('kind' in error)) throw error;
    const remedy = 'remedy' in error && typeof error.remedy === 'string' ? `; ${error.remedy}` : '';
    throw new HttpFailure(502, 'application', `${error.message}${remedy}`);
  }
}

/** What is said of a body that could not even be read as what it should be. */
const UNREADABLE: Record<number, [code: string, message: string]> = {
  400: ['invalid', 'the body is not JSON'],
  415: ['unsupported', 'send the body as application/json'],
};

/** A 400 from what a schema says; a field that nobody asked for is named too. */
export function invalid(issues: readonly z.core.$ZodIssue[]): HttpFailure {
  const fields = issues.flatMap((issue): Fault[] => {
    if (issue.code === 'unrecognized_keys')
      return issue.keys.map((key) => ({ field: [...issue.path, key].join('.'), problem: 'is not a known field' }));
    return [{ field: issue.path.map(String).join('.') || 'body', problem: issue.message }];
  });
  return wrong(fields);
}

/** A 400 that names everything that is wrong. */
export function wrong(faults: Fault[]): HttpFailure {
  return new HttpFailure(400, 'invalid', faults.map(({ field, problem }) => `${field} ${problem}`).join('; '), faults);
}
