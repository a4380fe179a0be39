// One error class for everything Salesforce refuses, and the two shapes it is told in: the answer to a single call
// carries `errorCode`, a row of a collection carries `statusCode`.

const STATUS: Readonly<Record<string, number>> = {
  INVALID_SESSION_ID: 401,
  REQUEST_LIMIT_EXCEEDED: 403,
  API_CURRENTLY_DISABLED: 403,
  INSUFFICIENT_ACCESS: 403,
  INSUFFICIENT_ACCESS_OR_READONLY: 403,
  NOT_FOUND: 404,
  ENTITY_IS_DELETED: 404,
  INVALID_QUERY_LOCATOR: 404,
  METHOD_NOT_ALLOWED: 405,
  UNSUPPORTED_MEDIA_TYPE: 415,
  UNKNOWN_EXCEPTION: 500,
};

/** Thrown for every refusal; nothing that was done in the same row or transaction is kept. */
export class SalesforceError extends Error {
  override name = 'SalesforceError';
  readonly code: string;
  readonly status: number;
  readonly fields: string[] | undefined;
  /** What a duplicate rule has found. */
  readonly duplicateResult: object | undefined;

  constructor(
    code: string,
    message: string,
    details: { fields?: string[]; status?: number; duplicateResult?: object } = {},
  ) {
    super(message);
    this.code = code;
    this.status = details.status ?? STATUS[code] ?? 400;
    this.fields = details.fields;
    this.duplicateResult = details.duplicateResult;
  }
}

export interface RowError {
  statusCode: string;
  message: string;
  fields: string[];
  duplicateResult?: object;
}

/** The body of a refused single call. */
export function errorBody(error: SalesforceError): object[] {
  const { message, code: errorCode, fields, duplicateResult } = error;
  // The key is misspelled in Salesforce's own answers.
  if (duplicateResult !== undefined) return [{ duplicateResut: duplicateResult, errorCode, message }];
  return [fields === undefined ? { message, errorCode } : { message, errorCode, fields }];
}

/** The error as a row of a collection tells it. */
export function rowError(error: SalesforceError): RowError {
  const { code: statusCode, message, fields = [], duplicateResult } = error;
  return { statusCode, message, fields, ...(duplicateResult === undefined ? {} : { duplicateResult }) };
}

export const notFound = (message = 'The requested resource does not exist'): SalesforceError =>
  new SalesforceError('NOT_FOUND', message);

export function methodNotAllowed(method: string, allowed: string): SalesforceError {
  return new SalesforceError('METHOD_NOT_ALLOWED', `HTTP Method '${method}' not allowed. Allowed are ${allowed}`);
}
