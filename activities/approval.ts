/** Approval in a lane: of what is planned afresh for an event that carries a plan out, what stands in that plan. */
import { approvedOnly, type Refused } from '#domain/approval.ts';
import type { LaneEvent } from '#domain/lane.ts';
import type { Operation } from '#domain/plan.ts';
import { leftUndoneEntry, type ReportEntry } from '#domain/report-entry.ts';
import type { Sql } from '#directory/database.ts';
import { findPlanItem } from '#directory/plans.ts';
import type { Connection } from './connections.ts';
import type { Planned } from './planning.ts';
import { subjectOf } from './request.ts';

interface Asked {
  event: LaneEvent;
  planned: Planned;
  /** What is not needed any more may be what this event did itself. */
  again: boolean;
}

/**
 * The operations that may be carried out, and entries for what is refused or not needed any more. All of them where the
 * event carries no plan out. Reads only.
 */
export async function approve(
  directory: Sql,
  { application: { name, enabled } }: Connection,
  { event, planned, again }: Asked,
): Promise<{ operations: Operation[]; entries: ReportEntry[] }> {
  if (event.plan === undefined) return { operations: planned.operations, entries: [] };
  const item = await findPlanItem(directory, event.plan, event.employeeNumber, name);
  const approval = approvedOnly(planned, item ?? NOTHING_APPROVED);
  const refused = enabled ? approval.refused : planned.operations.map(disabled);
  const needless = again ? [] : approval.needless.map((operation): Refused => ({ operation, why: NEEDLESS }));
  const entries = [...refused, ...needless].map(({ operation, why }) =>
    leftUndoneEntry(subjectOf({ event, application: name }, planned.account), operation, why),
  );
  return { operations: enabled ? approval.operations : [], entries };
}

const NOTHING_APPROVED = { operations: [], skipped: [] };
const NEEDLESS = 'already done, or not needed any more';

function disabled(operation: Operation): Refused {
  return { operation, why: 'the application is not enabled any more' };
}
