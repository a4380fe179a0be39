// Misbehaviour on order. A fault says which requests it is for, how many of them it lets pass first and how many it
// hits, and what happens to those. A test can wait until a fault was hit, without sleeping.

import type { Call } from './http.ts';

interface Match {
  method?: string;
  /** Part of the path with its query (decoded), or a regular expression for it. */
  path?: string;
  /** The object written to or queried. */
  sobject?: string;
  /** Part of the request's body. */
  body?: string;
}

export type Action =
  | { kind: 'status'; status: number; body: unknown; contentType?: string }
  /** Salesforce's own page while it is down: 503, in HTML. */
  | { kind: 'maintenance-page' }
  /** Refuses the session of a call of the data API, whatever it is, a new one too. */
  | { kind: 'refuse-sessions' }
  | { kind: 'delay'; ms: number }
  | { kind: 'cut'; when: 'before-commit' | 'after-commit' }
  | { kind: 'stall-body' }
  | { kind: 'reset-mid-body' }
  | { kind: 'expire-session' }
  | {
      kind: 'row-error';
      row?: number;
      username?: string;
      id?: string;
      statusCode: string;
      message: string;
      fields?: string[];
    }
  | { kind: 'hold' };

export interface FaultOrder {
  match: Match;
  /** How many requests are hit; 1 when left out. */
  times?: number | 'always';
  /** How many matching requests pass first. */
  skip?: number;
  action: Action;
}

export interface FaultView extends FaultOrder {
  id: string;
  hits: number;
  /** Requests that are being held now. */
  held: number;
}

interface Fault extends FaultOrder {
  id: string;
  passed: number;
  claimed: number;
  hits: number;
  releases: Set<() => void>;
  waiters: Set<() => void>;
}

export class Faults {
  readonly #faults = new Map<string, Fault>();
  #made = 0;

  add(order: FaultOrder): FaultView {
    this.#made += 1;
    const fault: Fault = {
      ...order,
      id: String(this.#made),
      passed: 0,
      claimed: 0,
      hits: 0,
      releases: new Set(),
      waiters: new Set(),
    };
    this.#faults.set(fault.id, fault);
    return view(fault);
  }

  all(): FaultView[] {
    return [...this.#faults.values()].map(view);
  }

  get(id: string): FaultView | undefined {
    const fault = this.#faults.get(id);
    return fault === undefined ? undefined : view(fault);
  }

  /** Takes the fault away and lets go of what it holds. */
  remove(id: string): boolean {
    this.release(id);
    return this.#faults.delete(id);
  }

  clear(): void {
    for (const id of this.#faults.keys()) this.remove(id);
  }

  /** The first fault that is for this call and not used up; the call counts for it from now on. */
  claim(call: Call, sobjects: string[]): FaultView | undefined {
    for (const fault of this.#faults.values()) {
      if (!matches(fault.match, call, sobjects) || !isMeantFor(fault.action, call)) continue;
      if (fault.times !== 'always' && fault.claimed >= (fault.times ?? 1)) continue;
      if (fault.passed < (fault.skip ?? 0)) {
        fault.passed += 1;
        continue;
      }
      fault.claimed += 1;
      return view(fault);
    }
    return undefined;
  }

  /** Notes that the fault has now had its effect on a call. */
  hit(id: string): void {
    const fault = this.#faults.get(id);
    if (fault === undefined) return;
    fault.hits += 1;
    for (const wake of fault.waiters) wake();
  }

  /** Waits until the fault was hit more than `after` times; false when the time runs out first. */
  async waitForHit(id: string, after: number, timeoutMs: number): Promise<boolean> {
    const fault = this.#faults.get(id);
    if (fault === undefined || fault.hits > after) return fault !== undefined;
    return new Promise((resolve) => {
      const done = (hit: boolean): void => {
        clearTimeout(timer);
        fault.waiters.delete(wake);
        resolve(hit);
      };
      const wake = (): void => {
        if (fault.hits > after) done(true);
      };
      const timer = setTimeout(() => done(false), timeoutMs);
      fault.waiters.add(wake);
    });
  }

  /** Notes the hit and waits until the fault is released, or `gone` says that nobody waits for the answer any more. */
  async hold(id: string, gone: AbortSignal): Promise<void> {
    const fault = this.#faults.get(id);
    if (fault === undefined || gone.aborted) return;
    await new Promise<void>((resolve) => {
      const release = (): void => {
        fault.releases.delete(release);
        resolve();
      };
      fault.releases.add(release);
      gone.addEventListener('abort', release, { once: true });
      this.hit(id);
    });
  }

  /** Lets go of every request the fault holds now; returns how many. */
  release(id: string): number {
    const releases = [...(this.#faults.get(id)?.releases ?? [])];
    for (const release of releases) release();
    return releases.length;
  }
}

function matches(match: Match, call: Call, sobjects: string[]): boolean {
  if (match.method !== undefined && match.method.toUpperCase() !== call.method) return false;
  if (match.body !== undefined && !call.body.includes(match.body)) return false;
  if (match.sobject !== undefined && !sobjects.some((name) => name.toLowerCase() === match.sobject?.toLowerCase()))
    return false;
  return match.path === undefined || pathMatches(match.path, decoded(call.url));
}

/** A login shows no session that could be refused. */
function isMeantFor(action: Action, call: Call): boolean {
  return action.kind !== 'refuse-sessions' || call.path.startsWith('/services/data/');
}

function pathMatches(wanted: string, url: string): boolean {
  if (url.includes(wanted)) return true;
  try {
    return new RegExp(wanted).test(url);
  } catch {
    return false;
  }
}

/** The URL as a person would write it. */
export function decoded(url: string): string {
  try {
    return decodeURIComponent(url.replaceAll('+', ' '));
  } catch {
    return url;
  }
}

function view({ id, match, times = 1, skip = 0, action, hits, releases }: Fault): FaultView {
  return { id, match, times, skip, action, hits, held: releases.size };
}
