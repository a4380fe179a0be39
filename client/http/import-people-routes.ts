/** Imports over HTTP: staged, looked at, run, controlled. */
import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { localDate } from '#domain/due.ts';
import type { Role } from '#directory/api-keys.ts';
import { importCounts } from '#directory/import-work.ts';
import { findImport, listImports, type ImportRecord } from '#directory/imports.ts';
import { stageAccounts } from '../import-accounts.ts';
import { failedRows } from '../import-failures.ts';
import { importProgress } from '../import-progress.ts';
import { listRows } from '../import-rows.ts';
import { endAbandonedStagings } from '../import-session.ts';
import { stagePeople } from '../import-staging.ts';
import { cancelImport, pauseImport, resumeImport, retryImport, startImport, type ImportReply } from '../imports.ts';
import { allows } from '../keys.ts';
import { routes } from './api.ts';
import type { AppOptions, Open } from './app.ts';
import { answered, HttpFailure, invalid, wrong } from './failures.ts';
import type { Variables } from './gate.ts';
import { streamed } from './stream.ts';

type Options = Pick<AppOptions, 'directory' | 'temporal' | 'taskQueue' | 'sealer' | 'defaultTimeZone' | 'log'> & {
  /** The most bytes of a file. */
  largestImport: number;
};

/** Adds the routes of imports to the API. */
export function addImportPeopleRoutes(app: OpenAPIHono<Variables>, open: Open, options: Options): void {
  const { directory, sealer, defaultTimeZone, log, largestImport } = options;

  // Described by its schema, read as a stream.
  app.openAPIRegistry.registerPath(open(routes.stagePeople, 'operator'));
  app.post(routes.stagePeople.path, async (c) => {
    const { name, delimiter, map, ...asked } = readQuery(c);
    const file = new LimitedFile(c, largestImport);
    const staged = await stagePeople(file.bytes(), {
      directory,
      defaultTimeZone,
      source: `file ${name}`,
      today: localDate(new Date().toISOString(), defaultTimeZone),
      by: by(c),
      options: {
        ...asked,
        ...(delimiter === undefined ? {} : { separator: delimiter }),
        ...(map === undefined ? {} : { map }),
      },
    });
    if (staged.state === 'failed') throw wrong([{ field: 'file', problem: staged.failure ?? 'can not be read' }]);
    return c.json(located(staged), 201);
  });

  app.openapi(open(routes.stageAccounts, 'operator'), async (c) => {
    const { application } = c.req.valid('param');
    const staging = stageAccounts({ directory, sealer, defaultTimeZone, by: by(c), ...c.req.valid('query') }, application);
    const staged = await answered(staging);
    if (!staged) throw new HttpFailure(404, 'not-found', `there is no application ${application}`);
    return c.json(located(await known(staged.id)), 201);
  });

  app.openapi(open(routes.imports, 'viewer'), async (c) => {
    await endAbandonedStagings(directory);
    return c.json((await listImports(directory, c.req.valid('query').limit)).map(shown), 200);
  });

  app.openapi(open(routes.import, 'viewer'), async (c) => {
    const record = await known(c.req.valid('param').id);
    const { states } = await importCounts(directory, record.id);
    const progress = record.runAt === null ? undefined : await importProgress(options, record.id);
    return c.json({ ...shown(record), states: { ...states }, progress: progress ? { ...progress } : null }, 200);
  });

  app.openapi(open(routes.importRows, 'viewer'), async (c) => {
    const { id } = await known(c.req.valid('param').id);
    const { after, ...asked } = c.req.valid('query');
    return c.json(await listRows(directory, id, { ...asked, after: after ?? null }), 200);
  });

  // Whoever sent the file sent its other columns as well, which are nobody's who may only look.
  app.openapi(open(routes.failedRows, 'operator'), async (c) => {
    const { id, options: asked } = await known(c.req.valid('param').id);
    const type = asked.format === 'json-lines' ? 'application/x-ndjson' : 'text/csv; charset=utf-8';
    c.header('Content-Type', type);
    return c.body(await streamed(failedRows(directory, id), log));
  });

  app.openapi(open(routes.runImport, 'operator'), async (c) => {
    const { id } = c.req.valid('param');
    const { allowRemovals } = c.req.valid('query');
    await requireFor(c.var.key.role, await known(id), allowRemovals);
    return c.json(await after(id, startImport(options, { id, by: by(c), allowRemovals })), 200);
  });

  app.openapi(open(routes.retryImport, 'operator'), async (c) => {
    const { id } = c.req.valid('param');
    await requireFor(c.var.key.role, await known(id));
    return c.json(await after(id, retryImport(options, { id, by: by(c) })), 200);
  });

  app.openapi(open(routes.pauseImport, 'operator'), async (c) => {
    const { id } = c.req.valid('param');
    return c.json(await after(id, pauseImport(options, { id, by: by(c), reason: c.req.valid('json').reason })), 200);
  });

  app.openapi(open(routes.resumeImport, 'operator'), async (c) => {
    const { id } = c.req.valid('param');
    return c.json(await after(id, resumeImport(options, { id, by: by(c) })), 200);
  });

  app.openapi(open(routes.cancelImport, 'operator'), async (c) => {
    const { id } = c.req.valid('param');
    return c.json(await after(id, cancelImport(options, { id, by: by(c), reason: c.req.valid('json').reason })), 200);
  });

  async function known(id: number): Promise<ImportRecord> {
    const record = await findImport(directory, id);
    if (!record) throw unknown(id);
    return record;
  }

  /** The import as it is once it was told something. */
  async function after(id: number, asked: Promise<ImportReply>) {
    const reply = await asked;
    if (reply.result === 'unknown') throw unknown(id);
    if (reply.result === 'refused') throw new HttpFailure(409, 'conflict', reply.why);
    return shown(await known(id));
  }
}
