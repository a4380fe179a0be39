/** Applications over HTTP: set up, checked, tried, removed. */
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Fault } from '#domain/hr-event-input.ts';
import type { Sql } from '#directory/database.ts';
import type { Sealer } from '#directory/sealing.ts';
import {
  ApplicationError,
  checkSavedApplication,
  removeApplication,
  saveApplicationRules,
  showApplication,
} from '../applications.ts';
import { preview, type TriedPerson } from '../mapping-preview.ts';
import { routes } from './api.ts';
import type { Open } from './app.ts';
import { readJson } from './body.ts';
import { HttpFailure } from './failures.ts';
import type { Variables } from './gate.ts';

interface ApplicationRoutesOptions {
  directory: Sql;
  sealer: Sealer;
}

/** Adds the routes that set up applications to the API. */
export function addApplicationRoutes(
  app: OpenAPIHono<Variables>,
  open: Open,
  { directory, sealer }: ApplicationRoutesOptions,
): void {
  app.openapi(open(routes.application, 'viewer'), async (c) => {
    const { name } = c.req.valid('param');
    return c.json({ ...known(name, await showApplication(directory, name)) }, 200);
  });

  // Described by its schema, read by applications.ts, which names mappings by their attribute.
  app.openAPIRegistry.registerPath(open(routes.saveApplication, 'administrator'));
  app.put('/applications/:name', async (c) => {
    const document = named(c.req.param('name'), await readJson(c.req));
    const actor = `key:${c.var.key.name}`;
    const { application, warnings } = await saveApplicationRules(directory, sealer, document, actor).catch(
      (error: unknown) => {
        throw error instanceof ApplicationError ? invalid(error.faults) : error;
      },
    );
    return c.json({ application, warnings }, 200);
  });

  app.openapi(open(routes.removeApplication, 'administrator'), async (c) => {
    const { name } = c.req.valid('param');
    const forgetAccounts = c.req.valid('query').forgetAccounts === 'true';
    const removed = await removeApplication(directory, name, { forgetAccounts, actor: `key:${c.var.key.name}` });
    if (removed.result === 'refused') throw new HttpFailure(409, 'conflict', `${name} is not removed: ${removed.why}`);
    known(name, removed.result === 'removed' ? removed : undefined);
    return c.json({ removed: true }, 200);
  });

  app.openapi(open(routes.checkApplication, 'operator'), async (c) => {
    const { name } = c.req.valid('param');
    return c.json(known(name, await checkSavedApplication(directory, sealer, name)), 200);
  });

  app.openapi(open(routes.previewMapping, 'viewer'), async (c) =>
    c.json({ ...(await tried({ known: c.req.valid('query').person }, c.req.valid('param').name)) }, 200),
  );
  app.openapi(open(routes.tryMapping, 'viewer'), async (c) =>
    c.json({ ...(await tried({ madeUp: c.req.valid('json') }, c.req.valid('param').name)) }, 200),
  );

  async function tried(person: TriedPerson, application: string) {
    const answer = await preview(directory, sealer, person, application);
    if ('unknown' in answer) throw new HttpFailure(404, 'not-found', answer.unknown);
    if ('faults' in answer) throw invalid(answer.faults);
    return answer.preview;
  }
}

/** The document under the name in the address; another name in the document is a fault. */
function named(name: string, document: unknown): unknown {
  if (typeof document !== 'object' || document === null || Array.isArray(document)) return document;
  const { name: said = name } = document as { name?: unknown };
  if (said !== name) throw invalid([{ field: 'name', problem: `must be ${name}, as in the address` }]);
  return { ...document, name };
}

function invalid(faults: Fault[]): HttpFailure {
  return new HttpFailure(400, 'invalid', faults.map(({ field, problem }) => `${field} ${problem}`).join('; '), faults);
}

function known<T>(name: string, answer: T | undefined): T {
  if (answer === undefined) throw new HttpFailure(404, 'not-found', `there is no application ${name}`);
  return answer;
}
