/** The watch: what waits for an application to come back is looked after here, whoever waits for it. */
import { log } from '@temporalio/activity';
import { freeFor } from '#domain/capacity.ts';
import { ConnectorError } from '#connectors/errors.ts';
import { listApplicationStates, PAUSED_BY_JOINERY, resumeApplication } from '#directory/application-states.ts';
import { applicationsWaitedFor, waitingFor } from '#directory/tasks.ts';
import type { Dependencies } from './dependencies.ts';
import { submitDeletions } from './retention.ts';
import { work, type StepContext } from './work.ts';

/** A task of which what it waits for is there now. */
export interface Release {
  taskId: number;
  workflowId: string;
}

export interface Watched {
  releases: Release[];
  /** Applications whose credentials work again. */
  resumed: string[];
  /** How many accounts are to be deleted since their days of retention are over. */
  deletions?: number;
}

export function createWatchActivities({ directory, connections, alarm }: Dependencies) {
  return {
    /**
     * Tries the credentials of applications that Joinery paused, and resumes those that answer; counts the licences that
     * people wait for, and names as many of them as there are free ones, first come first; submits the deletion of
     * accounts whose days of retention are over. Safe to repeat.
     */
    lookAfterWaiting: (): Promise<Watched> =>
      work(async (context) => {
        const deletions = await submitDeletions(directory);
        const resumed = await resumeWhatAnswers(context);
        const applications = await applicationsWaitedFor(directory);
        const releases = await Promise.all(applications.map((application) => freedIn(application, context)));
        return { releases: releases.flat(), resumed, deletions };
      }),
  };

  async function resumeWhatAnswers(context: StepContext): Promise<string[]> {
    const paused = (await listApplicationStates(directory)).filter(({ pause }) => pause?.by === PAUSED_BY_JOINERY);
    const resumed: string[] = [];
    for (const { application } of paused) {
      if (
        !(await answers(application, context)) ||
        !(await resumeApplication(directory, application, PAUSED_BY_JOINERY))
      )
        continue;
      resumed.push(application);
      const text = `Its credentials are accepted again. What waited for it goes on by itself.`;
      await alarm({ key: `${application} resumed`, subject: `${application} is resumed`, text });
    }
    return resumed;
  }

  async function answers(application: string, context: StepContext): Promise<boolean> {
    try {
      await (await connections.openAnyway(application)).connector.verify(context);
      return true;
    } catch (error) {
      untold(application, error);
      return false;
    }
  }

  /** An application that does not answer is left to the next look. */
  async function freedIn(application: string, context: StepContext): Promise<Release[]> {
    try {
      const { connector } = await connections.open(application, context);
      const capacity = (await connector.capacity?.(context)) ?? [];
      const queues = capacity.map(async (licence) => {
        const free = freeFor(licence, 0);
        return free === 0 ? [] : waitingFor(directory, application, licence.resource, free);
      });
      return (await Promise.all(queues)).flat().map(({ id, workflowId }) => ({ taskId: id, workflowId }));
    } catch (error) {
      untold(application, error);
      return [];
    }
  }
}

/** One application's trouble is not the others'. What is not its own refusal is logged. */
function untold(application: string, error: unknown): void {
  if (!(error instanceof ConnectorError)) log.warn(`the watch could not ask ${application}`, { error });
}
