/** Imports of accounts: rows of what an application lists, and what a page of them writes. */
import type { AccountIdentity, Attributes } from '#domain/account.ts';
import type { HrChange } from '#domain/hr-event.ts';
import type { RowState, Verdict } from '#domain/import.ts';
import type { Profile } from '#domain/profile-field.ts';
import type { Queries } from './database.ts';
import type { HrEventOutcome, NewHrEvent } from './hr-events.ts';

/** An account as it was listed. */
interface ListedAccount extends AccountIdentity {
  attributes: Attributes;
  /** The native id of the manager's account. */
  manager?: string;
  /** The first day of the person it makes, where the account tells it. */
  startDate?: string;
}

export interface NewAccountRow {
  line: number;
  /** Whose it is, or whom it makes. */
  employeeNumber?: string;
  /** Who it is, for people to read. */
  name: string;
  account: ListedAccount;
  verdict: Verdict;
  reason?: string;
  /** It is to be linked. */
  links: boolean;
  /** The joiner that makes its person. */
  event?: HrChange;
}

/** Adds rows to an import that is being staged, in one statement. */
export async function addAccountRows(sql: Queries, id: number, rows: readonly NewAccountRow[]): Promise<void> {
  await sql`
    insert into import_row (import, line, employee_number, name, cells, verdict, reason, events, state)
    select ${id}, line, "employeeNumber", name, account, verdict, reason,
      case when event is not null then jsonb_build_array(event) end, case when links then 'waiting' end
    from jsonb_to_recordset(${sql.json(rows as never)})
      as listed (line bigint, "employeeNumber" text, name text, account jsonb, verdict text, reason text, event jsonb,
        links boolean)`;
}

/** Accounts that are named when several would make one person. */
const NAMED = 5;

/** Of the accounts that would make one and the same person none does: they are disputed. */
export async function disputeNamesakes(sql: Queries, id: number): Promise<void> {
  await sql`
    with namesake as (
      select lower(employee_number) as number, count(*) as accounts,
        array_to_string((array_agg(cells ->> 'username' order by line))[1:${NAMED}], ', ') as usernames
      from import_row where import = ${id} and verdict = 'new' group by 1 having count(*) > 1)
    update import_row set verdict = 'disputed', state = null, events = null,
      reason = usernames || case when accounts > ${NAMED} then ', …' else '' end || ' would all be ' || employee_number
    from namesake where import = ${id} and verdict = 'new' and lower(employee_number) = number`;
}

/**
 * Says of the people that an import makes who their manager is, where their accounts tell it and nothing else did: whoever
 * the manager's account is recorded for, or is going to be.
 */
export async function nameManagers(sql: Queries, id: number, application: string): Promise<void> {
  await sql`
    with boss as (
      select native_id, employee_number from account where application = ${application}
      union
      select cells ->> 'nativeId', employee_number from import_row
      where import = ${id} and verdict in ('linked', 'unlinked', 'new'))
    update import_row set
      events = jsonb_set(events, '{0,profile,managerEmployeeNumber}', to_jsonb(boss.employee_number))
    from boss
    where import = ${id} and verdict = 'new' and cells ->> 'manager' = boss.native_id
      and boss.employee_number <> import_row.employee_number
      and not events -> 0 -> 'profile' ? 'managerEmployeeNumber'`;
}

/** An import of accounts, as far as a page has to know it. */
export interface AccountImport {
  application: string;
  by: string;
}

/** The import, or undefined where there is none of accounts of an application that is still there. */
export async function findAccountImport(sql: Queries, id: number): Promise<AccountImport | undefined> {
  const [row] = await sql<AccountImport[]>`
    select application, coalesce(run_by, created_by) as by from import
    where id = ${id} and kind = 'accounts' and application is not null`;
  return row;
}

/** A row as a page works on it. */
export interface AccountRow {
  line: number;
  employeeNumber: string;
  account: ListedAccount;
  event: HrChange | null;
  state: RowState;
  reason: string | null;
}

/** The rows of a page in their order, held until the transaction ends. */
export async function lockAccountRows(
  tx: Queries,
  id: number,
  { after, upTo }: { after: number; upTo: number },
): Promise<AccountRow[]> {
  return tx<AccountRow[]>`
    select line, employee_number as "employeeNumber", cells as account, events -> 0 as event, state, reason
    from import_row where import = ${id} and position > ${after} and position <= ${upTo}
    order by position for update`;
}

/** How a row ended; `reason`: why nothing was done. */
export interface AccountRowEnd {
  line: number;
  reason?: string;
}

/** Writes how rows ended, for good. */
export async function endAccountRows(
  tx: Queries,
  id: number,
  application: string,
  ends: readonly AccountRowEnd[],
): Promise<void> {
  if (ends.length === 0) return;
  await tx`
    with ended as (
      select line, reason from jsonb_to_recordset(${tx.json(ends as never)}) as ended (line bigint, reason text)),
    noted as (
      insert into import_result (import, line, application, outcome, native_id)
      select import, line, ${application}, case when ended.reason is null then 'done' else 'skipped' end, cells ->> 'nativeId'
      from import_row join ended using (line) where import = ${id}
      on conflict (import, line, application) do update set outcome = excluded.outcome)
    update import_row set state = case when ended.reason is null then 'done' else 'skipped' end,
      reason = coalesce(ended.reason, import_row.reason), event_id = events -> 0 ->> 'id'
    from ended where import_row.import = ${id} and import_row.line = ended.line`;
}

/** Somebody whom an account makes. */
export interface NewPerson {
  employeeNumber: string;
  profile: Profile;
  startDate: string | null;
}

/** Adds people who work here and are not known; leaves those who are as they are. Answers how many were added. */
export async function addPeople(tx: Queries, people: readonly NewPerson[]): Promise<number> {
  if (people.length === 0) return 0;
  const added = await tx`
    insert into person (employee_number, status, profile, start_date)
    select "employeeNumber", 'active', profile, "startDate" from jsonb_to_recordset(${tx.json(people as never)})
      as made ("employeeNumber" text, profile jsonb, "startDate" date)
    on conflict do nothing`;
  return added.count;
}

/** Stores events that an import has carried out already, as done: they are in no lane. Answers how many were stored. */
export async function storeDoneEvents(
  tx: Queries,
  id: number,
  events: readonly { event: NewHrEvent; outcome: HrEventOutcome }[],
): Promise<number> {
  if (events.length === 0) return 0;
  const rows = events.map(({ event, outcome }) => ({ ...event, outcome }));
  const stored = await tx`
    insert into hr_event (id, type, employee_number, target, due_at, body, body_sha256, source, import, state, outcome,
      signalled_at, settled_at)
    select id, type, "employeeNumber", target, "dueAt", body, "bodySha256", source, ${id}, 'done', outcome, now(), now()
    from jsonb_to_recordset(${tx.json(rows as never)})
      as done (id text, type text, "employeeNumber" text, target text, "dueAt" timestamptz, body jsonb,
        "bodySha256" text, source text, outcome jsonb)
    on conflict (id) do nothing`;
  return stored.count;
}

/** Notes whose accounts stand under which manager's in the application already. Safe to repeat. */
export async function noteManagers(
  tx: Queries,
  application: string,
  accounts: readonly { nativeId: string; manager: string }[],
): Promise<void> {
  if (accounts.length === 0) return;
  await tx`
    update account set manager_native_id = noted.manager
    from unnest(${accounts.map(({ nativeId }) => nativeId)}::text[], ${accounts.map(({ manager }) => manager)}::text[])
      as noted (native_id, manager)
    where account.application = ${application} and account.native_id = noted.native_id`;
}
