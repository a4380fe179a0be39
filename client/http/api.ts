/** The HTTP API's contract: every route with its role, what it takes and what it answers. `/openapi.json` is made of it. */
import { createRoute, z } from '@hono/zod-openapi';
import { hrEventSchema } from '#domain/hr-event-input.ts';
import { NATIVE_ID, NOTE_MOST } from '#domain/task.ts';
import { isWellFormed, ONE_LINE } from '#domain/text.ts';
import type { Role } from '#directory/api-keys.ts';
import { REASON_MOST } from '../applications.ts';
import type { TaskVerb } from '../tasks.ts';

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

const pauseSchema = z.object({ since: z.string(), by: z.string(), reason: z.string() });

/** A word of an address, such as an application's name. */
const word = z.string().max(200).regex(ONE_LINE, 'must not contain control characters');

/** A line that somebody has to write; domain/text.ts says the same of it. */
const line = (most: number) =>
  z
    .string()
    .trim()
    .min(1, 'must say something')
    .max(most, `must have at most ${most} characters`)
    .regex(ONE_LINE, 'must be one line without control characters')
    .refine(isWellFormed, 'must be well-formed text');

const taskSchema = z
  .object({
    id: z.number(),
    workflowId: z.string(),
    eventId: z.string(),
    employeeNumber: z.string(),
    person: z.string(),
    application: z.string(),
    operation: z.string(),
    kind: z.string(),
    message: z.string(),
    remedy: z.string().nullable(),
    resource: z.string().nullable(),
    state: z.string(),
    attempts: z.number(),
    openedAt: z.string(),
    escalatedAt: z.string().nullable(),
    closedAt: z.string().nullable(),
    closedBy: z.string().nullable(),
    note: z.string().nullable(),
  })
  .openapi('Task');
const taskId = z.object({ id: z.coerce.number('must be the number of a task').int().min(1) });
const note = line(NOTE_MOST);

/** A route that says something to a task. */
function answerRoute<V extends TaskVerb, B extends z.ZodType>(verb: V, summary: string, body: B) {
  return createRoute({
    method: 'post',
    path: `/tasks/{id}/${verb}` as const,
    summary,
    request: {
      params: taskId,
      body: { required: verb !== 'retry', content: { 'application/json': { schema: body } } },
    },
    responses: {
      200: json(z.object({ says: z.string() }), 'The run took it'),
      400: json(errorSchema, 'Every wrong field is named'),
      409: json(errorSchema, 'The run refused it, and says why'),
      415: json(errorSchema, 'The body is not declared as JSON'),
      503: json(errorSchema, 'No worker answered in time; the run may still take it when one comes back'),
      ...refusals,
    },
  });
}

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
  tasks: createRoute({
    method: 'get',
    path: '/tasks',
    summary: 'What is stuck, on whom, why, and what to do; oldest first',
    request: {
      query: z.object({
        state: z.enum(['open', 'mended', 'skipped', 'resolved', 'superseded', 'all']).default('open'),
        application: word.optional(),
        user: word.optional(),
        limit: z.coerce.number().int().min(1).max(1_000).default(200),
      }),
    },
    responses: {
      200: json(z.array(taskSchema), 'The tasks'),
      400: json(errorSchema, 'Every wrong field is named'),
      ...refusals,
    },
  }),
  task: createRoute({
    method: 'get',
    path: '/tasks/{id}',
    summary: 'One task',
    request: { params: taskId },
    responses: {
      200: json(taskSchema, 'The task'),
      400: json(errorSchema, 'That is no number of a task'),
      ...refusals,
    },
  }),
  retryTask: answerRoute('retry', 'Plan afresh and try again now', z.strictObject({ note: note.optional() })),
  skipTask: answerRoute('skip', 'Leave it undone, and go on without it', z.strictObject({ note })),
  resolveTask: answerRoute(
    'resolve',
    'It was done by hand; or, with an account, that is the person’s',
    z.strictObject({ note, account: z.string().regex(NATIVE_ID, 'must be a native id').optional() }),
  ),
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
