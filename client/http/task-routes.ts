/** Tasks over HTTP: listed, shown, answered. */
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Client } from '@temporalio/client';
import { findTask, listTasks } from '#directory/tasks.ts';
import type { Sql } from '#directory/database.ts';
import { answerTask, type TaskVerb } from '../tasks.ts';
import { routes } from './api.ts';
import type { Open } from './app.ts';
import { HttpFailure } from './failures.ts';
import type { Variables } from './gate.ts';

interface TaskRoutesOptions {
  directory: Sql;
  temporal: Client;
}

/** Adds the routes of tasks to the API. */
export function addTaskRoutes(
  app: OpenAPIHono<Variables>,
  open: Open,
  { directory, temporal }: TaskRoutesOptions,
): void {
  app.openapi(open(routes.tasks, 'viewer'), async (c) => {
    const { state, application, user, limit } = c.req.valid('query');
    const filter = { application, employeeNumber: user, limit, state: state === 'all' ? undefined : state };
    return c.json(
      (await listTasks(directory, filter)).map((task) => ({ ...task })),
      200,
    );
  });

  app.openapi(open(routes.task, 'viewer'), async (c) => {
    const task = await findTask(directory, c.req.valid('param').id);
    if (!task) throw unknown(c.req.valid('param').id);
    return c.json({ ...task }, 200);
  });

  app.openapi(open(routes.retryTask, 'operator'), async (c) =>
    c.json(await say('retry', c.req.valid('param').id, c.var.key.name, c.req.valid('json')), 200),
  );
  app.openapi(open(routes.skipTask, 'operator'), async (c) =>
    c.json(await say('skip', c.req.valid('param').id, c.var.key.name, c.req.valid('json')), 200),
  );
  app.openapi(open(routes.resolveTask, 'operator'), async (c) =>
    c.json(await say('resolve', c.req.valid('param').id, c.var.key.name, c.req.valid('json')), 200),
  );

  async function say(
    verb: TaskVerb,
    taskId: number,
    key: string,
    body: { note?: string | undefined; account?: string | undefined },
  ): Promise<{ says: string }> {
    const reply = await answerTask(directory, temporal, verb, { ...body, taskId, by: `key:${key}` });
    switch (reply.result) {
      case 'answered':
        return { says: reply.says };
      case 'refused':
        throw new HttpFailure(409, 'conflict', reply.why);
      case 'unknown':
        throw unknown(taskId);
      case 'unheard':
        throw new HttpFailure(503, 'unavailable', reply.why);
    }
  }
}

function unknown(id: number): HttpFailure {
  return new HttpFailure(404, 'not-found', `there is no task ${id}`);
}
