/** Plan items: plans as people read them before they are applied, with what they would meet and what they would cost. */
import type { PlanItem } from '#domain/plan-item.ts';
import type { CallContext } from '#connectors/connector.ts';
import type { Sql } from '#directory/database.ts';
import type { Connection } from './connections.ts';
import { outlooks } from './foresight.ts';
import type { Planned } from './planning.ts';

/** The items of what was planned, in the same order. Reads only: an API call to count licences where any is taken. */
export async function planItems(
  directory: Sql,
  connection: Connection,
  planned: readonly Planned[],
  context: CallContext,
): Promise<PlanItem[]> {
  const { connector } = connection;
  const ahead = await outlooks(directory, connection, planned, context);
  return planned.map(({ current: _current, own: _own, managed: _managed, wanted: _wanted, ...item }, index) => ({
    ...item,
    warnings: [],
    licences: [],
    ...ahead[index],
    calls: connector.estimate?.(item.operations) ?? item.operations.length,
  }));
}
