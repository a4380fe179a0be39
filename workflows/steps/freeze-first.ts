/** A leaver's first step, before anything slow: every account we know of is frozen. */
import type { LaneEvent } from '#domain/lane.ts';
import type { ReportEntry } from '#domain/report-entry.ts';
import { applicationWork } from '../activities.ts';
import { orFailure } from './failure.ts';

/**
 * Freezes in all applications at once. One that does not answer in time does not hold up the rest: its own branch
 * freezes it again, with patience.
 */
export async function freezeFirst(event: LaneEvent): Promise<ReportEntry[]> {
  const frozen = await orFailure(() =>
    applicationWork(`freeze ${event.person} everywhere`, event).freezeKnownAccounts(event),
  );
  return frozen.ok ? frozen.value.entries : [];
}
