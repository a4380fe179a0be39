/** The rows of an import that failed: as the file had them, with the reason, to be mended and imported again. */
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { failedRows } from '#client/import-failures.ts';
import type { ImportOptions } from '#domain/import.ts';
import type { ImportRow } from '#directory/imports.ts';
import { changePerson } from '#directory/people.ts';
import { freshDirectory, type FreshDirectory } from '../support/directory.ts';
import { file, line, rowsOfImport, stageFile } from '../support/staging.ts';

let directory: FreshDirectory;
beforeAll(async () => {
  directory = await freshDirectory();
});
afterAll(() => directory.close());
beforeEach(() => directory.sql`truncate person, import cascade`.then(() => undefined));

const stage = (text: string, options?: ImportOptions) => stageFile(directory.sql, text, options);
const rows = (id: number) => rowsOfImport(directory.sql, id);
const listOf = (row: ImportRow | undefined) => (Array.isArray(row?.cells) ? row.cells : []);
const text = async (id: number) => {
  const pieces: string[] = [];
  for await (const piece of failedRows(directory.sql, id)) pieces.push(piece);
  return pieces.join('');
};

describe('rows that failed', () => {
  it('come as the file had them, with the reason, and can be mended and imported again', async () => {
    const own = ['Personnel No', 'startDate', 'familyName', 'email', 'Notes'];
    const options: ImportOptions = { map: { 'personnel no': 'employeeNumber', Notes: '-' } };
    const { id } = await stage(
      [own.join(';'), 'V1;soon;Lang;v1@acme.example;=1+1', 'V2;2026-12-01;Lang;v2@acme.example;', 'V3;"a, b"'].join(
        '\n',
      ),
      options,
    );
    const failed = await text(id);
    expect(failed.split('\r\n')).toEqual([
      'Personnel No,startDate,familyName,email,Notes,importFailure',
      `V1,soon,Lang,v1@acme.example,'=1+1,"effectiveDate: must be a calendar day from 1900 on, written YYYY-MM-DD"`,
      'V3,"a, b",has 2 cells where the header has 5',
      '',
    ]);
    const again = await stage(failed.replace('soon', '2026-12-01'), options);
    expect(again.counts).toEqual({ new: 1, invalid: 1 });
    expect(listOf((await rows(again.id))[0]).slice(0, 5)).toEqual([
      'V1',
      '2026-12-01',
      'Lang',
      'v1@acme.example',
      '=1+1',
    ]);
    expect(await text(again.id)).toContain(
      '\r\nV3,"a, b",has 2 cells where the header has 5,has 3 cells where the header has 6\r\n',
    );
  });

  it('that are too short or too long stay so, and are not taken for whole ones the next time', async () => {
    const profile = { familyName: 'Byron', email: 'ada@acme.example', title: 'Clerk' };
    await changePerson(directory.sql, { employeeNumber: 'E1', status: 'active', profile });
    const first = await stage('employeeNumber,title,phone,importFailure\nE1,Manager,7\nE1,Manager,7,,\n');
    expect(first.counts).toEqual({ invalid: 2, gone: 1 });
    expect((await stage(await text(first.id))).counts).toEqual({ invalid: 2, gone: 1 });
    const open = await stage('employeeNumber\n"E1\n');
    expect((await stage(await text(open.id))).counts).toEqual({ invalid: 1, gone: 1 });
  });

  it('say what each application said', async () => {
    const { id } = await stage(file(line('V1')));
    await directory.sql`update import_row set state = 'failed' where import = ${id}`;
    await directory.sql`
      insert into import_result (import, line, application, outcome, failure)
      values (${id}, 2, 'acme', 'failed', ${directory.sql.json({ kind: 'conflict', message: 'salesforce: the name is taken', remedy: 'take another' })}),
        (${id}, 2, 'demo', 'done', null)`;
    expect(await text(id)).toContain('acme: salesforce: the name is taken; take another');
    await directory.sql`update import_result set application = 'salesforce' where import = ${id} and application = 'acme'`;
    expect(await text(id)).toContain('@acme.example,,,salesforce: the name is taken; take another\r\n');
    await directory.sql`update import_result set application = '' where import = ${id} and application = 'salesforce'`;
    expect(await text(id)).toContain('@acme.example,,,salesforce: the name is taken; take another\r\n');
  });

  it('are told apart again, whatever the titles hold', async () => {
    const titles = ['employeeNumber', 'startDate', 'Last;first;middle;former;other;more', '-sum'];
    const options: ImportOptions = { map: { [titles[2] ?? '']: 'familyName' }, ignoreUnknown: true };
    const { id, counts } = await stage(`${titles.map((one) => `"${one}"`).join(',')}\nV1,soon,Lang,7\n`, options);
    expect(counts).toEqual({ invalid: 1 });
    const again = await stage((await text(id)).replace('soon', '2026-12-01'), options);
    expect(again).toMatchObject({ failure: null, header: [...titles, 'importFailure'] });
    expect(listOf((await rows(again.id))[0]).slice(0, 4)).toEqual(['V1', '2026-12-01', 'Lang', '7']);
  });

  it('of JSON lines are JSON lines', async () => {
    const lines = [
      { employeeNumber: 1, startDate: '2026-12-01', familyName: 'Lang', email: 'a@acme.example', title: null },
      { employeeNumber: 'V2', name: { givenName: 'Ada' } },
    ];
    const { id, counts } = await stage(lines.map((one) => JSON.stringify(one)).join('\n'));
    expect(counts).toEqual({ new: 1, invalid: 1 });
    expect(JSON.parse(await text(id))).toEqual({
      employeeNumber: 'V2',
      name: { givenName: 'Ada' },
      importFailure: expect.stringMatching(/^name: is an object/),
    });
  });

  it('keep their values, whatever they are', async () => {
    const cell = fc.oneof(
      fc.string({ unit: 'grapheme', maxLength: 12 }),
      fc.stringMatching(/^'{0,3}[=+@-]a?$/),
      fc.string({ unit: fc.constantFrom(...`'"=+-@,;\t\\ \n|aN.`.split('')), maxLength: 8 }),
    );
    const quoted = (value: string) => `"${value.replaceAll('"', '""')}"`;
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(cell, cell, cell), { minLength: 1, maxLength: 8 }),
        fc.constantFrom(',', ';', '\t', '|'),
        async (values, by) => {
          const lines = values.map((row, index) => [`E${index}`, 'never', ...row].map(quoted).join(by));
          const text1 = [['employeeNumber', 'startDate', 'title', 'city', 'street'].join(by), ...lines].join('\n');
          const first = await stage(text1);
          const before = await rows(first.id);
          expect(first.counts).toEqual({ invalid: values.length });
          const again = await stage(await text(first.id));
          const after = await rows(again.id);
          expect(after.map((row) => listOf(row).slice(0, 5))).toEqual(before.map(({ cells }) => cells));
          expect(after.map(({ reason }) => reason)).toEqual(before.map(({ reason }) => reason));
        },
      ),
      { numRuns: 25 },
    );
  });
});
