/** CSV files of people and of events: good lines are done, bad ones are named, the same file twice changes nothing. */
import { readFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { applyCsv, type CsvResult } from '#client/csv-import.ts';
import { CsvHeaderError, readHeader } from '#client/csv-rows.ts';
import { submitHrEvents } from '#client/intake.ts';
import { DEFAULT_PROFILE_FIELDS } from '#domain/profile-field.ts';
import { settleHrEvent } from '#directory/hr-events.ts';
import { changePerson } from '#directory/people.ts';
import { freshDirectory, type FreshDirectory } from '../support/directory.ts';

let directory: FreshDirectory;
beforeAll(async () => {
  directory = await freshDirectory();
});
afterAll(() => directory.close());
beforeEach(() => directory.sql`truncate person, hr_event cascade`.then(() => undefined));

interface More {
  today?: string;
  afterBatch?: () => Promise<void>;
}

function apply(text: string | Iterable<string | Buffer>, more: More = {}): Promise<CsvResult> {
  const input = Readable.from(typeof text === 'string' ? [Buffer.from(text)] : text);
  return applyCsv(input, { ...options(), ...more });
}

const options = () => ({
  directory: directory.sql,
  defaultTimeZone: 'UTC',
  source: 'file test.csv',
  today: '2026-11-24',
});

const bodies = async () =>
  (await directory.sql<{ body: Record<string, unknown> }[]>`select body from hr_event order by sequence`).map(
    ({ body }) => body,
  );

const reasons = ({ failed }: CsvResult) => new Map(failed.map(({ line, reason }) => [line, reason]));

const PROFILE = { familyName: 'Byron', email: 'ada@acme.example' };
const person = (employeeNumber: string, status: 'active' | 'left', more: Record<string, string> = {}) =>
  changePerson(directory.sql, { employeeNumber, status, profile: { ...PROFILE, ...more } });

/** Somebody whose employment ended on this day, as a lane leaves them. */
async function left(employeeNumber: string, effectiveDate: string) {
  await person(employeeNumber, 'left');
  const id = `leaver-${employeeNumber}`;
  await submitHrEvents([{ id, type: 'leaver', employeeNumber, effectiveDate }], options());
  await settleHrEvent(directory.sql, id, 'done', { summary: '', workflowId: '', runId: '' });
}

const HEAD = 'employeeNumber,startDate,familyName,email,title';

describe('a file of people', () => {
  it('makes joiners of those who are new', async () => {
    const result = await apply(
      `${HEAD}\nE1,2026-12-01,Byron,ada@acme.example,\nE2,2026-12-02,Lang,kurt@acme.example,Clerk\n`,
    );
    expect(result).toMatchObject({ kind: 'people', rows: 2, accepted: 2, failedTotal: 0, byType: { joiner: 2 } });
    const [first, second] = await bodies();
    expect(first).toMatchObject({ type: 'joiner', employeeNumber: 'E1', effectiveDate: '2026-12-01' });
    expect(first?.['profile']).toEqual(PROFILE);
    expect(first?.['id']).toMatch(/^file:E1:joiner:[0-9a-f]{12}$/);
    expect(second).toMatchObject({ type: 'joiner', employeeNumber: 'E2', profile: { title: 'Clerk' } });
  });

  it('makes movers of those in whom something differs, with nothing but the difference; an empty cell clears', async () => {
    await person('E1', 'active', { title: 'Clerk', phone: '1' });
    await apply('employeeNumber,familyName,title,phone,mobile\nE1,Byron,Manager,,\n');
    const [mover] = await bodies();
    expect(mover).toMatchObject({ type: 'mover', effectiveDate: '2026-11-24' });
    expect(mover?.['profile']).toEqual({ title: 'Manager', phone: null });
  });

  it('does not clear what is required', async () => {
    await person('E1', 'active', { title: 'Clerk' });
    const result = await apply('employeeNumber,familyName,title\nE1,,Manager\n');
    expect(reasons(result).get(2)).toBe('profile.familyName: is required and can not be cleared');
    expect(await bodies()).toEqual([]);
  });

  it('makes a leaver of an end date', async () => {
    await person('E1', 'active');
    const file = `employeeNumber,hireDate,endDate,familyName\nE1,2020-01-01,2026-12-31,Byron\n`;
    expect(await apply(file)).toMatchObject({ accepted: 1, byType: { leaver: 1 } });
    expect(await bodies()).toMatchObject([{ type: 'leaver', employeeNumber: 'E1', effectiveDate: '2026-12-31' }]);
    expect(await apply(file)).toMatchObject({ accepted: 0, unchanged: 1 });
  });

  it('refuses an end before the start, which would end nothing', async () => {
    const result = await apply(
      'employeeNumber,startDate,endDate,familyName,email\nE1,2026-12-01,2026-12-01,Byron,a@b.example',
    );
    expect(reasons(result).get(2)).toBe('endDate: must be later than startDate');
    expect(await bodies()).toEqual([]);
  });

  it('hires again who starts after the last day, and nobody for a line that is merely behind', async () => {
    await left('E1', '2026-06-30');
    await left('E2', '2026-06-30');
    const file = `${HEAD}\nE1,2027-01-01,Byron,ada@acme.example,\nE2,2020-01-01,Byron,ada@acme.example,\n`;
    expect(await apply(file)).toMatchObject({ accepted: 1, unchanged: 1, byType: { joiner: 1 } });
    expect((await bodies()).at(-1)).toMatchObject({ type: 'joiner', employeeNumber: 'E1' });
    expect(await apply(file)).toMatchObject({ accepted: 0, unchanged: 2 });
  });

  it('changes nothing the second time, whatever the day', async () => {
    await person('E2', 'active');
    const file = `${HEAD}\nE1,2026-12-01,Byron,ada@acme.example,Clerk\nE2,,Byron,ada@acme.example,Clerk\n`;
    expect(await apply(file)).toMatchObject({ byType: { joiner: 1, mover: 1 } });
    expect(await apply(file)).toMatchObject({ accepted: 0, unchanged: 2 });
    expect(await apply(file, { today: '2026-11-25' })).toMatchObject({ accepted: 0, unchanged: 2 });
    expect(await bodies()).toHaveLength(2);
  });

  it('changes somebody who has not started on the first day, when the joiner can not undo it', async () => {
    await apply(`${HEAD}\nE1,2026-12-01,Byron,ada@acme.example,Clerk\n`);
    const changed = `${HEAD}\nE1,2026-12-01,Byron,ada@acme.example,Manager\n`;
    await apply(changed);
    expect((await bodies())[1]).toMatchObject({
      type: 'mover',
      effectiveDate: '2026-12-01',
      profile: { title: 'Manager' },
    });
    expect(await apply(changed)).toMatchObject({ accepted: 0, unchanged: 1 });
    await apply(`${HEAD}\nE1,2026-12-01,Byron,ada@acme.example,Director\n`);
    expect((await bodies())[2]).toMatchObject({ type: 'mover', profile: { title: 'Director' } });
  });

  it('names every bad line once, with its number, and does the good ones', async () => {
    const lines = [
      `${HEAD},endDate`,
      'E1,2026-13-01,Byron,ada@acme.example,,2027-01-01',
      'E2,2026-12-01,Good,good@acme.example,,',
      'E3,2026-12-01,,nonsense,,',
      'E2,2026-12-01,Again,again@acme.example,,',
      'E 5,2026-12-01,Byron,ada@acme.example,,',
      'E6,2026-12-01,Short',
      'E7,2026-12-01,Good,good7@acme.example,,',
    ];
    const result = await apply(lines.join('\n'));
    expect(result).toMatchObject({ rows: 7, accepted: 2, failedTotal: 5 });
    expect(result.failed).toEqual([
      { line: 2, reason: expect.stringMatching(/^effectiveDate: must be a calendar day[^;]*$/) },
      { line: 4, reason: 'profile.email: must be an e-mail address; profile.familyName: is missing' },
      { line: 5, reason: 'employeeNumber: E2 is already on line 3' },
      { line: 6, reason: 'employeeNumber: must be 1 to 64 letters, digits or . _ -' },
      { line: 7, reason: 'has 3 cells where the header has 6' },
    ]);
  });

  it('loses one line to a misplaced quote, and none after it', async () => {
    const result = await apply(
      [
        HEAD,
        'E1,2026-12-01,"Acme" Byron,a1@acme.example,',
        'E2,2026-12-01,Good,a2@acme.example,',
        'E3,2026-12-01,By"ron",a3@acme.example,',
        'E4,2026-12-01,"Lang,a4@acme.example,',
        'E5,2026-12-01,"The ""Good""",a5@acme.example,',
        'E6,2026-12-01,"Open,a6@acme.example,',
        'E7,2026-12-01,Good,a7@acme.example,',
      ].join('\n'),
    );
    expect(result).toMatchObject({ rows: 7, accepted: 3, failedTotal: 4 });
    expect(result.failed.map(({ line }) => line)).toEqual([2, 4, 5, 7]);
    expect(reasons(result).get(7)).toBe('a quote is opened here and not closed');
    expect((await bodies()).map(({ employeeNumber }) => employeeNumber)).toEqual(['E2', 'E5', 'E7']);
  });

  it.each(['\n', '\r\n'])(
    'numbers lines as an editor does after quoted line breaks and empty lines (%j)',
    async (end) => {
      const lines = ['', HEAD, 'E1,2026-12-01,"Two', 'lines",a@acme.example,', '', 'E2,2026-12-01,,b@acme.example,'];
      const text = [...lines, 'E3,2026-12-01,Zoë,c@acme.example,'].join(end);
      // One byte at a time: a CRLF, and a letter, may come in two pieces.
      const result = await apply([...Buffer.from(text)].map((byte) => Buffer.of(byte)));
      expect(result.failed).toEqual([
        { line: 3, reason: 'profile.familyName: must not contain control characters' },
        { line: 6, reason: 'profile.familyName: is missing' },
      ]);
      expect(await bodies()).toMatchObject([{ profile: { familyName: 'Zoë' } }]);
    },
  );
});

describe('a date that moves from one file to the next', () => {
  const head = 'employeeNumber,startDate,endDate,familyName,email';
  const line = (start: string, end: string) => apply(`${head}\nE1,${start},${end},Byron,ada@acme.example\n`);
  const amendments = async () => (await bodies()).filter(({ type }) => type === 'amend');

  it('amends the hire that a file announced, back and forth', async () => {
    await line('2026-12-01', '');
    for (const date of ['2027-01-01', '2027-01-01', '2026-12-01', '2027-01-01']) await line(date, '');
    expect((await amendments()).map(({ effectiveDate }) => effectiveDate)).toEqual([
      '2027-01-01',
      '2026-12-01',
      '2027-01-01',
    ]);
  });

  it('amends the end that a file announced; a gap takes nothing back', async () => {
    await line('2026-12-01', '2027-06-30');
    await line('2026-12-01', '');
    await line('2026-12-01', '2027-09-30');
    expect(await amendments()).toMatchObject([
      { effectiveDate: '2027-09-30', target: expect.stringContaining('leaver') },
    ]);
    expect((await bodies()).filter(({ type }) => type === 'leaver')).toHaveLength(1);
  });

  it('never puts off an end that came another way', async () => {
    await line('2026-12-01', '');
    await apply('id,type,employeeNumber,effectiveDate\nhr-1,leaver,E1,2026-12-31\n');
    await line('2026-12-01', '2027-06-30');
    expect(await amendments()).toEqual([]);
    expect((await bodies()).filter(({ type }) => type === 'leaver')).toHaveLength(2);
  });
});

describe('a file of events', () => {
  const EVENTS = [
    'id,type,employeeNumber,effectiveDate,immediate,target,familyName,email,title',
    'e1,joiner,E1,2026-12-01,no,,Byron,ada@acme.example,',
    'e2,mover,E1,2026-12-05,,,,,Clerk',
    'e3,amend,E1,2026-12-02,,e1,,,',
    'e4,rescind,E1,,,e2,,,',
    'e5,leaver,E1,2027-01-01,yes,,,,',
  ].join('\n');

  it('is what it says; an empty cell says nothing', async () => {
    expect(await apply(EVENTS)).toMatchObject({
      kind: 'events',
      byType: { joiner: 1, mover: 1, amend: 1, rescind: 1, leaver: 1 },
    });
    expect(await bodies()).toEqual([
      { id: 'e1', type: 'joiner', employeeNumber: 'E1', effectiveDate: '2026-12-01', profile: PROFILE },
      { id: 'e2', type: 'mover', employeeNumber: 'E1', effectiveDate: '2026-12-05', profile: { title: 'Clerk' } },
      { id: 'e3', type: 'amend', employeeNumber: 'E1', effectiveDate: '2026-12-02', target: 'e1' },
      { id: 'e4', type: 'rescind', employeeNumber: 'E1', target: 'e2' },
      { id: 'e5', type: 'leaver', employeeNumber: 'E1', effectiveDate: '2027-01-01', immediate: true },
    ]);
  });

  it('changes nothing the second time; an id used for something else is a bad line', async () => {
    await apply(EVENTS);
    expect(await apply(EVENTS)).toMatchObject({ accepted: 0, known: 5, failedTotal: 0 });
    const other = await apply(EVENTS.replace('Clerk', 'Director').replace(',yes,', ',perhaps,'));
    expect([...reasons(other)]).toEqual([
      [3, 'id: e2 was used for another event'],
      [6, 'immediate: must be boolean'],
    ]);
    expect(await bodies()).toHaveLength(5);
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
  it.each([';', '\t', ','])(
    'may be in another case, by label, after a byte order mark, separated by %j',
    async (by) => {
      const titles = ['"Employee Number"', 'Hire_Date', 'first-name', 'Last name', 'WORK E-MAIL', 'title'];
      const cells = ['E1', ' 2026-12-01 ', '" Ada "', 'Byron', 'ada@acme.example', '"a, b; c"'];
      const text = `\uFEFF${titles.join(by)}\r\n${cells.join(by)}\r\n`;
      expect(await apply(text)).toMatchObject({ accepted: 1, failedTotal: 0 });
      expect((await bodies())[0]?.['profile']).toEqual({ ...PROFILE, givenName: 'Ada', title: 'a, b; c' });
      // The same from a stream that decodes, which leaves the mark in place.
      expect(await apply([text])).toMatchObject({ unchanged: 1, failedTotal: 0 });
    },
  );

  it('decides alone what separates cells', async () => {
    await apply(`${HEAD}\nE1,2026-12-01,Byron,ada@acme.example,Clerk; Typist\n`);
    expect((await bodies())[0]).toMatchObject({ profile: { title: 'Clerk; Typist' } });
  });

  it('takes an exact name before one that merely looks like it', () => {
    const [field] = DEFAULT_PROFILE_FIELDS;
    if (!field) throw new Error('there are no default fields');
    const fields = ['costCenter', 'cost_center'].map((name) => ({ ...field, name, label: name }));
    const { columns } = readHeader(['employeeNumber', 'costCenter', 'cost_center'], fields);
    expect([...columns]).toEqual([
      ['employeeNumber', 0],
      ['costCenter', 1],
      ['cost_center', 2],
    ]);
  });

  it('with faults stores nothing, closes the file and names them all', async () => {
    const input = Readable.from([Buffer.from('familyName,shoe size,familyName\nByron,44,Byron\n')]);
    const error = await applyCsv(input, options()).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(CsvHeaderError);
    expect((error as CsvHeaderError).faults).toEqual([
      expect.stringContaining('"shoe size" is neither'),
      'familyName comes twice',
      'employeeNumber is missing',
    ]);
    expect(input.destroyed).toBe(true);
    expect(await bodies()).toEqual([]);
  });

  it.each([
    ['', 'is missing'],
    ['\n\n', 'is missing'],
    ['employeeNumber,"family"Name\nemployeeNumber,familyName\n', 'text follows a closing quote'],
  ])('that can not be read is refused: %j', async (text, fault) => {
    const input = Readable.from([Buffer.from(text)]);
    const error = await applyCsv(input, options()).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(CsvHeaderError);
    expect((error as CsvHeaderError).message).toContain(fault);
    expect(input.destroyed).toBe(true);
  });
});

describe('a large file', () => {
  const row = (n: number) => `E${n},2026-12-01,Name ${n},e${n}@acme.example,\n`;

  it('is stored in batches as it is read', async () => {
    let read = 0;
    function* file() {
      yield `${HEAD}\n`;
      for (; read < 5_000; read += 1) yield row(read);
    }
    const stored: number[] = [];
    const ahead: number[] = [];
    const result = await apply(file(), {
      afterBatch: async () => {
        ahead.push(read - (stored.length + 1) * 500);
        stored.push((await bodies()).length);
      },
    });
    expect(stored).toEqual(Array.from({ length: 10 }, (_, index) => (index + 1) * 500));
    expect(Math.max(...ahead)).toBeLessThan(1_500);
    expect(result).toMatchObject({ rows: 5_000, accepted: 5_000 });
  });

  it('keeps a thousand failures and counts the rest', async () => {
    const result = await apply(`${HEAD}\n${'short\n'.repeat(1_500)}${row(1)}`);
    expect(result).toMatchObject({ failedTotal: 1_500, accepted: 1 });
    expect(result.failed).toHaveLength(1_000);
  });

  it('that breaks off says so', async () => {
    async function* file() {
      yield Buffer.from(`${HEAD}\n${Array.from({ length: 600 }, (_, n) => row(n)).join('')}`);
      throw new Error('disk');
    }
    await expect(applyCsv(file(), options())).rejects.toThrow('disk');
  });
});

describe('the examples', () => {
  it.each([
    ['people', { joiner: 8 }],
    ['events', { joiner: 2, mover: 1, leaver: 1, amend: 1 }],
  ])('%s.csv has no bad line', async (name, byType) => {
    const text = await readFile(new URL(`../../docs/examples/${name}.csv`, import.meta.url), 'utf8');
    expect(await apply(text)).toMatchObject({ kind: name, failedTotal: 0, byType });
  });
});
