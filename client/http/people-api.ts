/** The contract of the routes of people. */
import { createRoute, z } from '@hono/zod-openapi';
import { PERSON_STATUSES } from '#domain/person.ts';
import { errorSchema, json, refusals, word } from './schemas.ts';

const text = word;
const employeeNumber = z.object({ employeeNumber: word });
const profile = z.record(z.string(), z.string().nullable());
const once = z.object({
  'idempotency-key': text
    .optional()
    .openapi({ description: 'The id that the HR event gets; asked again with it, nothing happens twice' }),
});

const personSchema = z
  .object({
    employeeNumber: z.string(),
    name: z.string(),
    status: z.string(),
    startDate: z.string().nullable(),
    profile,
    accounts: z.array(z.object({ application: z.string(), status: z.string() })),
    openTasks: z.number(),
  })
  .openapi('PersonLine');

const changeSchema = z
  .object({
    id: z.string(),
    type: z.string(),
    employeeNumber: z.string(),
    state: z.string(),
    dueAt: z.string().nullable(),
    statusUrl: z.string(),
    workflowId: z.string(),
  })
  .openapi('Change');

/** What every change of a person answers. */
const answers = {
  202: json(changeSchema, 'Stored as an HR event, now or when it was asked before; it is carried out when due'),
  400: json(errorSchema, 'Every wrong field is named'),
  409: json(errorSchema, 'Not as things are, or the id was used for something else; the message says what to do'),
  ...refusals,
};
const unsupported = { 415: json(errorSchema, 'The body is not declared as it has to be') };

/** A field may be asked for more than once. */
const several = z.union([text, z.array(text)]).transform((given) => (Array.isArray(given) ? given : [given]));

export const peopleRoutes = {
  people: createRoute({
    method: 'get',
    path: '/people',
    summary: 'People, filtered; a page at a time, or all of them as CSV',
    request: {
      query: z.strictObject({
        status: z.enum(PERSON_STATUSES).optional(),
        where: several
          .optional()
          .openapi({ description: '`field=value`, several times; an empty value: nothing is known' }),
        text: text.optional().openapi({ description: 'Part of a name, employee number or e-mail address' }),
        group: text.optional(),
        filter: z.string().max(10_000).optional().openapi({ description: 'A condition, such as `country == "DE"`' }),
        application: text.optional(),
        account: z.enum(['active', 'frozen', 'inactive', 'none']).optional(),
        stuck: z.enum(['true', 'false']).default('false'),
        order: z.enum(['number', 'name']).default('number'),
        after: z.string().max(10_000).optional().openapi({ description: '`next` of the page before' }),
        limit: z.coerce.number().int().min(1).max(1_000).optional().openapi({ description: '200 without; CSV: all' }),
        count: z.enum(['true', 'false']).default('false'),
        format: z.enum(['json', 'csv']).default('json'),
      }),
    },
    responses: {
      200: {
        description: 'The people',
        content: {
          'application/json': {
            schema: z.object({
              people: z.array(personSchema),
              next: z.string().nullable(),
              count: z.number().optional(),
            }),
          },
          'text/csv': { schema: z.string() },
        },
      },
      400: json(errorSchema, 'Every wrong part of the question is named'),
      ...refusals,
    },
  }),
  addPerson: createRoute({
    method: 'post',
    path: '/people',
    summary: 'Hire somebody who is new or comes back: a joiner',
    request: {
      headers: once,
      body: {
        required: true,
        content: {
          'application/json': {
            schema: z.strictObject({ employeeNumber: word, startDate: text.optional(), profile }),
          },
        },
      },
    },
    responses: { ...answers, ...unsupported },
  }),
  editPerson: createRoute({
    method: 'patch',
    path: '/people/{employeeNumber}',
    summary: 'Say what differs: a mover with nothing else in it',
    request: {
      params: employeeNumber,
      headers: once,
      body: {
        required: true,
        content: { 'application/json': { schema: z.strictObject({ effectiveDate: text.optional(), profile }) } },
      },
    },
    responses: {
      200: json(z.object({ changed: z.literal(false), says: z.string() }), 'Nothing differs, and nothing was sent'),
      ...answers,
      ...unsupported,
    },
  }),
  removePerson: createRoute({
    method: 'delete',
    path: '/people/{employeeNumber}',
    summary: 'End an employment: a leaver',
    request: {
      params: employeeNumber,
      headers: once,
      query: z.strictObject({
        confirm: text.optional().openapi({ description: 'The employee number again' }),
        lastDay: text.optional().openapi({ description: 'The last day with access' }),
        effectiveDate: text.optional().openapi({ description: 'Or: the first day without' }),
        immediate: z.enum(['true', 'false']).default('false'),
        successor: text.optional().openapi({ description: 'Who takes over what they own' }),
      }),
    },
    responses: answers,
  }),
  cancelChange: createRoute({
    method: 'delete',
    path: '/people/{employeeNumber}/events/{id}',
    summary: 'Take back a change that has not begun: a rescind',
    request: { params: z.object({ employeeNumber: word, id: word }), headers: once },
    responses: answers,
  }),
};
