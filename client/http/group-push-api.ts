/** The contract of the route that makes groups in an application. */
import { createRoute, z } from '@hono/zod-openapi';
import { errorSchema, json, refusals, word } from './schemas.ts';

const outcomeSchema = z
  .object({
    application: z.string(),
    group: z.string(),
    type: z.string(),
    name: z.string(),
    label: z.string(),
    result: z.enum(['made', 'renamed', 'there', 'refused']),
    oldLabel: z.string().optional(),
    why: z.string().optional(),
    remedy: z.string().optional(),
  })
  .openapi('PushedGroup');

export const groupPushRoutes = {
  pushGroups: createRoute({
    method: 'post',
    path: '/applications/{name}/push-groups',
    summary: 'Make the groups that its rules push, and rename those that have another label',
    request: {
      params: z.object({ name: word }),
      query: z.object({ preview: z.enum(['true', 'false']).default('false') }),
    },
    responses: {
      200: json(z.array(outcomeSchema), 'One for each group; in a preview, what would become of it'),
      400: json(errorSchema, 'Every wrong field is named'),
      409: json(errorSchema, 'It can not be done as things are: it is paused, link-only, or its connector can not'),
      502: json(errorSchema, 'The application refused or did not answer; the message says what to do'),
      ...refusals,
    },
  }),
};
