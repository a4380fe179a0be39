/** The preview of a file of people: it stores nothing, and what it says is what applying the file then does. */
import { Readable } from 'node:stream';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { applyCsv } from '#client/csv-import.ts';
import { previewCsv } from '#client/csv-preview.ts';
import { CsvHeaderError } from '#client/csv-rows.ts';
import { submitHrEvents } from '#client/intake.ts';
import { settleHrEvent } from '#directory/hr-events.ts';
import { changePerson } from '#directory/people.ts';
import { freshDirectory, type FreshDirectory } from '../support/directory.ts';

let directory: FreshDirectory;
beforeAll(async () => {
  directory = await freshDirectory();
});
afterAll(() => directory.close());
beforeEach(() => clear());

async function clear() {
  await directory.sql`truncate person, hr_event cascade`;
  await unique('title', false);
}
const unique = (field: string, is: boolean) =>
  directory.sql`update profile_field set is_unique = ${is} where name = ${field}`;
const options = () => ({ directory: directory.sql, defaultTimeZone: 'UTC', source: 'file x.csv', today: '2026-11-24' });
const input = (text: string) => Readable.from([Buffer.from(text)]);
const preview = (text: string) => previewCsv(input(text), options());
const apply = (text: string) => applyCsv(input(text), options());

const PROFILE = { familyName: 'Byron', email: 'ada@acme.example' };
const person = (employeeNumber: string, status: 'active' | 'left', more: Record<string, string> = {}) =>
  changePerson(directory.sql, { employeeNumber, status, profile: { ...PROFILE, ...more } });

describe('a preview', () => {
  it('says who is new, back, changed with old and new, leaving, unchanged, and what is wrong with which line', async () => {
    await person('V1', 'active', { title: 'Clerk' });
    await person('V2', 'left');
    await person('V3', 'active');
    await person('V4', 'active', { title: 'Clerk' });
    const answer = await preview(
      [
        'employeeNumber,startDate,endDate,familyName,email,title',
        'V1,,,Byron,ada@acme.example,Manager',
        'V2,2027-01-01,,Byron,ada@acme.example,',
        'V3,,2026-12-31,Byron,ada@acme.example,',
        'V4,,,Byron,ada@acme.example,Clerk',
        'V5,2027-01-01,,Lang,kurt@acme.example,Clerk',
        'V6,soon,,Lang,nobody,Clerk',
        'V5,2027-01-01,,Lang,kurt@acme.example,Clerk',
      ].join('\n'),
    );
    expect(answer).toEqual({
      rows: 7,
      changes: { new: 1, back: 1, changed: 1, leaving: 1 },
      unchanged: 1,
      known: 0,
      failedTotal: 2,
      failed: [
        { line: 7, reason: expect.stringMatching(/effectiveDate: must be .*; profile.email: must be an e-mail/) },
        { line: 8, reason: 'employeeNumber: V5 is already on line 6' },
      ],
      lines: [
        {
          line: 2,
          employeeNumber: 'V1',
          name: 'Byron',
          what: 'changed',
          effectiveDate: '2026-11-24',
          changes: [{ field: 'title', old: 'Clerk', new: 'Manager' }],
        },
        { line: 3, employeeNumber: 'V2', name: 'Byron', what: 'back', effectiveDate: '2027-01-01', changes: [] },
        {
          line: 4,
          employeeNumber: 'V3',
          name: 'Byron',
          what: 'leaving',
          effectiveDate: '2026-12-31',
          changes: [{ field: 'endDate', old: null, new: '2026-12-31' }],
        },
        {
          line: 6,
          employeeNumber: 'V5',
          name: 'Lang',
          what: 'new',
          effectiveDate: '2027-01-01',
          changes: [
            { field: 'familyName', old: null, new: 'Lang' },
            { field: 'email', old: null, new: 'kurt@acme.example' },
            { field: 'title', old: null, new: 'Clerk' },
          ],
        },
      ],
    });
    expect(await directory.sql`select 1 from hr_event`).toEqual([]);
    expect(await directory.sql`select 1 from person`).toHaveLength(4);
  });

  it('says what a start or an end that moves was', async () => {
    const file = (start: string, end: string) =>
      `employeeNumber,startDate,endDate,familyName,email\nV1,${start},${end},Byron,ada@acme.example\n`;
    await apply(file('2027-01-01', '2027-06-30'));
    const { lines } = await preview(file('2027-02-01', '2027-07-31'));
    expect(lines).toMatchObject([
      { what: 'changed', changes: [{ field: 'startDate', old: '2027-01-01', new: '2027-02-01' }] },
      { what: 'leaving', changes: [{ field: 'endDate', old: '2027-06-30', new: '2027-07-31' }] },
    ]);
  });

  it('counts all and shows the first hundred of each kind', async () => {
    const rows = Array.from({ length: 620 }, (_, index) => `N${index},2027-01-01,Lang,n${index}@acme.example`);
    const answer = await preview(`employeeNumber,startDate,familyName,email\n${rows.join('\n')}\n`);
    expect(answer.changes.new).toBe(620);
    expect(answer.lines.map(({ line }) => line)).toEqual(Array.from({ length: 100 }, (_, index) => index + 2));
  });

  it('knows of a value that only one person may have, however far apart the two are', async () => {
    await unique('title', true);
    const rows = Array.from({ length: 620 }, (_, index) => `N${index},2027-01-01,Lang,n@acme.example,T${index % 610}`);
    const text = `employeeNumber,startDate,familyName,email,title\n${rows.join('\n')}\n`;
    const answer = await preview(text);
    expect(answer.failed).toHaveLength(10);
    expect(answer.failed[0]).toEqual({ line: 612, reason: 'profile.title: must be unique: N0 has it' });
    const { failed, accepted } = await apply(text);
    expect(failed).toEqual(answer.failed);
    expect(answer.changes.new).toBe(accepted);
  });

  it('takes no file of events', async () => {
    await expect(preview('type,employeeNumber\nleaver,V1\n')).rejects.toThrow(CsvHeaderError);
  });
});

describe('applying a file', () => {
  const number = fc.constantFrom('R1', 'R2', 'R3', 'R4', 'R5', '', 'bad number');
  const date = fc.constantFrom('', '2026-06-01', '2026-11-24', '2026-12-31', '2027-01-01', '2027-05-05', 'never');
  const row = fc.record({
    number,
    start: date,
    end: date,
    from: date,
    familyName: fc.constantFrom('Byron', 'Lang', ''),
    email: fc.constantFrom('ada@acme.example', 'nobody', ''),
    title: fc.constantFrom('Clerk', 'Manager', ''),
    extra: fc.constantFrom('', '', '', ',more', '"'),
  });
  const file = fc
    .array(row, { maxLength: 8 })
    .map((rows) =>
      [
        'employeeNumber,startDate,endDate,effectiveDate,familyName,email,title',
        ...rows.map((r) => `${r.number},${r.start},${r.end},${r.from},${r.familyName},${r.email},${r.title}${r.extra}`),
      ].join('\n'),
    );

  async function someKnown() {
    await clear();
    await person('R1', 'active', { title: 'Clerk' });
    await person('R2', 'left');
    await person('R3', 'active');
    const leaver = { id: 'R2-left', type: 'leaver', employeeNumber: 'R2', effectiveDate: '2026-06-30' };
    const pending = { id: 'R3-leaves', type: 'leaver', employeeNumber: 'R3', effectiveDate: '2026-12-31' };
    await submitHrEvents([leaver, pending], options());
    await settleHrEvent(directory.sql, 'R2-left', 'done', { summary: '', workflowId: '', runId: '' });
  }

  it('does what its preview says, whatever is in it, and so does applying another one after it', async () => {
    await fc.assert(
      fc.asyncProperty(file, file, fc.boolean(), async (first, second, onlyOne) => {
        await someKnown();
        await unique('title', onlyOne);
        for (const text of [first, second]) {
          const before = await directory.sql`select id from hr_event`;
          const foreseen = await preview(text);
          expect(await directory.sql`select id from hr_event`).toEqual(before);
          const done = await apply(text);
          const { joiner = 0, mover = 0, leaver = 0, amend = 0 } = done.byType;
          const { new: fresh, back, changed, leaving } = foreseen.changes;
          expect([fresh + back, changed + leaving]).toEqual([joiner, mover + leaver + amend]);
          expect(foreseen).toMatchObject({
            rows: done.rows,
            unchanged: done.unchanged,
            known: done.known,
            failedTotal: done.failedTotal,
            failed: done.failed,
          });
          const events = await directory.sql<{ employee_number: string; day: string | null }[]>`
            select employee_number, coalesce(body ->> 'effectiveDate', '') as day from hr_event
            where id = any(${done.eventIds}) order by sequence`;
          expect(foreseen.lines.map(({ employeeNumber, effectiveDate }) => [employeeNumber, effectiveDate])).toEqual(
            events.map(({ employee_number, day }) => [employee_number, day]),
          );
        }
      }),
      { numRuns: 60 },
    );
  });
});
