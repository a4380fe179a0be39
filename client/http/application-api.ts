/** The contract of the routes that set up applications, and try their rules. */
import { createRoute, z } from '@hono/zod-openapi';
import { applicationSchema } from '../application-document.ts';
import { triedPersonSchema } from '../mapping-preview.ts';
import { errorSchema, json, refusals, word } from './schemas.ts';

const params = z.object({ name: word });
const warnings = z.array(z.string());
const application = z.looseObject({ name: z.string(), label: z.string(), connector: z.string() });
const preview = z.looseObject({
  person: z.object({ employeeNumber: z.string(), name: z.string(), status: z.string() }),
  groups: z.array(z.string()).nullable(),
  applications: z.array(z.looseObject({ application: z.string(), inScope: z.boolean().nullable() })),
});
const invalid = json(errorSchema, 'Every wrong field is named');
const notJson = json(errorSchema, 'The body is not declared as JSON');

export const applicationRoutes = {
  application: createRoute({
    method: 'get',
    path: '/applications/{name}',
    summary: 'One application, its rules without secrets, and whether it is paused',
    request: { params },
    responses: { 200: json(application, 'The application'), ...refusals },
  }),
  saveApplication: createRoute({
    method: 'put',
    path: '/applications/{name}',
    summary: 'Add or replace an application',
    description:
      'The rules are checked by themselves and against the application; any fault refuses the whole. An application that can not be asked is a warning. Without `secret`, a known application keeps its own.',
    request: {
      params,
      body: {
        required: true,
        content: { 'application/json': { schema: applicationSchema.extend({ name: z.string().optional() }) } },
      },
    },
    responses: {
      200: json(z.object({ application, warnings }), 'It is saved'),
      400: invalid,
      415: notJson,
      ...refusals,
    },
  }),
  removeApplication: createRoute({
    method: 'delete',
    path: '/applications/{name}',
    summary: 'Remove an application from the directory; nothing is changed in the application itself',
    request: { params, query: z.object({ forgetAccounts: z.enum(['true', 'false']).default('false') }) },
    responses: {
      200: json(z.object({ removed: z.boolean() }), 'It is removed'),
      400: invalid,
      409: json(errorSchema, 'Accounts are recorded there, or tasks wait there'),
      ...refusals,
    },
  }),
  checkApplication: createRoute({
    method: 'post',
    path: '/applications/{name}/check',
    summary: 'Check the rules again: against the application, and with everybody they are for',
    request: { params },
    responses: {
      200: json(
        z.object({ faults: z.array(z.object({ field: z.string(), problem: z.string() })), warnings }),
        'What is wrong',
      ),
      ...refusals,
    },
  }),
  previewMapping: createRoute({
    method: 'get',
    path: '/applications/{name}/preview',
    summary: 'What the rules give a person, and where each value comes from; the application is not asked',
    request: { params, query: z.object({ person: word }) },
    responses: { 200: json(preview, 'Every attribute and entitlement'), 400: invalid, ...refusals },
  }),
  tryMapping: createRoute({
    method: 'post',
    path: '/applications/{name}/preview',
    summary: 'What the rules would give somebody made up',
    request: { params, body: { required: true, content: { 'application/json': { schema: triedPersonSchema } } } },
    responses: { 200: json(preview, 'Every attribute and entitlement'), 400: invalid, 415: notJson, ...refusals },
  }),
};
