/** The pace at which callers come to one kind of call: how long it is worth waiting for the next of them. */

export interface Pace {
  /** Somebody came. */
  came(now: number): void;
  /** A call left with so many callers. */
  left(callers: number, now: number): void;
  /** How long, in milliseconds, to wait after the last who came, and after the first who waits. */
  linger(now: number): { afterLast: number; afterFirst: number };
}

/** Those whom an answer has just let go: if they ask again at once, they come back, and tell nothing of others to come. */
export interface Returns {
  add(callers: number, now: number): void;
  /** Counts one who comes as one of them, if there is one left. */
  take(now: number): boolean;
}

/** Nobody has reason to expect company. */
const SHORTEST_MS = 5;
const LONGEST_MS = 800;
const LONGEST_IN_ALL_MS = 3_000;
/** So many tell the pace. */
const TELLING = 12;
/** Who comes at a slower pace than this is not waited for. */
const SLOWEST_GAP_MS = 400;
/** A wait that brings fewer together than this was not worth it. */
const WORTHWHILE = 3;
/** Mistrust is forgotten in this time. */
const FORGET_MS = 10_000;
/** Who asks again within this time after an answer comes back. */
const AT_ONCE_MS = 20;

export function createReturns(): Returns {
  let left = 0;
  let until = 0;
  return {
    add(callers, now) {
      left = now < until ? left + callers : callers;
      until = now + AT_ONCE_MS;
    },
    take(now) {
      if (left === 0 || now >= until) return false;
      left -= 1;
      return true;
    },
  };
}

export function createPace(returns: Returns): Pace {
  const came: number[] = [];
  /** From 0 to 1: how far the pace may be relied on, by what waiting brought. */
  let trust = { level: 1, at: 0 };

  /** Between those who came last, in the mean; undefined when too few came, too slowly, or nobody for long now. */
  const gapAt = (now: number): number | undefined => {
    const [first, last] = [came[0], came.at(-1)];
    if (first === undefined || last === undefined || came.length < TELLING) return undefined;
    const gap = (last - first) / (TELLING - 1);
    return gap <= SLOWEST_GAP_MS && now - last <= 8 * gap ? gap : undefined;
  };
  const trustAt = (now: number): number => Math.min(1, trust.level + (now - trust.at) / FORGET_MS);

  return {
    came(now) {
      if (returns.take(now)) return;
      came.push(now);
      if (came.length > TELLING) came.shift();
    },
    left(callers, now) {
      if (callers >= WORTHWHILE) trust = { level: 1, at: now };
      else if (gapAt(now) !== undefined) trust = { level: trustAt(now) / 2, at: now };
    },
    linger(now) {
      const gap = gapAt(now);
      if (gap === undefined) return { afterLast: SHORTEST_MS, afterFirst: LONGEST_IN_ALL_MS };
      return {
        afterLast: Math.max(SHORTEST_MS, Math.min(LONGEST_MS, 6 * gap) * trustAt(now)),
        afterFirst: Math.min(LONGEST_IN_ALL_MS, Math.max(LONGEST_MS, 25 * gap)),
      };
    },
  };
}
