/** Own accounts: which of an application's accounts is whose, by what the directory knows and by the correlation rules. */
import type { Application } from '#domain/application.ts';
import { correlate, correlationValues } from '#domain/correlation.ts';
import type { Account, AccountIdentity } from '#domain/account.ts';
import { ExpressionError, type Expressions } from '#domain/expression.ts';
import type { Person } from '#domain/person.ts';
import type { CallContext } from '#connectors/connector.ts';
import { ConnectorError } from '#connectors/errors.ts';
import { findAccounts, ownersOf, type KnownAccount } from '#directory/accounts.ts';
import { findPeople } from '#directory/people.ts';
import type { Sql } from '#directory/database.ts';
import type { Connection } from './connections.ts';

/** The account of a person, or undefined; throws what keeps it from being told. */
type Found = () => Account | undefined;

/**
 * What the directory knows of these people's accounts, and their accounts as the application shows them, both by employee
 * number. At most one `read` and one `find`, however many. Reads only.
 */
export async function accountsNow(
  directory: Sql,
  { application, connector }: Connection,
  people: Person[],
  language: Expressions,
  context: CallContext,
): Promise<[Map<string, KnownAccount>, Map<string, Found>]> {
  const numbers = people.map(({ employeeNumber }) => employeeNumber);
  const known = await findAccounts(directory, numbers, application.name);
  const records = [...known.values()];
  const kept = await connector.read(
    records.map(({ nativeId }) => nativeId),
    context,
  );
  const byRecord = new Map(records.map(({ employeeNumber }, index) => [employeeNumber, kept[index]]));
  const others = people.filter(({ employeeNumber }) => byRecord.get(employeeNumber) === undefined);
  const matches = await findByRules({ application, connector }, others, language, context);
  const claims = [...matches].flatMap(([employeeNumber, { account }]) =>
    account ? [{ employeeNumber, nativeId: account.nativeId }] : [],
  );
  const owners = await ownersOf(
    directory,
    application.name,
    claims.map(({ nativeId }) => nativeId),
  );
  const gone = await leftAmong(directory, claims, owners);
  const found = people.map(({ employeeNumber }): [string, Found] => {
    const match = matches.get(employeeNumber);
    return [
      employeeNumber,
      () => {
        if (!match) return byRecord.get(employeeNumber);
        if (match.fault) throw match.fault;
        const { account } = match;
        if (!account) return undefined;
        refuseAnothers(application.name, employeeNumber, account, owners, gone);
        const rival = claims.find((one) => one.nativeId === account.nativeId && one.employeeNumber !== employeeNumber);
        if (rival) throw claimedTwice(application.name, employeeNumber, account, rival.employeeNumber);
        return account;
      },
    ];
  });
  return [known, new Map(found)];
}

interface ByRules {
  account?: Account | undefined;
  /** Why it can not be told which account it is. */
  fault?: ConnectorError | ExpressionError;
}

/** These people's accounts by the correlation rules, by employee number: one search for all of them. */
async function findByRules(
  { application, connector }: Connection,
  people: Person[],
  language: Expressions,
  context: CallContext,
): Promise<Map<string, ByRules>> {
  const asked = new Map<string, Set<string>>();
  const faults = new Map<string, ByRules>();
  for (const person of people) {
    try {
      for (const { attribute, value } of correlationValues(application, person, language))
        if (value !== '') asked.set(attribute, (asked.get(attribute) ?? new Set()).add(value));
    } catch (error) {
      if (!(error instanceof ExpressionError)) throw error;
      faults.set(person.employeeNumber, { fault: error });
    }
  }
  const correlations = [...asked].map(([attribute, values]) => ({ attribute, values: [...values] }));
  const candidates = correlations.length > 0 ? await connector.find(correlations, context) : [];
  return new Map(
    people.map((person) => [
      person.employeeNumber,
      faults.get(person.employeeNumber) ?? ofCandidates(application, candidates, person, language),
    ]),
  );
}

function ofCandidates(application: Application, candidates: Account[], person: Person, language: Expressions): ByRules {
  if (candidates.length === 0) return {};
  const match = correlate(application, candidates, person, language);
  if (match.found === 'several') return { fault: disputed(application, person, match.accounts) };
  return match.found === 'one' ? { account: match.account } : {};
}

/** The person's account by the correlation rules, or undefined. Several matches are a `conflict` for people to settle. */
export async function findOwnAccount(
  connection: Connection,
  person: Person,
  expressions: Expressions,
  context: CallContext,
): Promise<Account | undefined> {
  return (await findOwnAccounts(connection, [person], expressions, context)).get(person.employeeNumber)?.();
}

/** The same of many people, by employee number: one search for all of them. */
export async function findOwnAccounts(
  connection: Connection,
  people: Person[],
  expressions: Expressions,
  context: CallContext,
): Promise<Map<string, Found>> {
  const matches = await findByRules(connection, people, expressions, context);
  return new Map(
    [...matches].map(([employeeNumber, { account, fault }]) => [
      employeeNumber,
      () => {
        if (fault) throw fault;
        return account;
      },
    ]),
  );
}

/**
 * Records an account as this person's. Throws `conflict` where it was recorded as somebody else's meanwhile: of two people
 * who match it at once, one gets it.
 */
export async function recordAsOwn(
  directory: Sql,
  employeeNumber: string,
  application: string,
  account: AccountIdentity,
  record: () => Promise<void>,
): Promise<void> {
  try {
    await record();
  } catch (error) {
    if (isUniqueViolation(error)) await refuseAnotherPersons(directory, employeeNumber, application, account);
    throw error;
  }
}

/**
 * Records accounts of many people at once; where one of them was recorded as somebody else's meanwhile, one by one. Answers
 * the conflict of each that is another's, by employee number.
 */
export async function recordManyAsOwn<T extends AccountIdentity & { employeeNumber: string }>(
  directory: Sql,
  application: string,
  accounts: T[],
  record: (accounts: T[]) => Promise<void>,
): Promise<Map<string, ConnectorError>> {
  const refused = new Map<string, ConnectorError>();
  try {
    await record(accounts);
  } catch (error) {
    if (!isUniqueViolation(error)) throw error;
    for (const account of accounts) {
      try {
        await recordAsOwn(directory, account.employeeNumber, application, account, () => record([account]));
      } catch (refusal) {
        if (!(refusal instanceof ConnectorError)) throw refusal;
        refused.set(account.employeeNumber, refusal);
      }
    }
  }
  return refused;
}

function isUniqueViolation(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === UNIQUE_VIOLATION;
}

const UNIQUE_VIOLATION = '23505';

/** An account is one person's. What the directory knows to be somebody else's is never taken over: that is a `conflict`. */
export async function refuseAnotherPersons(
  directory: Sql,
  employeeNumber: string,
  application: string,
  account: AccountIdentity,
): Promise<void> {
  const owners = await ownersOf(directory, application, [account.nativeId]);
  const gone = await leftAmong(directory, [{ employeeNumber, nativeId: account.nativeId }], owners);
  refuseAnothers(application, employeeNumber, account, owners, gone);
}

/** Of the owners of what others match, those who have left. */
async function leftAmong(
  directory: Sql,
  claims: { employeeNumber: string; nativeId: string }[],
  owners: ReadonlyMap<string, string>,
): Promise<Set<string>> {
  const others = claims.flatMap(({ employeeNumber, nativeId }) => {
    const owner = owners.get(nativeId);
    return owner === undefined || owner === employeeNumber ? [] : [owner];
  });
  const people = others.length > 0 ? await findPeople(directory, others) : [];
  return new Set(people.filter(({ status }) => status === 'left').map(({ employeeNumber }) => employeeNumber));
}

function refuseAnothers(
  application: string,
  employeeNumber: string,
  { nativeId, username }: AccountIdentity,
  owners: ReadonlyMap<string, string>,
  gone: ReadonlySet<string>,
): void {
  const owner = owners.get(nativeId);
  if (owner === undefined || owner === employeeNumber) return;
  const hasLeft = gone.has(owner);
  const message = `${application}: ${username} matches ${employeeNumber} and is the account of ${owner}`;
  throw new ConnectorError('conflict', hasLeft ? `${message}, who has left` : message, {
    remedy: hasLeft ? `${SAME_PERSON(owner)}; if not, ${CORRECT_ONE}` : CORRECT_ONE,
  });
}

const SAME_PERSON = (owner: string) =>
  `if it is the same person who is back, HR sends the joiner with the old number, ${owner}, so that what was granted stays known`;

const CORRECT_ONE = 'correct the employee number or the e-mail address of one of the two in HR';

/** Of people who are planned for together: whoever came first would get it. */
function claimedTwice(
  application: string,
  employeeNumber: string,
  { username }: AccountIdentity,
  rival: string,
): ConnectorError {
  const message = `${application}: ${username} matches ${employeeNumber} and ${rival}`;
  return new ConnectorError('conflict', message, { remedy: CORRECT_ONE });
}

function disputed(application: Application, person: Person, accounts: Account[]): ConnectorError {
  const names = accounts.map(({ username, nativeId }) => `${username} (${nativeId})`).join(', ');
  return new ConnectorError(
    'conflict',
    `${application.name}: several accounts match ${person.employeeNumber}: ${names}`,
    {
      remedy:
        'resolve with the account that is this person’s, or leave the employee number on that one alone and retry',
    },
  );
}
