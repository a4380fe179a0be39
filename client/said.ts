/** What was said of people and is still to come; and what is left to say when something is wanted of them. */
import { isDate } from '#domain/due.ts';
import { isChange, type HrChange } from '#domain/hr-event.ts';
import { changeProfile, type Person } from '#domain/person.ts';
import type { Profile } from '#domain/profile-field.ts';
import type { Queries } from '#directory/database.ts';
import { effectiveHrEvents } from '#directory/hr-events.ts';

/** A change that was said: still to come, or a leaver that was. Dates and fields as amended. */
export interface Said extends HrChange {
  profile: Profile;
  settled: boolean;
  /** How often it was amended. */
  amended: number;
}

/** What was said about these people and is still to come, and every leaver: one statement, corrections applied. */
export async function saidOf(directory: Queries, numbers: string[]): Promise<Map<string, Said[]>> {
  const rows = await effectiveHrEvents(directory, numbers);
  const said = new Map<string, Said>();
  for (const { body, settledAt, acceptedAt } of rows) {
    if (isChange(body)) {
      const date = body.immediate ? acceptedAt.slice(0, 10) : body.effectiveDate;
      said.set(body.id, {
        ...body,
        effectiveDate: date,
        profile: body.profile ?? {},
        settled: settledAt !== null,
        amended: 0,
      });
    } else if (body.type === 'rescind') {
      said.delete(body.target);
    } else {
      const target = said.get(body.target);
      if (!target) continue;
      target.effectiveDate = body.effectiveDate ?? target.effectiveDate;
      target.profile = { ...target.profile, ...body.profile };
      target.amended += 1;
    }
  }
  const byPerson = new Map<string, Said[]>();
  for (const item of [...said.values()].toSorted((a, b) => (a.effectiveDate < b.effectiveDate ? -1 : 1)))
    byPerson.set(item.employeeNumber, [...(byPerson.get(item.employeeNumber) ?? []), item]);
  return byPerson;
}

/** The hire that is still to come, or undefined. */
export function hireOf(said: readonly Said[]): Said | undefined {
  return said.find(({ type, settled }) => type === 'joiner' && !settled);
}

/** Of the values that are given, those that differ from what is known. */
export function differing(given: Profile, known: Profile): Profile {
  return Object.fromEntries(Object.entries(given).filter(([name, value]) => (value || null) !== (known[name] || null)));
}

/** What is going to be known of a person when a day begins, by what was said. */
export function profileOn(day: string, person: Person, said: readonly Said[]): Profile {
  return said
    .filter(({ type, settled, effectiveDate }) => !settled && type !== 'leaver' && effectiveDate <= day)
    .reduce((profile, event) => changeProfile(profile, event.profile), person.profile);
}

/**
 * The mover that brings a person to what is given on a day, or on the first day at work where that is later: only what
 * differs from what is going to be known by then. Undefined when nothing differs.
 */
export function moverTo(
  given: Profile,
  wanted: string,
  person: Person,
  said: readonly Said[],
  defaultTimeZone: string,
): Omit<HrChange, 'id'> | undefined {
  const hire = hireOf(said);
  // Before the first day it would be undone by the joiner, which says everything again.
  const waits = hire !== undefined && isDate(wanted) && wanted < hire.effectiveDate;
  const effectiveDate = waits ? hire.effectiveDate : wanted;
  const profile = differing(given, profileOn(effectiveDate, person, said));
  if (Object.keys(profile).length === 0) return undefined;
  const zone = hire?.timeZone || hire?.profile['timeZone'] || defaultTimeZone;
  const timeZone = waits && 'timeZone' in profile ? { timeZone: zone } : {};
  return { type: 'mover', employeeNumber: person.employeeNumber, effectiveDate, ...timeZone, profile };
}
