/** Imports over HTTP: staged, looked at, run, controlled. */
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { localDate } from '#domain/due.ts';
import type { Role } from '#directory/api-keys.ts';
import { importCounts } from '#directory/import-work.ts';
import { findImport, listImports, type ImportRecord } from '#directory/imports.ts';
import { stageAccounts } from '../import-accounts.ts';
import { failedRows } from '../import-failures.ts';
import { importOptions } from '../import-options.ts';
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
import { FILE_TYPES } from './import-people-api.ts';
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
    const { name, ...said } = readQuery(c);
    const staging = stagePeople(fileOf(c, largestImport), {
      directory,
      defaultTimeZone,
      source: `file ${name}`,
      today: localDate(new Date().toISOString(), defaultTimeZone),
      by: by(c),
      options: importOptions(said),
    });
    const staged = await answered(staging);
    if (staged.state === 'failed') throw wrong([{ field: 'file', problem: staged.failure ?? 'can not be read' }]);
    return c.json(located(staged), 201);
  });

  app.openapi(open(routes.stageAccounts, 'operator'), async (c) => {
    const { application } = c.req.valid('param');
    const staging = stageAccounts(
      { directory, sealer, defaultTimeZone, by: by(c), ...c.req.valid('query') },
      application,
    );
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
    requireRole(c.var.key.role, await known(id), allowRemovals);
    return c.json(await after(id, startImport(options, { id, by: by(c), allowRemovals })), 200);
  });

  app.openapi(open(routes.retryImport, 'operator'), async (c) => {
    const { id } = c.req.valid('param');
    requireRole(c.var.key.role, await known(id));
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

function by(c: Context<Variables>): string {
  return `key:${c.var.key.name}`;
}

function shown({ header: _header, ...record }: ImportRecord) {
  return { ...record, counts: { ...record.counts } };
}

function located(record: ImportRecord) {
  return { ...shown(record), statusUrl: `/imports/${record.id}` };
}

function unknown(id: number): HttpFailure {
  return new HttpFailure(404, 'not-found', `there is no import ${id}`);
}

/** People leave who were not named: that is for an administrator. */
function requireRole(role: Role, { options }: ImportRecord, allowRemovals?: number): void {
  if ((!options.authoritative && allowRemovals === undefined) || allows(role, 'administrator')) return;
  throw new HttpFailure(403, 'forbidden', 'this needs the role administrator: who is missing in the file would leave');
}

function readQuery(c: Context) {
  const { map } = c.req.queries();
  const read = routes.stagePeople.request.query.safeParse({ ...c.req.query(), ...(map ? { map } : {}) });
  if (!read.success) throw invalid(read.error.issues);
  return read.data;
}

/** The body as it comes, once it is declared as a file, and no longer than it may be. */
function fileOf(c: Context, most: number): AsyncIterable<Buffer> {
  const type = (c.req.header('content-type') ?? '').split(';')[0]?.trim().toLowerCase();
  if (!FILE_TYPES.some((one) => one === type))
    throw new HttpFailure(415, 'unsupported', `send the file as one of ${FILE_TYPES.join(', ')}`);
  const tooLarge = () => new HttpFailure(413, 'too-large', `a file may have at most ${most} bytes`);
  if (Number(c.req.header('content-length') ?? 0) > most) throw tooLarge();
  return limited(c.req.raw.body ?? [], most, tooLarge);
}

async function* limited(
  body: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  most: number,
  tooLarge: () => HttpFailure,
): AsyncGenerator<Buffer> {
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.byteLength;
    if (bytes > most) throw tooLarge();
    yield Buffer.from(chunk);
  }
}
