/** The contract of the routes of profile fields and groups. */
import { createRoute, z } from '@hono/zod-openapi';
import { PROFILE_FIELD_TYPES } from '#domain/profile-field.ts';
import { selectionSchema } from './plan-api.ts';
import { errorSchema, json, refusals, word } from './schemas.ts';

const fieldSchema = z
  .object({
    name: z.string(),
    label: z.string(),
    type: z.enum(PROFILE_FIELD_TYPES),
    required: z.boolean(),
    unique: z.boolean(),
    format: z.string().nullable(),
    custom: z.boolean(),
  })
  .openapi('ProfileField');
const groupSchema = z
  .object({
    name: z.string(),
    label: z.string(),
    rule: z.string().nullable(),
    children: z.array(z.string()),
    named: z.number().openapi({ description: 'How many people are members by name' }),
  })
  .openapi('Group');
const named = z.object({ name: word });
const flag = z.enum(['true', 'false']).default('false');

const body = <T extends z.ZodType>(schema: T) => ({
  required: true,
  content: { 'application/json': { schema } },
});
/** What every change of a field or a group answers when it is not made. */
const unchanged = {
  400: json(errorSchema, 'Every wrong part is named'),
  409: json(errorSchema, 'Rules or people would break, each named; nothing was changed'),
  ...refusals,
};
const unsupported = { 415: json(errorSchema, 'The body is not declared as JSON') };
const members = body(z.strictObject({ people: z.array(word).min(1).max(10_000) }));
const affected = selectionSchema
  .nullable()
  .openapi({ description: 'Whose access may follow: what POST /plans takes; null: nobody’s' });
const groupSaved = json(
  z.object({ group: groupSchema.omit({ named: true }), changed: z.boolean(), affected }),
  'The group as it is now',
);
const membersChanged = json(z.object({ people: z.array(z.string()), affected }), 'Whom it changed');

export const policyRoutes = {
  profileFields: createRoute({
    method: 'get',
    path: '/profile-fields',
    summary: 'What can be known of a person',
    responses: { 200: json(z.array(fieldSchema), 'The fields'), ...refusals },
  }),
  defineProfileField: createRoute({
    method: 'put',
    path: '/profile-fields/{name}',
    summary: 'Add a profile field, or change one; what is left out stays',
    request: {
      params: named,
      body: body(
        z.strictObject({
          label: z.string().optional(),
          type: z.enum(PROFILE_FIELD_TYPES).optional(),
          required: z.boolean().optional(),
          unique: z.boolean().optional(),
          format: z.string().nullable().optional().openapi({
            description: '`email`, `country`, `time-zone`, or a pattern with * and ?',
          }),
        }),
      ),
    },
    responses: {
      200: json(z.object({ field: fieldSchema, changed: z.boolean(), affected }), 'The field as it is now'),
      ...unsupported,
      ...unchanged,
    },
  }),
  removeProfileField: createRoute({
    method: 'delete',
    path: '/profile-fields/{name}',
    summary: 'Remove a custom profile field',
    request: { params: named, query: z.strictObject({ forgetValues: flag }) },
    responses: {
      200: json(z.object({ forgotten: z.number() }), 'It is gone, and how many people had a value in it'),
      ...unchanged,
    },
  }),
  groups: createRoute({
    method: 'get',
    path: '/groups',
    summary: 'Every group, with its rule and what is inside it',
    responses: { 200: json(z.array(groupSchema), 'The groups'), ...refusals },
  }),
  group: createRoute({
    method: 'get',
    path: '/groups/{name}',
    summary: 'One group',
    request: { params: named },
    responses: { 200: json(groupSchema, 'The group'), ...refusals },
  }),
  members: createRoute({
    method: 'get',
    path: '/groups/{name}/members',
    summary:
      'Who is in a group altogether: how many, then one on each line; by name, by rule, through what is inside it',
    request: { params: named, query: z.strictObject({ status: z.enum(['expected', 'active', 'left']).optional() }) },
    responses: {
      200: {
        description: 'The group with its size, then its members, one JSON object a line',
        content: { 'application/x-ndjson': { schema: z.string() } },
      },
      400: json(errorSchema, 'Every wrong field is named'),
      ...refusals,
    },
  }),
  saveGroup: createRoute({
    method: 'put',
    path: '/groups/{name}',
    summary: 'Add a group, or change one; what is left out stays',
    request: {
      params: named,
      body: body(
        z.strictObject({
          label: z.string().optional(),
          rule: z.string().nullable().optional(),
          children: z.array(z.string()).max(1_000).optional(),
        }),
      ),
    },
    responses: { 200: groupSaved, ...unsupported, ...unchanged },
  }),
  renameGroup: createRoute({
    method: 'post',
    path: '/groups/{name}/rename',
    summary: 'Call a group something else; groups that it is inside of follow',
    request: { params: named, body: body(z.strictObject({ to: word })) },
    responses: { 200: groupSaved, ...unsupported, ...unchanged },
  }),
  removeGroup: createRoute({
    method: 'delete',
    path: '/groups/{name}',
    summary: 'Remove a group',
    request: { params: named },
    responses: { 204: { description: 'It is gone' }, ...unchanged },
  }),
  addMembers: createRoute({
    method: 'post',
    path: '/groups/{name}/members',
    summary: 'Make people members by name, all or none',
    request: { params: named, body: members },
    responses: { 200: membersChanged, ...unsupported, ...unchanged },
  }),
  dropMembers: createRoute({
    method: 'delete',
    path: '/groups/{name}/members',
    summary: 'Make people no members by name, all or none',
    request: { params: named, body: members },
    responses: { 200: membersChanged, ...unsupported, ...unchanged },
  }),
};
