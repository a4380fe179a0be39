/** One lane of a shared call: who waits for the next call, when it leaves, who is on the wire, and who got off. */
import type { CallKind } from './coalesce.ts';
import { refusesData } from './failures.ts';
import { contextOf, type Rank } from './gate.ts';
import { createPace } from './pace.ts';
import type { Session } from './session.ts';
import { cancelled, cancelledUnsent } from './transport.ts';

/** One item's place, from when it is asked until it is answered. */
export interface Seat<Item, Result> {
  item: Item;
  /** Which of its rider's items it is, from 0. */
  place: number;
  size: number;
  key: string | undefined;
  /** When it was asked, by performance.now(). */
  since: number;
  rider: Rider<Item, Result>;
  /** Those that it rides with and no others, once a call of theirs was refused as a whole. */
  party: symbol | undefined;
  settled: boolean;
}

/** Whose seats they are; it is told what became of each. */
export interface Rider<Item, Result> {
  done(seat: Seat<Item, Result>, result: Result): void;
  failed(seat: Seat<Item, Result>, error: unknown, sent: boolean): void;
}

export interface Lane<Item, Result> {
  join(seats: Seat<Item, Result>[]): void;
  /** Their rider has gone: those that wait are not sent, the others are not waited for. */
  leave(seats: Seat<Item, Result>[]): void;
  /** A call of any lane came back: what it held up may leave. */
  returned(): void;
}

/** A call that leaves or has left. It takes its seats at the last moment, when it is let through to the org. */
interface Departure<Item, Result> {
  seats: Seat<Item, Result>[] | undefined;
  ending: AbortController;
}

/** Calls of one kind at a time: more than one only for full ones, or where waiting would get long. */
const PARALLEL = 5;
/** Bulk work comes a page at a time: the rest of the same page is waited for, not another page. */
const BY_THE_PAGE = { afterLast: 5, afterFirst: 5 };

export function createLane<Item, Result>(
  { request, returns }: Pick<Session, 'request' | 'returns'>,
  kind: CallKind<Item, Result>,
  { rank, busy, returned }: { rank: Rank; busy: Set<string>; returned: () => void },
): Lane<Item, Result> {
  type OurSeat = Seat<Item, Result>;
  let waiting: OurSeat[] = [];
  const departures = new Set<Departure<Item, Result>>();
  let { room } = kind;
  const pace = createPace(returns);
  let lastStir = 0;
  /** The size of all that wait, and how many departures have not taken their seats. */
  let load = 0;
  let boarding = 0;
  let timer: NodeJS.Timeout | undefined;

  /** Sends off a call, or sees to it that this is looked at again when one is due. */
  const consider = (): void => {
    clearTimeout(timer);
    timer = undefined;
    if (departures.size >= PARALLEL || load <= boarding * room) return;
    const ready = waiting.filter(({ key }) => key === undefined || !busy.has(key));
    const [first] = ready;
    const left = sizeOf(ready) - boarding * room;
    if (first === undefined || left <= 0) return;
    const now = performance.now();
    const { afterLast, afterFirst } = rank === 'bulk' ? BY_THE_PAGE : pace.linger(now);
    const patience = first.since + afterFirst;
    const due = departures.size === 0 ? Math.min(lastStir + afterLast, patience) : patience;
    const wait = rank === 'urgent' || left >= room ? 0 : due - now;
    if (wait > 0) timer = setTimeout(consider, Math.ceil(wait));
    else void depart();
  };

  const depart = async (): Promise<void> => {
    const departure: Departure<Item, Result> = { seats: undefined, ending: new AbortController() };
    departures.add(departure);
    boarding += 1;
    consider();
    const board = (): OurSeat[] => {
      if (departure.seats === undefined) boarding -= 1;
      departure.seats ??= take();
      return departure.seats.filter(({ settled }) => !settled);
    };
    try {
      const aboard = await request({ signal: departure.ending.signal, ...contextOf(rank) }, async (org, call) => {
        const seats = board();
        if (seats.length === 0) return { seats, results: [] };
        const began = performance.now();
        try {
          const results = await kind.send(
            seats.map(({ item }) => item),
            org,
            call,
          );
          return { seats, results };
        } finally {
          room = nextRoom(room, kind.room, sizeOf(seats), (performance.now() - began) / call.timeoutMs);
        }
      });
      for (const [index, seat] of aboard.seats.entries()) seat.rider.done(seat, aboard.results[index] as Result);
    } catch (error) {
      // Whoever waited for a call that never got through shares its failure, unless it was given up for want of riders.
      const sent = departure.seats !== undefined;
      const seats = sent || !departure.ending.signal.aborted ? board() : [];
      if (sent && refusesData(error) && ridersOf(seats).length > 1) part(seats);
      else for (const seat of seats) seat.rider.failed(seat, error, sent);
    } finally {
      for (const { key } of departure.seats ?? []) if (key !== undefined) busy.delete(key);
      if (departure.seats === undefined) boarding -= 1;
      departures.delete(departure);
      lastStir = performance.now();
      returns.add(ridersOf(departure.seats ?? []).length, lastStir);
      returned();
    }
  };

  /** What one of them asks may have cost all the others their call: each half asks again by itself. */
  const part = (seats: OurSeat[]): void => {
    const riders = ridersOf(seats);
    const half = new Set(riders.slice(0, riders.length / 2));
    const [ones, others] = [Symbol('half'), Symbol('half')];
    for (const seat of seats) seat.party = half.has(seat.rider) ? ones : others;
    waiting = [...seats, ...waiting];
    load += sizeOf(seats);
  };

  /** Takes from those who wait as many as one call can hold, in the order they came. */
  const take = (): OurSeat[] => {
    const taken: OurSeat[] = [];
    const staying: OurSeat[] = [];
    let left = room;
    for (const seat of waiting) {
      const held = seat.key !== undefined && busy.has(seat.key);
      const [first] = taken;
      if (held || (first && (seat.size > left || seat.party !== first.party))) {
        staying.push(seat);
        continue;
      }
      taken.push(seat);
      left -= seat.size;
      if (seat.key !== undefined) busy.add(seat.key);
    }
    waiting = staying;
    load -= sizeOf(taken);
    pace.left(ridersOf(taken).length, performance.now());
    return taken;
  };

  return {
    join(seats) {
      for (const seat of seats) waiting.push(seat);
      load += sizeOf(seats);
      lastStir = performance.now();
      pace.came(lastStir);
      // A call that is due later is due later still, unless it is full now.
      if (timer === undefined || load >= room) consider();
    },
    leave(seats) {
      const gone = new Set(seats);
      const unsent = waiting.filter((seat) => gone.has(seat));
      waiting = waiting.filter((seat) => !gone.has(seat));
      load -= sizeOf(unsent);
      for (const seat of unsent) seat.rider.failed(seat, cancelledUnsent(), false);
      for (const seat of seats) seat.rider.failed(seat, cancelled(), true);
      for (const { seats: aboard, ending } of departures)
        if ((aboard ?? waiting).every(({ settled }) => settled)) ending.abort();
      consider();
    },
    returned: consider,
  };
}

function sizeOf(seats: Seat<unknown, never>[]): number {
  return seats.reduce((sum, { size }) => sum + size, 0);
}

function ridersOf(seats: Seat<unknown, never>[]): unknown[] {
  return [...new Set(seats.map(({ rider }) => rider))];
}

/** A large call that took long makes the next ones smaller, before one is not answered in time; quick ones larger again. */
function nextRoom(room: number, most: number, size: number, shareOfTime: number): number {
  if (shareOfTime > 1 / 3 && size >= room / 2) return Math.max(most / 20, Math.floor(room / 2));
  return shareOfTime < 1 / 6 ? Math.min(most, room * 2) : room;
}
