/**
 * The gate to one org: so many calls at a time and no more, urgent ones first and bulk ones last, who never take the last
 * places and are not kept out for good. Told by the org that too many are running, it halves their number; with every
 * answer it lets a little more through again.
 */
import type { CallContext } from '#connectors/connector.ts';
import { cancelledUnsent } from './transport.ts';

/** Who goes first: urgent calls, then others, then bulk ones. */
export type Rank = 'urgent' | 'others' | 'bulk';

export function rankOf({ urgent, bulk }: CallContext): Rank {
  if (urgent) return 'urgent';
  return bulk ? 'bulk' : 'others';
}

/** What a call of this rank says of itself. */
export function contextOf(rank: Rank): CallContext {
  return { urgent: rank === 'urgent', bulk: rank === 'bulk' };
}

/** Calls of others that go before a bulk one that waits. */
const PATIENCE = 50;

export interface Gate {
  /** Runs the step when there is room, first come first served among equals. Rejects when cancelled while it waits. */
  pass<T>(context: CallContext | undefined, step: () => Promise<T>): Promise<T>;
}

/** `refuses` recognises the org's word that too many calls are running. */
export function createGate(most: number, refuses: (error: unknown) => boolean): Gate {
  const queues: Record<Rank, (() => void)[]> = { urgent: [], others: [], bulk: [] };
  let limit = most;
  let running = 0;
  let runningInBulk = 0;
  /** How many others went while bulk calls waited, since the last of these. */
  let passedOver = 0;
  let admitted = 0;
  /** How many had been admitted when the limit was last halved: their refusals tell what we know already. */
  let halvedAt = 0;

  const admit = (): void => {
    while (running < Math.floor(limit)) {
      const places = placesInBulk(Math.floor(limit));
      const next = queues.urgent.shift() ?? bulkInItsTurn() ?? otherBeforeBulk() ?? bulkBelow(places);
      if (!next) return;
      running += 1;
      next();
    }
  };

  const otherBeforeBulk = (): (() => void) | undefined => {
    const next = queues.others.shift();
    if (next && queues.bulk.length > 0) passedOver += 1;
    return next;
  };

  /** Where others never cease to come, bulk calls would never be made: one at a time is. */
  const bulkInItsTurn = (): (() => void) | undefined => (passedOver < PATIENCE ? undefined : bulkBelow(1));

  const bulkBelow = (places: number): (() => void) | undefined => {
    if (runningInBulk >= places) return undefined;
    const next = queues.bulk.shift();
    if (!next) return undefined;
    runningInBulk += 1;
    passedOver = 0;
    return next;
  };

  const enter = ({ signal }: CallContext, rank: Rank): Promise<void> =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(cancelledUnsent());
      const queue = queues[rank];
      const leave = (): void => {
        queue.splice(queue.indexOf(go), 1);
        reject(cancelledUnsent());
      };
      const go = (): void => {
        signal?.removeEventListener('abort', leave);
        resolve();
      };
      signal?.addEventListener('abort', leave, { once: true });
      queue.push(go);
      admit();
    });

  return {
    async pass(context, step) {
      const rank = rankOf(context ?? {});
      await enter(context ?? {}, rank);
      admitted += 1;
      const number = admitted;
      try {
        const result = await step();
        limit = Math.min(most, limit + 1 / limit);
        return result;
      } catch (error) {
        if (refuses(error) && number > halvedAt) {
          limit = Math.max(1, Math.floor(limit / 2));
          halvedAt = admitted;
        }
        throw error;
      } finally {
        running -= 1;
        if (rank === 'bulk') runningInBulk -= 1;
        admit();
      }
    },
  };
}

/** A fifth of the places is kept free for everybody else, and at least one where there are two. */
function placesInBulk(limit: number): number {
  return Math.max(1, limit - Math.ceil(limit / 5));
}
