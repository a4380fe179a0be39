/** The plans of many people carried out together: for each kind of operation one call takes all who need it. */
import type { AccountStatus, Entitlement } from '#domain/account.ts';
import { wantedAccount } from '#domain/application.ts';
import type { ChangeType } from '#domain/hr-event.ts';
import type { Expressions } from '#domain/expression.ts';
import { mendsByWaiting } from '#domain/failure.ts';
import type { Person } from '#domain/person.ts';
import { alternativesOf, type Operation, type OperationKind, type PendingValues } from '#domain/plan.ts';
import { confirmedEntries, doneEntry, failedEntry, leftUndoneEntry, type ReportEntry } from '#domain/report-entry.ts';
import type { Connector } from '#connectors/connector.ts';
import { ConnectorError } from '#connectors/errors.ts';
import {
  recordAccounts,
  recordFoundAccounts,
  recordPendingOfMany,
  recordStatusOfMany,
  type AccountToRecord,
} from '#directory/accounts.ts';
import {
  forgetGrantsOfMany,
  forgetRefusedGrants,
  forgetReplacedGrants,
  recordGrantsOfMany,
  type Held,
} from '#directory/grants.ts';
import { firstTrial, nextTrial, type Trial } from './alternatives.ts';
import type { Connection } from './connections.ts';
import type { Dependencies } from './dependencies.ts';
import { isRefused, isSingle } from './entitlements.ts';
import { asRefusal } from './failures.ts';
import { inCalls, type Answer } from './many-rows.ts';
import { linkManagers } from './manager-links.ts';
import { findOwnAccounts, recordManyAsOwn } from './own-accounts.ts';
import type { Planned } from './planning.ts';
import { asFailure, subjectOf, type Subject } from './request.ts';
import { capability, type StepContext } from './work.ts';
import { asFound, changedTo, managerOf, newAccount, pendingAfter, type Made } from './written.ts';

/** One person with what is planned, and the event that it is for. */
export interface PlannedRow {
  event: Subject & { type: ChangeType };
  person: Person;
  planned: Planned;
  /** The account was made for this event, before it was planned. */
  isMade?: boolean;
}

/** How a row went. */
export interface AppliedRow {
  entries: ReportEntry[];
  nativeId?: string;
  /** The first thing that could not be done; the rest of that row's plan was not tried. */
  refusal?: Refusal;
}

/** `ofCall`: a whole call failed, and nobody's row was looked at. */
export interface Refusal {
  error: ConnectorError;
  ofCall: boolean;
}

/** The kinds of operations that are carried out here, in the order in which every plan has them. */
const ORDER = ['link', 'create', 'reactivate', 'unfreeze', 'revoke', 'update', 'grant'] as const;
type Kind = (typeof ORDER)[number];

/** Whether all of a plan can be carried out here; what takes accounts away or moves records is for the person's lane. */
export function isForMany({ operations }: Pick<Planned, 'operations'>): boolean {
  return operations.every(({ kind }) => HERE.has(kind));
}

const HERE: ReadonlySet<OperationKind> = new Set(ORDER);

/**
 * Carries these plans out (each person once) and answers how each went, in the same order; never throws what an application
 * says. What was done is on record as it would be for one person alone, whatever became of the others; entitlements are on
 * record before they are given. Planned afresh and applied again it goes on where it was: safe to repeat.
 */
export async function applyMany(
  { directory, expressions }: Pick<Dependencies, 'directory' | 'expressions'>,
  connection: Connection,
  rows: readonly PlannedRow[],
  context: StepContext,
): Promise<AppliedRow[]> {
  const { application } = connection;
  const language = await expressions();
  const standings = rows.map(begin);
  const tools: Tools = { directory, connection, language, context };
  for (const kind of ORDER) {
    const due = standings.flatMap((standing): Due[] => {
      const operation = standing.refusal ? undefined : standing.row.planned.operations.find((one) => one.kind === kind);
      return operation ? [{ standing, operation }] : [];
    });
    if (due.length > 0) await STEPS[kind](due, tools);
  }
  const written = standings.filter(({ isWritten }) => isWritten);
  const events = written.map(({ row }) => row.event);
  const links = events.length > 0 ? await linkAllManagers({ directory, expressions }, connection, events, context) : [];
  return standings.map(({ row, account, entries, refusal }) => ({
    entries: [
      ...row.planned.skipped.map(({ operation, why }) =>
        leftUndoneEntry(subjectOf({ event: row.event, application: application.name }, account), operation, why),
      ),
      ...entries,
      ...(links.length > 0 ? links.filter(({ eventId }) => eventId === row.event.id) : links),
    ],
    ...(account ? { nativeId: account.nativeId } : {}),
    ...(refusal ? { refusal } : {}),
  }));
}

interface Tools {
  directory: Dependencies['directory'];
  connection: Connection;
  language: Expressions;
  context: StepContext;
}

/** How far one row is. */
interface Standing {
  row: PlannedRow;
  /** `status`: the one that Joinery left it in, or that it was found with. */
  account: { nativeId: string; username: string; status: AccountStatus } | undefined;
  pending: PendingValues;
  entries: ReportEntry[];
  /** The account was made or changed, so that managers may have to be linked. */
  isWritten: boolean;
  refusal?: Refusal;
}

interface Due {
  standing: Standing;
  operation: Operation;
}

function begin(row: PlannedRow): Standing {
  const { account, seen } = row.planned;
  return {
    row,
    account: account && { ...account, status: seen?.own?.status ?? account.status },
    pending: seen?.own?.pending ?? {},
    entries: [],
    isWritten: row.isMade ?? false,
  };
}

/** Goes on as long as a call takes no more links, and none of them is refused. */
async function linkAllManagers(...given: Parameters<typeof linkManagers>): Promise<ReportEntry[]> {
  const [, { connector }] = given;
  const all: ReportEntry[] = [];
  for (;;) {
    const links = await linkManagers(...given);
    all.push(...links);
    if (links.length < connector.manifest.pageSize || links.some(({ outcome }) => outcome === 'failed')) return all;
  }
}

const STEPS: Record<Kind, (due: Due[], tools: Tools) => Promise<void>> = {
  link: linkAll,
  create: createAll,
  reactivate: (due, tools) => openAll('reactivate', due, tools),
  unfreeze: (due, tools) => openAll('unfreeze', due, tools),
  revoke: revokeAll,
  update: updateAll,
  grant: grantAll,
};

async function linkAll(due: Due[], { directory, connection: { application } }: Tools): Promise<void> {
  const found = due.flatMap(({ standing: { account, row } }) =>
    account
      ? [
          {
            ...account,
            employeeNumber: row.event.employeeNumber,
            application: application.name,
            reopens: row.event.type === 'joiner',
          },
        ]
      : [],
  );
  const refused = await recordManyAsOwn(directory, application.name, found, (some) =>
    recordFoundAccounts(directory, application.name, some),
  );
  for (const one of due) settle(one, application.name, refused.get(one.standing.row.event.employeeNumber));
}

/** A person whose account is being made, under the names that are tried now. */
interface Making extends Due {
  trial: Trial;
}

/**
 * A name that is taken is looked up, since it may be taken by us: a try whose answer was lost may have made the account. One
 * that is somebody else's gives way to the next alternative.
 */
async function createAll(due: Due[], tools: Tools): Promise<void> {
  const { connection, context } = tools;
  const { application, connector } = connection;
  const create = capability(connector.create?.bind(connector), application.name, 'create accounts');
  const made: (Due & Made)[] = [];
  const found: (Due & Made)[] = [];
  let open = due.map((one): Making => ({ ...one, trial: trialOf(one, application.name) }));
  while (open.length > 0) {
    context.signal.throwIfAborted();
    // Nothing interrupts the call: what it makes has to be known.
    const { signal: _signal, ...uninterrupted } = context;
    const outcomes = await inCalls(open, connector.manifest.pageSize, (some) =>
      create(
        some.map(({ trial }) => newAccount(trial.operation)),
        uninterrupted,
      ),
    );
    const taken: (Making & { error: ConnectorError })[] = [];
    for (const [index, one] of open.entries()) {
      const outcome = outcomes[index];
      if (outcome?.ok) {
        const account = { nativeId: outcome.nativeId, username: '', status: 'active' as const };
        made.push({ ...one, account, operation: one.trial.operation });
      } else if (outcome?.error.kind === 'conflict' && !outcome.ofCall) taken.push({ ...one, error: outcome.error });
      else refuse(one, application.name, outcome ?? NO_ANSWER);
    }
    open = [];
    const own = taken.length > 0 ? await ownOf(taken, tools) : new Map<string, () => undefined>();
    for (const { error, ...one } of taken) {
      try {
        const account = own.get(one.standing.row.event.employeeNumber)?.();
        const trial = one.trial.taken.length > 0 ? one.trial : trialOf(withAlternatives(one, tools), application.name);
        if (account) found.push({ ...one, ...asFound(trial.operation, account) });
        else open.push({ ...one, trial: nextTrial(trial, error) });
      } catch (refusal) {
        refuse(one, application.name, { error: asRefusal(refusal), ofCall: false });
      }
    }
  }
  await recordMade([...made, ...found], tools);
}

/** Plans of many leave out the alternatives of accounts to be made: most names are free. */
function withAlternatives(
  { standing, operation }: Due,
  { connection: { application, connector }, language }: Tools,
): Due {
  const { entitlementTypes } = connector.manifest;
  const offered = alternativesOf(wantedAccount(application, entitlementTypes, standing.row.person, language));
  return { standing, operation: { ...operation, ...offered } };
}

/** What is these people's already; that it can not be told now is told of each. */
async function ownOf(taken: Making[], { connection, language, context }: Tools) {
  try {
    const people = taken.map(({ standing }) => standing.row.person);
    return await findOwnAccounts(connection, people, language, context);
  } catch (error) {
    const refusal = asRefusal(error);
    const fail = (): never => {
      throw refusal;
    };
    return new Map(taken.map(({ standing }) => [standing.row.event.employeeNumber, fail]));
  }
}

async function recordMade(made: (Due & Made)[], { directory, connection }: Tools): Promise<void> {
  const { application, connector } = connection;
  const named = made.map(({ account, ...one }) => ({
    ...one,
    account: {
      ...account,
      username: account.username || String(changedTo(one.operation, application.usernameAttribute) ?? ''),
    },
  }));
  const records = named.map(({ standing, operation, account }) => ({
    ...account,
    employeeNumber: standing.row.event.employeeNumber,
    managerNativeId: managerOf(operation, connector.manifest.managerAttribute),
    isNew: true,
  }));
  const refused = await recordManyAsOwn(directory, application.name, records, (some) =>
    recordAccounts(directory, application.name, some),
  );
  for (const { account, ...one } of named) {
    const refusal = refused.get(one.standing.row.event.employeeNumber);
    if (!refusal) {
      one.standing.account = account;
      one.standing.isWritten = true;
    }
    settle(one, application.name, refusal);
  }
}

async function openAll(
  name: 'reactivate' | 'unfreeze',
  due: Due[],
  { directory, connection: { application, connector }, context }: Tools,
): Promise<void> {
  const method: Connector[typeof name] = connector[name]?.bind(connector);
  const open = capability(method, application.name, `${name} accounts`);
  const outcomes = await inCalls(due, connector.manifest.pageSize, (some) => open(some.map(nativeIdOf), context));
  const opened = due.filter((_, index) => outcomes[index]?.ok);
  await recordStatusOfMany(directory, opened.map(employeeNumberOf), application.name, 'active');
  for (const [index, one] of due.entries()) {
    const outcome = outcomes[index];
    if (one.standing.account && outcome?.ok) one.standing.account.status = 'active';
    if (outcome?.ok) settle(one, application.name);
    else refuse(one, application.name, outcome ?? NO_ANSWER);
  }
}

/** A name that is taken gives way to the next alternative. */
async function updateAll(
  due: Due[],
  { directory, connection: { application, connector }, context }: Tools,
): Promise<void> {
  const update = capability(connector.update?.bind(connector), application.name, 'update accounts');
  const done: (Due & { pending: string[] })[] = [];
  let open = due.map((one): Making => ({ ...one, trial: trialOf(one, application.name) }));
  while (open.length > 0) {
    context.signal.throwIfAborted();
    const outcomes = await inCalls(open, connector.manifest.pageSize, (some) =>
      update(
        some.map((one) => ({ nativeId: nativeIdOf(one), ...newAccount(one.trial.operation) })),
        context,
      ),
    );
    const trying = open;
    open = [];
    for (const [index, one] of trying.entries()) {
      const outcome = outcomes[index];
      try {
        if (outcome?.ok) done.push({ ...one, operation: one.trial.operation, pending: outcome.pending ?? [] });
        else if (outcome?.ofCall !== false) refuse(one, application.name, outcome ?? NO_ANSWER);
        else open.push({ ...one, trial: nextTrial(one.trial, outcome.error) });
      } catch (refusal) {
        refuse(one, application.name, { error: asRefusal(refusal), ofCall: false });
      }
    }
  }
  const records = done.flatMap(({ standing, operation }): AccountToRecord[] => {
    if (!standing.account) return [];
    const username = String(changedTo(operation, application.usernameAttribute) ?? standing.account.username);
    standing.account = { ...standing.account, username };
    const managerNativeId = managerOf(operation, connector.manifest.managerAttribute);
    return [{ ...standing.account, employeeNumber: standing.row.event.employeeNumber, managerNativeId }];
  });
  await recordAccounts(directory, application.name, records);
  const held = done.map(({ standing, ...one }) => {
    const pending = pendingAfter(standing, one);
    return { employeeNumber: standing.row.event.employeeNumber, before: standing.pending, pending };
  });
  const changed = held.filter(({ before, pending }) => Object.keys({ ...before, ...pending }).length > 0);
  await recordPendingOfMany(directory, application.name, changed);
  for (const { standing, operation, pending } of done) {
    standing.isWritten = true;
    const subject = subjectOf({ event: standing.row.event, application: application.name }, standing.account);
    standing.entries.push(...confirmedEntries(subject, operation, pending));
  }
}

async function revokeAll(
  due: Due[],
  { directory, connection: { application, connector }, context }: Tools,
): Promise<void> {
  const revoke = capability(connector.revoke?.bind(connector), application.name, 'revoke entitlements');
  const changes = due.flatMap(changesOf);
  const outcomes = await inCalls(changes, connector.manifest.pageSize, (some) => revoke(some, context), standingOf);
  const taken = changes.filter((_, index) => outcomes[index]?.ok);
  await forgetGrantsOfMany(directory, application.name, taken.map(heldBy));
  tell(due, changes, outcomes, application.name);
}

/** Remembered before they are given: whoever never hears the answer leaves on record what may have been given. */
async function grantAll(
  due: Due[],
  { directory, connection: { application, connector }, context }: Tools,
): Promise<void> {
  const grant = capability(connector.grant?.bind(connector), application.name, 'grant entitlements');
  const changes = due.flatMap(changesOf);
  const grants = changes.map(({ event: { id: eventId, employeeNumber }, entitlement: { type, name }, operation }) => {
    return { type, name, employeeNumber, eventId, reason: operation.reason };
  });
  await recordGrantsOfMany(directory, application.name, grants);
  const outcomes = await inCalls(changes, connector.manifest.pageSize, (some) => grant(some, context), standingOf);
  const refused = grants.filter((_, index) => isRefused(outcomes[index]));
  await forgetRefusedGrants(directory, application.name, refused);
  const replacing = grants.filter((one, index) => outcomes[index]?.ok === true && isSingle(connector.manifest, one));
  await forgetReplacedGrants(directory, application.name, replacing);
  tell(due, changes, outcomes, application.name);
}

/** One entitlement of one row. Those of one person stay in one call, since some build on others. */
interface Change extends Due {
  nativeId: string;
  entitlement: Entitlement;
  event: Subject;
}

function changesOf(due: Due): Change[] {
  const { standing, operation } = due;
  const [nativeId, { event }] = [nativeIdOf(due), standing.row];
  return operation.entitlements.map((entitlement) => ({ standing, operation, nativeId, entitlement, event }));
}

function heldBy({ event, entitlement }: Change): Held {
  return { ...entitlement, employeeNumber: event.employeeNumber };
}

/** One entry for all that went well, one for each that was refused. What waiting can mend is the row's refusal before all. */
function tell(due: Due[], changes: Change[], answers: Answer[], application: string): void {
  const given = new Map<Standing, Entitlement[]>();
  for (const [index, { standing, entitlement }] of changes.entries()) {
    if (!answers[index]?.ok) continue;
    const before = given.get(standing);
    if (before) before.push(entitlement);
    else given.set(standing, [entitlement]);
  }
  for (const one of due) {
    const entitlements = given.get(one.standing);
    if (entitlements) settle({ ...one, operation: { ...one.operation, entitlements } }, application);
  }
  for (const [index, { standing, operation, entitlement }] of changes.entries()) {
    const answer: Answer = answers[index] ?? { ok: false, ...NO_ANSWER };
    if (answer.ok) continue;
    const before = standing.refusal;
    refuse({ standing, operation: { ...operation, entitlements: [entitlement] } }, application, answer);
    if (before && (mendsByWaiting(before.error.kind) || !mendsByWaiting(answer.error.kind))) standing.refusal = before;
  }
}

const NO_ANSWER: Refusal = {
  error: new ConnectorError('bug', 'the connector answered no outcome for a row'),
  ofCall: false,
};

/** Notes that it was done, or what was refused of it. */
function settle({ standing, operation }: Due, application: string, refusal?: ConnectorError): void {
  if (refusal) return refuse({ standing, operation }, application, { error: refusal, ofCall: false });
  const subject = subjectOf({ event: standing.row.event, application }, standing.account);
  standing.entries.push(doneEntry(subject, operation));
}

function refuse({ standing, operation }: Due, application: string, { error, ofCall }: Refusal): void {
  const subject = subjectOf({ event: standing.row.event, application }, standing.account);
  standing.entries.push(failedEntry(subject, operation, asFailure(error)));
  standing.refusal = { error, ofCall };
}

function trialOf({ standing, operation }: Due, application: string): Trial {
  return firstTrial({ event: standing.row.event, application, operation });
}

function nativeIdOf({ standing: { account, row } }: Due): string {
  if (account) return account.nativeId;
  throw new ConnectorError('bug', `no account is known of ${row.event.person} (${row.event.employeeNumber})`);
}

function standingOf({ standing }: Due): Standing {
  return standing;
}

function employeeNumberOf({ standing }: Due): string {
  return standing.row.event.employeeNumber;
}
