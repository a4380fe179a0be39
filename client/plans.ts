/** Plans: started, waited for, applied once, and what came of it. */
import { setTimeout as delay } from 'node:timers/promises';
import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import type { HrEventState } from '#domain/hr-event.ts';
import { NO_TOTALS, summarise, type PlanSelection } from '#domain/plan-summary.ts';
import { SKIPPED, skippedLines } from '#domain/report-entry.ts';
import type { Task } from '#domain/task.ts';
import { listApplications } from '#directory/applications.ts';
import { recordAudit } from '#directory/audit.ts';
import type { Queries, Sql } from '#directory/database.ts';
import { listGroups } from '#directory/groups.ts';
import { countByState, endedBadly, summariesWith } from '#directory/hr-events.ts';
import { findPeople } from '#directory/people.ts';
import { createPlan, findPlan, finishPlan, markApplied, type PlanRecord } from '#directory/plans.ts';
import { openTasksOf } from '#directory/tasks.ts';
import { planWorkflowId } from '#workflows/ids.ts';
import { planProgressQuery, type PlanningInput, type PlanningResult, type PlanProgress } from '#workflows/messages.ts';
import { planEventIds, storePlanEvents } from './plan-events.ts';

type Workflow = (input: PlanningInput) => Promise<PlanningResult>;

/** The most people that a plan names one by one. */
export const MOST_NAMED = 1_000;

export interface PlanStart {
  directory: Sql;
  temporal: Client;
  taskQueue: string;
}

/** Starts the making of a plan and answers its number, or why that can not be. */
export async function startPlan(
  { directory, temporal, taskQueue }: PlanStart,
  { selection, by }: { selection: PlanSelection; by: string },
): Promise<{ result: 'started'; id: number } | { result: 'refused'; why: string }> {
  const why = await selectionFault(directory, selection);
  if (why !== undefined) return { result: 'refused', why };
  const id = await directory.begin(async (tx) => {
    const plan = await createPlan(tx, selection, by);
    await recordAudit(tx, { actor: by, action: 'plan started', subject: `plan ${plan}`, detail: { selection } });
    return plan;
  });
  try {
    await temporal.workflow.start<Workflow>('planning', {
      workflowId: planWorkflowId(id),
      taskQueue,
      args: [{ plan: id }],
      staticSummary: `plan ${id}, by ${by}`,
      staticDetails: `What ${describeSelection(selection)} need changed. Nothing is changed by it.`,
    });
  } catch (error) {
    await fail(directory, id, `it could not be started: ${error instanceof Error ? error.message : String(error)}`);
    throw error;
  }
  return { result: 'started', id };
}

/** `3 people in salesforce`, `the group Sales`, `everybody` */
export function describeSelection(selection: PlanSelection): string {
  const where = selection.applications ? ` in ${selection.applications.join(', ')}` : '';
  if ('group' in selection) return `the people of the group ${selection.group}${where}`;
  if ('all' in selection) return `all people${where}`;
  const { people } = selection;
  return `${people.length > 3 ? `${people.length} people` : people.join(', ')}${where}`;
}

async function selectionFault(directory: Sql, selection: PlanSelection): Promise<string | undefined> {
  const configured = (await listApplications(directory)).map(({ name }) => name);
  const strange = selection.applications?.find((name) => !configured.includes(name));
  if (strange !== undefined) return `there is no application ${strange}`;
  if ('group' in selection) {
    const known = (await listGroups(directory)).some(({ name }) => name === selection.group);
    return known ? undefined : `there is no group ${selection.group}`;
  }
  if (!('people' in selection)) return undefined;
  if (selection.people.length === 0) return 'name at least one person';
  if (selection.people.length > MOST_NAMED) return `name at most ${MOST_NAMED} people, a group, or all`;
  const known = new Set((await findPeople(directory, selection.people)).map(({ employeeNumber }) => employeeNumber));
  const unknown = selection.people.filter((number) => !known.has(number));
  return unknown.length > 0 ? `nobody is known by ${unknown.slice(0, 10).join(', ')}` : undefined;
}

const LOOK_EVERY_MS = 300;
const ANSWERS_WITHIN_MS = 2_000;

/** Resolves when the plan is made or failed, telling how far it is meanwhile; undefined when there is no such plan. */
export async function untilMade(
  { directory, temporal }: Pick<PlanStart, 'directory' | 'temporal'>,
  id: number,
  onProgress: (progress: PlanProgress) => void,
): Promise<PlanRecord | undefined> {
  const handle = temporal.workflow.getHandle(planWorkflowId(id));
  for (;;) {
    const ended = await runEnded(handle);
    const plan = await findPlan(directory, id);
    if (plan?.state !== 'making') return plan;
    if (ended !== undefined) {
      await fail(directory, id, `its run in Temporal ${ended}`);
      continue;
    }
    // A worker that is away answers nothing: the plan goes on when it is back.
    await temporal
      .withDeadline(Date.now() + ANSWERS_WITHIN_MS, () => handle.query(planProgressQuery))
      .then(onProgress, () => undefined);
    await delay(LOOK_EVERY_MS);
  }
}

/** How the run ended, undefined while it goes on. A run that ended by itself has ended its plan before. */
async function runEnded(handle: ReturnType<Client['workflow']['getHandle']>): Promise<string | undefined> {
  try {
    const { status } = await handle.describe();
    return status.name === 'RUNNING' ? undefined : `ended: ${status.name.toLowerCase()}`;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return 'is not there';
    throw error;
  }
}

async function fail(directory: Sql, id: number, failure: string): Promise<void> {
  await finishPlan(directory, id, { state: 'failed', summary: { ...summarise(NO_TOTALS, {}, []), failure } });
}

/** applied: now. known: before, and by whom the plan says. refused: it can not be, and why. */
export type PlanApplication =
  | { result: 'applied' | 'known'; plan: PlanRecord }
  | { result: 'refused'; why: string }
  | { result: 'unknown' };

/**
 * Applies a plan, once: its people's events are stored, and are in their lanes soon after; nobody is told of them by
 * mail. `sha256`: what was read, so that nothing else is applied. Safe to repeat.
 */
export async function applyPlan(
  directory: Sql,
  { id, by, sha256 }: { id: number; by: string; sha256?: string | undefined },
): Promise<PlanApplication> {
  return directory.begin(async (tx): Promise<PlanApplication> => {
    const plan = await findPlan(tx, id);
    if (!plan) return { result: 'unknown' };
    const why = applyFault(plan, sha256);
    if (why !== undefined) return { result: 'refused', why };
    const first = await markApplied(tx, id, by);
    if (first) {
      const people = await storePlanEvents(tx, id);
      const detail = { sha256: plan.sha256, people };
      await recordAudit(tx, { actor: by, action: 'plan applied', subject: `plan ${id}`, detail });
    }
    return { result: first ? 'applied' : 'known', plan: await written(tx, id) };
  });
}

function applyFault({ id, state, summary, sha256: made }: PlanRecord, sha256: string | undefined): string | undefined {
  if (state === 'making') return `plan ${id} is still being made`;
  if (state === 'failed') return `plan ${id} was not made: ${summary?.failure ?? 'nobody knows why'}`;
  if (sha256 === undefined || sha256.toLowerCase() === made) return undefined;
  return `plan ${id} is not the one that was read: its sha256 is ${made ?? 'unknown'}`;
}

async function written(sql: Queries, id: number): Promise<PlanRecord> {
  const plan = await findPlan(sql, id);
  if (!plan) throw new Error(`directory: plan ${id} is gone`);
  return plan;
}

/** What came of a plan that was applied, as far as it is. */
export interface PlanOutcome {
  people: number;
  states: Partial<Record<HrEventState, number>>;
  /** The first people of whom something was refused or not needed any more, and what. */
  skipped: { employeeNumber: string; lines: string[] }[];
  /** The first people whose change did not end well. */
  bad: { employeeNumber: string; state: HrEventState; summary: string }[];
  /** What waits for somebody. */
  tasks: Task[];
}

const SHOWN = 200;

/** What came of the plan so far; nothing of one that was not applied. */
export async function planOutcome(directory: Sql, id: number): Promise<PlanOutcome> {
  const ids = await planEventIds(directory, id);
  const [states, skipped, bad, tasks] = await Promise.all([
    countByState(directory, ids),
    summariesWith(directory, ids, SKIPPED, SHOWN),
    endedBadly(directory, ids, SHOWN),
    openTasksOf(directory, ids),
  ]);
  return {
    people: ids.length,
    states,
    skipped: skipped.map(({ employeeNumber, summary }) => ({ employeeNumber, lines: skippedLines(summary) })),
    bad: bad.map(({ employeeNumber, state, outcome }) => ({ employeeNumber, state, summary: outcome?.summary ?? '' })),
    tasks,
  };
}
