/** Accounts of an application over HTTP: seen, and linked. */
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Sql } from '#directory/database.ts';
import type { Sealer } from '#directory/sealing.ts';
import { toJsonLines } from '../import-format.ts';
import { countAccounts, reviewAccounts } from '../import-users.ts';
import { routes } from './api.ts';
import type { AppOptions, Open } from './app.ts';
import { answered, HttpFailure } from './failures.ts';
import type { Variables } from './gate.ts';
import { streamed } from './stream.ts';

type Options = Pick<AppOptions, 'log'> & { directory: Sql; sealer: Sealer };

/** Adds the routes of import. */
export function addImportRoutes(app: OpenAPIHono<Variables>, open: Open, { directory, sealer, log }: Options): void {
  app.openapi(open(routes.accounts, 'operator'), async (c) => {
    const { name } = c.req.valid('param');
    const pages = known(name, await answered(reviewAccounts({ directory, sealer }, name)));
    const lines = await answered(streamed(toJsonLines(pages, c.req.valid('query').situation), log));
    c.header('Content-Type', 'application/x-ndjson');
    return c.body(lines, 200);
  });

  app.openapi(open(routes.linkAccounts, 'operator'), async (c) => {
    const { name } = c.req.valid('param');
    const linkAs = `key:${c.var.key.name}`;
    const pages = known(name, await answered(reviewAccounts({ directory, sealer, linkAs }, name)));
    return c.json(await answered(countAccounts(pages)), 200);
  });
}

function known<T>(name: string, answer: T | undefined): T {
  if (answer === undefined) throw new HttpFailure(404, 'not-found', `there is no application ${name}`);
  return answer;
}
