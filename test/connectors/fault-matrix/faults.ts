/** What can go wrong with one API call of the fault matrix, and what the connector is to make of it. */
import type { FailureKind } from '#domain/failure.ts';

/**
 * What a call is for: `sign-in` asks the token endpoint, `look` reads, `write` sets what may be set again, `create` makes
 * what may be there already when it is made again, `read back` looks whether what was done shows: it is done in any case.
 */
export type Purpose = 'sign-in' | 'look' | 'write' | 'create' | 'read back';

/** How an operation ends; `done`: as if nothing had been, `never`: not by itself. */
export type Ending = 'done' | 'never' | FailureKind;

/** The connector's own deadline for an answer. */
export const TIMEOUT_MS = 2_000;

export interface Fault {
  /** The column of the table in the docs. */
  name: string;
  /** What the simulator is told to do. */
  action: object;
  /** It meets every later call too. */
  lasts?: boolean;
  /** What was asked is done after all, when the operation has been given up and repeated. */
  isLate?: boolean;
  /** It refuses one row of a call; the other rows are done. */
  ofOneRow?: boolean;
  /** How an operation ends that meets it in such a call; undefined where there is no such thing. */
  ending(purpose: Purpose): Ending | undefined;
}

const changes = (purpose: Purpose): boolean => purpose === 'write' || purpose === 'create';
/** Nobody knows whether it was done: only what may be repeated may be taken for a passing failure. */
const lost = (purpose: Purpose): Ending =>
  purpose === 'read back' ? 'done' : purpose === 'create' ? 'unknown-outcome' : 'transient';
/** Salesforce says so itself, before it does anything. */
const refused = (ending: Ending) => (purpose: Purpose) =>
  purpose === 'sign-in' ? undefined : purpose === 'read back' ? 'done' : ending;
const limit = (message: string) => ({
  kind: 'status',
  status: 403,
  body: [{ message, errorCode: 'REQUEST_LIMIT_EXCEEDED' }],
});

export const FAULTS: Fault[] = [
  { name: 'cut before', action: { kind: 'cut', when: 'before-commit' }, ending: lost },
  { name: 'cut after', action: { kind: 'cut', when: 'after-commit' }, ending: lost },
  { name: 'stalled', action: { kind: 'stall-body' }, ending: lost },
  {
    name: 'late',
    action: { kind: 'delay', ms: 2.5 * TIMEOUT_MS },
    isLate: true,
    ending: (purpose) => (changes(purpose) ? lost(purpose) : undefined),
  },
  { name: 'reset', action: { kind: 'reset-mid-body' }, ending: lost },
  { name: '503 page', action: { kind: 'maintenance-page' }, ending: lost },
  { name: 'session expired', action: { kind: 'expire-session' }, ending: refused('done') },
  { name: 'sessions refused', action: { kind: 'refuse-sessions' }, lasts: true, ending: refused('auth') },
  {
    name: 'row locked',
    action: {
      kind: 'row-error',
      row: 0,
      statusCode: 'UNABLE_TO_LOCK_ROW',
      message: 'unable to obtain exclusive access to this record',
    },
    ofOneRow: true,
    ending: (purpose) => (changes(purpose) ? 'transient' : undefined),
  },
  {
    name: 'concurrency limit',
    action: limit('ConcurrentPerOrgLongTxn Limit exceeded.'),
    ending: refused('throttled'),
  },
  { name: 'daily limit', action: limit('TotalRequests Limit exceeded.'), ending: refused('throttled') },
];
