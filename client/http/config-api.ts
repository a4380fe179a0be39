/** The contract of the routes of the config: profile fields, groups and applications as one YAML file. */
import { createRoute, z } from '@hono/zod-openapi';
import { errorSchema, json, refusals } from './schemas.ts';

const fault = z.object({ field: z.string(), problem: z.string(), line: z.number(), column: z.number() });
const valueChange = z.object({ path: z.string(), old: z.unknown().optional(), new: z.unknown().optional() });
const change = z.object({
  what: z.enum(['added', 'changed', 'removed']),
  part: z.enum(['profile field', 'group', 'application']),
  name: z.string(),
  changes: z.array(valueChange),
});
const yaml = {
  required: true,
  description: 'The file; without `secret`: a known application keeps its own',
  content: { 'application/yaml': { schema: z.string() } },
};
const prune = z.enum(['true', 'false']).default('false');
const invalid = json(errorSchema, 'Everything that is wrong is named, with its line');
const tooLarge = json(errorSchema, 'A file may have at most 64 KB here: a larger one is for joinery config');

export const configRoutes = {
  config: createRoute({
    method: 'get',
    path: '/config',
    summary: 'Profile fields, groups and applications as one YAML file, without secrets',
    responses: {
      200: { description: 'The file', content: { 'application/yaml': { schema: z.string() } } },
      ...refusals,
    },
  }),
  configDiff: createRoute({
    method: 'post',
    path: '/config/diff',
    summary: 'What applying a file would change, and with `impact` for whom; nothing is stored',
    request: {
      body: yaml,
      query: z.object({
        prune,
        impact: z.enum(['true', 'false']).default('false'),
        people: z.coerce.number().int().min(0).max(1_000).default(20),
      }),
    },
    responses: {
      200: json(
        z.object({
          diff: z.array(change),
          faults: z.array(fault),
          warnings: z.array(z.string()),
          version: z.string(),
          impact: z.looseObject({ people: z.number() }).optional(),
        }),
        'What would change, and what speaks against it',
      ),
      400: invalid,
      413: tooLarge,
      ...refusals,
    },
  }),
  applyConfig: createRoute({
    method: 'post',
    path: '/config/apply',
    summary: 'Apply all of a file, or nothing',
    request: {
      body: yaml,
      query: z.object({
        prune,
        version: z.string().optional().openapi({
          description: 'From the diff that was read: where anything has changed since, nothing is applied',
        }),
      }),
    },
    responses: {
      200: json(z.object({ diff: z.array(change), warnings: z.array(z.string()) }), 'It is applied'),
      400: invalid,
      409: json(errorSchema, 'Something changed meanwhile'),
      413: tooLarge,
      ...refusals,
    },
  }),
};
