/** People found by what is known of them, a page at a time in a fixed order, however many there are. */
import type { AccountStatus } from '#domain/account.ts';
import type { Person, PersonStatus } from '#domain/person.ts';
import type { Queries } from './database.ts';

export interface PeopleListFilter {
  status?: PersonStatus | undefined;
  /** Profile fields that have exactly this value; an empty one: nothing is known. */
  where?: readonly { field: string; value: string }[] | undefined;
  /** Part of a name, an employee number or an e-mail address, without regard to case. */
  text?: string | undefined;
  /** Who has an account there, of this status; or `none`. */
  account?: { application: string; status?: AccountStatus | 'none' | undefined } | undefined;
  /** Who has an open task. */
  stuck?: boolean | undefined;
}

/** By employee number, or by family and then given name. */
export type PeopleOrder = 'number' | 'name';

/** Where the next page begins: after this person. */
export interface PlaceInOrder {
  employeeNumber: string;
  sortName: string;
}

export type ListedPerson = Person & PlaceInOrder;

/** Those who fit, from after a place in the order; at most `limit`. */
export async function peoplePage(
  sql: Queries,
  filter: PeopleListFilter,
  { order, after, limit }: { order: PeopleOrder; after?: PlaceInOrder | undefined; limit: number },
): Promise<ListedPerson[]> {
  const byName = order === 'name';
  const later = byName
    ? sql`and (sort_name, employee_number) > (${after?.sortName ?? ''}, ${after?.employeeNumber ?? ''})`
    : sql`and employee_number > ${after?.employeeNumber ?? ''}`;
  return sql<ListedPerson[]>`
    select employee_number as "employeeNumber", status, profile, to_char(start_date, 'YYYY-MM-DD') as "startDate",
      sort_name as "sortName", array(
        select group_name from membership where membership.employee_number = person.employee_number order by group_name
      ) as "memberOf"
    from person where ${fits(sql, filter)} ${after ? later : sql``}
    order by ${byName ? sql`sort_name, employee_number` : sql`employee_number`} limit ${limit}`;
}

/** How many fit. */
export async function countPeople(sql: Queries, filter: PeopleListFilter): Promise<number> {
  const [row] = await sql<{ count: number }[]>`select count(*)::int as count from person where ${fits(sql, filter)}`;
  return row?.count ?? 0;
}

/** The accounts and the number of open tasks of each of these people who has any. */
export async function standingOf(
  sql: Queries,
  employeeNumbers: string[],
): Promise<Map<string, { accounts: { application: string; status: AccountStatus }[]; openTasks: number }>> {
  const rows = await sql<
    { employeeNumber: string; accounts: { application: string; status: AccountStatus }[]; openTasks: number }[]
  >`
    select number as "employeeNumber",
      (select coalesce(jsonb_agg(jsonb_build_object('application', application, 'status', status) order by application), '[]')
       from account where account.employee_number = number) as accounts,
      (select count(*)::int from task where task.employee_number = number and state = 'open') as "openTasks"
    from unnest(${employeeNumbers}::text[]) as number`;
  return new Map(rows.map(({ employeeNumber, ...standing }) => [employeeNumber, standing]));
}

function fits(sql: Queries, { status, where = [], text, account, stuck }: PeopleListFilter) {
  const fields = where.map(({ field, value }) =>
    value === ''
      ? sql`and coalesce(profile ->> ${field}, '') = ''`
      : sql`and profile @> ${sql.json({ [field]: value })}`,
  );
  return sql`
    true
    ${status ? sql`and person.status = ${status}` : sql``}
    ${fields.length > 0 ? fields : sql``}
    ${text ? sql`and search_text like lower(${`%${escapeLike(text)}%`})` : sql``}
    ${account ? sql`and ${hasAccount(sql, account)}` : sql``}
    ${stuck ? sql`and employee_number in (select employee_number from task where state = 'open')` : sql``}`;
}

function hasAccount(sql: Queries, { application, status }: NonNullable<PeopleListFilter['account']>) {
  const there = sql`
    select 1 from account where account.employee_number = person.employee_number and application = ${application}`;
  if (status === 'none') return sql`not exists (${there})`;
  return status ? sql`exists (${there} and account.status = ${status})` : sql`exists (${there})`;
}

function escapeLike(text: string): string {
  return text.replaceAll(/[\\%_]/g, String.raw`\$&`);
}
