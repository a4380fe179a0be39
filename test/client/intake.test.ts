/** The intake: an event is due when its day begins where the person is, and is the same however it is written. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { foreseeHrEvents, submitHrEvents, type Submission } from '#client/intake.ts';
import { storeHrEvents } from '#directory/hr-events.ts';
import { freshDirectory, type FreshDirectory } from '../support/directory.ts';

let directory: FreshDirectory;
beforeAll(async () => {
  directory = await freshDirectory();
});
afterAll(() => directory.close());

const submit = (...events: unknown[]): Promise<Submission[]> =>
  submitHrEvents(events, { directory: directory.sql, defaultTimeZone: 'Europe/Berlin', source: 'test' });

const joiner = (employeeNumber: string, profile: object = {}) => ({
  id: `${employeeNumber}-1`,
  type: 'joiner',
  employeeNumber,
  effectiveDate: '2026-12-01',
  profile: { familyName: 'Byron', email: 'ada@acme.example', ...profile },
});

async function due(...events: unknown[]): Promise<string | null | undefined> {
  const last = (await submit(...events)).at(-1);
  return last && 'record' in last ? last.record.dueAt : undefined;
}

describe('an event is due when its day begins', () => {
  const leaver = (employeeNumber: string, more: object = {}) => ({
    id: `${employeeNumber}-2`,
    type: 'leaver',
    employeeNumber,
    effectiveDate: '2026-12-31',
    ...more,
  });

  it('in the zone it names, before the one that the person moves to', async () => {
    await submit(joiner('Z1', { timeZone: 'Asia/Tokyo' }));
    const mover = { ...leaver('Z1'), type: 'mover', profile: { timeZone: 'Europe/London' } };
    expect(await due({ ...mover, timeZone: 'America/New_York' })).toBe('2026-12-31T05:00:00.000Z');
  });

  it('in the zone that it moves the person to, before the one the person has', async () => {
    await submit(joiner('Z2', { timeZone: 'Asia/Tokyo' }));
    const mover = { ...leaver('Z2'), type: 'mover', profile: { timeZone: 'Europe/London' } };
    expect(await due(mover)).toBe('2026-12-31T00:00:00.000Z');
  });

  it('in the zone the person has', async () => {
    await submit(joiner('Z3', { timeZone: 'Asia/Tokyo' }));
    expect(await due(leaver('Z3'))).toBe('2026-12-30T15:00:00.000Z');
  });

  it('in the zone of a joiner of the same call', async () => {
    expect(await due(joiner('Z4', { timeZone: 'Asia/Tokyo' }), leaver('Z4'))).toBe('2026-12-30T15:00:00.000Z');
  });

  it('in the default zone when nobody knows better', async () => {
    expect(await due(joiner('Z5'))).toBe('2026-11-30T23:00:00.000Z');
  });

  it('on the amended day, in the zone of the event it amends; a rescind has no day', async () => {
    await submit(joiner('Z6', { timeZone: 'Asia/Tokyo' }), leaver('Z6', { timeZone: 'America/New_York' }));
    const correction = { employeeNumber: 'Z6', target: 'Z6-2' };
    const amend = { ...correction, id: 'Z6-3', type: 'amend', effectiveDate: '2026-12-08' };
    expect(await due(amend)).toBe('2026-12-08T05:00:00.000Z');
    expect(await due({ ...correction, id: 'Z6-4', type: 'rescind' })).toBeNull();
  });
});

describe('an event sent again', () => {
  it('is known, in whatever order its keys come', async () => {
    const event = joiner('K1', { givenName: 'Ada' });
    const { id, profile, ...rest } = event;
    const backwards = { profile: Object.fromEntries(Object.entries(profile).toReversed()), ...rest, id };
    expect((await submit(event, backwards)).map(({ result }) => result)).toEqual(['accepted', 'known']);
    expect(await submit(backwards)).toMatchObject([{ result: 'known', record: { state: 'accepted' } }]);
  });

  it('with anything else in it is another event under the same id', async () => {
    await submit(joiner('K2'));
    expect(await submit(joiner('K2', { title: 'Clerk' }))).toMatchObject([{ result: 'different-body' }]);
  });
});

describe('what is foreseen of an event', () => {
  it('is what is answered when it is sent, and nothing is stored', async () => {
    await submit(joiner('F1'));
    const events = [joiner('F1'), joiner('F1', { title: 'Clerk' }), joiner('F2'), joiner('F2'), { id: 'F3' }];
    const options = { directory: directory.sql, defaultTimeZone: 'Europe/Berlin', source: 'test' };
    const foreseen = (await foreseeHrEvents(events, options)).map(({ result }) => result);
    expect(foreseen).toEqual(['known', 'different-body', 'accepted', 'known', 'invalid']);
    expect(await directory.sql`select 1 from hr_event where employee_number = 'F2'`).toEqual([]);
    expect(await directory.sql`select 1 from person where employee_number = 'F2'`).toEqual([]);
    expect((await submit(...events)).map(({ result }) => result)).toEqual(foreseen);
  });
});

describe('many events at once', () => {
  it('are answered one by one, in their order', async () => {
    const answers = await submit(joiner('M1'), { ...joiner('M2'), effectiveDate: 'soon' }, joiner('M3'), joiner('M1'));
    expect(answers.map(({ result }) => result)).toEqual(['accepted', 'invalid', 'accepted', 'known']);
  });

  it('make every hire an expected person, with the profile of the first joiner', async () => {
    await submit(joiner('M4', { title: 'Clerk' }), { ...joiner('M4', { title: 'Director' }), id: 'M4-2' });
    const people =
      await directory.sql`select status, profile ->> 'title' as title from person where employee_number = 'M4'`;
    expect([...people]).toEqual([{ status: 'expected', title: 'Clerk' }]);
  });
});

describe('what only Joinery says', () => {
  it.each([
    ['plan', 7],
    ['quiet', true],
  ])('is not taken from outside: %s', async (field, value) => {
    await submit(joiner('Q1'));
    const mover = { id: 'Q1-2', type: 'mover', employeeNumber: 'Q1', effectiveDate: '2026-12-31', profile: {} };
    for (const event of [
      joiner('Q2'),
      mover,
      { ...mover, type: 'leaver' },
      { ...mover, type: 'amend', target: 'Q1-1' },
    ])
      expect((await submit({ ...event, id: `Q1-${field}`, [field]: value }))[0]).toMatchObject({
        result: 'invalid',
        faults: [{ field, problem: 'is not a known field' }],
      });
  });

  it('keeps the ids of plans free', async () => {
    expect((await submit({ ...joiner('Q3'), id: 'plan:7:Q3' }))[0]).toMatchObject({
      result: 'invalid',
      faults: [{ field: 'id' }],
    });
  });

  it('is not corrected from outside', async () => {
    await submit(joiner('Q4'));
    const body = {
      id: 'plan:8:Q4',
      type: 'mover' as const,
      employeeNumber: 'Q4',
      effectiveDate: '2026-12-31',
      plan: 8,
      quiet: true,
    };
    const stored = { ...body, target: null, dueAt: '2026-12-31T00:00:00Z', body, bodySha256: '', source: 'plan 8' };
    await storeHrEvents(directory.sql, [stored]);
    const rescind = { id: 'Q4-3', type: 'rescind', employeeNumber: 'Q4', target: 'plan:8:Q4' };
    expect((await submit(rescind))[0]).toMatchObject({ result: 'invalid', faults: [{ field: 'target' }] });
  });
});
