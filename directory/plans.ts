/** Plans that are read before they are applied: made in pages, then never changed. */
import { createHash } from 'node:crypto';
import { canonical } from '#domain/canonical.ts';
import type { PlanItem } from '#domain/plan-item.ts';
import type { PlanSelection, PlanSummary } from '#domain/plan-summary.ts';
import type { Queries } from './database.ts';

/** making: pages still come. made: it can be read and applied. failed: `summary.failure` says why. */
type PlanState = 'making' | 'made' | 'failed';

export interface PlanRecord {
  id: number;
  selection: PlanSelection;
  state: PlanState;
  summary: PlanSummary | null;
  /** Of the items as `planSha256` computes it; null until it is made. */
  sha256: string | null;
  createdBy: string;
  createdAt: string;
  madeAt: string | null;
  appliedBy: string | null;
  appliedAt: string | null;
}

const columns = (sql: Queries) => sql`
  id, selection, state, summary, sha256, created_by as "createdBy", created_at as "createdAt", made_at as "madeAt",
  applied_by as "appliedBy", applied_at as "appliedAt"`;

/** Begins a plan that has no items yet; answers its number. */
export async function createPlan(sql: Queries, selection: PlanSelection, createdBy: string): Promise<number> {
  const [row] = await sql<{ id: number }[]>`
    insert into plan (selection, created_by) values (${sql.json(selection as never)}, ${createdBy}) returning id`;
  if (!row) throw new Error('directory: the plan was not written');
  return row.id;
}

/** The plan, or undefined. */
export async function findPlan(sql: Queries, id: number): Promise<PlanRecord | undefined> {
  const [row] = await sql<PlanRecord[]>`select ${columns(sql)} from plan where id = ${id}`;
  return row;
}

/** The newest plans first. */
export async function listPlans(sql: Queries, limit: number): Promise<PlanRecord[]> {
  return sql<PlanRecord[]>`select ${columns(sql)} from plan order by id desc limit ${limit}`;
}

/** These people's items, in place of what the plan had of them, while it is being made. Safe to repeat. */
export async function replacePlanItems(
  sql: Queries,
  plan: number,
  employeeNumbers: string[],
  items: PlanItem[],
): Promise<void> {
  const places = items.map(({ employeeNumber, application }) => `${application}/${employeeNumber}`);
  await sql`
    with open as (select id from plan where id = ${plan} and state = 'making' for share),
    stale as (
      delete from plan_item using open
      where plan_item.plan = open.id and employee_number = any(${employeeNumbers})
        and application || '/' || employee_number <> all(${places}))
    insert into plan_item (plan, employee_number, application, item)
    select open.id, item->>'employeeNumber', item->>'application', item
    from open, jsonb_array_elements(${sql.json(items as never)}) as item
    on conflict (plan, employee_number, application) do update set item = excluded.item`;
}

/** Ends the making of a plan. The first ending stays: safe to repeat. */
export async function finishPlan(
  sql: Queries,
  id: number,
  { state, summary, sha256 = null }: { state: 'made' | 'failed'; summary: PlanSummary; sha256?: string | null },
): Promise<void> {
  await sql`
    update plan set state = ${state}, summary = ${sql.json(summary as never)}, sha256 = ${sha256}, made_at = now()
    where id = ${id} and state = 'making'`;
}

/** Remembers that the plan is applied; false when it was before, or is not made. */
export async function markApplied(sql: Queries, id: number, by: string): Promise<boolean> {
  const rows = await sql`
    update plan set applied_by = ${by}, applied_at = now()
    where id = ${id} and state = 'made' and applied_at is null returning 1`;
  return rows.length === 1;
}

const PAGE = 200;

/** Every item, by employee number and application, in pages that are forgotten as they are read. */
export async function* readPlanItems(sql: Queries, plan: number): AsyncGenerator<PlanItem[]> {
  for (let after: [string, string] = ['', '']; ;) {
    const rows = await sql<{ item: PlanItem }[]>`
      select item from plan_item
      where plan = ${plan} and (employee_number, application) > (${after[0]}, ${after[1]})
      order by employee_number, application limit ${PAGE}`;
    const last = rows.at(-1)?.item;
    if (!last) return;
    yield rows.map(({ item }) => item);
    after = [last.employeeNumber, last.application];
  }
}

/** The SHA-256 over the canonical JSON of every item, a line each, in the order in which they are read. */
export async function planSha256(sql: Queries, plan: number, onPage: () => void): Promise<string> {
  const hash = createHash('sha256');
  for await (const page of readPlanItems(sql, plan)) {
    for (const item of page) hash.update(`${canonical(item)}\n`);
    onPage();
  }
  return hash.digest('hex');
}

/** An account that several people of one plan are to be linked to. */
export interface ClaimedTwice {
  application: string;
  username: string;
  employeeNumbers: string[];
}

/** The first of the accounts that several people of the plan, of whatever pages, are to be linked to. Reads only. */
export async function claimedTwice(sql: Queries, plan: number, limit: number): Promise<ClaimedTwice[]> {
  return sql<ClaimedTwice[]>`
    select application, min(item -> 'account' ->> 'username') as username,
      array_agg(employee_number order by employee_number) as "employeeNumbers"
    from plan_item
    where plan = ${plan} and item -> 'operations' @> '[{"kind": "link"}]'
    group by application, item -> 'account' ->> 'nativeId' having count(*) > 1
    order by application, username limit ${limit}`;
}

/** The plan's item for one person in one application, or undefined. */
export async function findPlanItem(
  sql: Queries,
  plan: number,
  employeeNumber: string,
  application: string,
): Promise<PlanItem | undefined> {
  const [row] = await sql<{ item: PlanItem }[]>`
    select item from plan_item
    where plan = ${plan} and employee_number = ${employeeNumber} and application = ${application}`;
  return row?.item;
}

/** The applications in which the plan changes something of this person, by name. */
export async function plannedApplications(sql: Queries, plan: number, employeeNumber: string): Promise<string[]> {
  const rows = await sql<{ application: string }[]>`
    select application from plan_item
    where plan = ${plan} and employee_number = ${employeeNumber} and item->'operations' <> '[]'
    order by application`;
  return rows.map(({ application }) => application);
}

/** The people of whom the plan changes something, by employee number, from after this one. */
export async function plannedPeople(sql: Queries, plan: number, after: string, limit: number): Promise<string[]> {
  const rows = await sql<{ employeeNumber: string }[]>`
    select distinct employee_number as "employeeNumber" from plan_item
    where plan = ${plan} and employee_number > ${after} and item->'operations' <> '[]'
    order by employee_number limit ${limit}`;
  return rows.map(({ employeeNumber }) => employeeNumber);
}
