/** CSV files of people and of events: good lines are done, bad ones are named, the same file twice changes nothing. */
import { Readable } from 'node:stream';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { applyCsv, type CsvResult } from '#client/csv-import.ts';
import { changePerson } from '#directory/people.ts';
import { freshDirectory, type FreshDirectory } from '../support/directory.ts';

let directory: FreshDirectory;
beforeAll(async () => {
  directory = await freshDirectory();
});
afterAll(() => directory.close());
beforeEach(() => directory.sql`truncate person, hr_event cascade`.then(() => undefined));

function apply(text: string | Iterable<string>, afterBatch?: () => Promise<void>): Promise<CsvResult> {
  const input = Readable.from(typeof text === 'string' ? [Buffer.from(text)] : text);
  const options = { directory: directory.sql, defaultTimeZone: 'UTC', source: 'file test.csv', today: '2026-11-24' };
  return applyCsv(input, { ...options, ...(afterBatch ? { afterBatch } : {}) });
}

const bodies = async () =>
  (await directory.sql<{ body: Record<string, unknown> }[]>`select body from hr_event order by sequence`).map(
    ({ body }) => body,
  );

const HEAD = 'employeeNumber,startDate,familyName,email,title';

describe('a file of people', () => {
  it('makes joiners of those who are new', async () => {
    const result = await apply(
      `${HEAD}\nE1,2026-12-01,Byron,ada@acme.example,\nE2,2026-12-02,Lang,kurt@acme.example,Clerk\n`,
    );
    expect(result).toMatchObject({ kind: 'people', rows: 2, accepted: 2, failedTotal: 0 });
    expect(await bodies()).toMatchObject([
      {
        type: 'joiner',
        employeeNumber: 'E1',
        effectiveDate: '2026-12-01',
        profile: { familyName: 'Byron', email: 'ada@acme.example' },
      },
      { type: 'joiner', employeeNumber: 'E2', profile: { title: 'Clerk' } },
    ]);
  });

  it('makes movers of those in whom something differs, with nothing but the difference; an empty cell clears', async () => {
    const profile = { familyName: 'Byron', email: 'ada@acme.example', title: 'Clerk', phone: '1' };
    await changePerson(directory.sql, { employeeNumber: 'E1', status: 'active', profile });
    await apply('employeeNumber,familyName,title,phone\nE1,Byron,Manager,\n');
    expect(await bodies()).toMatchObject([
      { type: 'mover', effectiveDate: '2026-11-24', profile: { title: 'Manager', phone: null } },
    ]);
    expect(Object.keys((await bodies())[0]?.['profile'] as object)).toHaveLength(2);
  });

  it('makes a leaver of an end date, and a joiner of somebody who is back', async () => {
    const profile = { familyName: 'Byron', email: 'ada@acme.example' };
    await changePerson(directory.sql, { employeeNumber: 'E1', status: 'active', profile });
    await changePerson(directory.sql, { employeeNumber: 'E2', status: 'left', profile });
    const head = 'employeeNumber,hireDate,endDate,familyName,email';
    await apply(`${head}\nE1,2020-01-01,2026-12-31,Byron,ada@acme.example\nE2,2027-01-01,,Byron,ada@acme.example\n`);
    expect(await bodies()).toMatchObject([
      { type: 'leaver', employeeNumber: 'E1', effectiveDate: '2026-12-31' },
      { type: 'joiner', employeeNumber: 'E2', effectiveDate: '2027-01-01' },
    ]);
  });

  it('changes nothing the second time', async () => {
    const file = `${HEAD}\nE1,2026-12-01,Byron,ada@acme.example,Clerk\n`;
    await apply(file);
    expect(await apply(file)).toMatchObject({ accepted: 0, unchanged: 1 });
    expect(await bodies()).toHaveLength(1);
  });

  it('names every bad line with its number and does the good ones', async () => {
    const lines = [
      HEAD,
      'E1,2026-13-01,Byron,ada@acme.example,',
      'E2,2026-12-01,Good,good@acme.example,',
      'E3,2026-12-01,,nonsense,',
      'E2,2026-12-01,Again,again@acme.example,',
      'E4,2026-12-01,"Multi\nline",multi@acme.example,',
      'E5,2026-12-01,Short',
      'E6,2026-12-01,Good,good6@acme.example,',
    ];
    const result = await apply(lines.join('\n'));
    expect(result).toMatchObject({ rows: 7, accepted: 2, failedTotal: 5 });
    const reasons = new Map(result.failed.map(({ line, reason }) => [line, reason]));
    expect(reasons.get(2)).toContain('effectiveDate');
    expect(reasons.get(4)).toMatch(/profile.email.*profile.familyName/);
    expect(reasons.get(5)).toContain('already on line 3');
    expect(reasons.get(6)).toContain('profile.familyName: must not contain control characters');
    expect(reasons.get(8)).toContain('Invalid Record Length');
  });

  it('says where a quote is opened that nothing closes', async () => {
    const { failed, accepted } = await apply(
      `${HEAD}\nE1,2026-12-01,Byron,ada@acme.example,\nE2,2026-12-01,"Lang,k@acme.example,\nE3,,,,\n`,
    );
    expect(accepted).toBe(1);
    expect(failed).toEqual([{ line: 3, reason: expect.stringContaining('a quote is opened here') }]);
  });
});

describe('a file of events', () => {
  it('is what it says; an empty cell says nothing', async () => {
    await apply(
      [
        'id,type,employeeNumber,effectiveDate,immediate,target,familyName,email',
        'e1,joiner,E1,2026-12-01,,,Byron,ada@acme.example',
        'e2,leaver,E1,,yes,,,',
        'e3,rescind,E1,,,e1,,',
      ].join('\n'),
    );
    expect(await bodies()).toMatchObject([
      { id: 'e1' },
      { id: 'e2', immediate: true },
      { id: 'e3', type: 'rescind', target: 'e1' },
    ]);
    expect((await bodies())[2]).not.toHaveProperty('profile');
  });
});

describe('an event that refers to a refused one of the same file', () => {
  it('is refused too, and the good lines are done', async () => {
    const result = await apply(
      [
        'id,type,employeeNumber,effectiveDate,target,familyName,email',
        'e1,joiner,E1,never,,Byron,ada@acme.example',
        'e2,rescind,E1,,e1,,',
        'e3,joiner,E2,2026-12-01,,Lang,kurt@acme.example',
      ].join('\n'),
    );
    expect(result).toMatchObject({ accepted: 1, failedTotal: 2 });
    expect(result.failed[1]).toMatchObject({ line: 3, reason: expect.stringContaining('there is no event e1') });
  });
});

describe('a header', () => {
  it('may be in another case, by label, with a byte order mark and semicolons', async () => {
    const result = await apply(
      '\uFEFFEmployee Number;Hire_Date;Last name;WORK E-MAIL\nE1;2026-12-01;Byron;ada@acme.example\n',
    );
    expect(result).toMatchObject({ accepted: 1, failedTotal: 0 });
  });

  it('with faults stores nothing and names them all', async () => {
    await expect(apply('familyName,shoe size,familyName\nByron,44,Byron\n')).rejects.toThrow(
      /"shoe size" is neither.*familyName comes twice.*employeeNumber is missing/,
    );
    expect(await bodies()).toEqual([]);
  });
});

describe('a large file', () => {
  it('is stored in batches as it is read', async () => {
    function* file() {
      yield `${HEAD}\n`;
      for (let n = 0; n < 1_200; n += 1) yield `E${n},2026-12-01,Name ${n},e${n}@acme.example,\n`;
    }
    const stored: number[] = [];
    const result = await apply(file(), async () => {
      stored.push((await bodies()).length);
    });
    expect(stored).toEqual([500, 1_000, 1_200]);
    expect(result.accepted).toBe(1_200);
  });
});
