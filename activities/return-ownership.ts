/** Return of ownership: a person who is back gets the records back that went to others, page by page. */
import type { Ownership } from '#connectors/connector.ts';
import type { RecordMove } from '#domain/ownership.ts';
import { markReturned, returnableMoves, returnableObjects } from '#directory/record-moves.ts';
import type { Dependencies } from './dependencies.ts';
import { addRefused, movingEntries, moveRows, refusedObject, TURN_MS, type Refused } from './moving-records.ts';
import { recordedAccount, type OperationRequest, type Reported } from './request.ts';
import { capability, heartbeat, work, type StepContext } from './work.ts';

/** How far a return is: what is done with, by type in the order of names, what is back, and what was refused on the way. */
interface ReturnProgress {
  object: string;
  /** The last record of that type that is done with. */
  after: string;
  returned: Record<string, number>;
  refused: Refused[];
}

interface ReturnRequest extends OperationRequest {
  progress?: ReturnProgress;
}

/** `progress` when there is more to do. */
interface Returned extends Reported {
  progress?: ReturnProgress;
}

export function createReturnActivities({ directory, connections }: Dependencies) {
  return {
    /**
     * Gives records back that went to others when the person left, unless somebody else has got them since, for about 45
     * seconds; call again with `progress` until it answers none. Safe to repeat: what is back is not moved again. Refused
     * records are failed entries.
     */
    returnOwnership: (request: ReturnRequest): Promise<Returned> =>
      work(async (context) => {
        const { application, event } = request;
        const { employeeNumber } = event;
        const until = Date.now() + TURN_MS;
        const account = await recordedAccount(directory, request);
        const { connector } = await connections.open(application, context);
        const ownership = capability(connector.ownership, application, 'transfer ownership');
        const progress: ReturnProgress = structuredClone(
          request.progress ?? { object: '', after: '', returned: {}, refused: [] },
        );
        const objects = await returnableObjects(directory, employeeNumber, application);
        for (const object of objects.toSorted().filter((one) => one >= progress.object)) {
          if (object !== progress.object) Object.assign(progress, { object, after: '' });
          try {
            for (;;) {
              if (Date.now() > until) return { entries: [], progress };
              heartbeat(progress);
              const of = { employeeNumber, application, object, after: progress.after };
              const moves = await returnableMoves(directory, of, connector.manifest.pageSize);
              if (moves.length === 0) break;
              await returnPage(ownership, progress, { employeeNumber, application }, moves, account.nativeId, context);
              progress.after = moves.at(-1)?.recordId ?? '';
            }
          } catch (error) {
            progress.refused.push(refusedObject(object, error));
          }
        }
        const returned = Object.entries(progress.returned).map(([object, count]) => ({
          object,
          subject: `${count} ${object}`,
        }));
        return { entries: movingEntries(request, account, returned, progress.refused) };
      }),
  };

  /** Gives one page back and counts; what is somebody else's by now is left to them. */
  async function returnPage(
    ownership: Ownership,
    { object, returned, refused }: ReturnProgress,
    of: { employeeNumber: string; application: string },
    moves: RecordMove[],
    owner: string,
    context: StepContext,
  ): Promise<void> {
    const owners = await ownership.owners(
      object,
      moves.map(({ recordId }) => recordId),
      context,
    );
    const settle = async (recordIds: string[], isBack: boolean): Promise<void> => {
      await markReturned(directory, of, object, recordIds);
      if (isBack && recordIds.length > 0) returned[object] = (returned[object] ?? 0) + recordIds.length;
    };
    const idsOf = (isOne: (move: RecordMove, now: string | undefined) => boolean): string[] =>
      moves.filter((move, index) => isOne(move, owners[index])).map(({ recordId }) => recordId);
    // Back already: an earlier try moved them, and its answer was lost.
    await settle(
      idsOf((_, now) => now === owner),
      true,
    );
    await settle(
      idsOf(({ newOwner }, now) => now !== newOwner && now !== owner),
      false,
    );
    const still = idsOf(({ newOwner }, now) => now === newOwner && now !== owner);
    const rows = still.map((recordId) => ({ recordId, owner }));
    addRefused(refused, object, await moveRows(ownership, object, rows, (ids) => settle(ids, true), context));
  }
}
