/** People as the directory keeps them: read in a stream, so that a hundred thousand fit. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDirectory } from '#directory/database.ts';
import { streamPeople, type PeopleFilter } from '#directory/people.ts';
import { freshDirectory, type FreshDirectory } from '../support/directory.ts';

let directory: FreshDirectory;

beforeAll(async () => {
  directory = await freshDirectory();
  await directory.sql`
    insert into person (employee_number, status, profile, start_date)
    select 'E' || lpad(n::text, 4, '0'), case when n % 3 = 0 then 'left' else 'active' end,
      jsonb_build_object('familyName', 'Person ' || n), '2026-11-24'
    from generate_series(1, 1201) n`;
  await directory.sql`insert into person_group (name, label) values ('Sales', 'Sales')`;
  await directory.sql`insert into membership values ('Sales', 'E0002')`;
});
afterAll(() => directory.close());

async function read(filter?: PeopleFilter) {
  const people = [];
  for await (const person of streamPeople(directory.sql, filter)) people.push(person);
  return people;
}

describe('a stream of people', () => {
  it('holds everybody once, in order, as a single one is read', async () => {
    const people = await read();
    expect(people).toHaveLength(1201);
    expect(people[1]).toEqual({
      employeeNumber: 'E0002',
      status: 'active',
      profile: { familyName: 'Person 2' },
      startDate: '2026-11-24',
      memberOf: ['Sales'],
    });
    const numbers = people.map(({ employeeNumber }) => employeeNumber);
    expect(numbers).toEqual([...new Set(numbers)].toSorted());
  });

  it('can be of one status only', async () => {
    const left = await read({ status: 'left' });
    expect(left).toHaveLength(400);
    expect(left.every(({ status }) => status === 'left')).toBe(true);
  });

  it('gives its connection back when the loop is left', async () => {
    const single = openDirectory(directory.url, 1);
    for await (const { employeeNumber } of streamPeople(single)) if (employeeNumber === 'E0003') break;
    expect(await single`select 1 as one`).toEqual([{ one: 1 }]);
    await single.end();
  });
});
