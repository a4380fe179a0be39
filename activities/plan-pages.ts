/** Pages of a plan: what many people need changed is found out and stored, for people to read. Changes nothing else. */
import {
  summarise,
  totalsOf,
  type ApplicationRoom,
  type PlanSelection,
  type PlanTotals,
} from '#domain/plan-summary.ts';
import type { PlanItem } from '#domain/plan-item.ts';
import { ConnectorError } from '#connectors/errors.ts';
import { applicationState } from '#directory/application-states.ts';
import { listApplications } from '#directory/applications.ts';
import { nextPeoplePages, peopleOfPage, type PeoplePage } from '#directory/people-pages.ts';
import { claimedTwice, findPlan, finishPlan, planSha256, replacePlanItems } from '#directory/plans.ts';
import type { Dependencies } from './dependencies.ts';
import { asPlanItems } from './plan-items.ts';
import { planPeople } from './planning.ts';
import { heartbeat, work, type StepContext } from './work.ts';

/** Where a plan is made, and what it leaves out. */
export interface PlanScope {
  applications: string[];
  warnings: string[];
}

const PEOPLE_A_PAGE = 200;
const PAGES_AT_ONCE = 20;
const TOLD_AT_MOST = 20;

export function createPlanPageActivities({ directory, connections, expressions }: Dependencies) {
  const selectionOf = async (id: number): Promise<PlanSelection> => {
    const plan = await findPlan(directory, id);
    if (!plan) throw new ConnectorError('bug', `there is no plan ${id}`);
    return plan.selection;
  };

  return {
    /** The applications in which the plan is made: those that are asked for, enabled and not paused. Reads only. */
    beginPlan: ({ plan }: { plan: number }): Promise<PlanScope> =>
      work(async () => {
        const { applications: asked } = await selectionOf(plan);
        const scope: PlanScope = { applications: [], warnings: [] };
        for (const { name, enabled } of await listApplications(directory)) {
          if (asked && !asked.includes(name)) continue;
          const { pause } = await applicationState(directory, name);
          if (!enabled) scope.warnings.push(`${name} is left out: it is not enabled`);
          else if (pause)
            scope.warnings.push(`${name} is left out: it is paused since ${pause.since}: ${pause.reason}`);
          else scope.applications.push(name);
        }
        return scope;
      }),

    /** The pages of people that come next; none at the end. Reads only. */
    nextPlanPages: ({ plan, after }: { plan: number; after: string }): Promise<{ pages: PeoplePage[] }> =>
      work(async () => {
        const only = namedIn(await selectionOf(plan));
        return { pages: await nextPeoplePages(directory, { after, size: PEOPLE_A_PAGE, pages: PAGES_AT_ONCE, only }) };
      }),

    /** Plans for the people of a page and stores what they need. The same page again takes the place of the first: safe to repeat. */
    planPage: ({
      plan,
      applications,
      ...page
    }: PeoplePage & { plan: number; applications: string[] }): Promise<{ totals: PlanTotals }> =>
      work(async (context) => {
        const selection = await selectionOf(plan);
        const language = await expressions();
        const found = await peopleOfPage(directory, page, namedIn(selection));
        const people =
          'group' in selection ? found.filter((one) => language.groupsOf(one).includes(selection.group)) : found;
        const items: PlanItem[] = [];
        for (const application of people.length > 0 ? applications : []) {
          const connection = await connections.open(application, context);
          const requests = people.map((person) => ({ person, cause: 'mover' as const }));
          const planned = await planPeople(directory, connection, requests, language, context);
          items.push(...(await asPlanItems(connection, planned, context)).filter(saysSomething));
        }
        const numbers = found.map(({ employeeNumber }) => employeeNumber);
        await replacePlanItems(directory, plan, numbers, items);
        return { totals: totalsOf(people.length, items) };
      }),

    /** Says what the plan comes to, beside what each application has left, and closes it for reading. Safe to repeat. */
    endPlan: ({
      plan,
      totals,
      applications,
      warnings,
    }: PlanScope & { plan: number; totals: PlanTotals }): Promise<void> =>
      work(async (context) => {
        const room: Record<string, ApplicationRoom> = {};
        const untold: string[] = [];
        for (const application of applications.filter((name) => totals.applications[name])) {
          try {
            room[application] = await roomOf(application, context);
          } catch (error) {
            if (!(error instanceof ConnectorError)) throw error;
            untold.push(`${application}: what it has left is not known: ${error.message}`);
          }
        }
        const disputed = (await claimedTwice(directory, plan, TOLD_AT_MOST)).map(
          (one) =>
            `${one.application}: ${one.username} matches ${one.employeeNumbers.join(', ')}: whoever is applied first gets it; correct the others in HR before`,
        );
        const summary = summarise(totals, room, [...warnings, ...disputed, ...untold]);
        const sha256 = await planSha256(directory, plan, () => heartbeat({}));
        await finishPlan(directory, plan, { state: 'made', summary, sha256 });
      }),

    /** Ends a plan that can not be made. Safe to repeat. */
    async failPlan({ plan, totals, failure }: { plan: number; totals: PlanTotals; failure: string }): Promise<void> {
      await finishPlan(directory, plan, { state: 'failed', summary: { ...summarise(totals, {}, []), failure } });
    },
  };

  async function roomOf(application: string, context: StepContext): Promise<ApplicationRoom> {
    const { connector } = await connections.open(application, context);
    const capacity = (await connector.capacity?.(context)) ?? [];
    return { capacity, usage: connector.usage?.() ?? null };
  }
}

function namedIn(selection: PlanSelection): string[] | null {
  return 'people' in selection ? selection.people : null;
}

/** Whether there is anything to read: an item of somebody in whom all is as it should be is not kept. */
function saysSomething({ operations, skipped, warnings, failure }: PlanItem): boolean {
  return operations.length + skipped.length + warnings.length > 0 || failure !== undefined;
}
