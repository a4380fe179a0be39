/** What is told to whoever sends an HR event that can not be taken: everything that is wrong with it, at once. */
import { describe, expect, it } from 'vitest';
import { readHrEvent } from '#domain/hr-event-input.ts';
import { DEFAULT_PROFILE_FIELDS } from '#domain/profile-field.ts';

const FIELDS = DEFAULT_PROFILE_FIELDS.filter(({ name }) => ['familyName', 'email', 'title'].includes(name));
const TODAY = '2026-11-24';

function wrongFields(input: unknown): string[] {
  const read = readHrEvent(input, FIELDS, TODAY);
  return 'faults' in read ? read.faults.map(({ field }) => field).toSorted() : [];
}

describe('every wrong field is named at once', () => {
  it.each([
    ['a leaver', { type: 'leaver', id: 'a b', employeeNumber: 'E1' }, ['effectiveDate', 'id']],
    ['an amendment', { type: 'amend', id: 'a b', employeeNumber: 'E1' }, ['effectiveDate', 'id', 'target']],
    [
      'an event of no known type',
      { type: 'promotion', id: 'a b', employeeNumber: '', effectiveDate: 'x', profile: { title: 1, shoe: '4' } },
      ['effectiveDate', 'employeeNumber', 'id', 'profile.shoe', 'profile.title', 'type'],
    ],
    ['an event without a type', { id: 'a b' }, ['employeeNumber', 'id', 'type']],
    [
      'a mover',
      { type: 'mover', id: 'm', employeeNumber: 'E1', immediate: true, profile: { email: '' } },
      ['effectiveDate', 'immediate', 'profile.email'],
    ],
    ['nothing at all', null, ['event']],
  ])('of %s', (_, input, expected) => {
    expect(wrongFields(input)).toEqual(expected);
  });
});

describe('a value', () => {
  const custom = { label: '', required: false, unique: false, format: null, custom: true };
  const fields = [
    ...FIELDS,
    { ...custom, name: 'grade', type: 'number' as const },
    { ...custom, name: 'remote', type: 'boolean' as const },
    { ...custom, name: 'costCode', type: 'text' as const, format: 'CC-*' },
    { ...custom, name: 'assistantEmail', type: 'text' as const },
  ];
  const faults = (type: string, profile: object) => {
    const event = { type, id: 'm', employeeNumber: 'E1', effectiveDate: '2026-12-01', profile };
    const read = readHrEvent(event, fields, TODAY);
    return 'faults' in read ? read.faults : [];
  };

  it('is held against the type and format of its field, not against its name', () => {
    expect(faults('mover', { grade: '12', remote: 'true', costCode: 'CC-1', assistantEmail: 'the desk' })).toEqual([]);
    expect(faults('mover', { grade: 'twelve', remote: 'yes', costCode: '1' }).map(({ field }) => field)).toEqual([
      'profile.grade',
      'profile.remote',
      'profile.costCode',
    ]);
    expect(faults('mover', { costCode: '1' })).toEqual([{ field: 'profile.costCode', problem: 'must look like CC-*' }]);
  });

  it('may be missing of a mover, and is named when a joiner is without one that is required', () => {
    expect(faults('mover', { grade: '' })).toEqual([]);
    expect(faults('joiner', { email: 'a@b.example' })).toEqual([
      { field: 'profile.familyName', problem: 'is missing' },
    ]);
  });
});

describe('a date', () => {
  const leaver = { type: 'leaver', id: 'l', employeeNumber: 'E1' };

  it('is today for an immediate leaver that names none', () => {
    expect(readHrEvent({ ...leaver, immediate: true }, FIELDS, TODAY)).toEqual({
      event: { ...leaver, immediate: true, effectiveDate: TODAY },
    });
  });

  it('is kept when an immediate leaver names one', () => {
    const read = readHrEvent({ ...leaver, immediate: true, effectiveDate: '2026-12-31' }, FIELDS, TODAY);
    expect(read).toMatchObject({ event: { effectiveDate: '2026-12-31' } });
  });

  it('can be left out of an amendment that changes the profile', () => {
    const amend = { type: 'amend', id: 'a', employeeNumber: 'E1', target: 'l' };
    expect(wrongFields({ ...amend, profile: { title: 'Clerk' } })).toEqual([]);
    expect(wrongFields({ ...amend, profile: {} })).toEqual(['effectiveDate']);
  });
});
