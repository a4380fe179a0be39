/** The HTTP API's contract: every route with its role, what it takes and what it answers. `/openapi.json` is made of it. */
import { createRoute, z } from '@hono/zod-openapi';
import { hrEventSchema } from '#domain/hr-event-input.ts';
import type { Role } from '#directory/api-keys.ts';
import { REASON_MOST } from '../pauses.ts';
import { applicationRoutes } from './application-api.ts';
import { policyRoutes } from './policy-api.ts';
import { configRoutes } from './config-api.ts';
import { errorSchema, json, line, refusals, word } from './schemas.ts';
import { peopleRoutes } from './people-api.ts';
import { groupPushRoutes } from './group-push-api.ts';
import { importRoutes } from './import-api.ts';
import { importPeopleRoutes } from './import-people-api.ts';
import { planRoutes } from './plan-api.ts';
import { taskRoutes } from './task-api.ts';

/** What proves the right to call a route: an API key of at least this role, or the HR system's signature. */
export type Access = Role | 'hr-signature';

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

/** How a caller proves its right, by the name that a route's `security` uses; `apiKey` where a route names none. */
export const securitySchemes = {
  apiKey: { type: 'http', scheme: 'bearer', description: 'An API key; joinery key create makes one' },
  hrTimestamp: { type: 'apiKey', in: 'header', name: 'X-Joinery-Timestamp' },
  hrSignature: { type: 'apiKey', in: 'header', name: 'X-Joinery-Signature' },
} as const;

const pauseSchema = z.object({ since: z.string(), by: z.string(), reason: z.string() });

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
    request: { params: z.object({ id: word }) },
    responses: { 200: json(hrEventStateSchema, 'Its state'), ...refusals },
  }),
  person: createRoute({
    method: 'get',
    path: '/people/{employeeNumber}',
    summary: 'All that is known of one person',
    request: { params: z.object({ employeeNumber: word }) },
    responses: {
      200: json(z.looseObject({ employeeNumber: z.string(), status: z.string() }), 'The person'),
      ...refusals,
    },
  }),
  applications: createRoute({
    method: 'get',
    path: '/applications',
    summary: 'Every application, its rules without secrets, and whether it is paused',
    responses: {
      200: json(z.array(z.looseObject({ name: z.string(), pause: pauseSchema.nullable() })), 'The applications'),
      ...refusals,
    },
  }),
  verifyApplication: createRoute({
    method: 'post',
    path: '/applications/{name}/verify',
    summary: 'Ask an application who we are there, what is left of it, and what we may not do',
    request: { params: z.object({ name: word }) },
    responses: {
      200: json(z.looseObject({ simulated: z.boolean(), missingPermissions: z.array(z.string()) }), 'Its answer'),
      502: json(errorSchema, 'It refused or did not answer; the message says what to do'),
      ...refusals,
    },
  }),
  ...applicationRoutes,
  ...taskRoutes,
  ...peopleRoutes,
  ...importRoutes,
  ...importPeopleRoutes,
  ...groupPushRoutes,
  ...policyRoutes,
  ...planRoutes,
  ...configRoutes,
  pauseApplication: createRoute({
    method: 'post',
    path: '/applications/{name}/pause',
    summary: 'Send nothing to an application; what comes waits',
    request: {
      params: z.object({ name: word }),
      body: {
        required: true,
        content: { 'application/json': { schema: z.strictObject({ reason: line(REASON_MOST) }) } },
      },
    },
    responses: {
      200: json(z.object({ changed: z.boolean() }), 'It is paused; not changed: it was before, and that reason stays'),
      400: json(errorSchema, 'Every wrong field is named'),
      415: json(errorSchema, 'The body is not declared as JSON'),
      ...refusals,
    },
  }),
  resumeApplication: createRoute({
    method: 'post',
    path: '/applications/{name}/resume',
    summary: 'End a pause; what waited goes on within half an hour, leavers within five minutes',
    request: { params: z.object({ name: word }) },
    responses: { 200: json(z.object({ changed: z.boolean() }), 'It is not paused'), ...refusals },
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
