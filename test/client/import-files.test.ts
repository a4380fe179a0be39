/** Files of people as they come in: packed, encoded and separated in many ways, they are the same rows. */
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openPeopleFile, type FileOptions, type FileRow } from '#client/import-files.ts';
import { textOf } from '#client/import-text.ts';

const bytewise = (bytes: Buffer) => Readable.from([...bytes].map((byte) => Buffer.of(byte)));

async function read(input: Readable | Buffer | string, options: FileOptions = {}) {
  const file = await openPeopleFile(input instanceof Readable ? input : Readable.from([Buffer.from(input)]), options);
  const rows: FileRow[] = [];
  for await (const row of file.rows) rows.push(row);
  await file.close();
  return { format: file.format, titles: file.titles, rows };
}

const utf16be = (text: string) => Buffer.from(text, 'utf16le').swap16();
const concat = (...parts: (Buffer | number[])[]) => Buffer.concat(parts.map((part) => Buffer.from(part)));

describe('the bytes of a file', () => {
  const text = 'employeeNumber,familyName\r\nE1,Zoë Müller\nE2,𝒳\n';
  const zoe = 'employeeNumber,familyName\nE1,Zoë\n';
  const western = 'employeeNumber,familyName\nE1,"Zo\xeb \x80 \x93x\x94"\n';

  it.each<[string, Buffer, FileOptions]>([
    ['UTF-8', Buffer.from(text), {}],
    ['UTF-8 with a mark', Buffer.from(`\uFEFF${text}`), {}],
    ['UTF-16 with a mark', concat([0xff, 0xfe], Buffer.from(text, 'utf16le')), {}],
    ['UTF-16 the other way round', concat([0xfe, 0xff], utf16be(text)), {}],
    ['UTF-16 without a mark, named', Buffer.from(text, 'utf16le'), { encoding: 'utf-16le' }],
    ['UTF-16 the other way round, named', utf16be(text), { encoding: 'utf-16be' }],
    ['a mark that says something else than the name', Buffer.from(`\uFEFF${text}`), { encoding: 'windows-1252' }],
    ['gzip', gzipSync(text), {}],
    ['two gzip files one after the other', concat(gzipSync(text.slice(0, 30)), gzipSync(text.slice(30))), {}],
    ['gzip of UTF-16', gzipSync(concat([0xff, 0xfe], Buffer.from(text, 'utf16le'))), {}],
  ])('may be %s, in pieces of any size', async (_, bytes, options) => {
    const expected = {
      format: 'csv',
      titles: ['employeeNumber', 'familyName'],
      rows: [
        { line: 2, cells: ['E1', 'Zoë Müller'] },
        { line: 3, cells: ['E2', '𝒳'] },
      ],
    };
    expect(await read(bytes, options)).toEqual(expected);
    expect(await read(bytewise(bytes), options)).toEqual(expected);
  });

  it.each([
    ['windows-1252', western, 'Zoë € “x”'],
    ['iso-8859-15', 'employeeNumber,familyName\nE1,\xa4\n', '€'],
  ])('may be %s when it is said', async (encoding, latin, name) => {
    const { rows } = await read(Buffer.from(latin, 'latin1'), { encoding });
    expect(rows).toEqual([{ line: 2, cells: ['E1', name] }]);
  });

  it('are refused on the line that has one which is not of the encoding', async () => {
    await expect(read(Buffer.from(zoe, 'latin1'))).rejects.toThrow('line 2: a byte is not valid UTF-8');
    await expect(read(Buffer.from(zoe).subarray(0, -2))).rejects.toThrow('line 2: a byte is not valid UTF-8');
    const odd = concat([0xff, 0xfe], Buffer.from(text, 'utf16le'), [0x41]);
    await expect(read(odd)).rejects.toThrow('line 4: a byte is not valid utf-16le: is the file in another encoding?');
  });

  it('are refused on that line wherever it is, and however the file comes in', async () => {
    const word = fc.string({ unit: fc.constantFrom('a', 'ë', '€', '𝒳', '\n', '\r\n', '\r'), maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(word, word, fc.integer({ min: 1, max: 7 }), async (before, rest, size) => {
        const bytes = concat(Buffer.from(before), [0xff], Buffer.from(rest));
        const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
          bytes.subarray(index * size, (index + 1) * size),
        );
        const all = async () => {
          for await (const piece of textOf(Readable.from(pieces))) expect(before).toContain(piece);
        };
        const line = before.split(/\r\n|\n|\r/).length;
        await expect(all()).rejects.toThrow(`line ${line}: a byte is not valid UTF-8`);
      }),
    );
  });

  it('end where there are more than a file may have', async () => {
    const endless = gzipSync('E1,Lang\n'.repeat(10_000));
    await expect(read(endless, { most: 50_000 })).rejects.toThrow('holds more than 50000 bytes');
  });

  it('are let go of when rows are left', async () => {
    const input = Readable.from([Buffer.from(text), Buffer.from(text)]);
    const file = await openPeopleFile(input);
    await file.rows.next();
    await file.close();
    expect(input.destroyed).toBe(true);
  });
});

describe('CSV', () => {
  it.each([',', ';', '\t', '|'])('is separated by %j', async (by) => {
    const { titles, rows } = await read(['employeeNumber', 'title'].join(by) + '\n' + ['E1', '"a, b; c|d"'].join(by));
    expect({ titles, rows }).toEqual({
      titles: ['employeeNumber', 'title'],
      rows: [{ line: 2, cells: ['E1', 'a, b; c|d'] }],
    });
  });

  it('is separated as it is said', async () => {
    const { titles } = await read('employeeNumber,a,b\tx\n', { separator: 'tab' });
    expect(titles).toEqual(['employeeNumber,a,b', 'x']);
  });

  it('keeps what a bad line holds, in its place', async () => {
    const { rows } = await read('employeeNumber,title\nE1,"a" b\nE2\nE3,c\nE4,"open\nE5,d,e\n');
    expect(rows).toEqual([
      { line: 2, cells: ['E1,"a" b'], problem: expect.stringContaining('a closing quote') },
      { line: 3, cells: ['E2'], problem: 'has 1 cells where the header has 2' },
      { line: 4, cells: ['E3', 'c'] },
      { line: 5, cells: ['E4,"open'], problem: 'a quote is opened here and not closed' },
      { line: 6, cells: ['E5', 'd', 'e'], problem: 'has 3 cells where the header has 2' },
    ]);
  });

  it('has a row for every line, whatever is in it', async () => {
    const line = fc.string({
      unit: fc.constantFrom(...'"\',;|\t \u00a0\u2003\u000b\f\\aE1=-'.split('')),
      maxLength: 14,
    });
    await fc.assert(
      fc.asyncProperty(fc.array(line, { maxLength: 8 }), async (lines) => {
        const { rows } = await read(['employeeNumber,title,city', ...lines].join('\n'));
        const begun = lines.flatMap((text, index) => (text.trim() === '' ? [] : [index + 2]));
        const covered = rows.map((row) => row.line);
        expect(begun).toEqual(expect.arrayContaining(covered));
        expect(covered).toEqual(covered.toSorted((a, b) => a - b));
        expect(covered.length).toBe(new Set(covered).size);
        expect(covered[0]).toBe(begun[0]);
      }),
      { numRuns: 300 },
    );
  });

  it('loses the apostrophe that keeps a spreadsheet from running a cell, and no other', async () => {
    const { rows } = await read(`employeeNumber,title\n'-1,'=a\n'a,''+b\n`);
    expect(rows.map(({ cells }) => cells)).toEqual([
      ['-1', '=a'],
      ["'a", "'+b"],
    ]);
  });
});

describe('JSON lines', () => {
  it('are an object on each line, whose keys are the titles', async () => {
    const { format, titles, rows } = await read(
      '\n  {"employeeNumber": 7, "title": null}\n\n{"employeeNumber":"E2","on":true}\r\n',
    );
    expect({ format, titles }).toEqual({ format: 'json-lines', titles: ['employeeNumber', 'title', 'on'] });
    expect(rows).toEqual([
      { line: 2, cells: { employeeNumber: 7, title: null } },
      { line: 4, cells: { employeeNumber: 'E2', on: true } },
    ]);
  });

  it.each([
    ['{"employeeNumber":"E1"', 'is not valid JSON'],
    ['["E1"]', 'is not a JSON object'],
    ['"E1"', 'is not a JSON object'],
    ['{"name":{"givenName":"Ada"},"emails":[]}', 'name: is an object: write its fields'],
    ['{"name":{"givenName":"Ada"},"emails":[]}', 'emails: is a list: a field has one value'],
    ['{"employeeNumber":12345678901234567890}', 'employeeNumber: is a number too large to be exact'],
    ['{"title":"a\\u0000"}', 'title: must not contain the character U+0000'],
    ['{"title":"\\ud800"}', 'title: must be well-formed text'],
    ['{"\\ud800":"x"}', 'a key must be well-formed text'],
    [`{"a":${'['.repeat(30)}${']'.repeat(30)}}`, 'is nested too deeply'],
    [`{"a":${'['.repeat(40_000)}${']'.repeat(40_000)}}`, 'is nested too deeply'],
    [`{"title":"${'a'.repeat(100_001)}"}`, 'is too long to be read'],
  ])('are refused one by one: %.60s', async (text, problem) => {
    const { rows, titles } = await read(`{"employeeNumber":"E0"}\n${text}\n{"employeeNumber":"E2"}`);
    expect(rows.map(({ line }) => line)).toEqual([1, 2, 3]);
    expect(rows[1]?.problem).toContain(problem);
    expect(titles).toEqual(['employeeNumber']);
  });
});
