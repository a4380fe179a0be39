/** The contract of the routes of tasks. */
import { createRoute, z } from '@hono/zod-openapi';
import { NATIVE_ID, NOTE_MOST } from '#domain/task.ts';
import type { TaskVerb } from '../tasks.ts';
import { errorSchema, json, line, refusals, word } from './schemas.ts';

export const taskSchema = z
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

export const taskRoutes = {
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
};
