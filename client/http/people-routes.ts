/** People over HTTP: listed, added, edited, removed. */
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Logger } from '#runtime/logger.ts';
import type { Sql } from '#directory/database.ts';
import { personWorkflowId } from '#workflows/ids.ts';
import { addPerson, cancelChange, editPerson, removePerson } from '../people-changes.ts';
import type { ChangeContext, ChangeReply } from '../person-change.ts';
import { peopleCsv } from '../people-csv.ts';
import { countMatching, listPeople, PeopleQuestionError, readWhere, type PeopleQuestion } from '../people-list.ts';
import { routes } from './api.ts';
import type { Open } from './app.ts';
import { HttpFailure, wrong } from './failures.ts';
import type { Variables } from './gate.ts';
import { streamed } from './stream.ts';

interface PeopleRoutesOptions {
  directory: Sql;
  defaultTimeZone: string;
  log: Pick<Logger, 'error'>;
  onAccepted: () => void;
}

const PAGE = 200;

/** Adds the routes of people to the API. */
export function addPeopleRoutes(app: OpenAPIHono<Variables>, open: Open, options: PeopleRoutesOptions): void {
  const { directory, defaultTimeZone, log, onAccepted } = options;
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
