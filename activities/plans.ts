/** Correlate and plan: which account is the person's, and what has to change in it. Changes nothing in the application. */
import type { AccountIdentity } from '#domain/account.ts';
import type { Failure } from '#domain/failure.ts';
import type { LaneEvent } from '#domain/lane.ts';
import type { Operation } from '#domain/plan.ts';
import { failedEntry, leftUndoneEntry, type ReportEntry } from '#domain/report-entry.ts';
import { ConnectorError } from '#connectors/errors.ts';
import { findPerson } from '#directory/people.ts';
import { approve } from './approval.ts';
import type { Dependencies } from './dependencies.ts';
import { foresee, foreseenEntry, type Foreseen } from './foresight.ts';
import { forgetWhatIsOver, noteDeletions } from './over.ts';
import { isTooEarly, planPeople, type Seen } from './planning.ts';
import { accessFault } from './lasting-access.ts';
import { subjectOf } from './request.ts';
import { work } from './work.ts';

export interface PlanRequest {
  event: LaneEvent;
  application: string;
  /** It was planned before in this event: what is skipped has been told, and what is not needed any more it may have done itself. */
  again?: boolean;
}

export interface AccountPlan {
  username: string;
  /** The account as it is now; absent when the person has none. */
  account?: AccountIdentity;
  operations: Operation[];
  /** The first of the operations that the application would refuse, and why; those before it can be carried out. */
  foreseen?: Foreseen;
  /**
   * What the report says of what can not be carried out, of what is skipped, and of access that lasts though the person has
   * left; absent in plans of earlier versions.
   */
  entries?: ReportEntry[];
}

export function createPlanActivities({ directory, connections, expressions, alarm }: Dependencies) {
  return {
    /**
     * The operations that bring this person's account to its wanted state; the same again gives none. Reads the application
     * only; of what the directory remembers of the account, it forgets what the application shows to be over: grants that
     * somebody took away, pending values that were confirmed or are not wanted any more, a deletion of somebody who is
     * back. Safe to repeat.
     */
    planAccount: ({ event, application, again = false }: PlanRequest): Promise<AccountPlan> =>
      work(async (context) => {
        const language = await expressions();
        const person = await findPerson(directory, event.employeeNumber);
        if (!person || isTooEarly({ person, cause: event.type })) return NOTHING;
        const connection = await connections.open(application, context);
        const requests = [{ person, cause: event.type }];
        const [planned] = await planPeople(directory, connection, requests, language, context);
        if (!planned) return NOTHING;
        if (planned.failure) throw asError(planned.failure);
        const { username, account, skipped, seen, cause } = planned;
        const { operations, refused, needless } = await approve(directory, connection, event, planned);
        await forgetWhatIsOver(directory, application, [planned]);
        await noteDeletions(directory, application, [planned]);
        const intended = { operations, current: seen?.current };
        const foreseen = await foresee(directory, connection, event, intended, context);
        const subject = subjectOf({ event, application }, account);
        const lasting =
          cause === 'leaver' && account && !again
            ? accessFault(subject, account, operations, [...skipped, ...refused], isToBeDeleted(seen))
            : undefined;
        if (lasting && seen?.protectedBy !== undefined)
          await alarm({
            key: `${application} ${event.employeeNumber} still open`,
            subject: lasting.message,
            text: lasting.remedy ?? '',
          });
        const untold = again ? refused : [...skipped, ...refused, ...needless];
        return {
          username,
          ...(account ? { account } : {}),
          operations,
          ...(foreseen ? { foreseen } : {}),
          entries: [
            ...untold.map(({ operation, why }) => leftUndoneEntry(subject, operation, why)),
            ...(lasting ? [failedEntry(subject, DEACTIVATE, lasting)] : []),
            ...(foreseen ? [foreseenEntry({ event, application }, foreseen, account)] : []),
          ],
        };
      }),
  };
}

const DEACTIVATE: Operation = { kind: 'deactivate', changes: [], entitlements: [], reason: 'the person has left' };

const NOTHING: AccountPlan = { username: '', operations: [], entries: [] };

function asError({ kind, message, remedy }: Failure): ConnectorError {
  return new ConnectorError(kind, message, remedy === undefined ? {} : { remedy });
}

function isToBeDeleted(seen: Seen | undefined): boolean {
  return seen?.deleteInDays !== undefined || (seen?.own?.deleteAt != null && !seen.isKept);
}
