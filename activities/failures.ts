/** The one place that turns what went wrong into Temporal's vocabulary: type, whether to try again, and when. */
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { mendsByWaiting, type Failure } from '#domain/failure.ts';
import { ExpressionError } from '#domain/expression.ts';
import { ConnectorError } from '#connectors/errors.ts';
import { asFailure } from './request.ts';

/**
 * An error as an activity may throw it. The failure's type is the kind; its first detail holds `{ remedy, code }`.
 * What is not an application's error (the directory is away, a defect) stays as it is and is tried again.
 */
export function asActivityFailure(error: unknown, cancellation: AbortSignal): unknown {
  if (cancellation.aborted) return new CancelledFailure('cancelled', [], error instanceof Error ? error : undefined);
  if (error instanceof ExpressionError) {
    return ApplicationFailure.create({
      type: 'invalid-data',
      nonRetryable: true,
      message: error.message,
      details: [{ remedy: CORRECT_RULES }],
    });
  }
  if (!(error instanceof ConnectorError)) return error;
  const { kind, message, code, resource } = error;
  const retryAfterMs = waitOf(error);
  const parks = parkedFor(error) !== undefined;
  return ApplicationFailure.create({
    type: kind,
    nonRetryable: parks || !mendsByWaiting(kind),
    message,
    details: [{ remedy: withMatches(error), code, resource, ...(parks ? { retryAfterMs } : {}) }],
    ...(retryAfterMs === undefined ? {} : { nextRetryDelay: retryAfterMs }),
  });
}

/**
 * What keeps one person from being planned for, as people are told of it; undefined for what concerns everybody: an
 * application that does not answer, a defect.
 */
export function failureOf(error: unknown): Failure | undefined {
  if (error instanceof ExpressionError) return { kind: 'invalid-data', message: error.message, remedy: CORRECT_RULES };
  if (!(error instanceof ConnectorError) || error.kind !== 'conflict') return undefined;
  return asFailure(error);
}

/** The same as an error of the person's row; throws what is neither an application's nor a rule's. */
export function asRefusal(error: unknown): ConnectorError {
  if (error instanceof ConnectorError) return error;
  if (!(error instanceof ExpressionError)) throw error;
  return new ConnectorError('invalid-data', error.message, { remedy: CORRECT_RULES });
}

const CORRECT_RULES = "correct the application's mappings, scope or birthrights";

/** How long an application is to be left alone when that is a long wait, which is the workflow's: it shows there, and the next event can end it. */
export function parkedFor(error: ConnectorError): number | undefined {
  const wait = waitOf(error);
  return wait !== undefined && wait >= PARK_FROM_MS ? wait : undefined;
}

function waitOf({ kind, retryAfterMs }: ConnectorError): number | undefined {
  return retryAfterMs ?? (kind === 'auth' ? AUTH_MS : undefined);
}

/** What is there already and looks the same may be the person's: somebody has to say so. */
function withMatches({ remedy, matches }: ConnectorError): string | undefined {
  if (matches.length === 0) return remedy;
  const link = `resolve with the account that is this person's: ${matches.join(', ')}`;
  return remedy ? `${remedy}; or ${link}` : link;
}

/** Refused credentials are mended by a person, and nobody's account should fail meanwhile. */
const AUTH_MS = 60_000;
const PARK_FROM_MS = 60_000;
