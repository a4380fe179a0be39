// What the admin endpoints accept.

import { z } from 'zod';

import { NAMED_USER_MESSAGES, type NamedUser } from './blockers.ts';

const match = z.strictObject({
  method: z.string().optional(),
  path: z.string().optional(),
  sobject: z.string().optional(),
  body: z.string().optional(),
});

const action = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('status'),
    status: z.int().min(200).max(599),
    body: z.unknown(),
    contentType: z.string().optional(),
  }),
  z.strictObject({ kind: z.literal('maintenance-page') }),
  z.strictObject({ kind: z.literal('refuse-sessions') }),
  z.strictObject({ kind: z.literal('delay'), ms: z.int().min(0) }),
  z.strictObject({ kind: z.literal('cut'), when: z.enum(['before-commit', 'after-commit']) }),
  z.strictObject({ kind: z.literal('stall-body') }),
  z.strictObject({ kind: z.literal('reset-mid-body') }),
  z.strictObject({ kind: z.literal('expire-session') }),
  z.strictObject({
    kind: z.literal('row-error'),
    row: z.int().min(0).optional(),
    username: z.string().optional(),
    id: z.string().length(18).optional(),
    statusCode: z.string(),
    message: z.string(),
    fields: z.array(z.string()).optional(),
  }),
  z.strictObject({ kind: z.literal('hold') }),
]);

export const bulkOrder = z.strictObject({
  hold: z.enum(['UploadComplete', 'InProgress']).nullable(),
  afterRows: z.int().min(0).default(0),
});

export const faultOrder = z.strictObject({
  match: match.default({}),
  times: z.union([z.int().min(1), z.literal('always')]).optional(),
  skip: z.int().min(0).optional(),
  action,
});

export const licenseOrder = z.strictObject({
  name: z.string(),
  /** A package with -1 seats may be used by anybody. */
  total: z.int().min(-1).optional(),
  status: z.enum(['Active', 'Disabled', 'Expired']).optional(),
});

export const limitsOrder = z.strictObject({
  dailyApiRequests: z.int().min(0).optional(),
  usedApiRequests: z.int().min(0).optional(),
  sessionTtlMs: z.int().min(0).optional(),
  latencyMs: z.int().min(0).optional(),
  concurrentRequests: z.int().min(0).nullable().optional(),
});

const namedUser = z.enum(Object.keys(NAMED_USER_MESSAGES) as NamedUser[]);
export const blockerOrder = z.union([
  z.strictObject({ username: z.string(), message: z.string().nullable() }),
  z.strictObject({ username: z.string(), reason: z.literal('hierarchy-field'), label: z.string().default('Reviewer') }),
  z.strictObject({ username: z.string(), reason: namedUser }),
]);

export const duplicateRuleOrder = z.strictObject({
  object: z.enum(['Lead', 'Contact', 'Account']),
  rule: z.enum(['email', 'name']).optional(),
  on: z.boolean(),
  allowSave: z.boolean().default(false),
});

export const switchOrder = z.strictObject({ on: z.boolean() });
export const confirmOrder = z.strictObject({ username: z.string() });
const recordId = z.string().length(18);
export const convertOrder = z.strictObject({ id: recordId });
export const expirationOrder = z.strictObject({ id: recordId });

export const recordsOrder = z.strictObject({
  object: z.string(),
  count: z.int().min(1).max(50_000),
  /** The username of a user, or the DeveloperName of a queue. */
  owner: z.string().optional(),
  fields: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])).default({}),
});

export const connectedAppOrder = z.strictObject({
  clientId: z.string().min(1),
  clientSecret: z.string().optional(),
  runAs: z.string().optional(),
  certificate: z.string().optional(),
  authorizedUsers: z.array(z.string()).optional(),
});

export const refreshTokenOrder = z.strictObject({ clientId: z.string(), username: z.string() });

export const securityTokenOrder = z.strictObject({ username: z.string() });

export const fieldOrder = z
  .strictObject({
    object: z.string(),
    name: z.string().regex(/^[A-Za-z]\w*__c$/),
    label: z.string().optional(),
    type: z.enum(['text', 'hierarchy']).default('text'),
    length: z.int().min(1).max(255).default(255),
    externalId: z.boolean().default(false),
    unique: z.boolean().default(false),
  })
  .refine(({ object, type }) => type === 'text' || object.toLowerCase() === 'user', {
    error: 'only User has hierarchy fields',
  })
  .refine(({ type, externalId, unique }) => type === 'text' || (!externalId && !unique), {
    error: 'a hierarchy field is neither an external id nor unique',
  });
