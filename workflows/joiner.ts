/** Joiner: a person starts, and gets the accounts and entitlements that follow from who they are. */
import type { LaneInput, LaneResult } from './messages.ts';
import { inLane } from './lane.ts';
import { notify } from './steps/notify.ts';
import { openEvent } from './steps/open-event.ts';
import { provision } from './steps/provision.ts';
import { inEveryApplication, served, REPEATED } from './steps/served.ts';

/**
 * Serves one joiner of the person's lane when it falls due: the directory learns who they are; in every application
 * in scope the account is found or made, then granted what it should hold; the person and the manager are told. Ends
 * `partly-failed` or `failed` when an application refused, never by throwing.
 */
export async function joiner(input: LaneInput): Promise<LaneResult> {
  return inLane('joiner', input, async (event) => {
    const opened = await openEvent(event);
    if (opened.repeated) return REPEATED;
    const accounts = inEveryApplication(opened.applications, (application) => provision(event, application));
    const notices = await notify(event, ['welcome', 'manager-joiner'], accounts);
    return served([...(await accounts), ...notices]);
  });
}
