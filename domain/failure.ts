/** What can go wrong when an application is asked to do something: the kinds that decide what happens next. */

export const FAILURE_KINDS = [
  'transient',
  'throttled',
  'unknown-outcome',
  'auth',
  'capacity',
  'conflict',
  'invalid-data',
  'permission',
  'blocked',
  'not-found',
  'bug',
] as const;

/**
 * transient: try again soon. throttled: try again when told. unknown-outcome: it may have happened, read back before
 * repeating. auth: our credentials are refused. capacity: no licence left. conflict: the name is taken, or several
 * accounts match. invalid-data: the application refuses a value. permission: we lack a right there. blocked: the
 * application refuses to deactivate. not-found: the account is gone. bug: ours to mend.
 */
export type FailureKind = (typeof FAILURE_KINDS)[number];

/** A failure as it is told to people: what happened, on what, and what to do next. Never a secret. */
export interface Failure {
  kind: FailureKind;
  message: string;
  remedy?: string;
  /** The licence that ran out, as `Capacity.resource` names it. */
  resource?: string;
  /** How long to leave the application alone, in milliseconds. */
  retryAfterMs?: number;
}

/** Whether waiting can mend it. The rest needs somebody to change something first. */
export function mendsByWaiting(kind: FailureKind): boolean {
  switch (kind) {
    case 'transient':
    case 'throttled':
    case 'unknown-outcome':
    case 'auth':
      return true;
    case 'capacity':
    case 'conflict':
    case 'invalid-data':
    case 'permission':
    case 'blocked':
    case 'not-found':
    case 'bug':
      return false;
  }
}
