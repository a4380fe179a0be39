/** Plan items: what was planned for many people, with what it costs and what the application would say to it. */
import type { PlanItem } from '#domain/plan-item.ts';
import type { CallContext, Connector } from '#connectors/connector.ts';
import type { Connection } from './connections.ts';
import { intendedBy, isWriting } from './foresight.ts';
import type { Planned } from './planning.ts';

/** The items for people to read, in the same order. Licences are not checked: they are counted over a whole plan. Reads only. */
export async function asPlanItems(
  { connector }: Connection,
  planned: readonly Planned[],
  context: CallContext,
): Promise<PlanItem[]> {
  // All at once, so that they share what has to be looked up.
  return Promise.all(planned.map((one) => asPlanItem(connector, one, context)));
}

async function asPlanItem(connector: Connector, planned: Planned, context: CallContext): Promise<PlanItem> {
  const { seen, ...item } = planned;
  const writing = item.operations.filter(isWriting);
  const foresight =
    writing.length > 0 ? await connector.foresee?.(intendedBy(writing, seen?.current), context) : undefined;
  return {
    ...item,
    warnings: [
      ...item.warnings,
      ...(foresight?.faults ?? []).map(({ message, remedy }) => (remedy ? `${message}; ${remedy}` : message)),
    ],
    licences: (foresight?.takes ?? []).map(({ resource }) => resource),
    calls: connector.estimate?.(item.operations) ?? item.operations.length,
  };
}
