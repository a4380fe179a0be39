/** Profile fields: a definition is stored only when everybody and every rule fits it; what is unique is one person's. */
import postgres from 'postgres';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Application } from '#domain/application.ts';
import { submitHrEvents, type Submission } from '#client/intake.ts';
import { defineProfileField, removeProfileField, type FieldDefinition } from '#client/profile-fields.ts';
import { saveApplication } from '#directory/applications.ts';
import type { Sql } from '#directory/database.ts';
import { listProfileFields } from '#directory/profile-fields.ts';
import { freshDirectory, type FreshDirectory } from '../support/directory.ts';
import { PLAIN_APPLICATION } from '../support/plain-application.ts';

let directory: FreshDirectory;
beforeAll(async () => {
  directory = await freshDirectory();
});
afterAll(() => directory.close());
beforeEach(async () => {
  await directory.sql`truncate person, hr_event, application, person_group, audit cascade`;
  await directory.sql`delete from profile_field where custom`;
});

const define = (definition: FieldDefinition) => defineProfileField(directory.sql, definition, 'test');
const remove = (name: string, forgetValues = false) =>
  removeProfileField(directory.sql, name, { forgetValues, actor: 'test' });
const find = async (name: string) => (await listProfileFields(directory.sql)).find((field) => field.name === name);
const submit = (...events: unknown[]): Promise<Submission[]> =>
  submitHrEvents(events, { directory: directory.sql, defaultTimeZone: 'UTC', source: 'test' });
const use = (rules: Partial<Application>) => saveApplication(directory.sql, { ...PLAIN_APPLICATION, ...rules });

async function person(employeeNumber: string, profile: object = {}, status = 'active') {
  const all = { familyName: 'Byron', email: `${employeeNumber}@acme.example`, ...profile };
  await directory.sql`
    insert into person (employee_number, status, profile) values (${employeeNumber}, ${status}, ${directory.sql.json(all)})`;
}

const event = (type: string, employeeNumber: string, profile: object, id = `${employeeNumber}-${type}`) => ({
  id,
  type,
  employeeNumber,
  effectiveDate: '2026-12-01',
  profile: type === 'joiner' ? { familyName: 'Byron', email: 'ada@acme.example', ...profile } : profile,
});

const problems = (submissions: Submission[]) =>
  submissions.map((one) =>
    one.result === 'invalid' ? one.faults.map(({ field, problem }) => `${field} ${problem}`).join('; ') : one.result,
  );

describe('a field that is defined', () => {
  it('is there for the next event, and audited with what it was', async () => {
    const badge = { name: 'badge', label: 'Badge', type: 'number', required: false, unique: false, format: null };
    expect(await define({ name: 'badge', label: 'Badge', type: 'number' })).toMatchObject({ changed: true });
    expect(await find('badge')).toEqual({ ...badge, custom: true });
    expect(
      problems(await submit(event('joiner', 'E1', { badge: '12.5' }), event('joiner', 'E2', { badge: '12,5' }))),
    ).toEqual(['accepted', expect.stringContaining('profile.badge must be a number')]);
    await define({ name: 'badge', label: 'Badge number' });
    const audits = await directory.sql`select actor, subject, detail from audit order by sequence`;
    expect(audits.at(-1)).toMatchObject({
      actor: 'test',
      subject: 'badge',
      detail: { old: { label: 'Badge' }, new: { label: 'Badge number', type: 'number' } },
    });
    expect(audits[0]).toMatchObject({ detail: { old: null, new: badge } });
  });

  it('the same again changes nothing', async () => {
    await define({ name: 'badge', required: false });
    expect(await define({ name: 'badge', required: false })).toMatchObject({ result: 'saved', changed: false });
    expect(await directory.sql`select 1 from audit`).toHaveLength(1);
  });

  it.each<[string, FieldDefinition, string]>([
    ['no name', { name: 'Badge No' }, 'name'],
    ['a name that means something else', { name: 'groups' }, 'name'],
    ['a label of nothing', { name: 'badge', label: ' ' }, 'label'],
    ['a format for a number', { name: 'badge', type: 'number', format: 'B-*' }, 'format'],
    ['a format that nobody knows', { name: 'badge', format: 'emial' }, 'format'],
    ['a default field of another type', { name: 'title', type: 'number' }, 'type'],
    ['a name that people can be without', { name: 'familyName', required: false }, 'required'],
  ])('is refused for %s', async (_, definition, part) => {
    const before = await listProfileFields(directory.sql);
    expect(await define(definition)).toMatchObject({ result: 'invalid', faults: [{ field: part }] });
    expect(await listProfileFields(directory.sql)).toEqual(before);
  });
});

describe('people who would break a definition', () => {
  it('are counted, the first twenty named with their problem, and nothing is stored', async () => {
    await define({ name: 'badge' });
    for (let n = 10; n < 35; n++) await person(`E${n}`, { badge: `x${n}` });
    await person('E99', { badge: '7', givenName: 'Ada' });
    const refused = await define({ name: 'badge', type: 'number' });
    expect(refused).toMatchObject({ result: 'people', count: 25 });
    const { first } = refused as Extract<typeof refused, { result: 'people' }>;
    expect(first).toHaveLength(20);
    expect(first[0]).toEqual({
      employeeNumber: 'E10',
      name: 'Byron',
      event: null,
      value: 'x10',
      problem: expect.stringContaining('must be a number'),
    });
    expect(await find('badge')).toMatchObject({ type: 'text' });
  });

  it.each<[string, object, FieldDefinition, string]>([
    ['without a value', {}, { name: 'badge', required: true }, 'is missing'],
    ['of another format', { badge: 'A-1' }, { name: 'badge', format: 'B-?' }, 'must look like B-?'],
  ])('are those %s', async (_, profile, definition, problem) => {
    await define({ name: 'badge' });
    await person('E1', { badge: 'B-1' });
    await person('E2', profile);
    expect(await define(definition)).toMatchObject({ count: 1, first: [{ employeeNumber: 'E2', problem }] });
  });

  it('are not those who have left, since whoever comes back has to bring a value', async () => {
    await define({ name: 'badge' });
    await person('E1', { badge: 'B-1' });
    await person('E2', {}, 'left');
    expect(await define({ name: 'badge', required: true })).toMatchObject({ changed: true });
    expect(problems(await submit(event('joiner', 'E2', {})))).toEqual(['profile.badge is missing']);
  });

  it('are those who share a value without regard to case, those who left included', async () => {
    await define({ name: 'badge' });
    await person('E1', { badge: 'abc' });
    await person('E2', { badge: 'ABC' }, 'left');
    await person('E3', { badge: 'abd' });
    expect(await define({ name: 'badge', unique: true })).toMatchObject({
      count: 2,
      first: [
        { employeeNumber: 'E1', value: 'abc', problem: 'must be unique: E2 has it' },
        { employeeNumber: 'E2', value: 'ABC', problem: 'must be unique: E1 has it' },
      ],
    });
  });

  it('are those whom HR has said something of that is still to come', async () => {
    await define({ name: 'badge' });
    await person('E1', { badge: '7' });
    await submit(event('mover', 'E1', { badge: 'seven' }));
    expect(await define({ name: 'badge', type: 'number' })).toMatchObject({
      count: 1,
      first: [{ employeeNumber: 'E1', event: 'E1-mover', value: 'seven' }],
    });
  });

  it('are nobody when only the label changes', async () => {
    await person('E1', { email: 'not an address' });
    expect(await define({ name: 'email', label: 'Mail' })).toMatchObject({ result: 'saved' });
    expect(await define({ name: 'email', label: 'Work e-mail' })).toMatchObject({ result: 'saved' });
  });
});

describe('rules that speak of a field', () => {
  it('keep it, each named by its place', async () => {
    await define({ name: 'badge' });
    await define({ name: 'shoe' });
    await use({
      scope: 'badge != ""',
      mappings: [
        { attribute: 'Badge', field: 'badge' },
        { attribute: 'Shoe', field: 'shoe', alternatives: ['shoe + badge'] },
      ],
      correlation: [{ attribute: 'Badge', expression: 'badge' }],
      birthrights: [{ name: 'staff', when: 'badge == "1"', grant: [{ type: 'role', name: 'x' }] }],
    });
    await directory.sql`insert into person_group (name, label, rule) values ('Staff', 'Staff', 'badge != ""')`;
    const refused = await remove('badge', true);
    expect(refused).toMatchObject({ result: 'rules' });
    expect((refused as { faults: { field: string }[] }).faults.map(({ field }) => field)).toEqual([
      'groups.Staff.rule',
      'applications.crm.mappings.Badge',
      'applications.crm.scope',
      'applications.crm.mappings.Shoe.alternatives.0',
      'applications.crm.correlation.Badge',
      'applications.crm.birthrights.0.when',
    ]);
    expect(await find('badge')).toBeDefined();
  });
});

describe('a field that is removed', () => {
  it('with values in it is refused with their number, unless they are to be forgotten', async () => {
    await define({ name: 'badge', unique: true });
    await person('E1', { badge: '1' });
    await person('E2', { badge: '2' });
    await person('E3');
    await submit(event('mover', 'E3', { badge: '3', title: 'Clerk' }));
    expect(await remove('badge')).toEqual({ result: 'values', count: 3 });
    expect(await remove('badge', true)).toEqual({ result: 'removed', forgotten: 2 });
    expect(await find('badge')).toBeUndefined();
    expect(await directory.sql`select 1 from person where profile ? 'badge'`).toHaveLength(0);
    const [mover] = await directory.sql`select body from hr_event where id = 'E3-mover'`;
    expect(mover?.['body']).toMatchObject({ profile: { title: 'Clerk' } });
    expect(mover?.['body']).not.toHaveProperty('profile.badge');
    expect(
      await directory.sql`select 1 from pg_indexes where indexname similar to '(person|hr_event)_field_%'`,
    ).toHaveLength(0);
  });

  it('is not a default one, nor one that nobody knows', async () => {
    expect(await remove('title')).toMatchObject({ result: 'invalid' });
    expect(await remove('shoe')).toEqual({ result: 'unknown' });
  });
});

describe('a unique value', () => {
  beforeEach(async () => {
    await define({ name: 'badge', unique: true });
    await person('E1', { badge: 'A1' }, 'left');
    await person('E2', { badge: 'A2' });
  });

  it('is refused to anybody else, in whatever case, even when who has it has left', async () => {
    const taken = 'profile.badge must be unique: E1 has it';
    expect(
      problems(await submit(event('joiner', 'E3', { badge: 'a1' }), event('mover', 'E2', { badge: 'A1' }))),
    ).toEqual([taken, taken]);
  });

  it('is kept by its person, and can be moved to a free one', async () => {
    expect(
      problems(await submit(event('mover', 'E2', { badge: 'a2' }), event('joiner', 'E1', { badge: 'A1' }))),
    ).toEqual(['accepted', 'accepted']);
  });

  it('goes to the first of a call; one that was refused holds nothing', async () => {
    const wrong = { ...event('joiner', 'E4', { badge: 'A5' }), effectiveDate: 'soon' };
    expect(
      problems(
        await submit(
          wrong,
          event('joiner', 'E5', { badge: 'A5' }),
          event('joiner', 'E6', { badge: 'a5' }),
          event('joiner', 'E7', { badge: 'A7' }),
        ),
      ),
    ).toEqual([expect.anything(), 'accepted', 'profile.badge must be unique: E5 has it', 'accepted']);
  });

  it('is held by what HR has said and is still to come', async () => {
    await submit(event('mover', 'E2', { badge: 'B9' }));
    expect(problems(await submit(event('joiner', 'E3', { badge: 'b9' })))).toEqual([
      'profile.badge must be unique: E2 has it',
    ]);
  });

  it('is not asked of an event that was taken before', async () => {
    const first = event('joiner', 'E3', { badge: 'C1' });
    await submit(first);
    await directory.sql`update hr_event set settled_at = now()`;
    await directory.sql`update person set profile = profile - 'badge' where employee_number = 'E3'`;
    expect(problems(await submit(event('joiner', 'E4', { badge: 'C1' })))).toEqual(['accepted']);
    expect(problems(await submit(first))).toEqual(['known']);
  });

  it('goes to one of two calls at once', async () => {
    for (let round = 0; round < 10; round++) {
      const both = await Promise.all(
        ['X', 'Y'].map((who) => submit(event('joiner', `${who}${round}`, { badge: `D${round}` }))),
      );
      expect(
        both
          .flat()
          .map(({ result }) => result)
          .toSorted(),
      ).toEqual(['accepted', 'invalid']);
    }
  });

  it('costs three statements more, by index, however many events there are; and nothing where no event gives one', async () => {
    const indexes = await directory.sql`
      select 1 from pg_indexes where indexname similar to '(person|hr_event)_field_%'`;
    expect(indexes).toHaveLength(2);
    let statements = 0;
    const counted = postgres(directory.url, {
      max: 1,
      debug: () => (statements += 1),
    }) as unknown as Sql;
    const cost = async (prefix: string, count: number, profile: (n: number) => object) => {
      const before = statements;
      const events = Array.from({ length: count }, (_, n) => event('joiner', `${prefix}${n}`, profile(n)));
      const answers = await submitHrEvents(events, { directory: counted, defaultTimeZone: 'UTC', source: 'test' });
      expect(new Set(answers.map(({ result }) => result))).toEqual(new Set(['accepted']));
      return statements - before;
    };
    await counted`select 1`;
    const without = await cost('P', 1, () => ({}));
    expect(await cost('Q', 1, () => ({ badge: 'Q' }))).toBe(without + 3);
    expect(await cost('R', 60, (n) => ({ badge: `R${n}` }))).toBe(without + 3);
    await counted.end();
  });
});
