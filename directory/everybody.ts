/** Everybody the directory knows, read as they are taken, for whoever looks at all of them. */
import type { Person } from '#domain/person.ts';
import type { Queries } from './database.ts';
import { findPeople } from './people.ts';

const BATCH = 500;

/** Every person by employee number, those who have left included, in batches of at most 500. */
export async function* everybody(sql: Queries): AsyncGenerator<Person[]> {
  for (let after = ''; ;) {
    const rows = await sql<{ employeeNumber: string }[]>`
      select employee_number as "employeeNumber" from person
      where employee_number > ${after} order by employee_number limit ${BATCH}`;
    const numbers = rows.map(({ employeeNumber }) => employeeNumber);
    const last = numbers.at(-1);
    if (last === undefined) return;
    const people = await findPeople(sql, numbers);
    yield people.toSorted((a, b) => numbers.indexOf(a.employeeNumber) - numbers.indexOf(b.employeeNumber));
    after = last;
  }
}
