/** Values that only one person may have: who has them, and who may not be given them. */
import type { HrEvent } from '#domain/hr-event.ts';
import type { Fault } from '#domain/hr-event-input.ts';
import type { ProfileField } from '#domain/profile-field.ts';
import type { Queries } from '#directory/database.ts';
import { holdersOf, lockUniqueValues } from '#directory/field-values.ts';
import { findHrEvents } from '#directory/hr-events.ts';

export interface HeldValues {
  unique: ReadonlySet<string>;
  /** Who has or will have it, by field and value. */
  holders: Map<string, Set<string>>;
  /** Events that were taken before: nothing is asked of them again. */
  taken: ReadonlySet<string>;
}

/**
 * Who holds the values that these events give to unique fields: in the directory, where people who have left keep what
 * they had, and by events to come. From here to the end of the transaction no other call can give such a value. Nothing is
 * read nor locked where no unique field gets a value; otherwise three statements, however many events. `holders` are kept,
 * and those that are read are added.
 */
export async function valuesHeld(
  tx: Queries,
  fields: readonly ProfileField[],
  events: readonly HrEvent[],
  holders: HeldValues['holders'] = new Map(),
): Promise<HeldValues> {
  const unique = new Set(fields.filter((field) => field.unique).map(({ name }) => name));
  const wanted = new Map<string, string[]>();
  for (const event of events)
    for (const [field, value] of givenBy(event, unique)) wanted.set(field, [...(wanted.get(field) ?? []), value]);
  if (wanted.size === 0) return { unique, holders, taken: new Set() };

  await lockUniqueValues(tx);
  const ids = events.map(({ id }) => id);
  const taken = new Set((await findHrEvents(tx, ids)).map(({ id }) => id));
  for (const { field, value, employeeNumber } of await holdersOf(tx, wanted))
    note(holders, field, value, employeeNumber);
  return { unique, holders, taken };
}

/** What an event would give its person although somebody else has it. What the person has stays theirs. */
export function uniqueFaults(event: HrEvent, { unique, holders, taken }: HeldValues): Fault[] {
  if (taken.has(event.id)) return [];
  return givenBy(event, unique).flatMap(([field, value]) => {
    const others = [...(holders.get(keyOf(field, value)) ?? [])].filter((holder) => holder !== event.employeeNumber);
    const [holder] = others.toSorted();
    return holder === undefined ? [] : [{ field: `profile.${field}`, problem: `must be unique: ${holder} has it` }];
  });
}

/** From here on the values of this event are its person's for the rest of the call. */
export function holdValues({ unique, holders }: HeldValues, event: HrEvent): void {
  for (const [field, value] of givenBy(event, unique)) note(holders, field, value, event.employeeNumber);
}

function givenBy(event: HrEvent, unique: ReadonlySet<string>): [field: string, value: string][] {
  if (unique.size === 0 || !('profile' in event) || !event.profile) return [];
  return Object.entries(event.profile).flatMap(([field, value]): [string, string][] =>
    value && unique.has(field) ? [[field, value]] : [],
  );
}

function note(holders: HeldValues['holders'], field: string, value: string, employeeNumber: string): void {
  const key = keyOf(field, value);
  holders.set(key, (holders.get(key) ?? new Set()).add(employeeNumber));
}

function keyOf(field: string, value: string): string {
  return `${field} ${value.toLowerCase()}`;
}
