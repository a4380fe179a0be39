/** The contract of the routes of plans. */
import { createRoute, z } from '@hono/zod-openapi';
import { MOST_NAMED } from '../plans.ts';
import { errorSchema, json, refusals, word } from './schemas.ts';
import { taskSchema } from './task-api.ts';

const applications = z.array(word).min(1).max(100).optional();
export const selectionSchema = z.union(
  [
    z.strictObject({ people: z.array(word).min(1).max(MOST_NAMED), applications }),
    z.strictObject({ group: word, applications }),
    z.strictObject({ all: z.literal(true), applications }),
  ],
  'must be one of people, group, all; with applications where it is not for all of them',
);

const counts = z.record(z.string(), z.number().optional());
const applicationSummarySchema = z.object({
  people: z.number(),
  operations: counts,
  skipped: z.number(),
  licences: counts,
  licencesFree: z.record(z.string(), z.number().nullable()),
  calls: z.number(),
  callsLeft: z.number().nullable(),
  warnings: z.number(),
  failures: z.number(),
});

const planSchema = z
  .object({
    id: z.number(),
    selection: selectionSchema,
    state: z.enum(['making', 'made', 'failed']),
    summary: z
      .object({
        people: z.number(),
        operations: z.number(),
        applications: z.record(z.string(), applicationSummarySchema),
        warnings: z.array(z.string()),
        failure: z.string().optional(),
      })
      .nullable(),
    sha256: z.string().nullable(),
    createdBy: z.string(),
    createdAt: z.string(),
    madeAt: z.string().nullable(),
    appliedBy: z.string().nullable(),
    appliedAt: z.string().nullable(),
  })
  .openapi('Plan');

const outcomeSchema = z.object({
  people: z.number(),
  states: counts,
  skipped: z.array(z.object({ employeeNumber: z.string(), lines: z.array(z.string()) })),
  bad: z.array(z.object({ employeeNumber: z.string(), state: z.string(), summary: z.string() })),
  tasks: z.array(taskSchema),
});

/** A stream of JSON is no JSON. */
const jsonLines: Record<string, { schema: z.ZodType }> = { 'application/x-ndjson': { schema: z.string() } };

const planId = z.object({
  id: z.coerce.number('must be the number of a plan').int().min(1).max(Number.MAX_SAFE_INTEGER),
});
const wrong = json(errorSchema, 'Every wrong field is named');

export const planRoutes = {
  makePlan: createRoute({
    method: 'post',
    path: '/plans',
    summary: 'Find out what would be changed, without changing it',
    request: { body: { required: true, content: { 'application/json': { schema: selectionSchema } } } },
    responses: {
      202: json(z.object({ id: z.number(), statusUrl: z.string() }), 'It is being made'),
      400: wrong,
      415: json(errorSchema, 'The body is not declared as JSON'),
      ...refusals,
    },
  }),
  plans: createRoute({
    method: 'get',
    path: '/plans',
    summary: 'Plans, newest first',
    request: { query: z.object({ limit: z.coerce.number().int().min(1).max(1_000).default(100) }) },
    responses: { 200: json(z.array(planSchema), 'The plans'), 400: wrong, ...refusals },
  }),
  plan: createRoute({
    method: 'get',
    path: '/plans/{id}',
    summary: 'What a plan comes to and costs; once it is applied, what came of it',
    request: { params: planId },
    responses: {
      200: json(planSchema.extend({ outcome: outcomeSchema.nullable() }), 'The plan'),
      400: wrong,
      ...refusals,
    },
  }),
  planItems: createRoute({
    method: 'get',
    path: '/plans/{id}/items',
    summary: 'What is changed, by person and application',
    request: { params: planId },
    responses: {
      200: {
        description: 'One JSON object a line',
        content: jsonLines,
      },
      400: wrong,
      ...refusals,
    },
  }),
  applyPlan: createRoute({
    method: 'post',
    path: '/plans/{id}/apply',
    summary: 'Carry out what stands in a plan, once',
    request: {
      params: planId,
      body: {
        required: false,
        content: {
          'application/json': {
            schema: z.strictObject({
              sha256: z
                .string()
                .regex(/^[0-9a-f]{64}$/i, 'must be a SHA-256 in hexadecimal')
                .optional(),
            }),
          },
        },
      },
    },
    responses: {
      200: json(
        planSchema.extend({ result: z.enum(['applied', 'known']), outcome: outcomeSchema }),
        'It is applied; known: it was before',
      ),
      400: wrong,
      409: json(errorSchema, 'It is not made, or not the one that was read'),
      415: json(errorSchema, 'The body is not declared as JSON'),
      ...refusals,
    },
  }),
};
