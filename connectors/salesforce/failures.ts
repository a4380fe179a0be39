/** What Salesforce's refusals mean: its error codes, the network's and the login's, as kinds, sentences and remedies. */
import type { FailureKind } from '#domain/failure.ts';
import { ConnectorError } from '#connectors/errors.ts';
import { isPassing, kindOf, remedyOf, shortly } from './error-codes.ts';
import { CANCELLED_UNSENT, NoAnswer } from './transport.ts';

/** An error of a row (`statusCode`) or of a call (`errorCode`). */
export interface NativeError {
  statusCode?: string;
  errorCode?: string;
  message?: string;
  fields?: string[];
  /** What a duplicate rule found. Salesforce itself spells it in both ways. */
  duplicateResut?: DuplicateResult;
  duplicateResult?: DuplicateResult;
}

interface DuplicateResult {
  matchResults?: { matchRecords?: { record?: { Id?: string } }[] }[];
}

export interface Attempt {
  /** What was tried on whom, such as `create account ada@x.example`. */
  action: string;
  /** True when a lost answer must be read back before repeating: a create. Absolute changes are safe to repeat. */
  unrepeatable?: boolean;
  /** True for the login itself, whose refusals are OAuth's. */
  login?: boolean;
  /** HTTP status of the answer; undefined when none came. */
  status?: number | undefined;
}

const MINUTE = 60_000;

/** The error of one row or of a whole call that Salesforce answered. */
export function refusal(native: NativeError, attempt: Attempt): ConnectorError {
  const code = native.statusCode ?? native.errorCode ?? 'UNKNOWN';
  const text = clean(native.message ?? '');
  const kind = kindOf(code, text, attempt);
  const remedy = remedyOf(code, kind);
  const message = `salesforce: ${attempt.action}: ${shortly(code) ?? (text || 'refused')} (${code})`;
  const retryAfterMs = kind === 'throttled' ? (saysConcurrent(text) ? 15_000 : 15 * MINUTE) : undefined;
  return new ConnectorError(kind, message, {
    code,
    fields: native.fields ?? [],
    matches: matchesIn(native),
    ...(remedy ? { remedy } : {}),
    ...(retryAfterMs ? { retryAfterMs } : {}),
  });
}

/** What a step of a call threw, with the HTTP status of the last answer: not yet said on whom, nor what was tried. */
export class StepFailed extends Error {
  override readonly name = 'StepFailed';
  readonly status: number | undefined;

  constructor(cause: unknown, status: number | undefined) {
    super('salesforce: a step of a call failed', { cause });
    this.status = status;
  }
}

/** Whether Salesforce no longer knows the session that a step used. */
export function isExpiry(error: unknown): error is StepFailed {
  return error instanceof StepFailed && callFailure(error, UNTOLD).code === 'INVALID_SESSION_ID';
}

/** Whether Salesforce refused all that a step sent for what is in it, be it in one row only: nothing was done. */
export function refusesData(error: unknown): boolean {
  return error instanceof StepFailed && callFailure(error, UNTOLD).kind === 'invalid-data';
}

/** Which limit a step met: calls at a time, or calls a day. */
export function limitIn(error: unknown): 'concurrency' | 'allowance' | undefined {
  const { code, message } = callFailure(error, UNTOLD);
  if (code !== 'REQUEST_LIMIT_EXCEEDED') return undefined;
  return saysConcurrent(message) ? 'concurrency' : 'allowance';
}

const UNTOLD: Attempt = { action: 'call' };

function saysConcurrent(text: string): boolean {
  return /concurrent/i.test(text);
}

/** Whatever jsforce, the network or the login threw. */
export function callFailure(error: unknown, attempt: Attempt): ConnectorError {
  if (error instanceof StepFailed) return callFailure(error.cause, { ...attempt, status: error.status });
  if (error instanceof ConnectorError) return error;
  const { action, status } = attempt;
  if (status !== undefined && status >= 300 && status < 400) return notSalesforce(action, status);
  if (error instanceof NoAnswer) return networkFailure(error, attempt);
  const { name, message, errorCode, data } = error as ThrownByJsforce;
  if (status === undefined) return new ConnectorError('bug', `salesforce: ${action}: ${message}`, { cause: error });
  const natives = Array.isArray(data) ? data : data ? [data] : [];
  const [native] = natives;
  if (native?.errorCode) return refusal(native, attempt);
  if (errorCode && !errorCode.startsWith('ERROR_HTTP_')) return refusal({ errorCode, message }, attempt);
  if (isPassing(status) || status < 300) {
    return unclear(attempt, `the answer was no ${status < 300 ? 'JSON' : 'answer'} (HTTP ${status})`);
  }
  if (attempt.login && !name.startsWith('ERROR_HTTP_')) return loginRefusal(name, message, attempt);
  if (status === 413 || status === 414 || status === 431) {
    return new ConnectorError('bug', `salesforce: ${action}: the request is too long, HTTP ${status}`, {
      cause: error,
    });
  }
  if (!attempt.login && status >= 400 && ![401, 403, 404].includes(status)) {
    return new ConnectorError('bug', `salesforce: ${action}: the request was not understood, HTTP ${status}`, {
      cause: error,
    });
  }
  return notSalesforce(action, status);
}

function notSalesforce(action: string, status: number): ConnectorError {
  return new ConnectorError('auth', `salesforce: ${action}: not an answer of Salesforce, HTTP ${status}`, {
    remedy: 'check the login URL of this application: it is the My Domain URL, which ends in .my.salesforce.com',
  });
}

interface ThrownByJsforce extends Error {
  errorCode?: string;
  data?: NativeError | NativeError[];
}

/** Sign-in was refused: nothing works until somebody mends it. */
export function loginRefusal(code: string, text: string, attempt: Attempt): ConnectorError {
  const remedy = LOGIN_REMEDY[code] ?? 'check the connected app, its policies and the user it runs as in Salesforce';
  const kind = LOGIN_KIND[code] ?? 'auth';
  return new ConnectorError(kind, `salesforce: ${attempt.action}: ${clean(text)} (${code})`, {
    code,
    remedy,
    ...(kind === 'throttled' ? { retryAfterMs: 10 * MINUTE } : {}),
  });
}

function networkFailure({ code, message }: NoAnswer, attempt: Attempt): ConnectorError {
  if (code && NOT_SENT.has(code))
    return new ConnectorError('transient', `salesforce: ${attempt.action}: ${message}`, { code });
  return unclear(attempt, message);
}

function unclear(attempt: Attempt, text: string): ConnectorError {
  return new ConnectorError(
    attempt.unrepeatable ? 'unknown-outcome' : 'transient',
    `salesforce: ${attempt.action}: ${text}`,
  );
}

/** The records that a duplicate rule found alike, each once. */
function matchesIn({ duplicateResut, duplicateResult }: NativeError): string[] {
  const results = (duplicateResut ?? duplicateResult)?.matchResults ?? [];
  const ids = results.flatMap(({ matchRecords }) => (matchRecords ?? []).map(({ record }) => record?.Id));
  return [...new Set(ids.filter((id) => id !== undefined))];
}

const NOT_SENT = new Set([
  CANCELLED_UNSENT,
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ENETUNREACH',
  'EHOSTUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/** Login errors that waiting mends; the others are `auth`. */
const LOGIN_KIND: Record<string, FailureKind> = { rate_limit_exceeded: 'throttled', unknown_error: 'transient' };

const LOGIN_REMEDY: Record<string, string> = {
  invalid_grant: 'approve the connected app for the user we run as, or correct username, password, key or run-as user',
  invalid_client: 'correct the client secret (the consumer secret of the connected app)',
  invalid_client_id: 'correct the client id (the consumer key); a new app may need ten minutes to be known',
  invalid_app_access: 'let the profile or a permission set of the user we run as use the connected app',
  inactive_user: 'activate the user we run as',
  app_not_found: 'install the connected app in this org',
  unsupported_grant_type: 'enable this login flow on the connected app',
  rate_limit_exceeded: 'wait: too many logins in the last hour',
  invalid_key: 'enter the whole RSA private key in PEM form, without a passphrase',
};

function clean(text: string): string {
  return text
    .replace(/<br\s*\/?>/gi, ' ')
    .replace(/\s+/g, ' ')
    .trim();
}
