/** What a profile field takes: one way to write each type, the formats that have a name, and patterns. */
import { describe, expect, it } from 'vitest';
import { definitionFaults } from '#domain/field-definition.ts';
import {
  DEFAULT_PROFILE_FIELDS,
  valueProblem,
  type ProfileField,
  type ProfileFieldType,
} from '#domain/profile-field.ts';

describe('a value of a type', () => {
  it.each<[ProfileFieldType, string[], string[]]>([
    [
      'number',
      ['0', '12.5', '-3', '0.001', '999999999999999'],
      ['1.50', '01', '-0', '1e3', '1,5', ' 1', '.5', '1.', '9999999999999999', 'NaN', '1\n'],
    ],
    ['boolean', ['true', 'false'], ['True', 'yes', '1', 'true ']],
    ['date', ['2026-11-24', '2028-02-29'], ['2027-02-29', '24.11.2026', '2026-11-24T00:00:00Z', '2026-1-1']],
    ['text', ['anything', '12'], []],
  ])('%s is written one way', (type, right, wrong) => {
    const problem = (text: string) => valueProblem({ type, format: null }, text);
    expect(right.filter((text) => problem(text) !== undefined)).toEqual([]);
    expect(wrong.filter((text) => problem(text) === undefined)).toEqual([]);
  });

  it('is no fault when there is none', () => {
    expect(valueProblem({ type: 'number', format: null }, '')).toBeUndefined();
  });
});

describe('a text of a format', () => {
  it.each<[string, string[], string[]]>([
    [
      'email',
      ['a@b.c', "o'hara+x@mail.acme.example"],
      ['a', 'a@b', '@b.c', 'a@.c', 'a@b.', 'a b@c.d', 'a@b@c.d', 'a@b.c\u00a0'],
    ],
    ['country', ['DE', 'GB'], ['de', 'DEU', 'Germany', 'D1']],
    ['time-zone', ['Europe/Berlin', 'UTC'], ['Mars/Olympus', '+01:00', 'Europe']],
    ['CC-*', ['CC-', 'CC-12'], ['cc-12', 'XCC-1', 'CC']],
    ['?-*-?', ['a-b-c', 'a--c'], ['a-c', 'ab-c-d']],
  ])('%s', (format, right, wrong) => {
    const problem = (text: string) => valueProblem({ type: 'text', format }, text);
    expect(right.filter((text) => problem(text) !== undefined)).toEqual([]);
    expect(wrong.filter((text) => problem(text) === undefined)).toEqual([]);
  });

  it('is told in a moment, however hostile text and pattern are', () => {
    const hostile = [`${'a'.repeat(999)}b`, `${'@'.repeat(999)}.`, `a@${'a.'.repeat(499)}`, '1'.repeat(1_000)];
    const began = performance.now();
    for (const text of hostile)
      for (const format of ['*a*a*a*a*a*a*a*a*c', `${'*?'.repeat(500)}`, 'email', 'country', 'time-zone'])
        valueProblem({ type: 'text', format }, text);
    for (const text of hostile) valueProblem({ type: 'number', format: null }, text);
    expect(performance.now() - began).toBeLessThan(1_000);
  });
});

describe('a definition', () => {
  const badge: ProfileField = {
    name: 'badge',
    label: 'Badge',
    type: 'text',
    required: false,
    unique: false,
    format: null,
    custom: true,
  };
  const faults = (more: Partial<ProfileField>, known?: ProfileField) =>
    definitionFaults({ ...badge, ...more }, known, DEFAULT_PROFILE_FIELDS).map(({ field }) => field);

  it.each([
    'employeeNumber',
    'startDate',
    'groups',
    'number',
    'true',
    'function',
    'id',
    'target',
    'hiredate',
    'costcenter',
    'jobTitle',
    'constructor',
    'toString',
    '__proto__',
    'Badge',
    'badge_no',
    '1badge',
    '',
    'a'.repeat(64),
  ])('can not be called %s', (name) => {
    expect(faults({ name })).toEqual(['name']);
  });

  it('names everything that is wrong with it at once', () => {
    expect(faults({ name: 'if', label: 'two\nlines', type: 'date', format: 'email' })).toEqual([
      'name',
      'label',
      'format',
    ]);
  });

  it.each(['Department', 'cost_centre', 'JOB TITLE', 'title', 'Start date', 'Hire-date', 'type', 'Employee number'])(
    'can not have the label %s, which is a column of files already',
    (label) => {
      expect(faults({ label })).toEqual(['label']);
      expect(faults({ label }, { ...badge, label })).toEqual([]);
    },
  );

  it('can have the label that its name gives', () => {
    expect(faults({ name: 'shoeSize', label: 'Shoe size' })).toEqual([]);
  });

  it('keeps a name that it has, though it would not be given today', () => {
    expect(faults({ name: 'size' }, { ...badge, name: 'size' })).toEqual([]);
  });

  it.each(['email', 'CC-*', 'B?', 'time-zone'])('takes the format %s', (format) => {
    expect(faults({ format })).toEqual([]);
  });
});
