/** Import of users: the accounts an application has, held against the people of the directory, and linked where they match. */
import type { Account } from '#domain/account.ts';
import {
  createCorrelationIndex,
  situationsOf,
  type CorrelationIndex,
  type SeenAccount,
  type Situation,
} from '#domain/account-situation.ts';
import type { Application } from '#domain/application.ts';
import { correlationValues } from '#domain/correlation.ts';
import { createExpressions, ExpressionError, type Expressions } from '#domain/expression.ts';
import type { Person } from '#domain/person.ts';
import { protectedBy } from '#domain/protection.ts';
import { findAccounts, ownersOf, recordNewAccounts } from '#directory/accounts.ts';
import { applicationState } from '#directory/application-states.ts';
import { findApplication } from '#directory/applications.ts';
import { recordAudit } from '#directory/audit.ts';
import type { Sql } from '#directory/database.ts';
import { findPeople, streamPeople } from '#directory/people.ts';
import { loadPolicy } from '#directory/policy.ts';
import type { Sealer } from '#directory/sealing.ts';
import { connectTo, type Connected } from './application-answers.ts';
import { Refusal } from './refusal.ts';

/** `linked` where this run recorded it. */
export interface ReviewedAccount extends SeenAccount {
  nowLinked?: boolean;
}

export type Counts = Record<Situation, number> & { nowLinked: number };

export interface ReviewOptions {
  directory: Sql;
  sealer: Sealer;
  /** Records those that match exactly one person, on whose behalf; absent: nothing is recorded. */
  linkAs?: string;
}

/**
 * The situation of every account in an application, page by page; nothing is changed there. With `linkAs`, each unlinked
 * account of somebody whom the application is for is recorded as theirs, and nothing else. Undefined when there is no such
 * application. Throws Refusal before the first page, ConnectorError on any. Safe to repeat.
 */
export async function reviewAccounts(
  { directory, sealer, linkAs }: ReviewOptions,
  name: string,
): Promise<AsyncGenerator<ReviewedAccount[]> | undefined> {
  const application = await findApplication(directory, name);
  const connector = await connectTo(directory, sealer, name);
  if (!application || !connector) return undefined;
  await refuse(directory, application, connector, linkAs !== undefined);
  return review(directory, application, connector, linkAs);
}

/** How many there are of each situation, once all pages are taken. */
export async function countAccounts(pages: AsyncIterable<ReviewedAccount[]>): Promise<Counts> {
  const counts = noAccounts();
  for await (const _page of addCounts(pages, counts));
  return counts;
}

/** The same pages, adding each to `counts` as it passes. */
export async function* addCounts(
  pages: AsyncIterable<ReviewedAccount[]>,
  counts: Counts,
): AsyncGenerator<ReviewedAccount[]> {
  for await (const page of pages) {
    for (const { situation, nowLinked } of page) {
      counts[situation] += 1;
      if (nowLinked) counts.nowLinked += 1;
    }
    yield page;
  }
}

export function noAccounts(): Counts {
  return { linked: 0, unlinked: 0, unmatched: 0, disputed: 0, protected: 0, nowLinked: 0 };
}

/** Throws Refusal where accounts can not be listed, or where they are to be linked and that is turned off. */
export async function refuse(
  directory: Sql,
  application: Application,
  connector: Connected,
  links: boolean,
): Promise<void> {
  const { name, toggles } = application;
  const { pause } = await applicationState(directory, name);
  if (pause) throw new Refusal(`${name} is paused: ${pause.reason} (joinery app resume ${name})`);
  if (!connector.listAll && !connector.list) throw new Refusal(`${name}: its connector can not list accounts`);
  if (links && !toggles.importUsers)
    throw new Refusal(`${name}: Import Users is off: no account is linked until it is turned on`);
}

async function* review(
  directory: Sql,
  application: Application,
  connector: Connected,
  linkAs: string | undefined,
): AsyncGenerator<ReviewedAccount[]> {
  const { fields, groups } = await loadPolicy(directory);
  const around = { application, connector, expressions: createExpressions(fields, groups) };
  for await (const { seen } of seeAccounts(directory, around))
    yield linkAs === undefined ? seen : await link(directory, application.name, seen, linkAs);
}

export interface ListedApplication {
  application: Application;
  connector: Connected;
  expressions: Expressions;
  /** Only accounts for which this holds; absent: all. */
  takes?: (account: Account) => boolean;
  /** Called with everybody who is known, before the first page. */
  onPerson?: (person: Person) => void;
}

/** A page of accounts as the application lists them, and the situation of each in the same order. */
export interface SeenPage {
  accounts: Account[];
  seen: SeenAccount[];
}

/** Every account of an application with its situation, page by page. Reads only. Throws ConnectorError on any page. */
export async function* seeAccounts(
  directory: Sql,
  { application, connector, expressions, takes = () => true, onPerson }: ListedApplication,
): AsyncGenerator<SeenPage> {
  const own = await connector.self?.();
  const protects = (account: Account) => whyProtected(application, expressions, account, own);
  const index = createCorrelationIndex(application, expressions);
  for await (const person of streamPeople(directory)) {
    index.add(person);
    onPerson?.(person);
  }
  for await (const page of pagesOf(connector)) {
    const accounts = page.filter(takes);
    if (accounts.length === 0) continue;
    const known = await lookUp(directory, connector, { application, expressions, index }, accounts);
    yield { accounts, seen: situationsOf(accounts, { application, expressions, protects, ...known }) };
  }
}

async function* pagesOf(connector: Connected): AsyncGenerator<Account[]> {
  if (connector.listAll) return yield* connector.listAll();
  let cursor: string | undefined;
  do {
    const page = await connector.list?.(cursor);
    if (page?.accounts.length) yield page.accounts;
    cursor = page?.next;
  } while (cursor !== undefined);
}

interface Rules {
  application: Application;
  expressions: Expressions;
  index: CorrelationIndex;
}

/** Everybody who has one of these accounts or may, what these people have, and every account that may be theirs. */
async function lookUp(
  directory: Sql,
  connector: Connected,
  { application, expressions, index }: Rules,
  accounts: Account[],
) {
  const ids = accounts.map(({ nativeId }) => nativeId);
  const ownerNumbers = await ownersOf(directory, application.name, ids);
  const numbers = new Set(
    accounts.filter(({ nativeId }) => !ownerNumbers.has(nativeId)).flatMap((account) => index.peopleOf(account)),
  );
  const people = new Map(
    (await findPeople(directory, [...new Set([...numbers, ...ownerNumbers.values()])])).map((person) => [
      person.employeeNumber,
      person,
    ]),
  );
  const candidates = [...numbers].flatMap((number) => people.get(number) ?? []);
  const owners = new Map(
    [...ownerNumbers].flatMap(([nativeId, number]): [string, Person][] => {
      const person = people.get(number);
      return person ? [[nativeId, person]] : [];
    }),
  );
  const held = await findAccounts(directory, [...numbers], application.name);
  const correlations = correlationsOf(application, expressions, candidates);
  return { owners, candidates, held, found: correlations.length > 0 ? await connector.find(correlations) : [] };
}

/** One correlation for each attribute, with the values of all of them. */
function correlationsOf(application: Application, expressions: Expressions, people: Person[]) {
  const values = new Map<string, Set<string>>();
  for (const person of people)
    for (const { attribute, value } of correlationValues(application, person, expressions))
      if (value !== '') values.set(attribute, (values.get(attribute) ?? new Set()).add(value));
  return [...values].map(([attribute, some]) => ({ attribute, values: [...some] }));
}

/** Of one for which a rule can not be computed nobody can say that it may be touched. */
function whyProtected(
  application: Application,
  expressions: Expressions,
  account: Account,
  own: string | undefined,
): string | undefined {
  try {
    return protectedBy(application, account, expressions, own);
  } catch (error) {
    if (error instanceof ExpressionError) return `whether it is protected can not be told: ${error.message}`;
    throw error;
  }
}

/** Records the accounts of a page that are to be linked, with who says so. */
async function link(
  directory: Sql,
  application: string,
  seen: SeenAccount[],
  actor: string,
): Promise<ReviewedAccount[]> {
  const records = seen.flatMap(({ situation, why, employeeNumber, nativeId, username, status }) =>
    situation === 'unlinked' && why === undefined && employeeNumber !== undefined
      ? [{ employeeNumber, application, nativeId, username, status }]
      : [],
  );
  const recorded = await directory.begin(async (tx) => {
    const numbers = await recordNewAccounts(tx, records);
    const linked = records.filter(({ employeeNumber }) => numbers.has(employeeNumber));
    if (linked.length > 0) {
      const accounts = linked.map(({ employeeNumber, nativeId, username }) => ({ employeeNumber, nativeId, username }));
      await recordAudit(tx, {
        actor,
        action: 'accounts linked',
        subject: application,
        detail: { old: null, count: linked.length, new: accounts },
      });
    }
    return new Set(linked.map(({ nativeId }) => nativeId));
  });
  return seen.map((one) => (recorded.has(one.nativeId) ? { ...one, situation: 'linked', nowLinked: true } : one));
}
