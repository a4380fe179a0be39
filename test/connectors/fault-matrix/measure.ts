/** Cells of the fault matrix, measured: an operation meets a fault in one of its calls, is repeated as it may be, and is looked at. */
import { setTimeout as patience } from 'node:timers/promises';
import type { RowOutcome } from '#connectors/connector.ts';
import { ConnectorError } from '#connectors/errors.ts';
import { connect } from '../salesforce-org.ts';
import { TIMEOUT_MS, type Ending, type Fault } from './faults.ts';
import type { Reading, Whole, Writing } from './operations.ts';
import { openWorld, type Subject, type World } from './world.ts';

export interface Cell {
  operation: Reading | Writing;
  /** Undefined: nothing goes wrong. */
  fault: Fault | undefined;
  /** Which of the operation's calls meets it. */
  place: number;
}

/** What was seen. `rows`: how each subject fared the first time; none when the whole call failed. */
export interface Measured {
  /** Whether a call met the fault. */
  met: boolean | undefined;
  ending: Ending;
  rows: Ending[];
  tookMs: number;
  /** API calls, where nothing went wrong. */
  calls: number | undefined;
  /** How it ended when it was repeated; `done` too when there was nothing to repeat. */
  again: Ending;
  /** In the end. */
  state: unknown;
  wanted: unknown;
}

/** Far more than one deadline and the work, far less than a call without one, or with retries underneath, would take. */
export const PATIENCE_MS = 5 * TIMEOUT_MS;
/** Orgs at a time: answers that stall are waited for together. */
const WORLDS = 16;
const NEVER = Symbol('never');

/** Every cell measured, in the same order; each alone in an org, several orgs at a time. */
export async function measure(cells: Cell[]): Promise<Measured[]> {
  const measured: Measured[] = [];
  const left = [...cells.entries()].toSorted(([, one], [, other]) => waitOf(other) - waitOf(one));
  // Half of them begin with what waits for a deadline, the others with what keeps the processor busy meanwhile.
  const work = async (_: unknown, number: number) => {
    const take = () => (number % 2 === 0 ? left.shift() : left.pop());
    const world = await openWorld();
    try {
      for (let next = take(); next !== undefined; next = take()) {
        const [index, cell] = next;
        measured[index] = await measureOne(world, cell);
      }
    } finally {
      await world.org.close();
    }
  };
  await Promise.all(Array.from({ length: WORLDS }).map(work));
  return measured;
}

function waitOf({ fault }: Cell): number {
  if (fault?.isLate) return 2;
  return fault?.name === 'stalled' ? 1 : 0;
}

async function measureOne(world: World, { operation, fault, place }: Cell): Promise<Measured> {
  const subjects = [await operation.prepare(world), await operation.prepare(world)];
  const { object } = operation;
  const connector = connect(world.org, { timeoutMs: TIMEOUT_MS, ...(object ? { object } : {}) });
  const signsIn = operation.calls[place] === 'sign-in';
  const path = signsIn ? '/services/oauth2/token' : '/services/data/';

  if (!fault) await world.org.clearLog();
  const order = { path, skip: place, lasts: fault?.lasts ?? false };
  const spoilt = fault ? await world.spoil({ ...order, action: fault.action }) : undefined;
  const began = performance.now();
  const first = await attempt(operation, connector, subjects);
  const tookMs = performance.now() - began;
  let met = fault?.isLate ? undefined : await spoilt?.end();
  const calls = fault ? undefined : (await world.org.apiCalls()).length;

  const again = await repeated({ operation, connector, first, signsIn });
  met ??= await spoilt?.end();
  const [state, wanted] =
    'ask' in operation
      ? [again.answer, operation.answer(subjects)]
      : [
          await Promise.all(subjects.map((subject) => operation.state(world, subject))),
          subjects.map((subject) => operation.wanted(subject)),
        ];
  const { ending, rows } = first;
  return { met, ending, rows, tookMs, calls, again: again.ending, state, wanted };
}

interface Tried {
  ending: Ending;
  rows: Ending[];
  /** Those for whom it is not known to be done. */
  left: Subject[];
  answer?: unknown;
}

async function attempt(operation: Reading | Writing, connector: Whole, subjects: Subject[]): Promise<Tried> {
  const giveUp = new AbortController();
  try {
    const result = await Promise.race([
      'ask' in operation ? operation.ask(connector, subjects) : operation.write(connector, subjects),
      patience(PATIENCE_MS, NEVER, { signal: giveUp.signal }),
    ]);
    if (result === NEVER) return { ending: 'never', rows: [], left: subjects };
    if ('ask' in operation) return { ending: 'done', rows: [], left: [], answer: result };
    const rows = endings(result as RowOutcome[], subjects.length);
    const left = subjects.filter((_, index) => rows[index] !== 'done');
    return { ending: rows.find((row) => row !== 'done') ?? 'done', rows, left };
  } catch (error) {
    if (!(error instanceof ConnectorError)) throw error;
    return { ending: error.kind, rows: [], left: subjects };
  } finally {
    giveUp.abort();
  }
}

/** How each subject fared, of whom each has as many rows: done when all of them are; what waiting does not mend comes first. */
function endings(outcomes: RowOutcome[], subjects: number): Ending[] {
  const rowsEach = outcomes.length / subjects;
  return Array.from({ length: subjects }, (_, index): Ending => {
    const kinds = outcomes
      .slice(index * rowsEach, (index + 1) * rowsEach)
      .flatMap((outcome) => (outcome.ok ? [] : [outcome.error.kind]));
    return kinds.find((kind) => kind !== 'transient') ?? kinds[0] ?? 'done';
  });
}

/** As connector.ts says that it is safe; the first try itself when there is nothing to repeat. */
async function repeated(of: {
  operation: Reading | Writing;
  connector: Whole;
  first: Tried;
  signsIn: boolean;
}): Promise<Tried> {
  const { operation, connector, first, signsIn } = of;
  if (first.ending === 'never') return first;
  try {
    // A sign-in that failed is not tried again for a moment, unless somebody asks whether it is mended.
    if (first.ending === 'auth' || signsIn) await connector.verify();
    const left = await toRepeat(operation, connector, first);
    return left.length > 0 ? await attempt(operation, connector, left) : { ...first, ending: 'done' };
  } catch (error) {
    if (!(error instanceof ConnectorError)) throw error;
    return { ...first, ending: error.kind };
  }
}

/** After an unknown outcome what was made is looked for first. */
async function toRepeat(operation: Reading | Writing, connector: Whole, { ending, left }: Tried): Promise<Subject[]> {
  if (ending !== 'unknown-outcome' || !('write' in operation)) return left;
  const made = await Promise.all(left.map(async (subject) => operation.isMade?.(connector, subject)));
  return left.filter((_, index) => made[index] !== true);
}
