/** People as the directory keeps them. */
import { changeProfile, type Person, type PersonStatus } from '#domain/person.ts';
import type { Profile } from '#domain/profile-field.ts';
import type { Queries } from './database.ts';

export interface PersonChange {
  employeeNumber: string;
  status: PersonStatus;
  profile: Profile;
  /** The first day of who joins; undefined: stays as it is. */
  startDate?: string | undefined;
}

const columns = (sql: Queries) => sql`
  employee_number as "employeeNumber", status, profile, to_char(start_date, 'YYYY-MM-DD') as "startDate", array(
    select group_name from membership where membership.employee_number = person.employee_number order by group_name
  ) as "memberOf"`;

/** The person, or undefined. */
export async function findPerson(sql: Queries, employeeNumber: string): Promise<Person | undefined> {
  const [row] = await sql<Person[]>`
    select ${columns(sql)} from person where employee_number = ${employeeNumber}`;
  return row;
}

/** Every person known by one of these numbers. */
export async function findPeople(sql: Queries, employeeNumbers: string[]): Promise<Person[]> {
  return sql<Person[]>`
    select ${columns(sql)} from person
    where employee_number = any(${employeeNumbers})`;
}

/** Of these numbers those that nobody is known by, in their order. */
export async function unknownNumbers(sql: Queries, employeeNumbers: string[]): Promise<string[]> {
  const rows = await sql<{ number: string }[]>`
    select number from unnest(${employeeNumbers}::text[]) with ordinality as asked (number, place)
    where not exists (select 1 from person where employee_number = number) order by place`;
  return rows.map(({ number }) => number);
}

/** Which people are meant; what is not said does not restrict. */
export interface PeopleFilter {
  status?: PersonStatus | undefined;
}

/**
 * Everybody the filter means, by employee number, as they were when the first was read. At most 500 are held in memory.
 * A connection is kept until the last was read or the loop was left: pass the pool, not a transaction that the loop uses.
 */
export async function* streamPeople(sql: Queries, { status }: PeopleFilter = {}): AsyncGenerator<Person> {
  const people = sql<Person[]>`
    select ${columns(sql)} from person
    where ${status === undefined ? sql`true` : sql`status = ${status}`}
    order by employee_number`;
  for await (const batch of people.cursor(500)) yield* batch;
}

/** Writes what HR said over what is known; the same change again leaves the same person. Answers the person after it. */
export async function changePerson(sql: Queries, change: PersonChange): Promise<Person> {
  const known = await findPerson(sql, change.employeeNumber);
  const [row] = await changePeople(sql, [change], known ? [known] : []);
  if (!row) throw new Error(`directory: person ${change.employeeNumber} was not written`);
  return row;
}

/** The same for many people, each once, of whom this is known: one statement. Answers them in no particular order. */
export async function changePeople(sql: Queries, changes: PersonChange[], known: Person[]): Promise<Person[]> {
  if (changes.length === 0) return [];
  const profiles = new Map(known.map(({ employeeNumber, profile }) => [employeeNumber, profile]));
  const rows = changes.map(({ employeeNumber, status, profile, startDate }) => ({
    employee_number: employeeNumber,
    status,
    profile: changeProfile(profiles.get(employeeNumber) ?? {}, profile),
    start_date: startDate ?? null,
  }));
  return sql<Person[]>`
    insert into person (employee_number, status, profile, start_date)
    select employee_number, status, profile, start_date from jsonb_to_recordset(${sql.json(rows)})
      as changed (employee_number text, status text, profile jsonb, start_date date)
    on conflict (employee_number) do update
      set status = excluded.status, profile = excluded.profile,
        start_date = coalesce(excluded.start_date, person.start_date), version = person.version + 1, updated_at = now()
    returning ${columns(sql)}`;
}

/** Notes people who were hired and have not started; leaves those already known as they are. Safe to repeat. */
export async function expectPeople(
  sql: Queries,
  people: { employeeNumber: string; profile: Profile }[],
): Promise<void> {
  if (people.length === 0) return;
  const rows = people.map(({ employeeNumber, profile }) => ({
    employee_number: employeeNumber,
    status: 'expected',
    profile: sql.json(changeProfile({}, profile)),
  }));
  await sql`insert into person ${sql(rows)} on conflict (employee_number) do nothing`;
}

/** Forgets somebody whose hire was taken back before the first day. Does nothing for anybody else. */
export async function forgetExpectedPerson(sql: Queries, employeeNumber: string): Promise<void> {
  await sql`
    delete from person where employee_number = ${employeeNumber} and status = 'expected'
      and not exists (select 1 from account where account.employee_number = person.employee_number)
      and not exists (
        select 1 from hr_event where hr_event.employee_number = person.employee_number
          and hr_event.type = 'joiner' and hr_event.settled_at is null)`;
}
