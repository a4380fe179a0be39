/** Ownership: a leaver's records change hands page by page, each noted before it moves, and can be given back. */
import type { RecordMove, TransferRule } from '#domain/ownership.ts';
import { readNewOwner } from '#domain/ownership.ts';
import { doneEntry, failedEntry, type ReportEntry } from '#domain/report-entry.ts';
import { displayName } from '#domain/person.ts';
import { mendsByWaiting, type Failure } from '#domain/failure.ts';
import type { Ownership } from '#connectors/connector.ts';
import { ConnectorError } from '#connectors/errors.ts';
import { findAccount, type AccountRecord } from '#directory/accounts.ts';
import { findHrEvent } from '#directory/hr-events.ts';
import { findPerson } from '#directory/people.ts';
import {
  countMoves,
  forgetUnmoved,
  markMoved,
  markReturned,
  noteMoves,
  returnableMoves,
  returnableObjects,
  unsureMoves,
  type MoveKey,
} from '#directory/record-moves.ts';
import type { Connection } from './connections.ts';
import type { Dependencies } from './dependencies.ts';
import { asFailure, recordedAccount, subjectOf, type OperationRequest, type Reported } from './request.ts';
import { capability, heartbeat, work, type StepContext } from './work.ts';

/** How far a transfer is: what is done with, by place in the list of types, and what was refused on the way. */
export interface TransferProgress {
  place: number;
  after?: string;
  refused: { object: string; count: number; failure: Failure }[];
}

export interface TransferRequest extends OperationRequest {
  progress?: TransferProgress;
}

/** `progress` when there is more to do. */
export interface Transferred extends Reported {
  progress?: TransferProgress;
}

interface Owner {
  nativeId: string;
  name: string;
}

/** One activity moves records for about this long, then hands on: it stays far below its deadline. */
const TURN_MS = 45_000;
const TRIES = 4;

export function createOwnershipActivities({ directory, connections }: Dependencies) {
  return {
    /**
     * Moves what the account owns to the owners the rules name, for about 45 seconds; call again with `progress` until
     * it answers none. What moved is in the manifest whatever dies: safe to repeat. Refused records are failed entries.
     */
    transferOwnership: (request: TransferRequest): Promise<Transferred> =>
      work(async (context) => {
        const { application, event, operation } = request;
        const account = await recordedAccount(directory, request);
        const connection = await connections.open(application, context);
        const ownership = capability(connection.connector.ownership, application, 'transfer ownership');
        const key = { application, eventId: event.id, employeeNumber: event.employeeNumber };
        const objects = objectsOf(operation.transfer ?? []);
        const progress: TransferProgress = structuredClone(request.progress ?? { place: 0, refused: [] });
        const until = Date.now() + TURN_MS;
        for (; progress.place < objects.length; progress.place++, delete progress.after) {
          const { object, to } = objects[progress.place] ?? { object: '', to: [] };
          if (progress.after === undefined) await settleUnsure(ownership, key, object, context);
          for (;;) {
            if (Date.now() > until) return { entries: [], progress };
            heartbeat(progress);
            const of = { owner: account.nativeId, ...(progress.after ? { after: progress.after } : {}) };
            const records = await ownership.owned(object, of, context);
            if (records.length === 0) break;
            const owner = await newOwner(connection, ownership, key, object, to, context);
            const moves = records.map(({ id, name }) => ({
              object,
              recordId: id,
              name,
              oldOwner: account.nativeId,
              newOwner: owner.nativeId,
              newOwnerName: owner.name,
            }));
            const failure = await movePage(ownership, key, object, moves, context);
            if (failure) progress.refused.push({ object, ...failure });
            progress.after = records.at(-1)?.id ?? '';
          }
        }
        return { entries: await transferEntries(request, account, key, progress) };
      }),

    /**
     * Gives records back that went to others when the person left, unless somebody else has got them since. Safe to
     * repeat: what is back is not moved again.
     */
    returnOwnership: (request: OperationRequest): Promise<Reported> =>
      work(async (context) => {
        const { application, event, operation } = request;
        const { employeeNumber } = event;
        const account = await recordedAccount(directory, request);
        const { connector } = await connections.open(application, context);
        const ownership = capability(connector.ownership, application, 'transfer ownership');
        const subjects: string[] = [];
        const entries: ReportEntry[] = [];
        for (const object of await returnableObjects(directory, employeeNumber, application)) {
          let [returned, after] = [0, ''];
          for (;;) {
            heartbeat(object);
            const of = { employeeNumber, application, object, after };
            const moves = await returnableMoves(directory, of, connector.manifest.pageSize);
            if (moves.length === 0) break;
            const page = await returnPage(ownership, object, moves, account.nativeId, context);
            await markReturned(directory, application, object, page.settled);
            returned += page.returned;
            if (page.failure) entries.push(failedEntry(subjectOf(request, account), operation, page.failure));
            after = moves.at(-1)?.recordId ?? '';
          }
          if (returned > 0) subjects.push(`${returned} ${object}`);
        }
        return { entries: [{ ...doneEntry(subjectOf(request, account), operation), subjects }, ...entries] };
      }),
  };

  /** Finds out what became of moves that were noted and never marked: a worker died in between. */
  async function settleUnsure(ownership: Ownership, key: MoveKey, object: string, context: StepContext): Promise<void> {
    const unsure = await unsureMoves(directory, key, object);
    for (let start = 0; start < unsure.length; start += 200) {
      const page = unsure.slice(start, start + 200);
      const owners = await ownership.owners(
        object,
        page.map(({ recordId }) => recordId),
        context,
      );
      const moved = page.filter(({ newOwner: expected }, index) => owners[index] === expected);
      const not = page.filter((move) => !moved.includes(move));
      await markMoved(directory, key, object, ids(moved));
      await forgetUnmoved(directory, key, object, ids(not));
    }
  }

  /** Moves one page; a row that only ran into somebody else's lock is tried again. Answers what was refused. */
  async function movePage(
    ownership: Ownership,
    key: MoveKey,
    object: string,
    page: RecordMove[],
    context: StepContext,
  ): Promise<{ count: number; failure: Failure } | undefined> {
    await noteMoves(directory, key, page);
    let left = page;
    for (let attempt = 1; ; attempt++) {
      const outcomes = await ownership.move(
        object,
        left.map(({ recordId, newOwner: owner }) => ({ recordId, owner })),
        context,
      );
      const done = left.filter((_, index) => outcomes[index]?.ok);
      await markMoved(directory, key, object, ids(done));
      const errors = outcomes.flatMap((outcome) => (outcome.ok ? [] : [outcome.error]));
      const lasting = errors.find(({ kind }) => !mendsByWaiting(kind));
      left = left.filter((move) => !done.includes(move));
      const [first] = errors;
      if (!first) return undefined;
      if (!lasting && attempt >= TRIES) throw first;
      if (lasting && (attempt >= TRIES || errors.every(({ kind }) => !mendsByWaiting(kind)))) {
        await forgetUnmoved(directory, key, object, ids(left));
        return { count: left.length, failure: asFailure(lasting) };
      }
    }
  }

  /** The first of the owners a rule names that is there and can own such a record. */
  async function newOwner(
    { application, connector }: Connection,
    ownership: Ownership,
    { employeeNumber, eventId }: MoveKey,
    object: string,
    to: string[],
    context: StepContext,
  ): Promise<Owner> {
    const refused: string[] = [];
    for (const text of to) {
      const owner = await find(text);
      if (owner instanceof ConnectorError) {
        refused.push(owner.message);
      } else if (owner === undefined) {
        refused.push(`no ${text} with an active account`);
      } else if (await ownership.canOwn(object, owner.nativeId, context)) {
        return owner;
      } else {
        refused.push(`${owner.name} can not own ${object}`);
      }
    }
    throw new ConnectorError(
      'invalid-data',
      `${application.name}: nobody can take over ${object} of ${employeeNumber}: ${refused.join('; ')}`,
      { remedy: 'correct the transfer rules of this application or give the manager an account, then retry' },
    );

    async function find(text: string): Promise<Owner | ConnectorError | undefined> {
      const named = readNewOwner(text);
      if (!named) return undefined;
      if (named.by === 'user' || named.by === 'queue') {
        const found = await ownership.findOwner(named, context);
        return typeof found === 'string' ? { nativeId: found, name: `${named.by} ${named.name}` } : found;
      }
      const number = named.by === 'manager' ? await managerOf(employeeNumber) : await successorOf(eventId);
      const account = number ? await findAccount(directory, number, application.name) : undefined;
      // What the directory remembers may be old: an owner who can not sign in is no owner.
      const [current] = account ? await connector.read([account.nativeId], context) : [];
      if (!account || !number || current?.status !== 'active') return undefined;
      const person = await findPerson(directory, number);
      return { nativeId: account.nativeId, name: person ? displayName(person) : number };
    }
  }

  async function managerOf(employeeNumber: string): Promise<string | undefined> {
    return (await findPerson(directory, employeeNumber))?.profile['managerEmployeeNumber'] ?? undefined;
  }

  async function successorOf(eventId: string): Promise<string | undefined> {
    const body = (await findHrEvent(directory, eventId))?.body;
    return body && 'successor' in body ? body.successor : undefined;
  }

  async function transferEntries(
    request: TransferRequest,
    account: AccountRecord,
    key: MoveKey,
    { refused }: TransferProgress,
  ): Promise<ReportEntry[]> {
    const subject = subjectOf(request, account);
    const moved = await countMoves(directory, key);
    const subjects = moved.map(({ object, newOwnerName, count }) => `${count} ${object} to ${newOwnerName}`);
    return [
      ...(subjects.length > 0 || refused.length === 0 ? [{ ...doneEntry(subject, request.operation), subjects }] : []),
      ...refused.map(({ object, count, failure }) => ({
        ...failedEntry(subject, request.operation, failure),
        subjects: [`${count} ${object}`],
      })),
    ];
  }
}

async function returnPage(
  ownership: Ownership,
  object: string,
  moves: RecordMove[],
  owner: string,
  context: StepContext,
): Promise<{ settled: string[]; returned: number; failure?: Failure }> {
  const owners = await ownership.owners(object, ids(moves), context);
  const still = moves.filter(({ newOwner }, index) => owners[index] === newOwner);
  const others = moves.filter((move) => !still.includes(move));
  const outcomes = await ownership.move(
    object,
    still.map(({ recordId }) => ({ recordId, owner })),
    context,
  );
  const back = still.filter((_, index) => outcomes[index]?.ok);
  const refused = outcomes.find((outcome) => !outcome.ok);
  return {
    settled: ids([...others, ...back]),
    returned: back.length,
    ...(refused && !refused.ok ? { failure: asFailure(refused.error) } : {}),
  };
}

/** Each type once, with the first rule that names it. */
function objectsOf(rules: TransferRule[]): { object: string; to: string[] }[] {
  const seen = new Map<string, string[]>();
  for (const { objects, to } of rules) for (const object of objects) if (!seen.has(object)) seen.set(object, to);
  return [...seen].map(([object, to]) => ({ object, to }));
}

function ids(moves: { recordId: string }[]): string[] {
  return moves.map(({ recordId }) => recordId);
}
