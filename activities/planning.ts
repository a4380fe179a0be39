/**
 * Planning: what has to change in one application for many people, with as few questions as for one. Changes nothing. The
 * plan that people read beforehand and the plan that a lane carries out are both made here.
 */
import { wantedAccount, type Application } from '#domain/application.ts';
import type { Account, AccountIdentity, Entitlement } from '#domain/account.ts';
import type { Expressions } from '#domain/expression.ts';
import { withoutAlternatives } from '#domain/mapping.ts';
import { decide } from '#domain/decision.ts';
import type { ChangeType } from '#domain/hr-event.ts';
import { displayName, type Person } from '#domain/person.ts';
import type { PlanItem } from '#domain/plan-item.ts';
import type { Operation, WantedAccount } from '#domain/plan.ts';
import { protectedBy } from '#domain/protection.ts';
import { abilitiesOf, removalFor } from '#domain/removal.ts';
import type { CallContext } from '#connectors/connector.ts';
import { managerNativeIds, type KnownAccount } from '#directory/accounts.ts';
import type { Sql } from '#directory/database.ts';
import { managedEntitlementsOf } from '#directory/grants.ts';
import { countReturnable } from '#directory/record-moves.ts';
import type { Connection } from './connections.ts';
import { failureOf } from './failures.ts';
import { accountsNow } from './own-accounts.ts';

/** Whom to plan for, and what happened to them. */
export interface PlanningRequest {
  person: Person;
  cause: ChangeType;
}

/** What a plan was made from. */
export interface Seen {
  wanted: WantedAccount | 'absent';
  /** The account as the application shows it. */
  current?: Account;
  /** Why that account is kept from any change; absent when it is not. */
  protectedBy?: string;
  /** What the directory knows of that account; absent when it is not recorded as this person's. */
  own?: KnownAccount;
  /** What Joinery granted to it. */
  managed: Entitlement[];
  /** How many days from now the account is to be deleted, being out of use and not noted as such; absent otherwise. */
  deleteInDays?: number;
  /** It is noted as to be deleted, and is not to be any more: its person is back, or the policy is another. */
  isKept?: boolean;
}

/** A plan item before anybody asked what the application would say to it. */
export interface Planned extends Omit<PlanItem, 'licences' | 'calls'> {
  /** Absent where nothing could be planned. */
  seen?: Seen;
}

/** `lean`: without what is for people to read, and without the alternatives of an account to be made: few names are taken. */
interface PlanningOptions {
  lean?: boolean;
}

/**
 * Plans for these people (at most 200, each once) in the same order: four to six SQL statements and at most one `read`
 * and one `find`, however many. What stands in the way of one person's plan is that item's `failure`; what the
 * application fails at is thrown. Reads only.
 */
export async function planPeople(
  directory: Sql,
  connection: Connection,
  requests: readonly PlanningRequest[],
  language: Expressions,
  context: CallContext,
  { lean = false }: PlanningOptions = {},
): Promise<Planned[]> {
  const { application } = connection;
  const withoutOthers = { ...application, mappings: withoutAlternatives(application.mappings) };
  const plain = lean ? { ...connection, application: withoutOthers } : connection;
  const due = requests.filter((request) => !isTooEarly(request));
  const people = due.map(({ person }) => person);
  const [known, accounts] = await accountsNow(directory, connection, people, language, context);
  const numbers = people.map(({ employeeNumber }) => employeeNumber);
  const withManager = connection.connector.manifest.managerAttribute !== undefined;
  const self = due.length > 0 ? await connection.connector.self?.(context) : undefined;
  const [managers, managed, returnable] = await Promise.all([
    withManager ? managerNativeIds(directory, numbers, application.name) : new Map<string, string>(),
    managedEntitlementsOf(directory, numbers, application.name),
    countReturnable(directory, numbers, application.name),
  ]);
  return requests.map((request) => {
    const { employeeNumber } = request.person;
    const found = accounts.get(employeeNumber);
    if (!found) return nothing(application, request);
    return orFailure(application, request, () => {
      const current = found();
      return planOne(current === undefined ? plain : connection, request, language, {
        lean,
        current,
        known: known.get(employeeNumber),
        managed: managed.get(employeeNumber) ?? [],
        manager: managers.get(employeeNumber),
        returnable: returnable.get(employeeNumber) ?? 0,
        self,
      });
    });
  });
}

/** Somebody who is expected has nothing before the first day, whatever else HR says meanwhile. */
export function isTooEarly({ person, cause }: PlanningRequest): boolean {
  return person.status === 'expected' && cause !== 'leaver';
}

/** What is known of one person's account. */
interface Facts {
  current: Account | undefined;
  known: KnownAccount | undefined;
  managed: Entitlement[];
  /** The native id of the manager's account. */
  manager: string | undefined;
  returnable: number;
  /** The native id of the account that Joinery signs in with. */
  self: string | undefined;
  lean: boolean;
}

function planOne(
  { application, connector }: Connection,
  { person, cause: said }: PlanningRequest,
  language: Expressions,
  { current, known, manager, returnable, self, lean, ...facts }: Facts,
): Planned {
  // Whatever HR says of somebody who has left, the access still has to end.
  const cause = person.status === 'left' ? 'leaver' : said;
  const wanted = wantedOf({ application, connector }, person, cause, language, manager);
  // What is remembered of a former account says nothing about the one that was found in its place.
  const own = current !== undefined && known?.nativeId === current.nativeId ? known : undefined;
  const managed = own ? facts.managed : [];
  const now = Date.now();
  const { removal, warnings } = removalFor(application.removal, abilitiesOf(connector), {
    cause,
    deletionDue: own?.deleteAt ? Date.parse(own.deleteAt) <= now : false,
  });
  const input = {
    cause,
    wanted,
    current,
    recorded: own?.closedElsewhere ? 'active' : own?.status,
    managed,
    entitlementTypes: connector.manifest.entitlementTypes,
    pending: own?.pending ?? {},
    now,
    removal,
    transfer: cause === 'leaver' ? application.transfer : [],
    returnable,
    protectedBy: current && protectedBy(application, current, language, self),
  };
  const { operations, skipped } = decide(input, application);
  const isOutOfUse =
    !input.protectedBy && skipped.length === 0 && !operations.some(({ kind }) => kind === 'deactivate');
  const deleteInDays =
    wanted === 'absent' && own?.deleteAt === null && isOutOfUse ? removal.deleteAfterDays : undefined;
  const isKept =
    own?.deleteAt != null && (wanted !== 'absent' || (!removal.delete && removal.deleteAfterDays === undefined));
  return {
    ...itemOf(application, person, cause),
    username: current?.username ?? (wanted === 'absent' ? '' : wanted.username),
    ...(current ? { account: identityOf(current) } : {}),
    operations,
    skipped,
    rules: lean ? {} : rulesOf(wanted, [...operations, ...skipped.map(({ operation }) => operation)]),
    warnings: wanted === 'absent' && operations.length > 0 ? warnings : [],
    seen: {
      wanted,
      managed,
      ...(current ? { current } : {}),
      ...(input.protectedBy === undefined ? {} : { protectedBy: input.protectedBy }),
      ...(own ? { own } : {}),
      ...(deleteInDays === undefined ? {} : { deleteInDays }),
      ...(isKept ? { isKept } : {}),
    },
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
    const failure = failureOf(error);
    if (!failure) throw error;
    return { ...nothing(application, request), failure };
  }
}

function nothing(application: Application, { person, cause }: PlanningRequest): Planned {
  const item = itemOf(application, person, person.status === 'left' ? 'leaver' : cause);
  return { ...item, username: '', operations: [], rules: {} };
}

function itemOf({ name }: Application, person: Person, cause: ChangeType) {
  return {
    employeeNumber: person.employeeNumber,
    person: displayName(person),
    application: name,
    cause,
    skipped: [],
    warnings: [],
  };
}

function identityOf({ nativeId, username, status }: Account): AccountIdentity {
  return { nativeId, username, status };
}
