/** Lines about people against what is known of them: looked up together, described and refused in the same words. */
import type { HrAmend, HrChange } from '#domain/hr-event.ts';
import type { Fault } from '#domain/hr-event-input.ts';
import type { RowChange } from '#domain/import.ts';
import { changeProfile, displayName, type Person } from '#domain/person.ts';
import type { Profile } from '#domain/profile-field.ts';
import { findPeople } from '#directory/people.ts';
import type { Queries } from '#directory/database.ts';
import { profileOn, saidOf, type Said } from './said.ts';

/** What is known of somebody before a line is read. */
export interface Known {
  person: Person | undefined;
  said: Said[];
}

/** An event for people to read. */
export interface DescribedEvent {
  name: string;
  /** new: joins. back: joins again. changed: another value or start. leaving: gets an end, or another one. */
  what: 'new' | 'back' | 'changed' | 'leaving';
  /** From when on. */
  effectiveDate: string;
  changes: RowChange[];
}

/** What is known of each of these people, in two statements. */
export async function knownPeople(directory: Queries, numbers: string[]): Promise<(number: string) => Known> {
  const people = new Map((await findPeople(directory, numbers)).map((person) => [person.employeeNumber, person]));
  const said = await saidOf(directory, numbers);
  return (number) => ({ person: people.get(number), said: said.get(number) ?? [] });
}

/** Says what an event does to a person, beside what is known of them. */
export function describeEvent(event: HrChange | HrAmend, { person, said }: Known): DescribedEvent {
  const effectiveDate = event.effectiveDate ?? '';
  const known = person ? profileOn(effectiveDate, person, said) : {};
  const profile = changeProfile(known, event.profile ?? {});
  const shown = { name: displayName({ employeeNumber: event.employeeNumber, profile }), effectiveDate };
  switch (event.type) {
    case 'joiner':
      return { ...shown, what: person ? 'back' : 'new', changes: valuesOf(event.profile ?? {}, known) };
    case 'mover':
      return { ...shown, what: 'changed', changes: valuesOf(event.profile ?? {}, known) };
    case 'leaver':
      return { ...shown, what: 'leaving', changes: [{ field: 'endDate', old: null, new: effectiveDate }] };
    case 'amend': {
      const target = said.find(({ id }) => id === event.target);
      const leaves = target?.type === 'leaver';
      const date = { field: leaves ? 'endDate' : 'startDate', old: target?.effectiveDate ?? null, new: effectiveDate };
      return { ...shown, what: leaves ? 'leaving' : 'changed', changes: [date] };
    }
  }
}

function valuesOf(profile: Profile, known: Profile): RowChange[] {
  return Object.entries(profile).flatMap(([field, value]) => {
    const [old, fresh] = [known[field] || null, value || null];
    return old === fresh ? [] : [{ field, old, new: fresh }];
  });
}

/**
 * Why an event of a line about a person is refused. The id was made here; and what was said of the line before (`more`)
 * tells already that there is no such person.
 */
export function reasonsOf(faults: Fault[], more: boolean): string[] {
  return faults
    .filter(({ field }) => field !== 'id' && !(more && field === 'employeeNumber'))
    .map(({ field, problem }) => `${field}: ${problem}`);
}
