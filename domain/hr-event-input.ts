/** What an HR system may send: the shape of an HR event, and every reason why one is refused. */
import { z } from 'zod';
import { isDate, isTimeZone } from './due.ts';
import type { HrEvent } from './hr-event.ts';
import { nearMiss } from './near-names.ts';
import { valueProblem, type ProfileField } from './profile-field.ts';
import { isWellFormed, ONE_LINE } from './text.ts';

/** One thing that is wrong with an event: which field, and what is wrong with its value. */
export interface Fault {
  field: string;
  problem: string;
}

const MAX_VALUE = 1_000;

const id = z.string().regex(/^[A-Za-z0-9._:-]{1,200}$/, 'must be 1 to 200 letters, digits or . _ : -');
export const EMPLOYEE_NUMBER = /^[A-Za-z0-9._-]{1,64}$/;
const employeeNumber = z.string().regex(EMPLOYEE_NUMBER, 'must be 1 to 64 letters, digits or . _ -');
const date = z
  .string()
  .refine((text) => isDate(text) && text >= '1900', 'must be a calendar day from 1900 on, written YYYY-MM-DD');
const timeZone = z.string().refine(isTimeZone, 'must be an IANA time zone such as Europe/Berlin');
const value = z
  .string()
  .refine((text) => isWellFormed(text), 'must be well-formed text')
  .max(MAX_VALUE, `must have at most ${MAX_VALUE} characters`)
  .regex(ONE_LINE, 'must not contain control characters');
const profile = z.record(z.string(), value.nullable());

const change = { id, employeeNumber, effectiveDate: date, timeZone: timeZone.optional() };

/** What can still be said of an event whose type is none. */
const anyEventSchema = z.looseObject({
  id,
  employeeNumber,
  effectiveDate: date.optional(),
  timeZone: timeZone.optional(),
  profile: profile.optional(),
});

/** The shape alone; `readHrEvent` also knows the profile fields. */
export const hrEventSchema = z.discriminatedUnion('type', [
  z.strictObject({ ...change, type: z.literal('joiner'), profile }),
  z.strictObject({ ...change, type: z.literal('mover'), profile }),
  z.strictObject({
    ...change,
    type: z.literal('leaver'),
    effectiveDate: date.optional(),
    immediate: z.boolean().optional(),
    successor: employeeNumber.optional(),
    profile: profile.optional(),
  }),
  z.strictObject({ id, employeeNumber, type: z.literal('rescind'), target: id }),
  z.strictObject({
    id,
    employeeNumber,
    type: z.literal('amend'),
    target: id,
    effectiveDate: date.optional(),
    timeZone: timeZone.optional(),
    profile: profile.optional(),
  }),
]);

/** Reads what was sent. Answers the event, or everything that is wrong with it at once. `today` dates an immediate leaver. */
export function readHrEvent(
  input: unknown,
  fields: readonly ProfileField[],
  today: string,
): { event: HrEvent } | { faults: Fault[] } {
  const parsed = hrEventSchema.safeParse(input);
  const faults = [
    ...(parsed.success ? [] : shapeFaults(input, parsed.error.issues)),
    ...profileFaults(input, fields),
    ...dateFaults(input),
  ];
  if (!parsed.success || faults.length > 0) return { faults };
  const event = parsed.data;
  return { event: event.type === 'leaver' ? { ...event, effectiveDate: event.effectiveDate ?? today } : event };
}

/** The union's own issues; where the type is none, so that nothing else was looked at, also those of the common fields. */
function shapeFaults(input: unknown, issues: z.core.$ZodIssue[]): Fault[] {
  const common = issues.some(({ code }) => code === 'invalid_union') ? anyEventSchema.safeParse(input) : undefined;
  return [...issues, ...(common?.error?.issues ?? [])].flatMap(fault);
}

function fault(issue: z.core.$ZodIssue): Fault[] {
  const field = issue.path.join('.');
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      field: [field, key].filter(Boolean).join('.'),
      problem: 'is not a known field',
    }));
  }
  if (issue.code === 'invalid_union')
    return [{ field: 'type', problem: 'must be joiner, mover, leaver, rescind or amend' }];
  if (issue.code === 'invalid_type') {
    const missing = issue.input === undefined && issue.message.includes('undefined');
    return [{ field: field || 'event', problem: missing ? 'is missing' : `must be ${issue.expected}` }];
  }
  return [{ field, problem: issue.message }];
}

/** What only the directory's fields can tell: unknown names, missing required ones, values that are not what they claim. */
function profileFaults(input: unknown, fields: readonly ProfileField[]): Fault[] {
  const { type, profile: given } = (input ?? {}) as { type?: unknown; profile?: unknown };
  if (!isObject(given)) return [];
  const known = new Map(fields.map((field) => [field.name, field]));
  const faults: Fault[] = [];
  for (const [name, text] of Object.entries(given)) {
    const field = known.get(name);
    const problem = field ? typeof text === 'string' && valueProblem(field, text) : unknownField(name, known.keys());
    if (problem) faults.push({ field: `profile.${name}`, problem });
  }
  for (const { name, required } of fields) {
    if (!required || given[name]) continue;
    if (type === 'joiner') faults.push({ field: `profile.${name}`, problem: 'is missing' });
    else if (name in given) faults.push({ field: `profile.${name}`, problem: 'is required and can not be cleared' });
  }
  return faults;
}

function unknownField(name: string, known: Iterable<string>): string {
  const meant = nearMiss(name.slice(0, 100), known);
  return `is not a profile field${meant === undefined ? '' : `; did you mean ${meant}?`}`;
}

/** A date that only some events of the type can do without. */
function dateFaults(input: unknown): Fault[] {
  const { type, effectiveDate, immediate, profile: given } = (input ?? {}) as Record<string, unknown>;
  if (effectiveDate !== undefined) return [];
  const missing = (why: string): Fault[] => [{ field: 'effectiveDate', problem: `is missing${why}` }];
  if (type === 'leaver' && immediate !== true) return missing(' (only an immediate leaver needs none)');
  if (type === 'amend' && (given === undefined || (isObject(given) && Object.keys(given).length === 0)))
    return missing(': an amendment changes the date, the profile, or both');
  return [];
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
