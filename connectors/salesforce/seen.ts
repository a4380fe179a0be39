/** Parts of a composite answer that this org may not have, or that we may not see. */
import { ConnectorError } from '#connectors/errors.ts';
import { mendsByWaiting } from '#domain/failure.ts';
import { refusal, type NativeError } from './failures.ts';
import type { Row } from './query.ts';

/** Rows, or why there are none to be seen. Throws what waiting mends: a part that came late is not a part without rows. */
export function seen(part: Row[] | NativeError | undefined, action: string): Row[] | ConnectorError {
  if (Array.isArray(part)) return part;
  const error = refusal(part ?? {}, { action });
  if (mendsByWaiting(error.kind)) throw error;
  return error;
}

/** Rows, none where there are none to be seen. */
export function shown(part: Row[] | NativeError | undefined, action: string): Row[] {
  const rows = seen(part, action);
  return rows instanceof ConnectorError ? [] : rows;
}

/** Rows of a part that nothing works without. */
export function needed(part: Row[] | NativeError | undefined, action: string): Row[] {
  if (Array.isArray(part)) return part;
  throw refusal(part ?? {}, { action });
}

/** The text at the end of a path such as `Profile.UserLicense.Name`; undefined where there is none. */
export function textAt(row: Row, path: string): string | undefined {
  const value = path
    .split('.')
    .reduce<unknown>((from, name) => (from as Record<string, unknown> | null | undefined)?.[name], row);
  return typeof value === 'string' ? value : undefined;
}

/** The name at the end of a path, led by the namespace of the package that brings it, if one does: `ns__Name`. */
export function fullName(row: Row, path: string): string | undefined {
  const name = textAt(row, path);
  const namespace = textAt(row, path.replace(/\w+$/, 'NamespacePrefix'));
  return name === undefined || namespace === undefined ? name : `${namespace}__${name}`;
}
