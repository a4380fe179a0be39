// How an admin endpoint reads what it is told, does it, and refuses.

import { z } from 'zod';

import { SalesforceError } from './errors.ts';
import { type Answer, type Call, json } from './http.ts';
import type { Row } from './journal.ts';
import type { Org } from './row-rules.ts';
import type { Simulator } from './simulator.ts';

type AdminHandler = (simulator: Simulator, call: Call, id: string) => Answer | Promise<Answer>;
export type Route = [method: string, path: RegExp, handler: AdminHandler];

class Refusal extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

export function refuse(status: number, message: string): never {
  throw new Refusal(status, message);
}

/** The answer to a refused request; what is not a refusal is thrown again. */
export function refusalAnswer(error: unknown): Answer {
  if (error instanceof Refusal) return json(error.status, { error: error.message });
  if (error instanceof SalesforceError) return json(400, { error: `${error.code}: ${error.message}` });
  throw error;
}

/** The body of the call, when it is what the endpoint accepts. */
export function read<T>(schema: z.ZodType<T>, call: Call): T {
  let body: unknown;
  try {
    body = JSON.parse(call.body === '' ? '{}' : call.body);
  } catch {
    return refuse(400, 'the body is not JSON');
  }
  const parsed = schema.safeParse(body);
  return parsed.success ? parsed.data : refuse(400, z.prettifyError(parsed.error));
}

/** Does the work, when there is any left to do, and says so. */
export function done(work?: () => void): Answer {
  work?.();
  return json(200, { done: true });
}

export function userNamed(org: Org, username: string): Row {
  return org.store.find('User', 'Username', username)[0] ?? refuse(404, `no user ${username}`);
}
