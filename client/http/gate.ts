/** Who may call what: nothing is answered before it is known who asks, and a route without a declared access is closed. */
import type { Context, MiddlewareHandler } from 'hono';
import { matchedRoutes } from 'hono/route';
import type { Logger } from '#runtime/logger.ts';
import { allows, checkKey } from '../keys.ts';
import type { ApiKeyRecord } from '#directory/api-keys.ts';
import type { Sql } from '#directory/database.ts';
import type { Access } from './api.ts';
import { HttpFailure } from './failures.ts';
import { SIGNATURE_HEADER, signatureFault, TIMESTAMP_HEADER } from './signature.ts';

export interface GateOptions {
  directory: Sql;
  hrSecret: string;
  log: Pick<Logger, 'info' | 'warn' | 'error'>;
}

export type Variables = { Variables: { key: ApiKeyRecord } };

/** The access of each declared route, by `METHOD /path/:parameter`. */
export type AccessTable = Map<string, Access>;

/** Lets a request through, or throws 401, 403, 404 or 405. Runs before everything that answers. */
export function gate(table: AccessTable, options: GateOptions): MiddlewareHandler<Variables> {
  return async (c, next) => {
    const access = table.get(`${c.req.method} ${handlerPath(c) ?? ''}`);
    if (access === 'hr-signature') {
      await requireSignature(c, options);
      return next();
    }
    const key = await requireKey(c, options.directory);
    c.set('key', key);
    if (access === undefined) throw notDeclared(c, table);
    if (!allows(key.role, access))
      throw new HttpFailure(403, 'forbidden', `this needs the role ${access}; the key "${key.name}" has ${key.role}`);
    return next();
  };
}

async function requireSignature(c: Context, { hrSecret, log }: GateOptions): Promise<void> {
  const body = new Uint8Array(await c.req.arrayBuffer());
  const proof = { timestamp: c.req.header(TIMESTAMP_HEADER), signature: c.req.header(SIGNATURE_HEADER), body };
  const fault = signatureFault(proof, hrSecret, Date.now() / 1000);
  if (fault === undefined) return;
  log.warn({ path: c.req.path, fault }, 'a request without a valid signature was refused');
  throw new HttpFailure(401, 'unauthenticated', fault);
}

async function requireKey(c: Context, directory: Sql): Promise<ApiKeyRecord> {
  const presented = /^Bearer (\S+)$/i.exec(c.req.header('authorization') ?? '')?.[1];
  const key = presented === undefined ? undefined : await checkKey(directory, presented);
  if (key) return key;
  throw new HttpFailure(
    401,
    'unauthenticated',
    'send an API key: Authorization: Bearer jnr_… (joinery key create makes one)',
  );
}

/** The path, as declared, of the handler that would answer; undefined when only middleware matches. */
function handlerPath(c: Context): string | undefined {
  return matchedRoutes(c)
    .filter(({ method, path }) => method === c.req.method && !path.includes('*'))
    .at(-1)?.path;
}

function notDeclared(c: Context, table: AccessTable): HttpFailure {
  if (handlerPath(c) !== undefined) return new HttpFailure(403, 'forbidden', 'nobody may call this');
  const allowed = [...table.keys()]
    .map((entry) => entry.split(' ') as [string, string])
    .filter(([, path]) => matches(path, c.req.path));
  if (allowed.length === 0) return new HttpFailure(404, 'not-found', 'there is nothing at this address');
  return new HttpFailure(405, 'method-not-allowed', `use ${allowed.map(([method]) => method).join(', ')} here`);
}

function matches(declared: string, path: string): boolean {
  const [pattern, parts] = [declared.split('/'), path.split('/')];
  return (
    pattern.length === parts.length && pattern.every((part, index) => part.startsWith(':') || part === parts[index])
  );
}
