/** People over HTTP: listed, added, edited, removed. */
import type { OpenAPIHono } from '@hono/zod-openapi';
import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import type { Context } from 'hono';
import { localDate } from '#domain/due.ts';
import type { Logger } from '#runtime/logger.ts';
import type { Sql } from '#directory/database.ts';
import { personWorkflowId } from '#workflows/ids.ts';
import { addPerson, cancelChange, editPerson, removePerson } from '../people-changes.ts';
import type { ChangeContext, ChangeReply } from '../person-change.ts';
import { CsvHeaderError } from '../csv-rows.ts';
import { previewCsv } from '../csv-preview.ts';
import { importPeople } from '../people-import.ts';
import { peopleCsv } from '../people-csv.ts';
import { countMatching, listPeople, PeopleQuestionError, readWhere, type PeopleQuestion } from '../people-list.ts';
import { routes } from './api.ts';
import type { Open } from './app.ts';
import { HttpFailure, invalid, wrong } from './failures.ts';
import type { Variables } from './gate.ts';
import { streamed } from './stream.ts';

interface PeopleRoutesOptions {
  directory: Sql;
  defaultTimeZone: string;
  log: Pick<Logger, 'error'>;
  onAccepted: () => void;
  largestImport?: number;
}

const PAGE = 200;
const LARGEST_IMPORT = 32 * 1024 * 1024;

/** Adds the routes of people to the API. */
export function addPeopleRoutes(app: OpenAPIHono<Variables>, open: Open, options: PeopleRoutesOptions): void {
  const { directory, defaultTimeZone, log, onAccepted, largestImport = LARGEST_IMPORT } = options;
  const context = (key: string): ChangeContext => ({ directory, defaultTimeZone, by: `key:${key}` });

  app.openapi(open(routes.people, 'viewer'), async (c) => {
    const { application, account, where, stuck, filter, count, format, limit, ...asked } = c.req.valid('query');
    if (account !== undefined && application === undefined)
      throw wrong([{ field: 'application', problem: 'is missing: account is the status of an account there' }]);
    try {
      const question: PeopleQuestion = {
        ...asked,
        where: readWhere(where ?? []),
        condition: filter,
        stuck: stuck === 'true',
        account: application === undefined ? undefined : { application, status: account },
      };
      if (format === 'csv') {
        c.header('Content-Type', 'text/csv; charset=utf-8');
        return c.body(await streamed(peopleCsv(directory, question, limit), log));
      }
      const page = await listPeople(directory, question, limit ?? PAGE);
      return c.json({ ...page, ...(count === 'true' && { count: await countMatching(directory, question) }) }, 200);
    } catch (error) {
      if (error instanceof PeopleQuestionError) throw wrong([...error.faults]);
      throw error;
    }
  });

  app.openapi(open(routes.addPerson, 'operator'), async (c) => {
    const id = c.req.valid('header')['idempotency-key'];
    return c.json(stored(await addPerson(context(c.var.key.name), { ...c.req.valid('json'), id })), 202);
  });

  app.openapi(open(routes.editPerson, 'operator'), async (c) => {
    const { employeeNumber } = c.req.valid('param');
    const id = c.req.valid('header')['idempotency-key'];
    const reply = await editPerson(context(c.var.key.name), { ...c.req.valid('json'), employeeNumber, id });
    if (reply.result === 'nothing') return c.json({ changed: false as const, says: reply.why }, 200);
    return c.json(stored(reply), 202);
  });

  app.openapi(open(routes.removePerson, 'operator'), async (c) => {
    const { immediate, confirm, ...asked } = c.req.valid('query');
    const { employeeNumber } = c.req.valid('param');
    const id = c.req.valid('header')['idempotency-key'];
    // Said only where it is: a leaver that waits for its day says nothing of it.
    const atOnce = immediate === 'true' || undefined;
    const removal = { ...asked, employeeNumber, id, confirm, immediate: atOnce };
    return c.json(stored(await removePerson(context(c.var.key.name), removal)), 202);
  });

  app.openapi(open(routes.cancelChange, 'operator'), async (c) => {
    const { employeeNumber, id: target } = c.req.valid('param');
    const id = c.req.valid('header')['idempotency-key'];
    return c.json(stored(await cancelChange(context(c.var.key.name), { employeeNumber, target, id })), 202);
  });

  // Described by its schema, read as a stream.
  app.openAPIRegistry.registerPath(open(routes.importPeople, 'operator'));
  app.post(routes.importPeople.path, async (c) => {
    const by = `key:${c.var.key.name}`;
    const { preview } = readQuery(c.req.query());
    const file = fileOf(c, largestImport);
    const csv = {
      directory,
      defaultTimeZone,
      source: `import by ${by}`,
      today: localDate(new Date().toISOString(), defaultTimeZone),
    };
    try {
      if (preview === 'true') return c.json(await previewCsv(file, csv), 200);
      const afterBatch = async () => onAccepted();
      const { eventIds: _eventIds, ...result } = await importPeople(file, { ...csv, afterBatch }, by);
      return c.json(result, 200);
    } catch (error) {
      if (error instanceof CsvHeaderError) throw wrong(error.faults.map((problem) => ({ field: 'header', problem })));
      throw error;
    }
  });

  function stored(reply: ChangeReply) {
    switch (reply.result) {
      case 'accepted':
      case 'known': {
        if (reply.result === 'accepted') onAccepted();
        const { id, type, employeeNumber, state, dueAt } = reply.event;
        const statusUrl = `/hr/events/${encodeURIComponent(id)}`;
        return { id, type, employeeNumber, state, dueAt, statusUrl, workflowId: personWorkflowId(employeeNumber) };
      }
      case 'invalid':
        throw wrong(reply.faults);
      case 'unknown':
        throw new HttpFailure(404, 'not-found', reply.why);
      case 'nothing':
      case 'refused':
      case 'id-taken':
        throw new HttpFailure(409, 'conflict', reply.why);
    }
  }
}

function readQuery(query: Record<string, string>) {
  const read = routes.importPeople.request.query.safeParse(query);
  if (!read.success) throw invalid(read.error.issues);
  return read.data;
}

/** The body as it comes, once it is clear that it is CSV and not too long. */
function fileOf(c: Context, most: number): Readable {
  if (!/^text\/csv\b/i.test(c.req.header('content-type') ?? ''))
    throw new HttpFailure(415, 'unsupported', 'send the file as text/csv');
  const length = Number(c.req.header('content-length') ?? Number.NaN);
  if (Number.isNaN(length)) throw new HttpFailure(411, 'length-required', 'say how long the file is: Content-Length');
  if (length > most) throw new HttpFailure(413, 'too-large', `a file may have at most ${most} bytes`);
  return c.req.raw.body ? Readable.fromWeb(c.req.raw.body as ReadableStream) : Readable.from([]);
}
