/** Plans over HTTP: made, read, applied. */
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Client } from '@temporalio/client';
import type { Logger } from '#runtime/logger.ts';
import type { PlanSelection } from '#domain/plan-summary.ts';
import type { Sql } from '#directory/database.ts';
import { findPlan, listPlans, readPlanItems, type PlanRecord } from '#directory/plans.ts';
import { applyPlan, planOutcome, startPlan } from '../plans.ts';
import { routes } from './api.ts';
import type { Open } from './app.ts';
import { HttpFailure } from './failures.ts';
import type { Variables } from './gate.ts';
import { streamed } from './stream.ts';

interface PlanRoutesOptions {
  directory: Sql;
  temporal: Client;
  taskQueue: string;
  log: Pick<Logger, 'error'>;
  onAccepted: () => void;
}

/** Adds the routes of plans to the API. */
export function addPlanRoutes(app: OpenAPIHono<Variables>, open: Open, options: PlanRoutesOptions): void {
  const { directory, log, onAccepted } = options;

  app.openapi(open(routes.makePlan, 'operator'), async (c) => {
    const started = await startPlan(options, {
      selection: selectionOf(c.req.valid('json')),
      by: `key:${c.var.key.name}`,
    });
    if (started.result === 'refused') throw new HttpFailure(400, 'invalid', started.why);
    return c.json({ id: started.id, statusUrl: `/plans/${started.id}` }, 202);
  });

  app.openapi(open(routes.plans, 'viewer'), async (c) => {
    const plans = await listPlans(directory, c.req.valid('query').limit);
    return c.json(plans, 200);
  });

  app.openapi(open(routes.plan, 'viewer'), async (c) => {
    const plan = await known(c.req.valid('param').id);
    const outcome = plan.appliedAt === null ? null : await planOutcome(directory, plan.id);
    return c.json({ ...plan, outcome }, 200);
  });

  app.openapi(open(routes.planItems, 'viewer'), async (c) => {
    const { id } = await known(c.req.valid('param').id);
    c.header('Content-Type', 'application/x-ndjson');
    return c.body(await streamed(lines(id), log));
  });

  app.openapi(open(routes.applyPlan, 'operator'), async (c) => {
    const { id } = c.req.valid('param');
    const { sha256 } = c.req.valid('json') ?? {};
    const applied = await applyPlan(directory, { id, sha256, by: `key:${c.var.key.name}` });
    if (applied.result === 'unknown') throw unknown(id);
    if (applied.result === 'refused') throw new HttpFailure(409, 'conflict', applied.why);
    if (applied.result === 'applied') onAccepted();
    const outcome = await planOutcome(directory, id);
    return c.json({ ...applied.plan, result: applied.result, outcome }, 200);
  });

  async function known(id: number): Promise<PlanRecord> {
    const plan = await findPlan(directory, id);
    if (!plan) throw unknown(id);
    return plan;
  }

  async function* lines(id: number): AsyncGenerator<string> {
    for await (const page of readPlanItems(directory, id))
      yield page.map((item) => `${JSON.stringify(item)}\n`).join('');
  }
}

function selectionOf({
  applications,
  ...whom
}: ({ people: string[] } | { group: string } | { all: true }) & {
  applications?: string[] | undefined;
}): PlanSelection {
  const narrowed = 'people' in whom ? { people: [...new Set(whom.people)] } : whom;
  return applications ? { ...narrowed, applications } : narrowed;
}

function unknown(id: number): HttpFailure {
  return new HttpFailure(404, 'not-found', `there is no plan ${id}`);
}
