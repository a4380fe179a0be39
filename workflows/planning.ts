/** Planning: what every person of a selection needs changed is found out page by page, for people to read; nothing is changed. */
import {
  CancellationScope,
  continueAsNew,
  isCancellation,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import { addTotals, countOperations, NO_TOTALS, type PlanTotals } from '#domain/plan-summary.ts';
import { bookkeeping, planningWork } from './activities.ts';
import { APPLICATION, OUTCOME } from './ids.ts';
import { planProgressQuery, type PlanningInput, type PlanningResult } from './messages.ts';
import { orFailure } from './steps/failure.ts';
import { inWindow } from './steps/window.ts';

type Progress = NonNullable<PlanningInput['progress']>;

/** How many pages are at work at once: enough to keep an application busy, few enough to leave room for everybody else. */
const WINDOW = 4;
/** A page is a handful of events; far below what a history may hold. */
const LONGEST_HISTORY = 2_000;

/**
 * Makes one plan and stores it. Ends `failed`, never by throwing, when a page can not be planned within the hour; throws
 * only when it is cancelled, after the plan was ended as failed.
 */
export async function planning(input: PlanningInput): Promise<PlanningResult> {
  const { plan } = input;
  let totals = input.progress?.totals ?? NO_TOTALS;
  setHandler(planProgressQuery, () => ({ people: totals.people, operations: countOperations(totals) }));
  const count = (page: PlanTotals): void => {
    totals = addTotals(totals, page);
    setCurrentDetails(
      `**plan ${plan}**: ${totals.people} people looked at, ${countOperations(totals)} operations so far.`,
    );
  };
  try {
    const made = await orFailure(() => makePlan(input, count, () => totals));
    if (made.ok) return end('made', totals);
    await bookkeeping(`plan ${plan}: failed`).failPlan({ plan, totals, failure: made.failure.message });
    return { ...end('failed', totals), failure: made.failure.message };
  } catch (error) {
    if (!isCancellation(error)) throw error;
    const failure = 'it was cancelled in Temporal before it was made';
    await CancellationScope.nonCancellable(() =>
      bookkeeping(`plan ${plan}: cancelled`).failPlan({ plan, totals, failure }),
    );
    upsertSearchAttributes([{ key: OUTCOME, value: 'cancelled' }]);
    throw error;
  }
}

async function makePlan(
  { plan, progress }: PlanningInput,
  count: (page: PlanTotals) => void,
  totals: () => PlanTotals,
): Promise<void> {
  const begun: Progress = progress ?? {
    ...(await planningWork(`plan ${plan}: whom and where`).beginPlan({ plan })),
    after: '',
    totals: NO_TOTALS,
  };
  const { applications, warnings } = begun;
  upsertSearchAttributes([
    { key: OUTCOME, value: 'running' },
    { key: APPLICATION, value: applications },
  ]);
  for (let { after } = begun; ;) {
    const { pages } = await planningWork(`plan ${plan}: the next people`).nextPlanPages({ plan, after });
    await inWindow(
      WINDOW,
      pages.map((page) => async () => {
        const work = planningWork(`plan ${plan}: ${page.upTo} and before`);
        count((await work.planPage({ plan, applications, ...page })).totals);
      }),
    );
    after = pages.at(-1)?.upTo ?? after;
    if (pages.length === 0) break;
    if (workflowInfo().continueAsNewSuggested || workflowInfo().historyLength > LONGEST_HISTORY)
      await continueAsNew<(input: PlanningInput) => Promise<PlanningResult>>({
        plan,
        progress: { after, totals: totals(), applications, warnings },
      });
  }
  await planningWork(`plan ${plan}: what it comes to`).endPlan({ plan, totals: totals(), applications, warnings });
}

function end(state: PlanningResult['state'], totals: PlanTotals): PlanningResult {
  upsertSearchAttributes([{ key: OUTCOME, value: state === 'made' ? 'done' : 'failed' }]);
  return { state, people: totals.people, operations: countOperations(totals) };
}
