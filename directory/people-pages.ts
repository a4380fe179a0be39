/** People in pages of their employee numbers, for whoever goes through all of them. */
import type { Person } from '#domain/person.ts';
import type { Queries } from './database.ts';
import { findPeople } from './people.ts';

/** A stretch of employee numbers: after the one, up to and including the other. */
export interface PeoplePage {
  after: string;
  upTo: string;
}

/** The next pages of this many people each, after an employee number; of `only` these people where they are named. */
export async function nextPeoplePages(
  sql: Queries,
  { after, size, pages, only }: { after: string; size: number; pages: number; only: string[] | null },
): Promise<PeoplePage[]> {
  const rows = await sql<{ upTo: string }[]>`
    with next as (
      select employee_number, row_number() over (order by employee_number) as place from person
      where employee_number > ${after} and (${only}::text[] is null or employee_number = any(${only}))
      order by employee_number limit ${size * pages})
    select employee_number as "upTo" from next
    where place % ${size} = 0 or place = (select count(*) from next) order by place`;
  return rows.map(({ upTo }, index) => ({ after: rows[index - 1]?.upTo ?? after, upTo }));
}

/** The people of a page in order; of `only` these where they are named. */
export async function peopleOfPage(
  sql: Queries,
  { after, upTo }: PeoplePage,
  only: string[] | null,
): Promise<Person[]> {
  const rows = await sql<{ employeeNumber: string }[]>`
    select employee_number as "employeeNumber" from person
    where employee_number > ${after} and employee_number <= ${upTo}
      and (${only}::text[] is null or employee_number = any(${only}))
    order by employee_number`;
  const numbers = rows.map(({ employeeNumber }) => employeeNumber);
  const people = new Map((await findPeople(sql, numbers)).map((person) => [person.employeeNumber, person]));
  return numbers.flatMap((number) => people.get(number) ?? []);
}
