/** Applying a plan: one quiet mover for each of its people, through the inbox into their lanes, as everything that happens to them. */
import { storeHrEvents, type NewHrEvent } from '#directory/hr-events.ts';
import type { Queries } from '#directory/database.ts';
import { plannedPeople } from '#directory/plans.ts';
import { quietMover } from '#directory/quiet-events.ts';

const PAGE = 500;

/** The id of the event that carries a plan out for one person. HR's own ids do not begin so. */
function planEventId(plan: number, employeeNumber: string): string {
  return `plan:${plan}:${employeeNumber}`;
}

/** The people of whom the plan changes something, in pages. */
async function* planPeoplePages(sql: Queries, plan: number): AsyncGenerator<string[]> {
  for (let after = ''; ;) {
    const page = await plannedPeople(sql, plan, after, PAGE);
    const last = page.at(-1);
    if (last === undefined) return;
    yield page;
    after = last;
  }
}

/** The ids of the events that carry the plan out. */
export async function planEventIds(sql: Queries, plan: number): Promise<string[]> {
  const ids: string[] = [];
  for await (const page of planPeoplePages(sql, plan))
    for (const employeeNumber of page) ids.push(planEventId(plan, employeeNumber));
  return ids;
}

/** Stores an event for each person of whom the plan changes something, due now. Answers how many there are; throws when it was done before. */
export async function storePlanEvents(sql: Queries, plan: number): Promise<number> {
  const now = new Date().toISOString();
  let people = 0;
  for await (const page of planPeoplePages(sql, plan)) {
    const events = page.map((employeeNumber) => planEvent(plan, employeeNumber, now));
    const { added } = await storeHrEvents(sql, events);
    if (added.size < events.length) throw new Error(`plan ${plan}: events of its ids were stored before`);
    people += added.size;
  }
  return people;
}

function planEvent(plan: number, employeeNumber: string, dueAt: string): NewHrEvent {
  return quietMover({ id: planEventId(plan, employeeNumber), employeeNumber, dueAt, source: `plan ${plan}`, plan });
}
