/** The contract of the routes that hold an application's accounts against the directory, and link them. */
import { createRoute, z } from '@hono/zod-openapi';
import { SITUATIONS } from '#domain/account-situation.ts';
import { errorSchema, json, refusals, word } from './schemas.ts';

/** Declared as any string: the router's types take every name that ends in json for one JSON value. */
const NDJSON: string = 'application/x-ndjson';
const params = z.object({ name: word });
const count = z.number().int();
const answers = {
  409: json(
    errorSchema,
    'It can not be done as things are: it is paused, its connector can not, or Import Users is off',
  ),
  502: json(errorSchema, 'The application refused or did not answer; the message says what to do'),
  ...refusals,
};

export const importRoutes = {
  accounts: createRoute({
    method: 'get',
    path: '/applications/{name}/accounts',
    summary: 'Every account of an application, and whose it is or may be',
    description:
      'Asks the application page by page and changes nothing. Situations: linked, unlinked (matches exactly one person), unmatched (nobody), disputed (several), protected (never touched).',
    request: { params, query: z.object({ situation: z.enum(SITUATIONS).optional() }) },
    responses: {
      200: { description: 'One JSON object a line', content: { [NDJSON]: { schema: z.string() } } },
      400: json(errorSchema, 'Every wrong field is named'),
      ...answers,
    },
  }),
  linkAccounts: createRoute({
    method: 'post',
    path: '/applications/{name}/link-accounts',
    summary: 'Record every account that matches exactly one person as theirs; the application is not changed',
    request: { params },
    responses: {
      200: json(
        z.object({
          linked: count,
          unlinked: count,
          unmatched: count,
          disputed: count,
          protected: count,
          nowLinked: count,
        }),
        'How many of each situation there are now, and how many were linked by this call',
      ),
      ...answers,
    },
  }),
};
