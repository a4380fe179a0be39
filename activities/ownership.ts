/** Ownership: a leaver's records change hands page by page, each noted before it moves. */
import type { TransferRule } from '#domain/ownership.ts';
import { readNewOwner } from '#domain/ownership.ts';
import { displayName } from '#domain/person.ts';
import type { OwnedRecord, Ownership } from '#connectors/connector.ts';
import { ConnectorError } from '#connectors/errors.ts';
import { findAccount } from '#directory/accounts.ts';
import { findHrEvent } from '#directory/hr-events.ts';
import { findPerson } from '#directory/people.ts';
import {
  countMoves,
  forgetUnmoved,
  markMoved,
  noteMoves,
  unsureMoves,
  unsureObjects,
  type MoveKey,
} from '#directory/record-moves.ts';
import type { Connection } from './connections.ts';
import type { Dependencies } from './dependencies.ts';
import { addRefused, movingEntries, moveRows, refusedObject, TURN_MS, type Refused } from './moving-records.ts';
import { recordedAccount, type OperationRequest, type Reported } from './request.ts';
import { capability, heartbeat, work, type StepContext } from './work.ts';

/** How far a transfer is: what is done with, by place in the list of types, and what was refused on the way. */
interface TransferProgress {
  place: number;
  after?: string;
  refused: Refused[];
}

interface TransferRequest extends OperationRequest {
  progress?: TransferProgress;
}

/** `progress` when there is more to do. */
interface Transferred extends Reported {
  progress?: TransferProgress;
}

interface Owner {
  nativeId: string;
  name: string;
}

/** What one turn works with. */
interface Turn {
  connection: Connection;
  ownership: Ownership;
  key: MoveKey;
  /** The leaver's account. */
  oldOwner: string;
  progress: TransferProgress;
  until: number;
  context: StepContext;
}

export function createOwnershipActivities({ directory, connections }: Dependencies) {
  return {
    /**
     * Moves what the account owns to the owners the rules name, for about 45 seconds; call again with `progress` until
     * it answers none. What moved is in the manifest whatever dies: safe to repeat. Refused records are failed entries,
     * and so is a type that nobody can take over: the others move all the same.
     */
    transferOwnership: (request: TransferRequest): Promise<Transferred> =>
      work(async (context) => {
        const { application, event, operation } = request;
        const until = Date.now() + TURN_MS;
        const account = await recordedAccount(directory, request);
        const connection = await connections.open(application, context);
        const ownership = capability(connection.connector.ownership, application, 'transfer ownership');
        const key = { application, eventId: event.id, employeeNumber: event.employeeNumber };
        const progress: TransferProgress = structuredClone(request.progress ?? { place: 0, refused: [] });
        const turn = { connection, ownership, key, oldOwner: account.nativeId, progress, until, context };
        await settleUnsure(turn, 'keep');
        const hasMore = await moveObjects(turn, objectsOf(operation.transfer ?? []));
        await settleUnsure(turn, 'forget');
        if (hasMore) return { entries: [], progress };
        const moved = (await countMoves(directory, key)).map(({ object, newOwnerName, count }) => ({
          object,
          subject: `${count} ${object} to ${newOwnerName}`,
        }));
        return { entries: movingEntries(request, account, moved, progress.refused) };
      }),
  };

  /**
   * Finds out what became of moves that were noted and never marked: an answer was lost, or a worker died. What did not
   * move is forgotten only when the turn is over: before, a lost move may still arrive and must find its note.
   */
  async function settleUnsure(turn: Turn, unmoved: 'keep' | 'forget'): Promise<void> {
    const { connection, ownership, key, context } = turn;
    for (const object of await unsureObjects(directory, key)) {
      for (let after = ''; ;) {
        const page = await unsureMoves(directory, key, { object, after }, connection.connector.manifest.pageSize);
        const last = page.at(-1);
        if (!last) break;
        heartbeat(turn.progress);
        const ids = page.map(({ recordId }) => recordId);
        const owners = await ownership.owners(object, ids, context);
        const moved = ids.filter((_, index) => owners[index] === page[index]?.newOwner);
        await markMoved(directory, key, object, moved);
        if (unmoved === 'forget') {
          const still = ids.filter((id) => !moved.includes(id));
          await forgetUnmoved(directory, key, object, still);
        }
        after = last.recordId;
      }
    }
  }

  /** Moves type after type from where the progress is; answers whether the time ended before the records did. */
  async function moveObjects(turn: Turn, objects: { object: string; to: string[] }[]): Promise<boolean> {
    const { progress } = turn;
    for (; progress.place < objects.length; progress.place++, delete progress.after) {
      const { object, to } = objects[progress.place] ?? { object: '', to: [] };
      try {
        if (await moveObject(turn, object, to)) return true;
      } catch (error) {
        progress.refused.push(refusedObject(object, error));
      }
    }
    return false;
  }

  async function moveObject(turn: Turn, object: string, to: string[]): Promise<boolean> {
    const { connection, ownership, key, oldOwner, progress, until, context } = turn;
    let owner: Owner | undefined;
    for (;;) {
      if (Date.now() > until) return true;
      heartbeat(progress);
      const of = { owner: oldOwner, ...(progress.after ? { after: progress.after } : {}) };
      const records = await ownership.owned(object, of, context);
      const last = records.at(-1);
      if (!last) return false;
      owner ??= await newOwner(connection, ownership, key, object, to, context);
      await movePage(turn, object, records, owner);
      progress.after = last.id;
    }
  }

  async function movePage(turn: Turn, object: string, records: OwnedRecord[], owner: Owner): Promise<void> {
    const { ownership, key, oldOwner, progress, context } = turn;
    const { nativeId: newOwner, name: newOwnerName } = owner;
    await noteMoves(
      directory,
      key,
      records.map(({ id, name }) => ({ object, recordId: id, name, oldOwner, newOwner, newOwnerName })),
    );
    const rows = records.map(({ id }) => ({ recordId: id, owner: newOwner }));
    const mark = (recordIds: string[]): Promise<void> => markMoved(directory, key, object, recordIds);
    addRefused(progress.refused, object, await moveRows(ownership, object, rows, mark, context));
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
}

/** Each type once, with the first rule that names it. */
function objectsOf(rules: TransferRule[]): { object: string; to: string[] }[] {
  const seen = new Map<string, string[]>();
  for (const { objects, to } of rules) for (const object of objects) if (!seen.has(object)) seen.set(object, to);
  return [...seen].map(([object, to]) => ({ object, to }));
}
