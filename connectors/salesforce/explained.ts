/** A refusal that knows more than Salesforce's answer: what it means here, and what somebody can do about it. */
import type { FailureKind } from '#domain/failure.ts';
import { ConnectorError } from '#connectors/errors.ts';

/** The same error with another remedy, and with another kind where one is given. */
export function explained(
  error: ConnectorError,
  remedy: string,
  { kind = error.kind }: { kind?: FailureKind } = {},
): ConnectorError {
  const { message, code, retryAfterMs, resource, fields, matches, cause } = error;
  return new ConnectorError(kind, message, {
    fields: [...fields],
    matches: [...matches],
    remedy,
    ...(code === undefined ? {} : { code }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    ...(resource === undefined ? {} : { resource }),
    ...(cause === undefined ? {} : { cause }),
  });
}
