/** Group push over HTTP. */
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Sql } from '#directory/database.ts';
import type { Sealer } from '#directory/sealing.ts';
import { pushGroups } from '../group-push.ts';
import { routes } from './api.ts';
import type { Open } from './app.ts';
import { answered, HttpFailure } from './failures.ts';
import type { Variables } from './gate.ts';

/** Adds the route of group push. */
export function addGroupPushRoutes(
  app: OpenAPIHono<Variables>,
  open: Open,
  { directory, sealer }: { directory: Sql; sealer: Sealer },
): void {
  app.openapi(open(routes.pushGroups, 'operator'), async (c) => {
    const { name } = c.req.valid('param');
    const previews = c.req.valid('query').preview === 'true';
    const pushAs = previews ? {} : { pushAs: `key:${c.var.key.name}` };
    const outcomes = await answered(pushGroups({ directory, sealer, ...pushAs }, name));
    if (!outcomes) throw new HttpFailure(404, 'not-found', `there is no application ${name}`);
    return c.json(outcomes, 200);
  });
}
