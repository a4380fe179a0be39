/** Correlate and plan: which account is the person's, and what has to change in it. Changes nothing in the application. */
import { wantedAccount, type Application } from '#domain/application.ts';
import { correlate, correlationValues } from '#domain/correlation.ts';
import type { Account, AccountIdentity, Entitlement } from '#domain/account.ts';
import type { Expressions } from '#domain/expression.ts';
import type { ChangeType } from '#domain/hr-event.ts';
import type { LaneEvent } from '#domain/lane.ts';
import {
  planAccount,
  stillPending,
  takenEntitlements,
  type Operation,
  type Removal,
  type WantedAccount,
} from '#domain/plan.ts';
import type { Person } from '#domain/person.ts';
import type { ReportEntry } from '#domain/report-entry.ts';
import type { CallContext, Connector } from '#connectors/connector.ts';
import { ConnectorError } from '#connectors/errors.ts';
import { findAccount, managerNativeId, ownerOf, recordPending, type KnownAccount } from '#directory/accounts.ts';
import type { Sql } from '#directory/database.ts';
import { forgetTakenGrants, managedEntitlements } from '#directory/grants.ts';
import { findPerson } from '#directory/people.ts';
import { countReturnable } from '#directory/record-moves.ts';
import type { Connection } from './connections.ts';
import type { Dependencies } from './dependencies.ts';
import { foresee, foreseenEntry, type Foreseen } from './foresight.ts';
import { work } from './work.ts';

export interface PlanRequest {
  event: LaneEvent;
  application: string;
}

export interface AccountPlan {
  username: string;
  /** The account as it is now; absent when the person has none. */
  account?: AccountIdentity;
  operations: Operation[];
  /** The first of the operations that the application would refuse, and why; those before it can be carried out. */
  foreseen?: Foreseen;
  /** What the report says of a plan that can not be carried out. */
  entries: ReportEntry[];
}

export function createPlanActivities({ directory, connections, expressions }: Dependencies) {
  const wanted = async (
    { application, connector }: Connection,
    person: Person,
    language: Expressions,
    cause: ChangeType,
  ): Promise<WantedAccount | 'absent'> => {
    const { entitlementTypes, managerAttribute } = connector.manifest;
    if (cause === 'leaver' || !language.holds(application.scope, person)) return 'absent';
    const account = wantedAccount(application, entitlementTypes, person, language);
    if (!managerAttribute) return account;
    const hasManager = Boolean(person.profile['managerEmployeeNumber']);
    const nativeId = await managerNativeId(directory, person.employeeNumber, application.name);
    // A manager without an account yet is linked when that account is made (activities/manager-links.ts).
    if (hasManager && nativeId === undefined) return account;
    const link = {
      attribute: managerAttribute,
      value: nativeId ?? null,
      onCreateOnly: false,
      alternatives: [],
      rule: "the manager's account",
      leaveWhenEmpty: false,
    };
    return { ...account, attributes: [...account.attributes, link] };
  };

  return {
    /**
     * The operations that bring this person's account to its wanted state; the same again gives none. Reads the application
     * only; of what the directory remembers of the account, it forgets what the application shows to be over: grants that
     * somebody took away, pending values that were confirmed or are not wanted any more. Safe to repeat.
     */
    planAccount: ({ event, application }: PlanRequest): Promise<AccountPlan> =>
      work(async (context) => {
        const language = await expressions();
        const person = await findPerson(directory, event.employeeNumber);
        // Somebody who is expected has nothing before the first day, whatever else HR says meanwhile.
        if (!person || (person.status === 'expected' && event.type !== 'leaver'))
          return { username: '', operations: [], entries: [] };
        const connection = await connections.open(application, context);
        const known = await findAccount(directory, person.employeeNumber, application);
        const [kept] = known ? await connection.connector.read([known.nativeId], context) : [];
        const current = kept ?? (await findOwnAccount(connection, person, language, context));
        if (current) await refuseAnotherPersons(directory, person.employeeNumber, application, current);
        // Whatever HR says of somebody who has left, the access still has to end.
        const cause = person.status === 'left' ? 'leaver' : event.type;
        const target = await wanted(connection, person, language, cause);
        // What is remembered of a former account says nothing about the one that was found in its place.
        const own = current !== undefined && known?.nativeId === current.nativeId ? known : undefined;
        const managed = own ? await managedEntitlements(directory, own.employeeNumber, application) : [];
        const operations = planAccount({
          cause,
          wanted: target,
          current,
          recorded: own?.status,
          managed,
          entitlementTypes: connection.connector.manifest.entitlementTypes,
          pending: own?.pending ?? {},
          now: Date.now(),
          removal: removalOf(connection.connector),
          transfer: cause === 'leaver' ? connection.application.transfer : [],
          returnable: await countReturnable(directory, person.employeeNumber, application),
        });
        if (current && own) await forgetWhatIsOver(directory, own, { managed, wanted: target, current });
        const foreseen = await foresee(directory, connection, event, { current, operations }, context);
        const account = current && { nativeId: current.nativeId, username: current.username, status: current.status };
        return {
          username: current?.username ?? (target === 'absent' ? '' : target.username),
          ...(account ? { account } : {}),
          operations: current && !own ? [link(current), ...operations] : operations,
          ...(foreseen ? { foreseen } : {}),
          entries: foreseen ? [foreseenEntry({ event, application }, foreseen, account)] : [],
        };
      }),
  };
}

async function forgetWhatIsOver(
  directory: Sql,
  { employeeNumber, application, pending }: KnownAccount,
  seen: { managed: Entitlement[]; wanted: WantedAccount | 'absent'; current: Account },
): Promise<void> {
  // On the way out nothing is forgotten: what does not show may only be hidden from us.
  if (seen.wanted === 'absent') return;
  await forgetTakenGrants(directory, employeeNumber, application, takenEntitlements(seen.managed, seen.current));
  const left = stillPending(pending, seen.wanted, seen.current);
  if (Object.keys(left).length === Object.keys(pending).length) return;
  await recordPending(directory, employeeNumber, application, left);
}

/** The person's account by the correlation rules, or undefined. Several matches are a `conflict` for people to settle. */
export async function findOwnAccount(
  { application, connector }: Connection,
  person: Person,
  expressions: Expressions,
  context: CallContext,
): Promise<Account | undefined> {
  const correlations = correlationValues(application, person, expressions)
    .filter(({ value }) => value !== '')
    .map(({ attribute, value }) => ({ attribute, values: [value] }));
  if (correlations.length === 0) return undefined;
  const match = correlate(application, await connector.find(correlations, context), person, expressions);
  if (match.found !== 'several') return match.found === 'one' ? match.account : undefined;
  throw disputed(application, person, match.accounts);
}

/** An account is one person's. What the directory knows to be somebody else's is never taken over. */
export async function refuseAnotherPersons(
  directory: Sql,
  employeeNumber: string,
  application: string,
  account: AccountIdentity,
): Promise<void> {
  const owner = await ownerOf(directory, application, account.nativeId);
  if (owner === undefined || owner === employeeNumber) return;
  throw new ConnectorError(
    'conflict',
    `${application}: ${account.username} matches ${employeeNumber} and is the account of ${owner}`,
    { remedy: 'correct the employee number or the e-mail address of one of the two in HR' },
  );
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
