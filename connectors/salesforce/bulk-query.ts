/** A query as a job of Bulk API 2.0: its rows some thousand at a time, for a few API calls however many there are. */
import type { CallContext } from '#connectors/connector.ts';
import { ConnectorError } from '#connectors/errors.ts';
import { createJobs } from './bulk-jobs.ts';
import type { Row } from './query.ts';
import type { Session } from './session.ts';

const ROWS_A_CALL = 2_000;

/**
 * The rows as a single query gives them, but for their values: all of them are texts, and null where there is none. Takes
 * the job away in the end. Throws ConnectorError, `transient` when the job ended early.
 */
export async function* queryInBulk(
  session: Session,
  { object, soql }: { object: string; soql: string },
  context: CallContext | undefined,
): AsyncGenerator<Row[]> {
  const jobs = createJobs(session, 'query', object, context);
  const { id } = await jobs.open({ operation: 'query', query: soql });
  try {
    const ended = await jobs.ended(id);
    if (ended?.state !== 'JobComplete') {
      const why = ended?.errorMessage ?? `its state is ${ended?.state ?? 'unknown'}`;
      throw new ConnectorError('transient', `salesforce: bulk job ${id} for ${object} gave no rows: ${why}`);
    }
    let locator = '';
    do {
      const { rows, next } = await jobs.results(id, `results?maxRecords=${ROWS_A_CALL}${locator}`);
      yield rows.map(asRow);
      locator = next === undefined ? '' : `&locator=${next}`;
    } while (locator !== '');
  } finally {
    // One that can not be taken away now goes by itself within a week.
    await jobs.forget(id).catch(() => undefined);
  }
}

/** `Profile.Name` is a column here, and a record within the record elsewhere. */
function asRow(cells: Record<string, string>): Row {
  const row: Record<string, unknown> = {};
  for (const [column, cell] of Object.entries(cells)) {
    const path = column.split('.');
    const name = path.pop() ?? '';
    let at = row;
    for (const parent of path) at = (at[parent] ??= {}) as Record<string, unknown>;
    at[name] = cell === '' ? null : cell;
  }
  return row as Row;
}
