/** Tasks in the directory: opened, tried again, closed; and the account that somebody says is the person's. */
import { activityInfo } from '@temporalio/activity';
import type { LaneEvent } from '#domain/lane.ts';
import { protectedBy } from '#domain/protection.ts';
import { doneEntry, type ReportEntry } from '#domain/report-entry.ts';
import type { Task, TaskState } from '#domain/task.ts';
import { ConnectorError } from '#connectors/errors.ts';
import { findAccount, recordFoundAccount } from '#directory/accounts.ts';
import { closeTask, countAttempt, escalateTask, openTask } from '#directory/tasks.ts';
import type { Dependencies } from './dependencies.ts';
import { refuseAnotherPersons } from './own-accounts.ts';
import { subjectOf, type Reported } from './request.ts';
import { work } from './work.ts';

export interface StuckBranch extends Pick<
  Task,
  'application' | 'operation' | 'kind' | 'message' | 'remedy' | 'resource'
> {
  event: LaneEvent;
  /** How often it was tried again though nobody asked. */
  unasked: number;
}

export interface TaskEnding {
  id: number;
  state: Exclude<TaskState, 'open'>;
  by: string;
  note: string;
  /** What the ending means for the report, where somebody decided. */
  entries: ReportEntry[];
}

export interface Adoption {
  event: LaneEvent;
  application: string;
  /** Native id. */
  account: string;
  by: string;
  note: string;
}

/** Tried again this often by itself, a day apart, and still stuck: the operators are told. */
const ESCALATE_AFTER = 2;

export function createTaskActivities({ directory, connections, expressions, alarm }: Dependencies) {
  return {
    /**
     * Opens the task, or says anew what is stuck if it is open. Of one that was tried in vain for days the operators are
     * told, once. Safe to repeat.
     */
    async openTask({ event, application, unasked, ...stuck }: StuckBranch): Promise<Task> {
      const { employeeNumber, person } = event;
      const workflowId = activityInfo().workflowExecution?.workflowId ?? '';
      const where = { workflowId, eventId: event.id, employeeNumber, person, application };
      const task = await openTask(directory, { ...where, ...stuck });
      if (unasked < ESCALATE_AFTER || task.kind === 'offer' || task.escalatedAt) return task;
      await alarm({
        key: `task ${task.id}`,
        subject: `task ${task.id} is stuck since ${task.openedAt}: ${application}, ${person} (${employeeNumber})`,
        text: `${task.message}\n${task.remedy ?? ''}\njoinery task show ${task.id}`,
      });
      return (await escalateTask(directory, task.id)) ?? task;
    },

    /** Counts one more try of a task. */
    async countTaskAttempt(id: number): Promise<void> {
      await countAttempt(directory, id);
    },

    /** Ends a task, and answers what that means, so that the history tells it. The first ending stays: safe to repeat. */
    async closeTask({ id, entries, ...ending }: TaskEnding): Promise<Reported> {
      await closeTask(directory, id, ending);
      return { entries };
    },

    /**
     * Records an account as this person's since somebody says so. Throws `not-found` when there is none, `conflict` when
     * it is recorded for somebody else or protected. Safe to repeat.
     */
    adoptAccount: ({ event, application, account, by, note }: Adoption): Promise<Reported> =>
      work(async (context) => {
        const { application: config, connector } = await connections.open(application, context);
        const [found] = await connector.read([account], context);
        if (!found) throw new ConnectorError('not-found', `${application}: there is no account ${account}`);
        const rule = protectedBy(config, found, await expressions(), await connector.self?.(context));
        if (rule !== undefined)
          throw new ConnectorError('conflict', `${application}: ${found.username} is protected: ${rule}`, {
            remedy: 'a protected account is nobody’s to take over; change the rule if it should be',
          });
        await refuseAnotherPersons(directory, event.employeeNumber, application, found);
        const known = await findAccount(directory, event.employeeNumber, application);
        const [kept] =
          known && known.nativeId !== found.nativeId ? await connector.read([known.nativeId], context) : [];
        // Forgotten, it would never be taken away.
        if (kept)
          throw new ConnectorError(
            'conflict',
            `${application}: ${kept.username} (${kept.nativeId}) is the account of ${event.person} already`,
            { remedy: 'deactivate the one that is not wanted, or give it to nobody, then retry' },
          );
        const own = { ...found, employeeNumber: event.employeeNumber, application };
        await recordFoundAccount(directory, own, event.type === 'joiner');
        const reason = `${by} says that it is this person's: ${note}`;
        const operation = { kind: 'link' as const, changes: [], entitlements: [], reason };
        return { entries: [doneEntry(subjectOf({ event, application }, found), operation)] };
      }),
  };
}
