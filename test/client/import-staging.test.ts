/** Staging a file of people: every row is told what it means, and nothing else is changed. */
import { once } from 'node:events';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { removalFault } from '#client/import-removals.ts';
import { endAbandonedStagings } from '#client/import-session.ts';
import { stagePeople, type StagingProgress } from '#client/import-staging.ts';
import { submitHrEvents } from '#client/intake.ts';
import type { ImportOptions } from '#domain/import.ts';
import { settleHrEvent } from '#directory/hr-events.ts';
import { createImport, findImport, importRows, listImports } from '#directory/imports.ts';
import { beginImportRun } from '#directory/import-runs.ts';
import { openDirectory } from '#directory/database.ts';
import { changePerson } from '#directory/people.ts';
import { freshDirectory, type FreshDirectory } from '../support/directory.ts';
import { file, intake, line, rowsOfImport, stageFile, TODAY } from '../support/staging.ts';

let directory: FreshDirectory;
beforeAll(async () => {
  directory = await freshDirectory();
});
afterAll(() => directory.close());
beforeEach(async () => {
  await directory.sql`truncate person, hr_event, import cascade`;
  await directory.sql`update profile_field set is_unique = false`;
});

const stage = (bytes: string | Buffer, options?: ImportOptions, onProgress?: (done: StagingProgress) => void) =>
  stageFile(directory.sql, bytes, options, onProgress);
const rows = (id: number) => rowsOfImport(directory.sql, id);
const byNumber = async (id: number) => new Map((await rows(id)).map((row) => [row.employeeNumber, row]));

const PROFILE = { familyName: 'Byron', email: 'ada@acme.example' };
const person = (employeeNumber: string, status: 'active' | 'left', more: Record<string, string> = {}) =>
  changePerson(directory.sql, { employeeNumber, status, profile: { ...PROFILE, ...more } });

describe('a staged file', () => {
  it('says of every row what it means, and changes nothing but that', async () => {
    await person('V1', 'active', { title: 'Clerk' });
    await person('V2', 'left');
    await person('V3', 'active');
    await person('V4', 'active');
    await person('V9', 'active', { givenName: 'Ada' });
    const record = await stage(
      file(
        'V1,,,Byron,ada@acme.example,Manager,',
        'V2,2027-01-01,,Byron,ada@acme.example,,',
        'V3,,2026-12-31,Byron,ada@acme.example,,',
        'V4,,,Byron,ada@acme.example,,',
        line('V5'),
        'V6,soon,,Lang,nobody,,',
        'V7,only three',
        line('V5'),
      ),
    );
    expect(record).toMatchObject({
      kind: 'people',
      state: 'staged',
      source: 'file people.csv',
      createdBy: 'cli:test',
      failure: null,
      header: file().split(','),
      options: { format: 'csv' },
      counts: { new: 1, back: 1, changed: 1, leaving: 1, unchanged: 1, gone: 1, invalid: 3 },
    });
    expect(await rows(record.id)).toMatchObject([
      { line: -1, employeeNumber: 'V9', verdict: 'gone', name: 'Ada Byron', events: [], state: null, cells: {} },
      {
        line: 2,
        verdict: 'changed',
        state: 'waiting',
        name: 'Byron',
        events: [{ type: 'mover', effectiveDate: TODAY, profile: { title: 'Manager' } }],
        changes: [{ field: 'title', old: 'Clerk', new: 'Manager' }],
        cells: ['V1', '', '', 'Byron', 'ada@acme.example', 'Manager', ''],
      },
      { line: 3, verdict: 'back', events: [{ type: 'joiner', effectiveDate: '2027-01-01' }], changes: [] },
      { line: 4, verdict: 'leaving', changes: [{ field: 'endDate', old: null, new: '2026-12-31' }] },
      { line: 5, verdict: 'unchanged', state: null, events: [], name: 'Byron' },
      { line: 6, verdict: 'new', state: 'waiting', name: 'Lang', changes: [], level: 0 },
      {
        line: 7,
        verdict: 'invalid',
        state: null,
        events: [],
        reason: expect.stringMatching(/effectiveDate: must be .*; profile.email: must be an e-mail/),
      },
      { line: 8, verdict: 'invalid', reason: 'has 2 cells where the header has 7', employeeNumber: null },
      { line: 9, verdict: 'invalid', reason: 'employeeNumber: V5 is already on line 6' },
    ]);
    expect(await directory.sql`select 1 from hr_event`).toEqual([]);
    expect(await directory.sql`select 1 from person`).toHaveLength(5);
  });

  it('refuses a line of which one event is refused', async () => {
    const { counts, id } = await stage(file('V1,2026-12-01,never,Lang,a@acme.example,,'));
    expect(counts).toEqual({ invalid: 1 });
    expect(await rows(id)).toMatchObject([{ events: [], reason: expect.stringContaining('effectiveDate') }]);
  });

  it('has nothing to do for what was said before', async () => {
    const people = file(line('V1'));
    const [staged] = await rows((await stage(people)).id);
    await submitHrEvents(staged?.events ?? [], intake(directory.sql));
    await settleHrEvent(directory.sql, staged?.events[0]?.id ?? '', 'rescinded', {
      summary: '',
      workflowId: '',
      runId: '',
    });
    await directory.sql`delete from person`;
    const again = await stage(people);
    expect(again.counts).toEqual({ unchanged: 1 });
    expect(await rows(again.id)).toMatchObject([{ state: null, reason: 'the same was said before' }]);
  });

  it('refuses a unique value that an earlier line gives to somebody else, however far apart the two are', async () => {
    await directory.sql`update profile_field set is_unique = true where name = 'title'`;
    await person('HELD', 'active', { title: 'Taken' });
    const many = Array.from({ length: 2_100 }, (_, index) => line(`N${index}`, `T${index % 2_050},`));
    const { counts, id } = await stage(file(...many, line('LAST', 'taken,'), line('CASE', 't7,')));
    expect(counts).toEqual({ new: 2_050, invalid: 52, gone: 1 });
    const refused = await importRows(directory.sql, id, { verdict: 'invalid', after: null, limit: 100 });
    expect(refused[0]).toMatchObject({
      employeeNumber: 'N2050',
      reason: 'profile.title: must be unique: N0 has it',
      events: [],
      state: null,
    });
    expect(refused.slice(-2)).toMatchObject([
      { employeeNumber: 'LAST', reason: 'profile.title: must be unique: HELD has it' },
      { employeeNumber: 'CASE', reason: expect.stringContaining('must be unique') },
    ]);
  });

  it('puts managers who join a level before those who report to them; circles come last', async () => {
    await person('OLD', 'active');
    const { id } = await stage(
      file(
        line('A', ',B'),
        line('B', ',C'),
        line('C', ',OLD'),
        line('R1', ',R2'),
        line('R2', ',R1'),
        line('UNDER', ',R1'),
        line('SELF', ',SELF'),
        line('NOBODY', ',X'),
        'OLD,,,Byron,ada@acme.example,,B',
      ),
    );
    const levels = Object.fromEntries([...(await byNumber(id))].map(([number, { level }]) => [number, level]));
    expect(levels).toEqual({ A: 2, B: 1, C: 0, R1: 3, R2: 3, UNDER: 3, SELF: 0, NOBODY: 0, OLD: 2 });
  });

  it('puts circles after all others, where nobody joins outside them', async () => {
    const { id } = await stage(file(line('A', ',B'), line('B', ',A')));
    expect((await rows(id)).map(({ level }) => level)).toEqual([1, 1]);
  });

  it('has at most fifty levels', async () => {
    const chain = Array.from({ length: 60 }, (_, index) => line(`N${index}`, `,N${index + 1}`));
    const found = await byNumber((await stage(file(...chain))).id);
    expect([59, 58, 11, 10, 9, 0].map((index) => found.get(`N${index}`)?.level)).toEqual([0, 1, 48, 49, 49, 49]);
  });

  it('tells how far it is, and keeps rows in pages by verdict and state', async () => {
    const told: StagingProgress[] = [];
    const many = Array.from({ length: 2_500 }, (_, index) => line(`N${index}`, index % 2 === 0 ? ',' : '\u0001,'));
    const { id, counts } = await stage(file(...many), {}, (done) => told.push(done));
    expect(counts).toEqual({ new: 1_250, invalid: 1_250 });
    expect(told.at(-1)).toEqual({ read: 2_500, judged: 2_500 });
    expect(told[0]).toEqual({ read: 1_000, judged: 0 });
    const first = await importRows(directory.sql, id, { state: 'waiting', after: null, limit: 2 });
    const next = await importRows(directory.sql, id, { state: 'waiting', after: first[1]?.line ?? 0, limit: 2 });
    expect([...first, ...next].map(({ employeeNumber }) => employeeNumber)).toEqual(['N0', 'N2', 'N4', 'N6']);
  });

  it('may have twenty thousand rows in a gzip file', async () => {
    const many = Array.from({ length: 20_000 }, (_, index) => line(`N${index}`, `,N${Math.floor(index / 10)}`));
    const { counts, state, id } = await stage(gzipSync(file(...many)));
    expect({ counts, state }).toEqual({ counts: { new: 20_000 }, state: 'staged' });
    const found =
      await directory.sql`select level, count(*)::int from import_row where import = ${id} group by 1 order by 1`;
    expect(found.map(({ count }) => count)).toEqual([1, 9, 90, 900, 9_000, 10_000]);
  });
});

describe('people who are missing', () => {
  const everybody = async (count: number) => {
    for (let index = 0; index < count; index += 1) await person(`P${index}`, 'active');
  };
  const without = (count: number, missing: number) =>
    file(...Array.from({ length: count - missing }, (_, index) => `P${index},,,Byron,ada@acme.example,,`));

  it('leave today when the file names everybody; who has left or has an end stays as told', async () => {
    await everybody(3);
    await person('LEFT', 'left');
    await submitHrEvents(
      [{ id: 'end', type: 'leaver', employeeNumber: 'P2', effectiveDate: '2027-01-31' }],
      intake(directory.sql),
    );
    const { id, counts } = await stage(without(3, 2), { authoritative: true });
    expect(counts).toEqual({ unchanged: 1, gone: 2 });
    expect(await rows(id)).toMatchObject([
      { line: -2, employeeNumber: 'P2', events: [], state: null, reason: 'has been told an end before' },
      {
        line: -1,
        employeeNumber: 'P1',
        events: [{ type: 'leaver', effectiveDate: TODAY }],
        state: 'waiting',
        name: 'Byron',
      },
      { line: 2 },
    ]);
  });

  it('are more than a twentieth only when so many are allowed', async () => {
    await everybody(40);
    expect(await removalFault(directory.sql, await stage(without(40, 2), { authoritative: true }))).toBeUndefined();
    expect(await removalFault(directory.sql, await stage(without(40, 39)))).toBeUndefined();
    const much = await stage(without(40, 3), { authoritative: true });
    expect(await removalFault(directory.sql, much)).toBe(
      `3 of 40 people are missing in the file and would leave: 7.5 %, where 5 % may without being allowed. If they really left, say so: joinery import run ${much.id} --allow-removals 3`,
    );
    expect(await removalFault(directory.sql, { ...much, options: { ...much.options, allowRemovals: 2 } })).toContain(
      '7.5 %',
    );
    expect(
      await removalFault(directory.sql, { ...much, options: { ...much.options, allowRemovals: 3 } }),
    ).toBeUndefined();
  });

  it('are counted as things are when the import is run', async () => {
    await everybody(40);
    const record = await stage(without(40, 2), { authoritative: true });
    await directory.sql`update person set status = 'left' where employee_number in ('P0', 'P1')`;
    expect(await removalFault(directory.sql, record)).toContain('2 of 38 people');
    await directory.sql`update person set status = 'left' where employee_number = 'P39'`;
    expect(await removalFault(directory.sql, record)).toBeUndefined();
  });

  it.each([
    [10, '10 of 10 people are missing in the file and would leave: 100.0 %'],
    [1, '1 of 10 people is missing in the file and would leave: 10.0 %'],
  ])('of few people are refused as well: %i of 10', async (missing, says) => {
    await everybody(10);
    const record = await stage(without(10, missing), { authoritative: true });
    expect(await removalFault(directory.sql, record)).toContain(says);
  });

  it('are counted, and the first of them listed, by a small file in a large directory', async () => {
    await directory.sql`
      insert into person (employee_number, status, profile)
      select 'M' || place, 'active', '{}' from generate_series(10001, 13000) as place`;
    const { id, counts } = await stage(file(line('V1')));
    expect(counts).toEqual({ new: 1, gone: 3_000 });
    const [{ listed, first } = {}] = await directory.sql`
      select count(*)::int as listed, min(employee_number) as first from import_row where import = ${id} and verdict = 'gone'`;
    expect([listed, first]).toEqual([1_000, 'M10001']);
    expect(await stage(file(line('V1')), { authoritative: true })).toMatchObject({ counts: { new: 1, gone: 3_000 } });
    expect(await directory.sql`select 1 from import_row where verdict = 'gone' and state = 'waiting'`).toHaveLength(
      3_000,
    );
  });

  it('are not made by a file that is older than what was run since', async () => {
    await everybody(40);
    const old = await stage(without(40, 1), { authoritative: true });
    const newer = await stage(without(40, 0), { authoritative: true });
    expect(await removalFault(directory.sql, old)).toBeUndefined();
    await beginImportRun(directory.sql, newer.id, { from: 'staged', by: 'cli:test', options: newer.options });
    expect(await removalFault(directory.sql, old)).toBe(
      `1 of 40 people is missing in the file and would leave, but import ${newer.id} was run since it was staged: import the file again, if it is the newest`,
    );
  });

  it('can not be told where a line does not say whom it is about', async () => {
    await everybody(40);
    const record = await stage(`${without(40, 1)}\n"P39,,,Byron,ada@acme.example,,\n`, {
      authoritative: true,
      allowRemovals: 40,
    });
    expect(await removalFault(directory.sql, record)).toContain(
      'of 1 of its lines nobody knows whom it is about: mend it',
    );
  });
});

describe('a file that can not be read', () => {
  it.each<[string, string | Buffer, ImportOptions, string]>([
    ['no byte', '', {}, 'the header line: is missing: the file is empty'],
    [
      'an unknown column',
      'employeeNumber,shoe size\nE1,44\n',
      {},
      '"shoe size" is neither a profile field (givenName,',
    ],
    [
      'ten thousand unknown columns',
      `employeeNumber,${Array.from({ length: 10_000 }, (_, index) => `x${index}`).join(',')}\n`,
      {},
      '"x9" and 9990 more are each neither a profile field (givenName,',
    ],
    ['a title mapped to nothing', 'employeeNumber,x\n', { map: { x: 'shoe' } }, '"shoe" is neither'],
    ['a mapped title that is not there', 'employeeNumber\n', { map: { y: '-' } }, 'has no column "y", which is mapped'],
    ['a file of events', 'id,type,employeeNumber\n', {}, 'joinery hr apply takes it'],
    ['a JSON array', '[\n{"employeeNumber":"E1"}]', {}, 'write one object on each line'],
    ['a separator that is none', `${file()}\n`, { separator: 'x' }, 'separator: "x" is none'],
    ['an encoding that is none', `${file()}\n`, { encoding: 'ebcdic' }, 'encoding: ebcdic is none'],
    [
      'another encoding',
      Buffer.from(`${file(line('V1'), line('V2'))}\nV3,,,Zo\xeb,,,\n`, 'latin1'),
      {},
      'line 4: a byte is not valid UTF-8: save the file as UTF-8, or say what it is, as with --encoding windows-1252',
    ],
    ['a NUL', `${file(line('V1'))}\nV2,,,\0,,,\n`, {}, 'line 3: holds a NUL character'],
    [
      'a gzip file that breaks off',
      gzipSync(file(line('V1'))).subarray(0, 60),
      {},
      'the gzip file is damaged or breaks off',
    ],
    ['a line without end', `${file()}\n${'x'.repeat(1_000_001)}`, {}, 'line 2: is longer than 1000000 characters'],
    ['a bomb', gzipSync(Buffer.alloc(300_000_000, 'x')), {}, 'line 1: is longer than 1000000 characters'],
  ])('%s: the import has failed, and nothing of it is kept', async (_, bytes, options, failure) => {
    const input = Readable.from([Buffer.from(bytes)]);
    const record = await stagePeople(input, { ...intake(directory.sql), today: TODAY, by: 'cli:test', options });
    expect(record).toMatchObject({ state: 'failed', counts: {}, endedAt: expect.any(String) });
    expect(record.failure).toContain(failure);
    expect(await directory.sql`select 1 from import_row`).toEqual([]);
    expect(input.destroyed).toBe(true);
  });

  it('since its disk breaks: the same, and it is told', async () => {
    async function* breaking() {
      yield Buffer.from(`${file(...Array.from({ length: 3_000 }, (_, index) => line(`N${index}`)))}\n`);
      throw new Error('disk');
    }
    const asked = { ...intake(directory.sql), today: TODAY, by: 'cli:test', options: {} };
    await expect(stagePeople(breaking(), asked)).rejects.toThrow('disk');
    const [record] = await listImports(directory.sql, 10);
    expect(record).toMatchObject({ state: 'failed', failure: 'staging broke off: Error: disk' });
    expect(await directory.sql`select 1 from import_row`).toEqual([]);
  });
});

describe('files that come in slowly', () => {
  it('are staged three at once, and leave the directory to everybody else', async () => {
    const gate = new AbortController();
    const open = once(gate.signal, 'abort');
    const asked = { ...intake(directory.sql), today: TODAY, by: 'cli:test', options: {} };
    const slow = Array.from({ length: 12 }, () => {
      async function* coming() {
        yield Buffer.from(`${file(line('V1'))}\n`);
        await open;
      }
      return stagePeople(coming(), asked).then(
        ({ state }) => state,
        (error: Error) => error.message,
      );
    });
    const refused = await Promise.all(slow.slice(3));
    expect(new Set(refused)).toEqual(
      new Set(['3 imports are being staged here already: try again when one of them is done']),
    );
    expect(await directory.sql`select 1 as one`).toEqual([{ one: 1 }]);
    gate.abort();
    expect(await Promise.all(slow.slice(0, 3))).toEqual(['staged', 'staged', 'staged']);
    expect((await stage(file(line('V1')))).state).toBe('staged');
  });
});

describe('a process that dies while it stages', () => {
  it('leaves an import that the next look ends; one that is at work is left alone', async () => {
    const [dying, living] = [openDirectory(directory.url, 1), openDirectory(directory.url, 1)];
    const made = { kind: 'people' as const, source: 'file x.csv', options: {}, createdBy: 'cli:test' };
    const lost = await createImport(dying, made);
    const working = await createImport(living, made);
    await directory.sql`insert into import_row (import, line, cells) values (${lost}, 2, '[]'), (${working}, 2, '[]')`;
    expect(await endAbandonedStagings(directory.sql)).toEqual([]);
    await dying.end();
    await expect.poll(() => endAbandonedStagings(directory.sql)).toEqual([lost]);
    expect(await findImport(directory.sql, lost)).toMatchObject({
      state: 'failed',
      failure: expect.stringContaining('import the file again'),
    });
    expect(await findImport(directory.sql, working)).toMatchObject({ state: 'staging' });
    expect((await directory.sql`select import from import_row`).map((row) => row['import'])).toEqual([working]);
    await living.end();
  });
});
