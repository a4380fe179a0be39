/**
 * Coalescing: what concurrent callers ask in one kind of call rides together, as commits do in a database. Whoever comes
 * alone leaves after a few milliseconds; where others come at a brisk pace a call waits for them; while one is on the wire
 * the next gathers behind it.
 */
import type { CallContext } from '#connectors/connector.ts';
import type { ConnectorError } from '#connectors/errors.ts';
import { callFailure, type Attempt } from './failures.ts';
import { rankOf, type Rank } from './gate.ts';
import { createLane, type Lane, type Rider, type Seat } from './lane.ts';
import type { Session, Step } from './session.ts';
import { cancelledUnsent } from './transport.ts';

/** One kind of call that can be made for many at once. */
export interface CallKind<Item, Result> {
  /** How much one call takes, and how much of that an item takes. */
  room: number;
  /** How much a call of bulk work takes, where that is more. */
  bulkRoom?: number;
  sizeOf(item: Item): number;
  /** Items of the same key never meet in one call, nor in two at a time. */
  keyOf?(item: Item): string;
  /** Makes the call: one result per item in the same order. */
  send(items: Item[], ...wire: Parameters<Step<unknown>>): PromiseLike<Result[]>;
}

export type Ridden<Result> = { ok: true; result: Result } | { ok: false; error: ConnectorError; sent: boolean };

export interface SharedCall<Item, Result> {
  /**
   * What became of each item, in the same order. Never rejects: a call that failed as a whole fails every item in it,
   * told as this caller's attempt; one that Salesforce refused for what is in it is divided until nobody is refused for
   * what another asked. Cancelled items that were not sent yet stay behind; the others are given up at once.
   */
  ride(items: Item[], attempt: Attempt, context: CallContext | undefined): Promise<Ridden<Result>[]>;
}

export function createSharedCall<Item, Result>(
  session: Pick<Session, 'request' | 'returns'>,
  kind: CallKind<Item, Result>,
): SharedCall<Item, Result> {
  /** Keys that are on the wire, whichever lane they went by. */
  const busy = new Set<string>();
  const returned = (): void => {
    for (const lane of Object.values(lanes)) lane.returned();
  };
  const laneOf = (rank: Rank) => {
    const room = rank === 'bulk' ? (kind.bulkRoom ?? kind.room) : kind.room;
    return createLane(session, { ...kind, room }, { rank, busy, returned });
  };
  const lanes: Record<Rank, Lane<Item, Result>> = {
    urgent: laneOf('urgent'),
    others: laneOf('others'),
    bulk: laneOf('bulk'),
  };

  return {
    ride: (items, attempt, context) =>
      new Promise((resolve) => {
        const ridden: Ridden<Result>[] = [];
        let open = items.length;
        const lane = lanes[rankOf(context ?? {})];
        const settle = (seat: Seat<Item, Result>, outcome: Ridden<Result>): void => {
          if (seat.settled) return;
          seat.settled = true;
          ridden[seat.place] = outcome;
          open -= 1;
          if (open === 0) finish();
        };
        const rider: Rider<Item, Result> = {
          done: (seat, result) => settle(seat, { ok: true, result }),
          failed: (seat, error, sent) => settle(seat, { ok: false, error: callFailure(error, attempt), sent }),
        };
        const since = performance.now();
        const seats = items.map((item, place): Seat<Item, Result> => {
          const [size, key] = [kind.sizeOf(item), kind.keyOf?.(item)];
          return { item, place, size, key, since, rider, party: undefined, settled: false };
        });
        const finish = (): void => {
          context?.signal?.removeEventListener('abort', cancel);
          resolve(ridden);
        };
        const cancel = (): void => lane.leave(seats);
        if (open === 0) return finish();
        if (context?.signal?.aborted) {
          for (const seat of seats) rider.failed(seat, cancelledUnsent(), false);
          return;
        }
        context?.signal?.addEventListener('abort', cancel, { once: true });
        lane.join(seats);
      }),
  };
}

/** The failure of a caller none of whose items was answered: of those that were sent, if any. */
export function failureOfAll(ridden: Ridden<unknown>[]): ConnectorError | undefined {
  const failed = ridden.filter((one) => !one.ok);
  if (failed.length < ridden.length) return undefined;
  return (failed.find(({ sent }) => sent) ?? failed[0])?.error;
}

/** Every result, or the first failure thrown: a question that was half answered is asked again. */
export function everyResult<Result>(ridden: Ridden<Result>[]): Result[] {
  return ridden.map((one) => {
    if (!one.ok) throw one.error;
    return one.result;
  });
}
