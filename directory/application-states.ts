/** Application states: which applications are paused and why, and how much of its API each has left, for all workers. */
import type { Usage } from '#domain/verification.ts';
import type { Queries } from './database.ts';

export interface ApplicationState {
  application: string;
  /** Since when (ISO instant) and why nothing is sent there; null when it is not paused. */
  pause: { since: string; by: string; reason: string } | null;
  /** What the application last said; null when that is too long ago to be true. */
  usage: Usage | null;
}

/** Who paused an application whose credentials were refused; what Joinery paused, Joinery resumes. */
export const PAUSED_BY_JOINERY = 'joinery';

/** The state of an application: nothing known is neither paused nor used. */
export async function applicationState(sql: Queries, application: string): Promise<ApplicationState> {
  const [row] = await sql<
    ApplicationState[]
  >`select ${columns(sql)} from application_state where application = ${application}`;
  return row ?? { application, pause: null, usage: null };
}

/** Every application of which something is known. */
export async function listApplicationStates(sql: Queries): Promise<ApplicationState[]> {
  return sql<ApplicationState[]>`select ${columns(sql)} from application_state order by application`;
}

/**
 * Pauses an application. Answers false when it was paused already, whose first reason stays; only a person takes over
 * what Joinery paused, since Joinery would resume it by itself. Safe to repeat.
 */
export async function pauseApplication(
  sql: Queries,
  application: string,
  by: string,
  reason: string,
): Promise<boolean> {
  const rows = await sql`
    insert into application_state (application, paused_at, paused_by, pause_reason)
    values (${application}, now(), ${by}, ${reason})
    on conflict (application) do update
      set paused_at = now(), paused_by = excluded.paused_by, pause_reason = excluded.pause_reason
      where application_state.paused_at is null
        or (application_state.paused_by = ${PAUSED_BY_JOINERY} and excluded.paused_by <> ${PAUSED_BY_JOINERY})
    returning 1`;
  return rows.length === 1;
}

/** Ends a pause; with `pausedBy`, only one that this one began. Answers whether there was one. Safe to repeat. */
export async function resumeApplication(sql: Queries, application: string, pausedBy?: string): Promise<boolean> {
  const rows = await sql`
    update application_state set paused_at = null, paused_by = null, pause_reason = null
    where application = ${application} and paused_at is not null
      ${pausedBy === undefined ? sql`` : sql`and paused_by = ${pausedBy}`}
    returning 1`;
  return rows.length === 1;
}

/** Remembers what the application said of its API calls. Safe to repeat. */
export async function recordUsage(sql: Queries, application: string, { used, total }: Usage): Promise<void> {
  await sql`
    insert into application_state (application, api_used, api_total, api_seen_at)
    values (${application}, ${used}, ${total}, now())
    on conflict (application) do update
      set api_used = excluded.api_used, api_total = excluded.api_total, api_seen_at = excluded.api_seen_at`;
}

const columns = (sql: Queries) => sql`
  application,
  case when paused_at is null then null
    else jsonb_build_object('since', to_char(paused_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
      'by', paused_by, 'reason', pause_reason) end as pause,
  case when api_seen_at > now() - interval '15 minutes'
    then jsonb_build_object('used', api_used, 'total', api_total) end as usage`;
