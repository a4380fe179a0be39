/** Tasks as administrators list them: a projection of what runs wait for, and the queue for licences. */
import type { HrEventState } from '#domain/hr-event.ts';
import type { Task, TaskState } from '#domain/task.ts';
import type { Queries } from './database.ts';

export type NewTask = Pick<
  Task,
  | 'workflowId'
  | 'eventId'
  | 'employeeNumber'
  | 'person'
  | 'application'
  | 'operation'
  | 'kind'
  | 'message'
  | 'remedy'
  | 'resource'
>;

/**
 * Opens the task of this event and application, or says anew what is stuck if it is open already: its number and its
 * place in the queue stay. Safe to repeat.
 */
export async function openTask(sql: Queries, task: NewTask): Promise<Task> {
  const [row] = await sql<Task[]>`
    insert into task (workflow_id, event_id, employee_number, person, application, operation, kind, message, remedy, resource)
    values (${task.workflowId}, ${task.eventId}, ${task.employeeNumber}, ${task.person}, ${task.application},
      ${task.operation}, ${task.kind}, ${task.message}, ${task.remedy}, ${task.resource})
    on conflict (event_id, application) where state = 'open' do update set
      workflow_id = excluded.workflow_id, operation = excluded.operation, kind = excluded.kind,
      message = excluded.message, remedy = excluded.remedy, resource = excluded.resource
    returning ${columns(sql)}`;
  if (!row) throw new Error(`directory: the task of ${task.eventId} in ${task.application} was not written`);
  return row;
}

/** Counts one more try. */
export async function countAttempt(sql: Queries, id: number): Promise<void> {
  await sql`update task set attempts = attempts + 1 where id = ${id} and state = 'open'`;
}

/** Ends a task. The first ending stays: safe to repeat. */
export async function closeTask(
  sql: Queries,
  id: number,
  ending: { state: Exclude<TaskState, 'open'>; by: string; note: string | null },
): Promise<void> {
  await sql`
    update task set state = ${ending.state}, closed_at = now(), closed_by = ${ending.by}, note = ${ending.note}
    where id = ${id} and state = 'open'`;
}

/**
 * Ends what is still open of an event that has ended: a run that began anew, after its history grew long or somebody
 * terminated it, need not know of the tasks before it. Safe to repeat.
 */
export async function closeTasksOfEnded(sql: Queries, eventId: string, ended: HrEventState): Promise<void> {
  await sql`
    update task set state = ${ended === 'done' ? 'mended' : 'superseded'}, closed_at = now(), closed_by = 'joinery',
      note = ${`the event has ended: ${ended}`}
    where event_id = ${eventId} and state = 'open'`;
}

/** Marks a task as escalated. Answers it the first time, undefined after. */
export async function escalateTask(sql: Queries, id: number): Promise<Task | undefined> {
  const [row] = await sql<Task[]>`
    update task set escalated_at = now() where id = ${id} and state = 'open' and escalated_at is null
    returning ${columns(sql)}`;
  return row;
}

/** The task, or undefined. */
export async function findTask(sql: Queries, id: number): Promise<Task | undefined> {
  const [row] = await sql<Task[]>`select ${columns(sql)} from task where id = ${id}`;
  return row;
}

export interface TaskFilter {
  state?: TaskState | undefined;
  application?: string | undefined;
  employeeNumber?: string | undefined;
  kind?: string | undefined;
  limit?: number | undefined;
}

/** Tasks that fit, oldest first; at most `limit` (1,000). */
export async function listTasks(sql: Queries, filter: TaskFilter): Promise<Task[]> {
  const { state, application, employeeNumber, kind, limit = 1_000 } = filter;
  return sql<Task[]>`
    select ${columns(sql)} from task
    where true
      ${state ? sql`and state = ${state}` : sql``}
      ${application ? sql`and application = ${application}` : sql``}
      ${employeeNumber ? sql`and employee_number = ${employeeNumber}` : sql``}
      ${kind ? sql`and kind = ${kind}` : sql``}
    order by id limit ${limit}`;
}

/** How many wait for this licence in front of somebody: of all, or of those who came before task `before`. */
export async function countWaiting(
  sql: Queries,
  application: string,
  resource: string,
  before: number | null,
): Promise<number> {
  const [row] = await sql<{ count: number }[]>`
    select count(*)::int as count from task
    where state = 'open' and application = ${application} and resource = ${resource} and (${before}::bigint is null or id < ${before}::bigint)`;
  return row?.count ?? 0;
}

/** The applications in which somebody waits for a licence. */
export async function applicationsWaitedFor(sql: Queries): Promise<string[]> {
  const rows = await sql<{ application: string }[]>`
    select distinct application from task where state = 'open' and resource is not null order by application`;
  return rows.map(({ application }) => application);
}

/** Who waits for a licence, first come first. */
export async function waitingFor(
  sql: Queries,
  application: string,
  resource: string,
  limit: number,
): Promise<Pick<Task, 'id' | 'workflowId'>[]> {
  return sql<Pick<Task, 'id' | 'workflowId'>[]>`
    select id, workflow_id as "workflowId" from task
    where state = 'open' and application = ${application} and resource = ${resource} order by id limit ${limit}`;
}

/** The open tasks of these events. */
export async function openTasksOf(sql: Queries, eventIds: string[]): Promise<Task[]> {
  return sql<Task[]>`select ${columns(sql)} from task where state = 'open' and event_id = any(${eventIds}) order by id`;
}

const columns = (sql: Queries) => sql`
  id, workflow_id as "workflowId", event_id as "eventId", employee_number as "employeeNumber", person, application,
  operation, kind, message, remedy, resource, state, attempts, opened_at as "openedAt", escalated_at as "escalatedAt",
  closed_at as "closedAt", closed_by as "closedBy", note`;
