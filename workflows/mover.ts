/** Mover: a person changes, and so does what they hold: what no longer follows is taken, what follows now is given. */
import type { LaneInput, LaneResult } from './messages.ts';
import { inLane } from './lane.ts';
import { notify } from './steps/notify.ts';
import { openEvent } from './steps/open-event.ts';
import { provision } from './steps/provision.ts';
import { inEveryApplication, served, REPEATED } from './steps/served.ts';

/**
 * Serves one mover of the person's lane when it falls due: the directory learns the change; every account is brought to
 * its new wanted state, and only what Joinery granted is taken away; the manager is told, unless
 * the event is quiet. Ends like the joiner.
 */
export async function mover(input: LaneInput): Promise<LaneResult> {
  return inLane('mover', input, async (event) => {
    const opened = await openEvent(event);
    if (opened.repeated) return REPEATED;
    const accounts = inEveryApplication(opened.applications, (application) => provision(event, application));
    if (event.quiet) return served(await accounts);
    const notices = await notify(event, ['manager-mover'], accounts);
    return served([...(await accounts), ...notices]);
  });
}
