/** HR events on their way through the directory: opened when due, closed with how they went. */
import { activityInfo } from '@temporalio/activity';
import type { Application } from '#domain/application.ts';
import type { Expressions } from '#domain/expression.ts';
import type { HrEventState } from '#domain/hr-event.ts';
import type { LaneEvent, SettledCorrection } from '#domain/lane.ts';
import type { Person, PersonStatus } from '#domain/person.ts';
import type { Profile } from '#domain/profile-field.ts';
import { accountsOf } from '#directory/accounts.ts';
import { listApplications } from '#directory/applications.ts';
import {
  findHrEvent,
  findHrEvents,
  lockHrEvent,
  settledMovers,
  settleHrEvent,
  type HrEventOutcome,
  type HrEventRecord,
} from '#directory/hr-events.ts';
import { changePerson, findPerson, forgetExpectedPerson } from '#directory/people.ts';
import { plannedApplications } from '#directory/plans.ts';
import type { Dependencies } from './dependencies.ts';

/** `repeated`: the event was carried out before; then `applications` is empty. */
export interface OpenedEvent {
  repeated: boolean;
  applications: string[];
}

export interface ClosedEvent {
  event: LaneEvent;
  state: HrEventState;
  summary: string;
  secondsLate: number;
  /** Ids of pending events that this leaver made pointless. */
  overtaken: string[];
}

export function createEventActivities({ directory, expressions }: Dependencies) {
  return {
    /** Writes the person as HR now says, amendments included, and names the applications it concerns. Safe to repeat. */
    async openEvent(event: LaneEvent): Promise<OpenedEvent> {
      const language = await expressions();
      return directory.begin(async (tx) => {
        const record = await lockHrEvent(tx, event.id);
        if (!record || record.settledAt) return { repeated: true, applications: [] };
        // A plan changes accounts where it says so, and nothing of the person.
        if (event.plan !== undefined) {
          const planned = await plannedApplications(tx, event.plan, event.employeeNumber);
          return { repeated: false, applications: planned };
        }
        const amendments = await findHrEvents(tx, event.amendments);
        // What HR said of a person between hiring and the first day is newer than what the hire said.
        const since = event.type === 'joiner' ? await settledMovers(tx, event.employeeNumber, record.sequence) : [];
        const bodies = [record, ...amendments, ...since].map(({ body }) => body);
        const profile = bodies.reduce<Profile>(
          (merged, body) => ({ ...merged, ...('profile' in body ? body.profile : {}) }),
          {},
        );
        const known = await findPerson(tx, event.employeeNumber);
        const person = await changePerson(tx, {
          employeeNumber: event.employeeNumber,
          status: statusAfter(event, known),
          profile,
          startDate: event.type === 'joiner' ? startDateIn([record, ...amendments]) : undefined,
        });
        const accounts = new Set((await accountsOf(tx, event.employeeNumber)).map(({ application }) => application));
        const concerned = (await listApplications(tx)).filter(
          (application) =>
            (application.enabled || person.status === 'left') &&
            (accounts.has(application.name) || mayBeInScope(application, person, language)),
        );
        return { repeated: false, applications: concerned.map(({ name }) => name) };
      });
    },

    /** Whether this event has been carried out, or ended otherwise. Reads only. */
    async isSettled(id: string): Promise<{ settled: boolean }> {
      const record = await findHrEvent(directory, id);
      return { settled: !record || record.settledAt !== null };
    },

    /** Writes how the event ended, and ends what it overtook. The first ending stays: safe to repeat. */
    async closeEvent({ event, state, summary, secondsLate, overtaken }: ClosedEvent): Promise<void> {
      await directory.begin(async (tx) => {
        await settleHrEvent(tx, event.id, state, { ...outcome(summary), secondsLate });
        for (const id of overtaken)
          await settleHrEvent(tx, id, 'cancelled', outcome(`overtaken by leaver ${event.id}`));
      });
    },

    /** Writes which corrections took effect and which came too late. Safe to repeat. */
    async recordCorrections(corrections: SettledCorrection[]): Promise<void> {
      await directory.begin(async (tx) => {
        for (const { id, target, type, state } of corrections) {
          await settleHrEvent(tx, id, state, outcome(CORRECTION[state](type, target)));
          if (type !== 'rescind' || state !== 'applied') continue;
          await settleHrEvent(tx, target, 'rescinded', outcome(`rescinded by ${id}`));
          const record = await findHrEvent(tx, target);
          if (record?.type === 'joiner') await forgetExpectedPerson(tx, record.employeeNumber);
        }
      });
    },
  };
}

const CORRECTION: Record<SettledCorrection['state'], (type: string, target: string) => string> = {
  applied: (type, target) => `${type} of ${target} took effect before it began`,
  'too-late': (type, target) => `${target} had begun or ended: ${type} has no effect; send a mover or a leaver instead`,
};

/** The first day that a joiner names, or the last of its amendments that names another. */
function startDateIn(said: HrEventRecord[]): string | undefined {
  return said.map(({ body }) => ('effectiveDate' in body ? body.effectiveDate : undefined)).findLast(Boolean);
}

function statusAfter(event: LaneEvent, known: Person | undefined): PersonStatus {
  if (event.type === 'leaver') return 'left';
  if (event.type === 'joiner') return 'active';
  return known?.status ?? 'active';
}

/** A scope that can not be computed counts as in scope: planning then fails for that application, visibly. */
function mayBeInScope(application: Application, person: Person, expressions: Expressions): boolean {
  try {
    return expressions.holds(application.scope, person);
  } catch {
    return true;
  }
}

function outcome(summary: string): HrEventOutcome {
  const { workflowExecution } = activityInfo();
  return { summary, workflowId: workflowExecution?.workflowId ?? '', runId: workflowExecution?.runId ?? '' };
}
