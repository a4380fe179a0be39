/** Situation: what one account of an application turns out to be when it is held against the people of the directory. */
import type { Account, AccountIdentity } from './account.ts';
import { correlate, correlationValues, type CorrelatedApplication } from './correlation.ts';
import { ExpressionError, type Expressions } from './expression.ts';
import { displayName, type Person } from './person.ts';
import { comparable } from './username.ts';

/**
 * linked: recorded as somebody's. unlinked: it matches exactly one person, and is not recorded. unmatched: it matches
 * nobody. disputed: it, or a person it matches, matches several. protected: never touched, not even linked.
 */
export const SITUATIONS = ['linked', 'unlinked', 'unmatched', 'disputed', 'protected'] as const;
export type Situation = (typeof SITUATIONS)[number];

export interface SeenAccount extends AccountIdentity {
  situation: Situation;
  /** Whose it is, or would be. */
  employeeNumber?: string;
  person?: string;
  /** What made it disputed or protected; of an unlinked one, why it is not to be linked. */
  why?: string;
}

/** What is known before an account is looked at. */
export interface Surroundings {
  application: CorrelatedApplication & { scope: string };
  expressions: Expressions;
  /** Why the account is never touched; undefined: it may be. */
  protects: (account: Account) => string | undefined;
  /** Whose account it is recorded as, by native id. */
  owners: ReadonlyMap<string, Person>;
  /** Those who may match one of the accounts, and all accounts that each of them matches by any rule. */
  candidates: readonly Person[];
  found: Account[];
  /** Which account each candidate has here, by employee number. */
  held: ReadonlyMap<string, AccountIdentity>;
}

/** The situation of each account, in the same order. */
export function situationsOf(accounts: readonly Account[], around: Surroundings): SeenAccount[] {
  const matches = around.candidates.map((person) => ({
    person,
    match: correlate(around.application, around.found, person, around.expressions),
  }));
  return accounts.map((account): SeenAccount => {
    const { nativeId, username, status } = account;
    const identity = { nativeId, username, status };
    const owner = around.owners.get(nativeId);
    const why = around.protects(account);
    if (why !== undefined) return { ...identity, situation: 'protected', ...whose(owner), why };
    if (owner) return { ...identity, situation: 'linked', ...whose(owner) };
    const several = matches.flatMap(({ person, match }) =>
      match.found === 'several' && match.accounts.some((one) => one.nativeId === nativeId)
        ? [`${person.employeeNumber} matches ${match.accounts.map((one) => one.username).join(', ')}`]
        : [],
    );
    const people = matches.flatMap(({ person, match }) =>
      match.found === 'one' && match.account.nativeId === nativeId ? [person] : [],
    );
    const [person, second] = people;
    if (several.length > 0) return { ...identity, situation: 'disputed', why: several.join('; ') };
    if (!person) return { ...identity, situation: 'unmatched' };
    if (second) {
      const numbers = people.map(({ employeeNumber }) => employeeNumber).join(', ');
      return { ...identity, situation: 'disputed', why: `it matches ${numbers}` };
    }
    const other = around.held.get(person.employeeNumber);
    if (other) return { ...identity, situation: 'disputed', ...whose(person), why: `has ${other.username} already` };
    const unfit = whyNotLinked(person, around);
    return { ...identity, situation: 'unlinked', ...whose(person), ...(unfit === undefined ? {} : { why: unfit }) };
  });
}

/**
 * Why a person's account is not to be recorded, or undefined: recorded it is Joinery's to take away, so only of people who
 * are to have one.
 */
export function whyNotLinked(
  person: Person,
  { application, expressions }: Pick<Surroundings, 'application' | 'expressions'>,
): string | undefined {
  if (person.status === 'left') return 'the person has left';
  if (person.status === 'expected') return 'the person has not started';
  try {
    return expressions.holds(application.scope, person) ? undefined : 'the application is not for this person';
  } catch (error) {
    if (error instanceof ExpressionError) return `whom the application is for can not be told: ${error.message}`;
    throw error;
  }
}

function whose(person: Person | undefined): Pick<SeenAccount, 'employeeNumber' | 'person'> {
  return person ? { employeeNumber: person.employeeNumber, person: displayName(person) } : {};
}

/** Who may have an account, told by the values that correlation rules look for. */
export interface CorrelationIndex {
  /** Takes somebody in; a rule that can not be computed for them finds nobody. */
  add(person: Person): void;
  /** Employee numbers of everybody of whom a rule finds this account. */
  peopleOf(account: Account): string[];
}

/** Holds one value of each rule and person in memory, and nothing else of them. */
export function createCorrelationIndex(application: CorrelatedApplication, expressions: Expressions): CorrelationIndex {
  const attributes = [...new Set(application.correlation.map(({ attribute }) => attribute))];
  const people = new Map(attributes.map((attribute) => [attribute, new Map<string, string[]>()]));
  return {
    add(person) {
      for (const { attribute, value } of valuesFor(application, expressions, person)) {
        const byValue = people.get(attribute);
        const key = comparable(value);
        if (key === '' || !byValue) continue;
        const known = byValue.get(key);
        if (known) known.push(person.employeeNumber);
        else byValue.set(key, [person.employeeNumber]);
      }
    },
    peopleOf: (account) => [
      ...new Set(
        attributes.flatMap((attribute) => people.get(attribute)?.get(comparable(account.attributes[attribute])) ?? []),
      ),
    ],
  };
}

function valuesFor(application: CorrelatedApplication, expressions: Expressions, person: Person) {
  try {
    return correlationValues(application, person, expressions);
  } catch (error) {
    if (error instanceof ExpressionError) return [];
    throw error;
  }
}
