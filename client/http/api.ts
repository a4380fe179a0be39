/** The HTTP API's contract: every route with its role, what it takes and what it answers. `/openapi.json` is made of it. */
import { createRoute, z } from '@hono/zod-openapi';
import { hrEventSchema } from '#domain/hr-event-input.ts';
import type { Role } from '#directory/api-keys.ts';

/** What proves the right to call a route: an API key of at least this role, or the HR system's signature. */
export type Access = Role | 'hr-signature';

const errorSchema = z
  .object({
    error: z.string(),
    message: z.string(),
    fields: z.array(z.object({ field: z.string(), problem: z.string() })).optional(),
  })
  .openapi('Error');

const acceptedSchema = z.object({ id: z.string(), state: z.string(), statusUrl: z.string() }).openapi('Accepted');

const hrEventStateSchema = z
  .object({
    id: z.string(),
    type: z.string(),
    employeeNumber: z.string(),
    state: z.string(),
    dueAt: z.string().nullable(),
    acceptedAt: z.string(),
    settledAt: z.string().nullable(),
    outcome: z
      .object({ summary: z.string(), secondsLate: z.number().optional(), workflowId: z.string(), runId: z.string() })
      .nullable(),
  })
  .openapi('HrEventState');

const json = <T extends z.ZodType>(schema: T, description: string) => ({
  description,
  content: { 'application/json': { schema } },
});

const refusals = {
  401: json(errorSchema, 'No valid proof of who you are'),
  403: json(errorSchema, 'Your role does not allow this'),
  404: json(errorSchema, 'There is no such thing'),
};

/** How a caller proves its right, by the name that a route's `security` uses; `apiKey` where a route names none. */
export const securitySchemes = {
  apiKey: { type: 'http', scheme: 'bearer', description: 'An API key; joinery key create makes one' },
  hrTimestamp: { type: 'apiKey', in: 'header', name: 'X-Joinery-Timestamp' },
  hrSignature: { type: 'apiKey', in: 'header', name: 'X-Joinery-Signature' },
} as const;

export const routes = {
  submitHrEvent: createRoute({
    method: 'post',
    path: '/hr/events',
    summary: 'HR says what happened to a person',
    description:
      'Signed with HMAC-SHA-256 over `<timestamp>.<body>`: headers X-Joinery-Timestamp (Unix seconds) and X-Joinery-Signature (`v1=<hex>`). The same event again gets the same answer.',
    security: [{ hrTimestamp: [], hrSignature: [] }],
    request: { body: { required: true, content: { 'application/json': { schema: hrEventSchema } } } },
    responses: {
      202: json(acceptedSchema, 'Stored; it will be carried out when it is due'),
      400: json(errorSchema, 'Every wrong field is named'),
      401: refusals[401],
      409: json(errorSchema, 'The id was used for another event'),
      413: json(errorSchema, 'The body is too large'),
      415: json(errorSchema, 'The body is not declared as JSON'),
    },
  }),
  hrEventState: createRoute({
    method: 'get',
    path: '/hr/events/{id}',
    summary: 'How far an HR event is',
    request: { params: z.object({ id: z.string() }) },
    responses: { 200: json(hrEventStateSchema, 'Its state'), ...refusals },
  }),
  person: createRoute({
    method: 'get',
    path: '/people/{employeeNumber}',
    summary: 'All that is known of one person',
    request: { params: z.object({ employeeNumber: z.string() }) },
    responses: {
      200: json(z.looseObject({ employeeNumber: z.string(), status: z.string() }), 'The person'),
      ...refusals,
    },
  }),
  applications: createRoute({
    method: 'get',
    path: '/applications',
    summary: 'Every application and its rules, without secrets',
    responses: { 200: json(z.array(z.looseObject({ name: z.string() })), 'The applications'), ...refusals },
  }),
  verifyApplication: createRoute({
    method: 'post',
    path: '/applications/{name}/verify',
    summary: 'Ask an application who we are there, what is left of it, and what we may not do',
    request: { params: z.object({ name: z.string() }) },
    responses: {
      200: json(z.looseObject({ simulated: z.boolean(), missingPermissions: z.array(z.string()) }), 'Its answer'),
      502: json(errorSchema, 'It refused or did not answer; the message says what to do'),
      ...refusals,
    },
  }),
  report: createRoute({
    method: 'get',
    path: '/report',
    summary: 'What was done, read from the workflow histories',
    request: {
      query: z.object({
        user: z
          .string()
          .regex(/^[A-Za-z0-9._-]{1,64}$/, 'must be an employee number')
          .optional(),
        application: z.string().optional(),
        since: z.iso.datetime({ offset: true }).optional(),
        until: z.iso.datetime({ offset: true }).optional(),
        format: z.enum(['json', 'csv']).default('json'),
      }),
    },
    responses: {
      200: {
        description: 'One JSON object a line, or CSV',
        content: { 'application/x-ndjson': { schema: z.string() }, 'text/csv': { schema: z.string() } },
      },
      400: json(errorSchema, 'Every wrong field is named'),
      ...refusals,
    },
  }),
  openapi: createRoute({
    method: 'get',
    path: '/openapi.json',
    summary: 'This description',
    responses: { 200: json(z.looseObject({ openapi: z.string() }), 'OpenAPI 3.1'), ...refusals },
  }),
};
