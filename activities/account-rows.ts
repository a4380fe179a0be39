/** Rows of an import of accounts against what the directory knows by now: whether they still hold. */
import type { AccountIdentity } from '#domain/account.ts';
import { whyNotLinked } from '#domain/account-situation.ts';
import type { Application } from '#domain/application.ts';
import { correlate } from '#domain/correlation.ts';
import { ExpressionError, type Expressions } from '#domain/expression.ts';
import type { HrChange } from '#domain/hr-event.ts';
import { readHrEvent } from '#domain/hr-event-input.ts';
import type { Person } from '#domain/person.ts';
import type { Profile, ProfileField } from '#domain/profile-field.ts';
import { comparable } from '#domain/username.ts';
import type { AccountRow, NewPerson } from '#directory/account-imports.ts';
import { findAccounts, ownersOf } from '#directory/accounts.ts';
import type { Queries } from '#directory/database.ts';
import { holdersOf, lockUniqueValues } from '#directory/field-values.ts';
import { findPeople } from '#directory/people.ts';
import { listProfileFields } from '#directory/profile-fields.ts';

/** Whether there is still something to do for a row. */
export function isOpen({ state }: AccountRow): boolean {
  return state === 'waiting' || state === 'claimed';
}

/** What the directory knows now of the people and accounts of a page. */
export interface Facts {
  application: Application;
  expressions: Expressions;
  fields: readonly ProfileField[];
  people: ReadonlyMap<string, Person>;
  /** Whose accounts these are, by native id. */
  owners: ReadonlyMap<string, string>;
  /** Which account people have here. */
  held: ReadonlyMap<string, AccountIdentity>;
  /** Who has what is one person's alone, by field and value. */
  holders: ReadonlyMap<string, string>;
}

/** One statement for each kind of fact, however many rows. */
export async function factsOf(
  tx: Queries,
  { application, language }: { application: Application; language: Expressions },
  rows: readonly AccountRow[],
): Promise<Facts> {
  const numbers = rows.map(({ employeeNumber }) => employeeNumber);
  const nativeIds = rows.map(({ account }) => account.nativeId);
  const fields = await listProfileFields(tx);
  const people = await findPeople(tx, numbers);
  return {
    application,
    expressions: language,
    fields,
    people: new Map(people.map((person) => [person.employeeNumber, person])),
    owners: await ownersOf(tx, application.name, nativeIds),
    held: await findAccounts(tx, numbers, application.name),
    holders: await holdersIn(tx, fields, rows.filter(isOpen)),
  };
}

/** From here to the end of the transaction nobody else gives such a value to anybody. */
async function holdersIn(tx: Queries, fields: readonly ProfileField[], rows: readonly AccountRow[]) {
  const wanted = new Map<string, string[]>();
  for (const row of rows)
    for (const [name, value] of uniqueValues(row, fields)) wanted.set(name, [...(wanted.get(name) ?? []), value]);
  if (wanted.size === 0) return new Map<string, string>();
  await lockUniqueValues(tx);
  const held = await holdersOf(tx, wanted);
  return new Map(held.map(({ field, value, employeeNumber }) => [keyOf(field, value), employeeNumber]));
}

function uniqueValues({ event }: AccountRow, fields: readonly ProfileField[]): [field: string, value: string][] {
  return fields.flatMap(({ name, unique }): [string, string][] => {
    const value = profileOf(event)[name];
    return unique && value ? [[name, value]] : [];
  });
}

function keyOf(field: string, value: string): string {
  return `${field} ${comparable(value)}`;
}

function profileOf(event: HrChange | null): Profile {
  return event?.profile ?? {};
}

/** Why nothing is done for a row, since what it says does not hold any more; undefined: it does. */
export function whySkipped(row: AccountRow, facts: Facts): string | undefined {
  const { employeeNumber, account, event } = row;
  const person = facts.people.get(employeeNumber);
  if (event && person) return `${employeeNumber} is known by now: stage the accounts again`;
  if (!event && !person) return `nobody is known by ${employeeNumber} any more`;
  const owner = facts.owners.get(account.nativeId);
  if (owner !== undefined) return owner === employeeNumber ? undefined : `the account is recorded as ${owner}’s by now`;
  const other = facts.held.get(employeeNumber);
  if (other) return `${employeeNumber} has ${other.username} by now`;
  return (
    (event ? whyNotMade(row, event, facts) : undefined) ??
    (person ? whyNotMatched(row, person, facts) : undefined) ??
    whyNotLinked(person ?? { ...madeBy(row), status: 'active' }, facts)
  );
}

/** The person may have changed since the account was found to be theirs. */
function whyNotMatched(
  { account }: AccountRow,
  person: Person,
  { application, expressions }: Facts,
): string | undefined {
  try {
    const { found } = correlate(application, [{ ...account, entitlements: [] }], person, expressions);
    return found === 'one' ? undefined : `the account does not match ${person.employeeNumber} any more`;
  } catch (error) {
    if (error instanceof ExpressionError) return `whose account it is can not be told: ${error.message}`;
    throw error;
  }
}

function whyNotMade(row: AccountRow, event: HrChange, { fields, holders }: Facts): string | undefined {
  const read = readHrEvent(event, fields, '');
  if ('faults' in read) return read.faults.map(({ field, problem }) => `${field} ${problem}`).join('; ');
  for (const [name, value] of uniqueValues(row, fields)) {
    const holder = holders.get(keyOf(name, value));
    if (holder !== undefined) return `profile.${name} must be unique: ${holder} has it by now`;
  }
  return undefined;
}

/** The person that a row makes. */
export function madeBy({ employeeNumber, event, account }: AccountRow): NewPerson {
  return { employeeNumber, profile: profileOf(event), startDate: account.startDate ?? null };
}
