/** Many rows handed to a connector: as many in a call as it takes, each with its own answer. */
import type { RowOutcome } from '#connectors/connector.ts';
import { ConnectorError } from '#connectors/errors.ts';

/** How a row went. `ofCall`: the whole call failed, and nobody looked at the row. */
export type Answer = Extract<RowOutcome, { ok: true }> | { ok: false; error: ConnectorError; ofCall: boolean };

/**
 * One answer for each row, in the same order; the calls travel at the same time. Rows of one party, which build on one
 * another, stay in one call. What a call throws is the answer of each of its rows.
 */
export async function inCalls<T>(
  rows: readonly T[],
  size: number,
  call: (rows: T[]) => Promise<RowOutcome[]>,
  partyOf: (row: T) => unknown = (row) => row,
): Promise<Answer[]> {
  const answers = await Promise.all(partsOf(rows, size, partyOf).map((part) => answersOf(part, call)));
  return answers.flat();
}

/** The rows in their order, in parts of at most `size`. */
function partsOf<T>(rows: readonly T[], size: number, partyOf: (row: T) => unknown): T[][] {
  const parts: T[][] = [];
  let room = 0;
  for (let from = 0, to = 0; from < rows.length; from = to) {
    const party = partyOf(rows[from] as T);
    while (to < Math.min(rows.length, from + size) && partyOf(rows[to] as T) === party) to += 1;
    if (to - from > room) {
      parts.push([]);
      room = size;
    }
    parts.at(-1)?.push(...rows.slice(from, to));
    room -= to - from;
  }
  return parts;
}

async function answersOf<T>(part: T[], call: (rows: T[]) => Promise<RowOutcome[]>): Promise<Answer[]> {
  try {
    const outcomes = await call(part);
    return part.map((_, index) => {
      const outcome = outcomes[index];
      if (outcome?.ok) return outcome;
      const error = outcome?.error ?? new ConnectorError('bug', 'the connector answered no outcome for a row');
      return { ok: false, error, ofCall: false };
    });
  } catch (error) {
    if (!(error instanceof ConnectorError)) throw error;
    return part.map(() => ({ ok: false, error, ofCall: true }));
  }
}
