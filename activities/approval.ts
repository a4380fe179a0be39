/** Approval in a lane: of what is planned afresh for an event that carries a plan out, what stands in that plan. */
import { approvedOnly } from '#domain/approval.ts';
import type { LaneEvent } from '#domain/lane.ts';
import type { Operation } from '#domain/plan.ts';
import type { Skipped } from '#domain/plan-item.ts';
import type { Sql } from '#directory/database.ts';
import { findPlanItem } from '#directory/plans.ts';
import type { Connection } from './connections.ts';
import type { Planned } from './planning.ts';

interface Allowed {
  operations: Operation[];
  /** Due, and not as the plan has it. */
  refused: Skipped[];
  /** In the plan, and not due any more. */
  needless: Skipped[];
}

/** What of the planned operations may be carried out: all of them where the event carries no plan out. Reads only. */
export async function approve(
  directory: Sql,
  { application: { name, enabled } }: Connection,
  event: LaneEvent,
  planned: Planned,
): Promise<Allowed> {
  const { operations } = planned;
  if (event.plan === undefined) return { operations, refused: [], needless: [] };
  if (!enabled) return { operations: [], refused: operations.map(because(DISABLED)), needless: [] };
  const item = await findPlanItem(directory, event.plan, event.employeeNumber, name);
  const approval = approvedOnly(planned, item ?? { operations: [], skipped: [] });
  return { ...approval, needless: approval.needless.map(because(NEEDLESS)) };
}

const DISABLED = 'the application is not enabled any more';
const NEEDLESS = 'already done, or not needed any more';

function because(why: string): (operation: Operation) => Skipped {
  return (operation) => ({ operation, why });
}
