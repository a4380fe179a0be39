/** What an administrator fills in to connect a Salesforce org. */
import { z } from 'zod';

/** The three ways to sign in as ourselves. */
const LOGINS = ['client-credentials', 'jwt-bearer', 'password'] as const;
/** What an account can be. */
const OBJECTS = ['User', 'Lead', 'Contact'] as const;

/** The first with everything that is asked for. */
const OLDEST_VERSION = 52;

export const settings = z.strictObject({
  /** My Domain URL; for JWT and password also https://login.salesforce.com or https://test.salesforce.com. */
  loginUrl: z
    .url()
    .refine(isSafe, 'must be https (plain http only to this machine)')
    .refine(
      (url) => !url.includes('.lightning.'),
      'must be the My Domain URL (.my.salesforce.com), not the Lightning one',
    ),
  login: z.enum(LOGINS),
  /** Consumer key of the connected app. */
  clientId: z.string().min(1),
  /** What people get: users who sign in, or records about them. */
  object: z.enum(OBJECTS).default('User'),
  /** Of a lead or contact that a duplicate rule finds alike to others: leave it to somebody, or save it where the rule lets us. */
  duplicates: z.enum(['refuse', 'save']).default('refuse'),
  /** Whom we act as; needed by jwt-bearer and password. */
  username: z.string().min(1).optional(),
  /** Who the JWT is addressed to, where it is not the login URL. */
  audience: z.url().optional(),
  apiVersion: z
    .string()
    .regex(/^\d\d\.0$/)
    .refine((version) => Number(version) >= OLDEST_VERSION, `must be ${OLDEST_VERSION}.0 or later`)
    .default('66.0'),
  /** How long one call may take, its whole body included. */
  timeoutMs: z.int().min(100).max(600_000).default(30_000),
  /** Most calls at a time. Salesforce lets 25 long ones run for the whole org (5 in a developer or trial org). */
  concurrency: z.int().min(1).max(25).default(10),
  /** New accounts of an import from which on Bulk API 2.0 makes them, instead of collections of 200; absent: never. */
  bulkApiFrom: z.int().min(1).optional(),
  /** Fields read with every account beyond the usual ones, such as Cost_Centre__c: a plan compares what is read. */
  extraFields: z.array(z.string().regex(/^[A-Za-z]\w*$/, 'must be the API name of a field')).default([]),
});

export const secret = z.strictObject({
  clientSecret: z.string().min(1).optional(),
  /** RSA key in PEM form, for jwt-bearer. */
  privateKey: z.string().min(1).optional(),
  password: z.string().min(1).optional(),
  securityToken: z.string().optional(),
});

export type Settings = z.infer<typeof settings>;
export type Secret = z.infer<typeof secret>;

/** What this login needs and does not have, by the names of the form; empty when complete. */
export function missingFor({ login, username }: Settings, { clientSecret, privateKey, password }: Secret): string[] {
  const needs = {
    'client-credentials': { clientSecret },
    'jwt-bearer': { username, privateKey },
    password: { username, clientSecret, password },
  }[login];
  return Object.entries(needs).flatMap(([name, value]) => (value ? [] : [name]));
}

/** Whether a token may be sent there: https, or this very machine. */
export function isSafe(url: string): boolean {
  const { protocol, hostname } = new URL(url);
  return protocol === 'https:' || ['127.0.0.1', 'localhost', '[::1]'].includes(hostname);
}
