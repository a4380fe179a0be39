/** People listed: every filter, both orders, page by page, and what is asked wrongly is said. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { countMatching, listPeople, PeopleQuestionError, type PeopleQuestion } from '#client/people-list.ts';
import { peopleCsv } from '#client/people-csv.ts';
import { changePerson } from '#directory/people.ts';
import { freshDirectory, type FreshDirectory } from '../support/directory.ts';

let directory: FreshDirectory;
beforeAll(async () => {
  directory = await freshDirectory();
  const { sql } = directory;
  const person = (employeeNumber: string, familyName: string, more: Record<string, string> = {}) =>
    changePerson(sql, {
      employeeNumber,
      status: more['left'] ? 'left' : 'active',
      profile: { familyName, email: `${familyName.toLowerCase()}@acme.example`, ...more },
    });
  await person('PL1', 'Zorn', { givenName: 'Ada', department: 'Sales', country: 'DE' });
  await person('PL2', 'Åberg', { givenName: 'Bo', department: 'Sales', country: 'SE', phone: '+46 1' });
  await person('PL3', 'Ames', { department: 'Legal' });
  await person('PL4', 'Ames', { displayName: '100%_Al\\', title: '=1+1' });
  await person('PL5', 'Vogt', { department: 'Sales', country: 'DE' });
  await sql`update person set status = 'left' where employee_number = 'PL5'`;
  await sql`insert into person_group (name, label, rule) values
    ('Sellers', 'Sellers', 'department == "Sales"'), ('Chosen', 'Chosen', null), ('All', 'All', null)`;
  await sql`insert into group_child values ('All', 'Sellers'), ('All', 'Chosen')`;
  await sql`insert into membership values ('Chosen', 'PL3')`;
  await sql`insert into application (name, label, connector, settings, sealed_secret, username_attribute, mappings, correlation, birthrights)
    values ('crm', 'CRM', 'salesforce', '{}', '{}', 'Username', '[]', '[]', '[]')`;
  await sql`insert into account (employee_number, application, native_id, username, status) values
    ('PL1', 'crm', '1', 'a', 'active'), ('PL5', 'crm', '5', 'e', 'frozen')`;
  await sql`insert into hr_event (id, type, employee_number, body, body_sha256, source) values ('e1', 'mover', 'PL1', '{}', '', 'test')`;
  await sql`insert into task (workflow_id, event_id, employee_number, person, application, operation, kind, message)
    values ('w', 'e1', 'PL1', 'Ada', 'crm', 'update', 'conflict', 'x')`;
});
afterAll(() => directory.close());

async function found(question: PeopleQuestion): Promise<string[]> {
  const { people, next } = await listPeople(directory.sql, question, 100);
  expect(next).toBeNull();
  expect(await countMatching(directory.sql, question)).toBe(people.length);
  return people.map(({ employeeNumber }) => employeeNumber);
}

describe('people are found', () => {
  it.each<[string, PeopleQuestion, string[]]>([
    ['everybody', {}, ['PL1', 'PL2', 'PL3', 'PL4', 'PL5']],
    ['by status', { status: 'left' }, ['PL5']],
    ['by a field', { where: [{ field: 'department', value: 'Sales' }] }, ['PL1', 'PL2', 'PL5']],
    [
      'by several, each of which has to fit',
      {
        where: [
          { field: 'department', value: 'Sales' },
          { field: 'country', value: 'DE' },
        ],
        status: 'active',
      },
      ['PL1'],
    ],
    ['by a field of which nothing is known', { where: [{ field: 'department', value: '' }] }, ['PL4']],
    ['by part of a name, whatever its case', { text: 'ÅB' }, ['PL2']],
    ['by given and family name', { text: 'ada zo' }, ['PL1']],
    ['by number', { text: 'pl3' }, ['PL3']],
    ['by e-mail', { text: 'VOGT@' }, ['PL5']],
    ['by signs that LIKE would take for anything', { text: '%_' }, ['PL4']],
    ['by a backslash', { text: '\\' }, ['PL4']],
    ['by what looks like SQL: nobody', { text: "' or true --" }, []],
    ['by the rule of a group', { group: 'Sellers' }, ['PL1', 'PL2', 'PL5']],
    ['by name in a group, and through groups', { group: 'All' }, ['PL1', 'PL2', 'PL3', 'PL5']],
    ['by a condition', { condition: 'country == "DE" || "Chosen" in groups' }, ['PL1', 'PL3', 'PL5']],
    ['by a condition with plain filters', { condition: 'country == "DE"', status: 'left' }, ['PL5']],
    ['by an account', { account: { application: 'crm' } }, ['PL1', 'PL5']],
    ['by an account and its status', { account: { application: 'crm', status: 'frozen' } }, ['PL5']],
    ['by no account', { account: { application: 'crm', status: 'none' } }, ['PL2', 'PL3', 'PL4']],
    ['by being stuck', { stuck: true }, ['PL1']],
    ['in order of name', { order: 'name' }, ['PL3', 'PL4', 'PL5', 'PL1', 'PL2']],
  ])('%s', async (_, question, numbers) => {
    expect(await found(question)).toEqual(numbers);
  });

  it.each<[string, PeopleQuestion]>([
    ['of everybody', { order: 'name' }],
    ['by number', {}],
    ['of those for whom a condition holds', { order: 'name', condition: 'department == "Sales"' }],
  ])('page by page %s, as they would be at once', async (_, question) => {
    const pages: string[] = [];
    for (let after: string | undefined; ;) {
      const { people, next } = await listPeople(directory.sql, { ...question, after }, 1);
      expect(people.length).toBeGreaterThan(0);
      pages.push(...people.map(({ employeeNumber }) => employeeNumber));
      if (next === null) break;
      after = next;
    }
    expect(pages).toEqual(await found(question));
  });

  it('with their accounts and how much is stuck', async () => {
    const { people } = await listPeople(directory.sql, { text: 'PL1' }, 1);
    expect(people).toMatchObject([
      { name: 'Ada Zorn', accounts: [{ application: 'crm', status: 'active' }], openTasks: 1 },
    ]);
  });

  it('by a group, whatever other groups ask of people', async () => {
    await directory.sql`
      insert into person (employee_number, status, profile)
      values ('PL9', 'left', ${directory.sql.json({ familyName: 'Long', title: 'x'.repeat(1_001) })})`;
    try {
      expect(await found({ group: 'Chosen' })).toEqual(['PL3']);
      await expect(found({ group: 'Sellers' })).rejects.toThrow('group can not be computed for PL9: ');
    } finally {
      await directory.sql`delete from person where employee_number = 'PL9'`;
    }
  });

  it('and what is asked wrongly is said, all of it', async () => {
    const wrong = listPeople(
      directory.sql,
      {
        where: [{ field: 'shoeSize', value: '1' }],
        group: 'None',
        condition: 'department',
        account: { application: 'none' },
        after: 'AAAA',
      },
      1,
    );
    await expect(wrong).rejects.toThrow(PeopleQuestionError);
    await expect(wrong).rejects.toMatchObject({
      faults: ['where', 'group', 'filter', 'after', 'application'].map((field) => ({ field })),
    });
  });
});

describe('more people than are read at once', () => {
  let many: FreshDirectory;
  beforeAll(async () => {
    many = await freshDirectory();
    await many.sql`
      insert into person (employee_number, status, profile)
      select 'PM' || lpad(i::text, 4, '0'), 'active', '{"familyName": "Many"}' from generate_series(1, 1200) as i`;
  });
  afterAll(() => many.close());

  it('are looked through to the end', async () => {
    const condition = 'employeeNumber in ["PM0003", "PM0700", "PM1200"]';
    const { people, next } = await listPeople(many.sql, { condition }, 2);
    expect(people.map(({ employeeNumber }) => employeeNumber)).toEqual(['PM0003', 'PM0700']);
    const rest = await listPeople(many.sql, { condition, after: next ?? '' }, 2);
    expect(rest).toMatchObject({ people: [{ employeeNumber: 'PM1200' }], next: null });
    expect(await countMatching(many.sql, { condition })).toBe(3);
  });

  it.each(['employeeNumber != ""', undefined])('are as many as asked for: %s', async (condition) => {
    const { people, next } = await listPeople(many.sql, { condition }, 700);
    expect(people).toHaveLength(700);
    const rest = await listPeople(many.sql, { condition, after: next ?? '' }, 700);
    expect(rest.people.at(0)?.employeeNumber).toBe('PM0701');
    expect(rest).toMatchObject({ people: { length: 500 }, next: null });
  });

  it('are all in the CSV', async () => {
    let text = '';
    for await (const piece of peopleCsv(many.sql, {})) text += piece;
    expect(text.trimEnd().split('\r\n')).toHaveLength(1_201);
  });
});

describe('people as CSV', () => {
  it('have no cell that a spreadsheet would run', async () => {
    let text = '';
    for await (const piece of peopleCsv(directory.sql, { status: 'active' })) text += piece;
    const lines = text.trimEnd().split('\r\n');
    expect(lines[0]).toMatch(/^employeeNumber,status,startDate,givenName,familyName,.*,accounts,openTasks$/);
    expect(lines).toHaveLength(5);
    expect(text).toContain(",'=1+1,");
    expect(text).toContain(",'+46 1,");
    expect(lines[1]).toMatch(/,crm: active,1$/);
  });

  it('are as many as asked for; of nobody there is the heading', async () => {
    const lines = async (question: PeopleQuestion, limit?: number) => {
      let text = '';
      for await (const piece of peopleCsv(directory.sql, question, limit)) text += piece;
      return text.trimEnd().split('\r\n').length;
    };
    expect(await lines({}, 2)).toBe(3);
    expect(await lines({ text: 'nobody' })).toBe(1);
  });
});
