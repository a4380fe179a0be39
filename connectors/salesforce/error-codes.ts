/** Salesforce's error codes: the kind of failure each stands for, in few words, and what to do about it. */
import type { FailureKind } from '#domain/failure.ts';

interface Answered {
  /** True when a lost answer must be read back before repeating. */
  unrepeatable?: boolean;
  /** HTTP status of the answer. */
  status?: number | undefined;
}

/** The kind of failure that a code with this text stands for; a code nobody knows is the data's, or the server's at 5xx. */
export function kindOf(code: string, text: string, answered: Answered): FailureKind {
  if (code.startsWith('INSUFFICIENT_ACCESS')) return 'permission';
  // One code for two things: the whole org has no API for now, or this user never has.
  if (code === 'API_CURRENTLY_DISABLED' && /for this user/i.test(text)) return 'permission';
  if (FROM_AUTOMATION.includes(code) && carriesTransient(text)) return 'transient';
  const serverFailed = answered.status !== undefined && isPassing(answered.status);
  const known = Object.entries(CODES).find(([, codes]) => codes.includes(code));
  const kind = known ? (known[0] as FailureKind) : serverFailed ? 'transient' : 'invalid-data';
  const unknown = answered.unrepeatable && kind === 'transient' && (serverFailed || code === 'UNKNOWN_EXCEPTION');
  return unknown ? 'unknown-outcome' : kind;
}

/** Whether a status says that the same request may go well another time. */
export function isPassing(status: number): boolean {
  return status >= 500 || [408, 420, 425, 429].includes(status);
}

/** In place of Salesforce's own words, where these are long or say nothing. */
export function shortly(code: string): string | undefined {
  return SHORTLY[code];
}

/** What a person can do about it. */
export function remedyOf(code: string, kind: FailureKind): string | undefined {
  return REMEDY_BY_CODE[code] ?? REMEDY_BY_KIND[kind];
}

/** A trigger or flow failed; what it met is in its text. */
const FROM_AUTOMATION = ['CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY', 'CANNOT_EXECUTE_FLOW_TRIGGER'];

function carriesTransient(text: string): boolean {
  const codes = text.match(/[A-Z]+(?:_[A-Z]+)+/g) ?? [];
  return codes.some((code) => CODES.transient?.includes(code));
}

const CODES: Partial<Record<FailureKind, string[]>> = {
  transient: [
    'UNABLE_TO_LOCK_ROW',
    'UNKNOWN_EXCEPTION',
    'SERVER_UNAVAILABLE',
    'QUERY_TIMEOUT',
    'REQUEST_RUNNING_TOO_LONG',
    'TOO_MANY_APEX_REQUESTS',
    'FUNCTIONALITY_TEMPORARILY_UNAVAILABLE',
    'SSO_SERVICE_DOWN',
    'ALL_OR_NONE_OPERATION_ROLLED_BACK',
    'PROCESSING_HALTED',
    'INVALID_QUERY_LOCATOR',
  ],
  throttled: [
    'REQUEST_LIMIT_EXCEEDED',
    'ORG_IN_MAINTENANCE',
    'INSERT_UPDATE_DELETE_NOT_ALLOWED_DURING_MAINTENANCE',
    'API_CURRENTLY_DISABLED',
  ],
  auth: ['INVALID_SESSION_ID', 'INVALID_AUTH_HEADER'],
  capacity: ['LICENSE_LIMIT_EXCEEDED', 'STORAGE_LIMIT_EXCEEDED'],
  conflict: [
    'DUPLICATE_USERNAME',
    'DUPLICATE_COMM_NICKNAME',
    'DUPLICATE_VALUE',
    'DUPLICATE_DEVELOPER_NAME',
    'DUPLICATES_DETECTED',
    'DUPLICATE_EXTERNAL_ID',
    'MULTIPLE_CHOICES',
    'PORTAL_USER_ALREADY_EXISTS_FOR_CONTACT',
  ],
  // We ask for standard objects only: one that "is not supported" is one that we may not see.
  permission: [
    'INVALID_TYPE',
    'TRANSFER_REQUIRES_READ',
    'CANNOT_FREEZE_SELF',
    'CANNOT_DISABLE_LAST_ADMIN',
    'API_DISABLED_FOR_ORG',
    'METHOD_NOT_ALLOWED',
  ],
  'not-found': ['NOT_FOUND', 'ENTITY_IS_DELETED'],
  bug: ['MIXED_DML_OPERATION', 'MALFORMED_QUERY', 'INVALID_QUERY_FILTER_OPERATOR', 'EXCEEDED_ID_LIMIT'],
};

const SHORTLY: Record<string, string> = {
  DUPLICATE_USERNAME: 'username is already taken',
  DUPLICATE_COMM_NICKNAME: 'nickname is already taken',
  DUPLICATES_DETECTED: 'it looks like one that is there already',
};

const REMEDY_BY_CODE: Record<string, string> = {
  DUPLICATE_USERNAME:
    'the username is taken in some Salesforce org, perhaps by a deactivated user: rename that user, or map another username',
  DUPLICATE_COMM_NICKNAME: 'map another CommunityNickname',
  LICENSE_LIMIT_EXCEEDED: 'free a licence of the profile (deactivate somebody) or buy one',
  STORAGE_LIMIT_EXCEEDED: 'free storage in the org or buy more',
};

const REMEDY_BY_KIND: Partial<Record<FailureKind, string>> = {
  'invalid-data': "correct the person's profile or the application's mappings",
  permission: 'give the user we run as the missing permission (run: joinery app verify)',
  auth: 'check the credentials of this application (run: joinery app verify)',
};
