/** What is over: remembered of an account, and not true of it any more by what the application shows now. */
import { stillPending, takenEntitlements } from '#domain/plan.ts';
import { cancelDeletions, recordPendingOfMany, scheduleDeletion } from '#directory/accounts.ts';
import type { Sql } from '#directory/database.ts';
import { forgetTakenGrants } from '#directory/grants.ts';
import type { Planned } from './planning.ts';

/**
 * Forgets grants that somebody took away, and pending values that were confirmed or are not wanted any more: at most two
 * statements, however many people. Safe to repeat.
 */
export async function forgetWhatIsOver(
  directory: Sql,
  application: string,
  planned: readonly Planned[],
): Promise<void> {
  const remembered = planned.flatMap(({ seen }) => {
    // On the way out nothing is forgotten: what does not show may only be hidden from us.
    if (!seen?.own || !seen.current || seen.wanted === 'absent') return [];
    return [{ ...seen, own: seen.own, current: seen.current, wanted: seen.wanted }];
  });
  const taken = remembered.flatMap(({ own: { employeeNumber }, managed, current }) =>
    takenEntitlements(managed, current).map((entitlement) => ({ ...entitlement, employeeNumber })),
  );
  const left = remembered.flatMap(({ own: { employeeNumber, pending }, wanted, current }) => {
    const still = stillPending(pending, wanted, current);
    return Object.keys(still).length === Object.keys(pending).length ? [] : [{ employeeNumber, pending: still }];
  });
  await forgetTakenGrants(directory, application, taken);
  await recordPendingOfMany(directory, application, left);
}

/**
 * An account that is to be kept loses its date; one that is out of use without our doing has its days of retention all the
 * same. Safe to repeat.
 */
export async function noteDeletions(directory: Sql, application: string, planned: readonly Planned[]): Promise<void> {
  const kept = planned.flatMap(({ seen }) => (seen?.own && seen.isKept ? [seen.own.employeeNumber] : []));
  await cancelDeletions(directory, kept, application);
  for (const { seen } of planned) {
    if (!seen?.own || seen.deleteInDays === undefined) continue;
    await scheduleDeletion(directory, seen.own.employeeNumber, application, seen.deleteInDays);
  }
}
