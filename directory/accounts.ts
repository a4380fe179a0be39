/** Accounts: which record in which application is whose, as last seen. */
import type { AccountIdentity, AccountStatus, AttributeValue } from '#domain/account.ts';
import type { PendingValue, PendingValues } from '#domain/plan.ts';
import type { Profile } from '#domain/profile-field.ts';
import type { Queries } from './database.ts';

export interface AccountRecord extends AccountIdentity {
  employeeNumber: string;
  application: string;
}

/**
 * `pending`: values that were sent and that the application does not show until somebody confirms them there. `deleteAt`:
 * ISO instant from which on a deactivated account is to be deleted; null: it stays. `closedElsewhere`: it was frozen or
 * inactive when it was taken over, and Joinery has not opened it since.
 */
export interface KnownAccount extends AccountRecord {
  pending: PendingValues;
  deleteAt: string | null;
  closedElsewhere: boolean;
}

/** Two accounts that belong under one another in the application, and are not yet. */
export interface ManagerLink {
  employeeNumber: string;
  profile: Profile;
  nativeId: string;
  /** The employee number. */
  manager: string;
  managerNativeId: string;
}

/** Values that were stored before it was noted when they were sent have no instant. */
type AccountRow = Omit<KnownAccount, 'pending'> & { pending: Record<string, PendingValue | AttributeValue> };

const columns = (sql: Queries) => sql`
  employee_number as "employeeNumber", application, native_id as "nativeId", username, status, pending, delete_at as "deleteAt",
  closed_elsewhere as "closedElsewhere"`;

/** The person's accounts in every application. */
export async function accountsOf(sql: Queries, employeeNumber: string): Promise<KnownAccount[]> {
  const rows = await sql<
    AccountRow[]
  >`select ${columns(sql)} from account where employee_number = ${employeeNumber} order by application`;
  return rows.map(known);
}

/** The person's account in one application, or undefined. */
export async function findAccount(
  sql: Queries,
  employeeNumber: string,
  application: string,
): Promise<KnownAccount | undefined> {
  const [row] = await sql<AccountRow[]>`
    select ${columns(sql)} from account where employee_number = ${employeeNumber} and application = ${application}`;
  return row && known(row);
}

/** The accounts of these people in one application, by employee number. */
export async function findAccounts(
  sql: Queries,
  employeeNumbers: string[],
  application: string,
): Promise<Map<string, KnownAccount>> {
  const rows = await sql<AccountRow[]>`
    select ${columns(sql)} from account where employee_number = any(${employeeNumbers}) and application = ${application}`;
  return new Map(rows.map((row) => [row.employeeNumber, known(row)]));
}

/** How many accounts an application has, by status. */
export async function countAccounts(
  sql: Queries,
  application: string,
): Promise<Partial<Record<AccountStatus, number>>> {
  const rows = await sql<{ status: AccountStatus; count: number }[]>`
    select status, count(*)::int as count from account where application = ${application} group by status`;
  return Object.fromEntries(rows.map(({ status, count }) => [status, count]));
}

/** Whose these accounts are, by native id; those that are recorded for nobody are not in it. */
export async function ownersOf(sql: Queries, application: string, nativeIds: string[]): Promise<Map<string, string>> {
  if (nativeIds.length === 0) return new Map();
  const rows = await sql<{ nativeId: string; employeeNumber: string }[]>`
    select native_id as "nativeId", employee_number as "employeeNumber" from account
    where application = ${application} and native_id = any(${nativeIds})`;
  return new Map(rows.map(({ nativeId, employeeNumber }) => [nativeId, employeeNumber]));
}

/**
 * Records accounts, as they were found, of people who have none in the application yet, and that are nobody's; leaves all
 * others as they are. One that is closed is not opened again as if Joinery had closed it. Answers whose were recorded. Safe
 * to repeat.
 */
export async function recordNewAccounts(sql: Queries, records: AccountRecord[]): Promise<Set<string>> {
  if (records.length === 0) return new Set();
  const rows = records.map(({ employeeNumber, application, nativeId, username, status }) => ({
    employee_number: employeeNumber,
    application,
    native_id: nativeId,
    username,
    status,
    closed_elsewhere: status !== 'active',
  }));
  const recorded = await sql<{ employeeNumber: string }[]>`
    insert into account ${sql(rows)} on conflict do nothing returning employee_number as "employeeNumber"`;
  return new Set(recorded.map(({ employeeNumber }) => employeeNumber));
}

/**
 * Records an account that is taken over as it was found. `reopens`: one that is closed may be opened again, as if Joinery
 * had closed it. Safe to repeat.
 */
export async function recordFoundAccount(sql: Queries, found: AccountRecord, reopens: boolean): Promise<void> {
  await recordFoundAccounts(sql, found.application, [{ ...found, reopens }]);
}

/** The same for many people, each once. */
export async function recordFoundAccounts(
  sql: Queries,
  application: string,
  found: (AccountRecord & { reopens: boolean })[],
): Promise<void> {
  await recordAccounts(sql, application, found);
  const isClosed = ({ status, reopens }: { status: AccountStatus; reopens: boolean }) =>
    status !== 'active' && !reopens;
  await sql`
    update account set closed_elsewhere = employee_number = any(${found.filter(isClosed).map((one) => one.employeeNumber)})
    where employee_number = any(${found.map((one) => one.employeeNumber)}) and application = ${application}`;
}

/**
 * Records an account as it is now. `managerNativeId` only where it was set with this change. What belonged to a former
 * account of the person is forgotten: grants, pending values, the manager link. Safe to repeat.
 */
export async function recordAccount(
  sql: Queries,
  record: AccountRecord,
  managerNativeId?: string | null,
): Promise<void> {
  await recordAccounts(sql, record.application, [{ ...record, managerNativeId }]);
}

/**
 * An account with the manager's account, where it was set now. `isNew`: it was just made; where it is on record all the same,
 * somebody took it over meanwhile, and the status that it has since stays.
 */
export interface AccountToRecord extends Omit<AccountRecord, 'application'> {
  managerNativeId?: string | null | undefined;
  isNew?: boolean;
}

/** The same for many people, each once, in one statement. */
export async function recordAccounts(sql: Queries, application: string, records: AccountToRecord[]): Promise<void> {
  if (records.length === 0) return;
  const rows = records.map(({ employeeNumber, nativeId, username, status, managerNativeId, isNew = false }) => ({
    employee_number: employeeNumber,
    native_id: nativeId,
    username,
    status,
    manager_native_id: managerNativeId ?? null,
    sets_manager: managerNativeId !== undefined,
    is_new: isNew,
  }));
  await sql`
    with given as (
      select * from jsonb_to_recordset(${sql.json(rows)}) as given (
        employee_number text, native_id text, username text, status text, manager_native_id text, sets_manager boolean,
        is_new boolean)),
    of_former as (
      delete from "grant"
      where application = ${application} and employee_number = any(array(
        select employee_number from given
        where native_id <> (
          select account.native_id from account
          where account.employee_number = given.employee_number and account.application = ${application}))))
    insert into account (employee_number, application, native_id, username, status, manager_native_id)
    select employee_number, ${application}, native_id, username, status, manager_native_id from given
    on conflict (employee_number, application) do update set
      native_id = excluded.native_id, username = excluded.username, seen_at = now(),
      status = case
        when account.native_id = excluded.native_id
          and (select is_new from given where given.employee_number = excluded.employee_number) then account.status
        else excluded.status end,
      delete_at = case when account.native_id = excluded.native_id then account.delete_at end,
      pending = case when account.native_id = excluded.native_id then account.pending else '{}' end,
      manager_native_id = case
        when (select sets_manager from given where given.employee_number = excluded.employee_number) then excluded.manager_native_id
        when account.native_id = excluded.native_id then account.manager_native_id end`;
}

/** Records what the application holds until it is confirmed, in place of what it held before. Safe to repeat. */
export async function recordPending(
  sql: Queries,
  employeeNumber: string,
  application: string,
  pending: PendingValues,
): Promise<void> {
  await recordPendingOfMany(sql, application, [{ employeeNumber, pending }]);
}

/** The same for many people, in one statement. */
export async function recordPendingOfMany(
  sql: Queries,
  application: string,
  records: Pick<KnownAccount, 'employeeNumber' | 'pending'>[],
): Promise<void> {
  if (records.length === 0) return;
  const rows = records.map(({ employeeNumber, pending }) => ({ employee_number: employeeNumber, pending }));
  await sql`
    update account set pending = held.pending
    from jsonb_to_recordset(${sql.json(rows as never)}) as held (employee_number text, pending jsonb)
    where account.employee_number = held.employee_number and application = ${application}`;
}

/** Records a new status for an account; nothing is pending of one that is taken out of use. Safe to repeat. */
export async function recordStatus(
  sql: Queries,
  employeeNumber: string,
  application: string,
  status: AccountStatus,
): Promise<void> {
  await recordStatusOfMany(sql, [employeeNumber], application, status);
}

/** The same for the accounts of many people, in one statement. */
export async function recordStatusOfMany(
  sql: Queries,
  employeeNumbers: string[],
  application: string,
  status: AccountStatus,
): Promise<void> {
  if (employeeNumbers.length === 0) return;
  await sql`
    update account set status = ${status}, closed_elsewhere = false, seen_at = now(), pending = case when ${status} = 'inactive' then '{}' else pending end
    where employee_number = any(${employeeNumbers}) and application = ${application}`;
}

/** Notes that the account is to be deleted so many days from now; noted already stays as it is: safe to repeat. */
export async function scheduleDeletion(
  sql: Queries,
  employeeNumber: string,
  application: string,
  days: number,
): Promise<void> {
  await sql`
    update account set delete_at = coalesce(delete_at, now() + make_interval(days => ${days}))
    where employee_number = ${employeeNumber} and application = ${application}`;
}

/** These people's accounts stay after all. Safe to repeat. */
export async function cancelDeletions(sql: Queries, employeeNumbers: string[], application: string): Promise<void> {
  if (employeeNumbers.length === 0) return;
  await sql`
    update account set delete_at = null
    where employee_number = any(${employeeNumbers}) and application = ${application} and delete_at is not null`;
}

/** An account that is to be deleted, and the id of the event that says so. */
export interface DueDeletion extends Pick<AccountRecord, 'employeeNumber' | 'application'> {
  eventId: string;
  deleteAt: string;
}

/**
 * The accounts that are to be deleted by now, where accounts may be deleted, the longest due first: those of which no event
 * says so yet, and those whose event ended a week ago and left them there.
 */
export async function dueDeletions(sql: Queries, limit: number): Promise<DueDeletion[]> {
  return sql<DueDeletion[]>`
    with due as (
      select account.*, 'retention:' || application || ':' || employee_number || ':' as event
      from account join application on application.name = account.application
      where delete_at <= now() and application.mode <> 'link-only' and (application.toggles ->> 'deleteUser')::boolean)
    select employee_number as "employeeNumber", application, delete_at as "deleteAt",
      event || to_char(now() at time zone 'UTC', 'YYYY-MM-DD') as "eventId"
    from due
    where not exists (
      select 1 from hr_event
      where hr_event.employee_number = due.employee_number and starts_with(hr_event.id, due.event)
        and accepted_at >= delete_at and (settled_at is null or settled_at > now() - interval '7 days'))
    order by delete_at, application, employee_number
    limit ${limit}`;
}

/** Forgets an account that is gone, and what was granted to it. Safe to repeat. */
export async function forgetAccount(sql: Queries, employeeNumber: string, application: string): Promise<void> {
  await sql`delete from account where employee_number = ${employeeNumber} and application = ${application}`;
}

/** The native ids of the accounts of these people's managers in the application, by the employee number of the report. */
export async function managerNativeIds(
  sql: Queries,
  employeeNumbers: string[],
  application: string,
): Promise<Map<string, string>> {
  const rows = await sql<{ employeeNumber: string; nativeId: string }[]>`
    select employee_number as "employeeNumber", boss.native_id as "nativeId"
    from person cross join lateral ${accountOf(sql, sql`person.manager`, application)} as boss
    where employee_number = any(${employeeNumbers}) and manager is not null`;
  return new Map(rows.map(({ employeeNumber, nativeId }) => [employeeNumber, nativeId]));
}

/**
 * The links still to be made for these people: to their managers, and from those who report to them. Whoever records an
 * account looks here afterwards; of a person and a manager who arrive at once, at least one sees the other.
 */
export async function missingManagerLinks(
  sql: Queries,
  employeeNumbers: string[],
  application: string,
  limit: number,
): Promise<ManagerLink[]> {
  return sql<ManagerLink[]>`
    with concerned as materialized (
      select employee_number, manager, profile from person
      where employee_number = any(${employeeNumbers}) and manager is not null
      union all
      select employee_number, manager, profile from person
      where manager = any(${employeeNumbers}) and employee_number <> all(${employeeNumbers}))
    select employee_number as "employeeNumber", profile, report.native_id as "nativeId", manager,
      boss.native_id as "managerNativeId"
    from concerned
      cross join lateral ${accountOf(sql, sql`concerned.employee_number`, application)} as report
      cross join lateral ${accountOf(sql, sql`concerned.manager`, application)} as boss
    where report.status <> 'inactive'
      and report.manager_native_id is distinct from boss.native_id
    order by employee_number
    limit ${limit}`;
}

/** Remembers the links that were made. Safe to repeat. */
export async function recordManagerLinks(sql: Queries, application: string, links: ManagerLink[]): Promise<void> {
  if (links.length === 0) return;
  await sql`
    update account set manager_native_id = link.manager
    from unnest(${links.map((link) => link.nativeId)}::text[], ${links.map((link) => link.managerNativeId)}::text[]) as link (report, manager)
    where account.application = ${application} and account.native_id = link.report`;
}

/** The limit has it looked up person by person, even of a table that just grew and of which the planner knows nothing yet. */
const accountOf = (sql: Queries, employeeNumber: ReturnType<typeof columns>, application: string) => sql`(
  select native_id, status, manager_native_id from account
  where account.employee_number = ${employeeNumber} and account.application = ${application} limit 1)`;

function known({ pending, ...account }: AccountRow): KnownAccount {
  const dated = Object.entries(pending).map(([attribute, stored]): [string, PendingValue] => [
    attribute,
    typeof stored === 'object' && stored !== null ? stored : { value: stored, sentAt: null },
  ]);
  return { ...account, pending: Object.fromEntries(dated) };
}
