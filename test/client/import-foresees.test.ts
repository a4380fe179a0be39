/** What staging a file says of its lines is what applying the same file through the lanes does. */
import { Readable } from 'node:stream';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { applyCsv } from '#client/csv-import.ts';
import { stagePeople } from '#client/import-staging.ts';
import { submitHrEvents } from '#client/intake.ts';
import { settleHrEvent } from '#directory/hr-events.ts';
import { importRows } from '#directory/imports.ts';
import { changePerson } from '#directory/people.ts';
import { freshDirectory, type FreshDirectory } from '../support/directory.ts';

let directory: FreshDirectory;
beforeAll(async () => {
  directory = await freshDirectory();
});
afterAll(() => directory.close());

const options = () => ({ directory: directory.sql, defaultTimeZone: 'UTC', source: 'file x.csv', today: '2026-11-24' });
const input = (text: string) => Readable.from([Buffer.from(text)]);

async function stage(text: string) {
  const { id } = await stagePeople(input(text), { ...options(), by: 'test', options: {} });
  return (await importRows(directory.sql, id, { after: 0, limit: 1_000 })).filter(({ verdict }) => verdict !== 'gone');
}

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
  await directory.sql`truncate person, hr_event, import cascade`;
  const person = (employeeNumber: string, status: 'active' | 'left') =>
    changePerson(directory.sql, {
      employeeNumber,
      status,
      profile: { familyName: 'Byron', email: 'ada@acme.example', title: 'Clerk' },
    });
  await person('R1', 'active');
  await person('R2', 'left');
  await person('R3', 'active');
  const leaver = { id: 'R2-left', type: 'leaver', employeeNumber: 'R2', effectiveDate: '2026-06-30' };
  const pending = { id: 'R3-leaves', type: 'leaver', employeeNumber: 'R3', effectiveDate: '2026-12-31' };
  await submitHrEvents([leaver, pending], options());
  await settleHrEvent(directory.sql, 'R2-left', 'done', { summary: '', workflowId: '', runId: '' });
}

it('whatever is in the file, and so does another one after it', async () => {
  await fc.assert(
    fc.asyncProperty(file, file, async (first, second) => {
      await someKnown();
      for (const text of [first, second]) {
        const before = await directory.sql`select id from hr_event`;
        const rows = await stage(text);
        expect(await directory.sql`select id from hr_event`).toEqual(before);
        const done = await applyCsv(input(text), options());

        const refused = rows.filter(({ verdict }) => verdict === 'invalid');
        expect(refused.map(({ line }) => line)).toEqual(done.failed.map(({ line }) => line));
        // Of a line that says two things hr apply may take one; an import takes all or nothing.
        const foreseen = rows.flatMap(({ events }) => events.map(({ id }) => id));
        expect(done.eventIds.filter((id) => foreseen.includes(id))).toEqual(foreseen);
        const half = done.eventIds.length - foreseen.length;
        expect(half === 0 || refused.length > 0).toBe(true);
        expect(rows.length).toBe(done.rows);
      }
    }),
    { numRuns: 30 },
  );
});
