/** Leaver: a person ends, and has no access from that minute on. */
import type { LaneInput, LaneResult } from './messages.ts';
import { inLane } from './lane.ts';
import { freezeFirst } from './steps/freeze-first.ts';
import { notify } from './steps/notify.ts';
import { openEvent } from './steps/open-event.ts';
import { deprovision } from './steps/provision.ts';
import { inEveryApplication, served, REPEATED } from './steps/served.ts';

/**
 * Serves one leaver of the person's lane when it falls due: every known account is frozen before anything else is
 * looked at; then in every application what Joinery granted is revoked and the account deactivated, each step even if
 * the one before it failed; the manager is told. Ends like the joiner.
 */
export async function leaver(input: LaneInput): Promise<LaneResult> {
  return inLane('leaver', input, async (event) => {
    const frozen = await freezeFirst(event);
    const opened = await openEvent(event);
    if (opened.repeated) return REPEATED;
    const accounts = inEveryApplication(opened.applications, (application) => deprovision(event, application));
    const notices = await notify(event, ['manager-leaver'], accounts, frozen);
    return served([...frozen, ...(await accounts), ...notices]);
  });
}
