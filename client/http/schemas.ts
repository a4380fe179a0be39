/** What several routes of the contract take and answer alike. */
import { z } from '@hono/zod-openapi';
import { isWellFormed, ONE_LINE } from '#domain/text.ts';

export const errorSchema = z
  .object({
    error: z.string(),
    message: z.string(),
    fields: z.array(z.object({ field: z.string(), problem: z.string() })).optional(),
  })
  .openapi('Error');

export const json = <T extends z.ZodType>(schema: T, description: string) => ({
  description,
  content: { 'application/json': { schema } },
});

export const refusals = {
  401: json(errorSchema, 'No valid proof of who you are'),
  403: json(errorSchema, 'Your role does not allow this'),
  404: json(errorSchema, 'There is no such thing'),
};

/** A word of an address, such as an application's name. */
export const word = z.string().max(200).regex(ONE_LINE, 'must not contain control characters');

/** A line that somebody has to write; domain/text.ts says the same of it. */
export const line = (most: number) =>
  z
    .string()
    .trim()
    .min(1, 'must say something')
    .max(most, `must have at most ${most} characters`)
    .regex(ONE_LINE, 'must be one line without control characters')
    .refine(isWellFormed, 'must be well-formed text');
