/** The contract of the routes of imports: staged, looked at, run, controlled. */
import { createRoute, z } from '@hono/zod-openapi';
import { IMPORT_STATES, ROW_STATES, VERDICTS } from '#domain/import.ts';
import { columnMeaning } from '../import-options.ts';
import { REASON_MOST } from '../pauses.ts';
import { errorSchema, json, line, refusals, word } from './schemas.ts';

/** Declared as any string: the router's types take every name that ends in json for one JSON value. */
const CSV: string = 'text/csv';
/** What a file of people may be declared as. */
export const FILE_TYPES = ['text/csv', 'application/x-ndjson', 'application/gzip', 'application/octet-stream'] as const;
const FILES: Record<string, { schema: z.ZodType }> = Object.fromEntries(
  FILE_TYPES.map((type) => [type, { schema: z.string() }]),
);
const number = z.coerce.number().int().min(1).max(Number.MAX_SAFE_INTEGER);
const yes = z.enum(['true', 'false']).transform((text) => text === 'true');
const meaning = z.string().max(500);
const meanings = z.union([meaning, z.array(meaning)]).transform((given, context) =>
  (Array.isArray(given) ? given : [given]).map((text) => {
    const read = columnMeaning(text);
    if (!read) context.addIssue({ code: 'custom', message: 'must be <title of a column>=<what it is, or ->' });
    return read ?? (['', ''] as [string, string]);
  }),
);
const params = z.object({ id: number });
const counts = z.record(z.string(), z.number().optional());
const wrong = json(errorSchema, 'Every wrong field is named');
const conflict = json(errorSchema, 'It can not be done as things are; the message says why');

const optionsSchema = z.object({
  format: z.enum(['csv', 'json-lines']).optional(),
  encoding: z.string().optional(),
  separator: z.string().optional(),
  map: z.record(z.string(), z.string()).optional(),
  ignoreUnknown: z.boolean().optional(),
  authoritative: z.boolean().optional(),
  allowRemovals: z.number().optional(),
  bulkFrom: z.number().optional(),
  where: z.string().optional(),
  includeInactive: z.boolean().optional(),
});
const importSchema = z
  .object({
    id: z.number(),
    kind: z.enum(['people', 'accounts']),
    source: z.string(),
    application: z.string().nullable(),
    options: optionsSchema,
    state: z.enum(IMPORT_STATES),
    counts: counts.openapi({ description: 'How many rows there are of each verdict' }),
    failure: z.string().nullable(),
    run: z.number(),
    createdBy: z.string(),
    createdAt: z.string(),
    stagedAt: z.string().nullable(),
    runBy: z.string().nullable(),
    runAt: z.string().nullable(),
    endedAt: z.string().nullable(),
  })
  .openapi('Import');

const ends = z.object({
  done: z.number(),
  unchanged: z.number(),
  failed: z.number(),
  handed: z.number(),
  skipped: z.number(),
});
const progressSchema = z.object({
  rows: z.number(),
  applications: z.record(z.string(), ends),
  ended: z.number(),
  failed: z.number(),
  rowsPerSecond: z.number(),
  estimatedEnd: z.string().nullable(),
  pause: z.object({ by: z.string(), reason: z.string(), since: z.string(), until: z.string().optional() }).nullable(),
  cancelling: z.boolean(),
});

const rowSchema = z
  .object({
    line: z.number().openapi({ description: 'Below zero: a person who is missing in the file' }),
    employeeNumber: z.string().nullable(),
    name: z.string().nullable(),
    verdict: z.enum(VERDICTS).nullable(),
    reason: z.string().nullable(),
    changes: z.array(z.object({ field: z.string(), old: z.string().nullable(), new: z.string().nullable() })),
    state: z.enum(ROW_STATES).nullable(),
    results: z.array(
      z.object({
        application: z.string(),
        outcome: z.string(),
        message: z.string().optional(),
        remedy: z.string().optional(),
      }),
    ),
  })
  .openapi('ImportRow');

const staged = {
  201: json(importSchema.extend({ statusUrl: z.string() }), 'It is staged, and nothing else was changed'),
  400: wrong,
  409: conflict,
  ...refusals,
};
const reasoned = {
  required: true,
  content: { 'application/json': { schema: z.strictObject({ reason: line(REASON_MOST) }) } },
};
const controlled = (what: string) => ({
  200: json(importSchema, what),
  400: wrong,
  409: conflict,
  ...refusals,
});

export const importPeopleRoutes = {
  stagePeople: createRoute({
    method: 'post',
    path: '/imports/people',
    summary: 'Stage a file of people: every row gets a verdict, nothing else is changed',
    description:
      'CSV or JSON lines, either may be gzipped, as the body; read as it comes. What it means is read with the import; POST /imports/{id}/run does it.',
    request: {
      query: z.strictObject({
        name: word.default('people').openapi({ description: 'What the file is called' }),
        authoritative: yes.optional().openapi({ description: 'Who is missing in the file leaves' }),
        encoding: word.optional(),
        delimiter: z.string().min(1).max(1).optional(),
        map: meanings
          .optional()
          .openapi({ description: '`Personnel No=employeeNumber`, several times; `Notes=-`: nothing' }),
        ignoreUnknown: yes.optional().openapi({ description: 'Pass over columns that mean nothing here' }),
        bulkFrom: number.optional().openapi({ description: 'Rows from which on a bulk interface makes the accounts' }),
      }),
      body: {
        required: true,
        content: FILES,
      },
    },
    responses: {
      ...staged,
      413: json(errorSchema, 'The file is too large; nothing of it stays'),
      415: json(errorSchema, 'The body is not declared as such a file'),
    },
  }),
  stageAccounts: createRoute({
    method: 'post',
    path: '/imports/accounts/{application}',
    summary: 'Stage the accounts of an application: whose each is, or who could be made of it',
    request: {
      params: z.object({ application: word }),
      query: z.strictObject({
        where: z.string().max(2_000).optional().openapi({ description: 'Only accounts that meet this condition' }),
        includeInactive: yes.optional().openapi({ description: 'People are made of inactive accounts as well' }),
      }),
    },
    responses: {
      ...staged,
      502: json(errorSchema, 'The application refused or did not answer; the message says what to do'),
    },
  }),
  imports: createRoute({
    method: 'get',
    path: '/imports',
    summary: 'Imports, newest first',
    request: { query: z.object({ limit: z.coerce.number().int().min(1).max(1_000).default(100) }) },
    responses: { 200: json(z.array(importSchema), 'The imports'), 400: wrong, ...refusals },
  }),
  import: createRoute({
    method: 'get',
    path: '/imports/{id}',
    summary: 'An import, and how far it is',
    request: { params },
    responses: {
      200: json(importSchema.extend({ states: counts, progress: progressSchema.nullable() }), 'The import'),
      400: wrong,
      ...refusals,
    },
  }),
  importRows: createRoute({
    method: 'get',
    path: '/imports/{id}/rows',
    summary: 'What rows mean, and what became of them',
    request: {
      params,
      query: z.object({
        verdict: z.enum(VERDICTS).optional(),
        state: z.enum(ROW_STATES).optional(),
        after: z.coerce.number().int().optional().openapi({ description: 'The line after which they begin' }),
        limit: z.coerce.number().int().min(1).max(1_000).default(200),
      }),
    },
    responses: {
      200: json(
        z.object({ rows: z.array(rowSchema), next: z.number().nullable() }),
        'Rows in the order of their lines, and the line after which there are more',
      ),
      400: wrong,
      ...refusals,
    },
  }),
  failedRows: createRoute({
    method: 'get',
    path: '/imports/{id}/failed.csv',
    summary: 'The rows that failed or are invalid, in the columns of the file, each with the reason',
    request: { params },
    responses: {
      200: { description: 'CSV that can be mended and staged again', content: { [CSV]: { schema: z.string() } } },
      400: wrong,
      409: conflict,
      ...refusals,
    },
  }),
  runImport: createRoute({
    method: 'post',
    path: '/imports/{id}/run',
    summary: 'Carry out what was staged',
    description: 'Needs an administrator where who is missing in the file leaves, and to allow more removals.',
    request: { params, query: z.strictObject({ allowRemovals: z.coerce.number().int().min(0).optional() }) },
    responses: controlled('It runs'),
  }),
  retryImport: createRoute({
    method: 'post',
    path: '/imports/{id}/retry',
    summary: 'Try the rows that failed once more, as they were staged',
    request: { params },
    responses: controlled('It runs'),
  }),
  pauseImport: createRoute({
    method: 'post',
    path: '/imports/{id}/pause',
    summary: 'Wait at the next border between pages',
    request: { params, body: reasoned },
    responses: controlled('It is told to pause'),
  }),
  resumeImport: createRoute({
    method: 'post',
    path: '/imports/{id}/resume',
    summary: 'Go on after a pause; a page that failed is tried again',
    request: { params },
    responses: controlled('It is told to go on'),
  }),
  cancelImport: createRoute({
    method: 'post',
    path: '/imports/{id}/cancel',
    summary: 'End at the next border between pages; what is done stays done',
    request: { params, body: reasoned },
    responses: controlled('It is told to end'),
  }),
};
