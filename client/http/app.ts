/** The HTTP API: the contract of api.ts, joined to the calls it is a skin over. */
import { OpenAPIHono, type RouteConfig } from '@hono/zod-openapi';
import { bodyLimit } from 'hono/body-limit';
import { secureHeaders } from 'hono/secure-headers';
import type { Client } from '@temporalio/client';
import { findHrEvent } from '#directory/hr-events.ts';
import { importNumbersOf } from '#directory/person-imports.ts';
import type { Sealer } from '#directory/sealing.ts';
import { verifyApplication } from '../application-answers.ts';
import { showApplications } from '../applications.ts';
import { submitHrEvents } from '../intake.ts';
import { pause, resume } from '../pauses.ts';
import { showPerson } from '../people.ts';
import { readReport } from '../report.ts';
import { toCsv, toJsonLines } from '../report-format.ts';
import { streamed } from './stream.ts';
import { routes, securitySchemes, type Access } from './api.ts';
import { answerFailure, HttpFailure, invalid, wrong } from './failures.ts';
import { addPeopleRoutes } from './people-routes.ts';
import { addApplicationRoutes } from './application-routes.ts';
import { addConfigRoutes, takesConfig } from './config-routes.ts';
import { readJson } from './body.ts';
import { addGroupPushRoutes } from './group-push-routes.ts';
import { addImportPeopleRoutes } from './import-people-routes.ts';
import { addImportRoutes } from './import-routes.ts';
import { addPolicyRoutes } from './policy-routes.ts';
import { addPlanRoutes } from './plan-routes.ts';
import { addTaskRoutes } from './task-routes.ts';
import { gate, type AccessTable, type GateOptions, type Variables } from './gate.ts';

export interface AppOptions extends GateOptions {
  temporal: Client;
  /** On which the worker listens. */
  taskQueue: string;
  sealer: Sealer;
  defaultTimeZone: string;
  /** The most bytes of an imported file; 32 MB without. */
  largestImport?: number;
  /** Called when something was stored that has to reach its lane. */
  onAccepted: () => void;
}

/** Declares a route together with the access it needs. */
export type Open = <R extends RouteConfig>(route: R, needed: Access) => R;

const LARGEST_BODY = 256 * 1024;
const LARGEST_IMPORT = 32 * 1024 * 1024;
const INFO = {
  title: 'Joinery',
  version: '1',
  description: 'Accounts when people join, changed when they move, gone when they leave.',
};

/** Builds the API; it listens nowhere yet. */
export function createApp(options: AppOptions): OpenAPIHono<Variables> {
  const { directory, temporal, sealer, log } = options;
  const access: AccessTable = new Map();
  const app = new OpenAPIHono<Variables>({
    defaultHook: (result) => {
      if (!result.success) throw invalid(result.error.issues);
    },
  });
  app.onError((error, c) => answerFailure(error, c, log));
  app.use(secureHeaders(), async (c, next) => {
    const began = performance.now();
    await next();
    c.header('Cache-Control', 'no-store');
    log.info(
      { method: c.req.method, path: c.req.path, status: c.res.status, ms: Math.round(performance.now() - began) },
      'request',
    );
  });
  const limited = bodyLimit({ maxSize: LARGEST_BODY, onError: () => tooLarge() });
  // An imported file is read as it comes, and has a limit of its own.
  const isImport = ({ method, path }: { method: string; path: string }) =>
    method === 'POST' && (path === routes.importPeople.path || path === routes.stagePeople.path);
  app.use((c, next) => (isImport(c.req) || takesConfig(c.req.path) ? next() : limited(c, next)));
  app.use(gate(access, options));

  /** The only way to add a route: with the access it needs. */
  const open: Open = (route, needed) => {
    access.set(`${route.method.toUpperCase()} ${route.path.replace(/\{(\w+)\}/g, ':$1')}`, needed);
    return route;
  };

  // Described by its schema, read by the intake, which knows more than a schema can.
  app.openAPIRegistry.registerPath(open(routes.submitHrEvent, 'hr-signature'));
  app.post(routes.submitHrEvent.path, async (c) => {
    const [submission] = await submitHrEvents([await readJson(c.req)], { ...options, source: 'webhook' });
    if (!submission) throw new Error('the intake answered nothing');
    if (submission.result === 'invalid') throw wrong(submission.faults);
    const { id, state } = submission.record;
    if (submission.result === 'different-body') {
      throw new HttpFailure(409, 'conflict', `the id ${id} was used for another event; give this one an id of its own`);
    }
    if (submission.result === 'accepted') options.onAccepted();
    return c.json({ id, state, statusUrl: `/hr/events/${encodeURIComponent(id)}` }, 202);
  });

  app.openapi(open(routes.hrEventState, 'viewer'), async (c) => {
    const record = await findHrEvent(directory, c.req.valid('param').id);
    if (!record) throw new HttpFailure(404, 'not-found', `there is no HR event ${c.req.valid('param').id}`);
    const { id, type, employeeNumber, state, dueAt, acceptedAt, settledAt, outcome } = record;
    return c.json({ id, type, employeeNumber, state, dueAt, acceptedAt, settledAt, outcome }, 200);
  });

  app.openapi(open(routes.person, 'viewer'), async (c) => {
    const { employeeNumber } = c.req.valid('param');
    const person = await showPerson(directory, temporal, employeeNumber);
    if (!person) throw new HttpFailure(404, 'not-found', `nobody is known by ${employeeNumber}`);
    return c.json({ ...person }, 200);
  });

  app.openapi(open(routes.applications, 'viewer'), async (c) => {
    return c.json(
      (await showApplications(directory)).map((application) => ({ ...application })),
      200,
    );
  });

  app.openapi(open(routes.verifyApplication, 'operator'), async (c) => {
    const { name } = c.req.valid('param');
    const verification = await verifyApplication(directory, sealer, name).catch((error: Error) => {
      const remedy = 'remedy' in error && typeof error.remedy === 'string' ? `; ${error.remedy}` : '';
      throw new HttpFailure(502, 'application', `${error.message}${remedy}`);
    });
    if (!verification) throw new HttpFailure(404, 'not-found', `there is no application ${name}`);
    return c.json({ ...verification }, 200);
  });

  addApplicationRoutes(app, open, options);
  addTaskRoutes(app, open, options);
  addPeopleRoutes(app, open, options);
  addImportRoutes(app, open, options);
  addImportPeopleRoutes(app, open, { ...options, largestImport: options.largestImport ?? LARGEST_IMPORT });
  addGroupPushRoutes(app, open, options);
  addPolicyRoutes(app, open, options);
  addPlanRoutes(app, open, options);
  addConfigRoutes(app, open, options);

  app.openapi(open(routes.pauseApplication, 'operator'), async (c) => {
    const { name } = c.req.valid('param');
    const changed = await pause(directory, name, c.req.valid('json').reason, `key:${c.var.key.name}`);
    if (changed === undefined) throw new HttpFailure(404, 'not-found', `there is no application ${name}`);
    return c.json({ changed }, 200);
  });

  app.openapi(open(routes.resumeApplication, 'operator'), async (c) => {
    const { name } = c.req.valid('param');
    const changed = await resume(directory, name, `key:${c.var.key.name}`);
    if (changed === undefined) throw new HttpFailure(404, 'not-found', `there is no application ${name}`);
    return c.json({ changed }, 200);
  });

  app.openapi(open(routes.report, 'viewer'), async (c) => {
    const { format, ...asked } = c.req.valid('query');
    const rows = readReport(temporal, asked, (employeeNumber) => importNumbersOf(directory, employeeNumber));
    const lines = format === 'csv' ? toCsv(rows) : toJsonLines(rows);
    c.header('Content-Type', format === 'csv' ? 'text/csv; charset=utf-8' : 'application/x-ndjson');
    return c.body(await streamed(lines, log));
  });

  app.openAPIRegistry.registerPath(open(routes.openapi, 'viewer'));
  app.get(routes.openapi.path, (c) =>
    c.json(app.getOpenAPI31Document({ openapi: '3.1.0', info: INFO, security: [{ apiKey: [] }] })),
  );
  for (const [name, scheme] of Object.entries(securitySchemes))
    app.openAPIRegistry.registerComponent('securitySchemes', name, scheme);
  return app;
}

function tooLarge(): never {
  throw new HttpFailure(413, 'too-large', `a body may have at most ${LARGEST_BODY} bytes`);
}
