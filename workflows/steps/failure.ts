/** An activity's final failure as a value, so that one branch's failure does not end the others. */
import { ActivityFailure, ApplicationFailure, isCancellation, TimeoutFailure } from '@temporalio/workflow';
import { FAILURE_KINDS, type Failure, type FailureKind } from '#domain/failure.ts';

/** The activity's answer, or its failure when it is final. Cancellation, and defects of workflow code, still throw. */
export async function orFailure<T>(
  attempt: () => Promise<T>,
): Promise<{ ok: true; value: T } | { ok: false; failure: Failure }> {
  try {
    return { ok: true, value: await attempt() };
  } catch (error) {
    if (isCancellation(error) || !(error instanceof ActivityFailure)) throw error;
    return { ok: false, failure: readFailure(error) };
  }
}

function readFailure(error: ActivityFailure): Failure {
  const cause = error.cause;
  const told = cause instanceof TimeoutFailure && cause.cause instanceof ApplicationFailure ? cause.cause : cause;
  if (!(told instanceof ApplicationFailure))
    return { kind: 'transient', message: `${error.activityType}: ${cause?.message ?? error.message}` };
  const { remedy, resource, retryAfterMs } = (told.details?.[0] ?? {}) as Partial<Failure>;
  return {
    kind: kindOf(told.type),
    message: told.message,
    ...(remedy ? { remedy } : {}),
    ...(resource ? { resource } : {}),
    ...(retryAfterMs ? { retryAfterMs } : {}),
  };
}

function kindOf(type: string | undefined | null): FailureKind {
  return FAILURE_KINDS.find((kind) => kind === type) ?? 'bug';
}
