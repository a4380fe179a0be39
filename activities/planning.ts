/**
 * Planning: what has to change in one application for many people, with as few questions as for one. Changes nothing. The
 * plan that people read beforehand and the plan that a lane carries out are both made here.
 */
import { wantedAccount, type Application } from '#domain/application.ts';
import { correlate, correlationValues } from '#domain/correlation.ts';
import type { Account, AccountIdentity, Entitlement } from '#domain/account.ts';
import { ExpressionError, type Expressions } from '#domain/expression.ts';
import type { Failure } from '#domain/failure.ts';
import type { ChangeType } from '#domain/hr-event.ts';
import { displayName, type Person } from '#domain/person.ts';
import type { PlanItem } from '#domain/plan-item.ts';
import { planAccount, type Operation, type Removal, type WantedAccount } from '#domain/plan.ts';
import type { CallContext, Connector } from '#connectors/connector.ts';
import { ConnectorError } from '#connectors/errors.ts';
import { findAccounts, managerNativeIds, ownersOf, type KnownAccount } from '#directory/accounts.ts';
import type { Sql } from '#directory/database.ts';
import { managedEntitlementsOf } from '#directory/grants.ts';
import { countReturnable } from '#directory/record-moves.ts';
import type { Connection } from './connections.ts';
import { failureOf } from './failures.ts';

/** Whom to plan for, and what happened to them. */
export interface PlanningRequest {
  person: Person;
  cause: ChangeType;
}

/** A plan item before anybody asked what the application would say to it, and what it was made from. */
export interface Planned extends Omit<PlanItem, 'warnings' | 'licences' | 'calls'> {
  /** The account as the application shows it. */
  current?: Account;
  /** What the directory knows of that account; absent when it is not recorded as this person's. */
  own?: KnownAccount;
  /** What Joinery granted to it. */
  managed: Entitlement[];
  /** Absent where nothing could be planned. */
  wanted?: WantedAccount | 'absent';
}

/**
 * Plans for these people (at most 200, each once) in the same order: three to five SQL statements and at most one `read`
 * and one `find`, however many. What stands in the way of one person's plan is that item's `failure`; what the
 * application fails at is thrown. Reads only.
 */
export async function planPeople(
  directory: Sql,
  connection: Connection,
  requests: readonly PlanningRequest[],
  language: Expressions,
  context: CallContext,
): Promise<Planned[]> {
  const { application } = connection;
  const due = requests.filter((request) => !isTooEarly(request));
  const people = due.map(({ person }) => person);
  const [known, accounts] = await accountsNow(directory, connection, people, language, context);
  const numbers = people.map(({ employeeNumber }) => employeeNumber);
  const withManager = connection.connector.manifest.managerAttribute !== undefined;
  const [managers, managed, returnable] = await Promise.all([
    withManager ? managerNativeIds(directory, numbers, application.name) : new Map<string, string>(),
    managedEntitlementsOf(directory, numbers, application.name),
    countReturnable(directory, numbers, application.name),
  ]);
  return requests.map((request) => {
    const { employeeNumber } = request.person;
    const found = accounts.get(employeeNumber);
    if (!found) return nothing(application, request);
    const own = known.get(employeeNumber);
    return orFailure(application, request, () =>
      planOne(connection, request, language, {
        current: found(),
        ...(own ? { known: own } : {}),
        managed: managed.get(employeeNumber) ?? [],
        manager: managers.get(employeeNumber),
        returnable: returnable.get(employeeNumber) ?? 0,
      }),
    );
  });
}

/** Somebody who is expected has nothing before the first day, whatever else HR says meanwhile. */
export function isTooEarly({ person, cause }: PlanningRequest): boolean {
  return person.status === 'expected' && cause !== 'leaver';
}

/** The account of a person, or undefined; throws what keeps it from being told. */
type Found = () => Account | undefined;

/** What the directory knows of these people's accounts, and their accounts as the application shows them, by employee number. */
async function accountsNow(
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
  const ids = [...matches.values()].flatMap(({ account }) => (account ? [account.nativeId] : []));
  const owners = await ownersOf(directory, application.name, ids);
  const found = people.map(({ employeeNumber }): [string, Found] => {
    const match = matches.get(employeeNumber);
    return [
      employeeNumber,
      () => {
        if (!match) return byRecord.get(employeeNumber);
        if (match.fault) throw match.fault;
        if (match.account) refuseAnothers(application.name, employeeNumber, match.account, owners);
        return match.account;
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
  const found = (await findByRules(connection, [person], expressions, context)).get(person.employeeNumber);
  if (found?.fault) throw found.fault;
  return found?.account;
}

/** An account is one person's. What the directory knows to be somebody else's is never taken over: that is a `conflict`. */
export async function refuseAnotherPersons(
  directory: Sql,
  employeeNumber: string,
  application: string,
  account: AccountIdentity,
): Promise<void> {
  refuseAnothers(application, employeeNumber, account, await ownersOf(directory, application, [account.nativeId]));
}

function refuseAnothers(
  application: string,
  employeeNumber: string,
  { nativeId, username }: AccountIdentity,
  owners: ReadonlyMap<string, string>,
): void {
  const owner = owners.get(nativeId);
  if (owner === undefined || owner === employeeNumber) return;
  throw new ConnectorError(
    'conflict',
    `${application}: ${username} matches ${employeeNumber} and is the account of ${owner}`,
    { remedy: 'correct the employee number or the e-mail address of one of the two in HR' },
  );
}

interface Seen {
  current: Account | undefined;
  known?: KnownAccount;
  managed: Entitlement[];
  /** The native id of the manager's account. */
  manager: string | undefined;
  returnable: number;
}

function planOne(
  { application, connector }: Connection,
  { person, cause: said }: PlanningRequest,
  language: Expressions,
  { current, known, manager, returnable, ...seen }: Seen,
): Planned {
  // Whatever HR says of somebody who has left, the access still has to end.
  const cause = person.status === 'left' ? 'leaver' : said;
  const wanted = wantedOf({ application, connector }, person, cause, language, manager);
  // What is remembered of a former account says nothing about the one that was found in its place.
  const own = current !== undefined && known?.nativeId === current.nativeId ? known : undefined;
  const managed = own ? seen.managed : [];
  const planned = planAccount({
    cause,
    wanted,
    current,
    recorded: own?.status,
    managed,
    entitlementTypes: connector.manifest.entitlementTypes,
    pending: own?.pending ?? {},
    now: Date.now(),
    removal: removalOf(connector),
    transfer: cause === 'leaver' ? application.transfer : [],
    returnable,
  });
  const operations = current && !own ? [link(current), ...planned] : planned;
  return {
    ...itemOf(application, person, cause),
    username: current?.username ?? (wanted === 'absent' ? '' : wanted.username),
    ...(current ? { account: identityOf(current), current } : {}),
    ...(own ? { own } : {}),
    managed,
    wanted,
    operations,
    rules: rulesOf(wanted, operations),
  };
}

function wantedOf(
  { application, connector }: Connection,
  person: Person,
  cause: ChangeType,
  language: Expressions,
  manager: string | undefined,
): WantedAccount | 'absent' {
  const { entitlementTypes, managerAttribute } = connector.manifest;
  if (cause === 'leaver' || !language.holds(application.scope, person)) return 'absent';
  const account = wantedAccount(application, entitlementTypes, person, language);
  if (!managerAttribute) return account;
  // A manager without an account yet is linked when that account is made (activities/manager-links.ts).
  if (person.profile['managerEmployeeNumber'] && manager === undefined) return account;
  const link = {
    attribute: managerAttribute,
    value: manager ?? null,
    onCreateOnly: false,
    alternatives: [],
    rule: 'the account of the manager',
    leaveWhenEmpty: false,
  };
  return { ...account, attributes: [...account.attributes, link] };
}

/** Where the values of the attributes that change come from. */
function rulesOf(wanted: WantedAccount | 'absent', operations: Operation[]): Record<string, string> {
  if (wanted === 'absent') return {};
  const changed = new Set(operations.flatMap(({ changes }) => changes.map(({ attribute }) => attribute)));
  const named = wanted.attributes.filter(({ attribute }) => changed.has(attribute));
  return Object.fromEntries(named.map(({ attribute, rule }) => [attribute, rule]));
}

function orFailure(application: Application, request: PlanningRequest, plan: () => Planned): Planned {
  try {
    return plan();
  } catch (error) {
    const failure: Failure | undefined = failureOf(error);
    if (!failure) throw error;
    return { ...nothing(application, request), failure };
  }
}

function nothing(application: Application, { person, cause }: PlanningRequest): Planned {
  const item = itemOf(application, person, person.status === 'left' ? 'leaver' : cause);
  return { ...item, username: '', operations: [], managed: [], rules: {} };
}

function itemOf({ name }: Application, person: Person, cause: ChangeType) {
  return {
    employeeNumber: person.employeeNumber,
    person: displayName(person),
    application: name,
    cause,
    skipped: [],
  };
}

function identityOf({ nativeId, username, status }: Account): AccountIdentity {
  return { nativeId, username, status };
}

function removalOf(connector: Connector): Removal {
  return {
    freeze: connector.freeze !== undefined,
    scan: connector.blockers !== undefined,
    deactivate: connector.deactivate !== undefined,
    delete: connector.delete !== undefined,
  };
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

function link(account: Account): Operation {
  return { kind: 'link', changes: [], entitlements: [], reason: `found ${account.username} by the correlation rules` };
}
