/** Lists of what has a name in an org, by the name people use. */
import { ConnectorError } from '#connectors/errors.ts';
import type { NativeError } from './failures.ts';
import type { Row } from './query.ts';
import { seen } from './seen.ts';

export interface Named {
  id: string;
  name: string;
  label: string;
  /** Another name that serves as well, as long as it is nobody else's. */
  alias?: string;
}

/** `refused`: why the list is empty, where we may not see it or the org does not have it. */
export interface Listing<T extends Named = Named> {
  all: T[];
  refused?: ConnectorError;
}

export function listed<T extends Named>(
  part: Row[] | NativeError | undefined,
  action: string,
  toNamed: (row: Row) => T,
): Listing<T> {
  const rows = seen(part, action);
  return rows instanceof ConnectorError ? { all: [], refused: rows } : { all: rows.map(toNamed) };
}

/** Who has this name, or, if nobody has and only one goes by it, whose alias it is. Without regard to case. */
export function named<T extends Named>({ all }: Listing<T>, name: string): T | undefined {
  const key = name.toLowerCase();
  const found = all.find((one) => one.name.toLowerCase() === key);
  if (found) return found;
  const [first, second] = all.filter(({ alias }) => alias?.toLowerCase() === key);
  return second ? undefined : first;
}
