/** Person: somebody as the directory knows them. */
import type { Profile } from './profile-field.ts';

/** expected: hired, not started. active: works here. left: gone. */
export const PERSON_STATUSES = ['expected', 'active', 'left'] as const;
export type PersonStatus = (typeof PERSON_STATUSES)[number];

export interface Person {
  employeeNumber: string;
  status: PersonStatus;
  profile: Profile;
  /** First day at work, `2026-11-24`; absent or null: not known. */
  startDate?: string | null;
  /** The groups that name this person as a member; absent: none. */
  memberOf?: readonly string[];
}

/** `Steven King`, or the employee number where no name is known. */
export function displayName(person: Pick<Person, 'employeeNumber' | 'profile'>): string {
  const { displayName, givenName, familyName } = person.profile;
  return displayName || [givenName, familyName].filter(Boolean).join(' ') || person.employeeNumber;
}

/** The profile after a change: named fields replace, null and empty clear, the rest stays. */
export function changeProfile(profile: Profile, changes: Profile): Profile {
  const merged: Profile = { ...profile };
  for (const [name, value] of Object.entries(changes)) {
    if (value === null || value === '') delete merged[name];
    else merged[name] = value;
  }
  return merged;
}
