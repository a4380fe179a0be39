/** The relay: brings stored HR events to their lanes, in order of acceptance, whatever crashed in between. */
import type { Client } from '@temporalio/client';
import type { Logger } from '#runtime/logger.ts';
import { markSignalled, unsignalledHrEvents, unsignalledOfLeavers, type HrEventRecord } from '#directory/hr-events.ts';
import type { Sql } from '#directory/database.ts';
import { messagesByPerson, signal, type Message } from './lane-signals.ts';
import { recoverLost } from './lost-lanes.ts';

export interface RelayOptions {
  directory: Sql;
  temporal: Client;
  taskQueue: string;
  log: Pick<Logger, 'info' | 'warn'>;
}

export interface Relay {
  /** Signals everything that waits now. One relay works at a time, over all processes. Answers how many were signalled. */
  drain(): Promise<number>;
  /** Drains soon, without waiting for it; what goes wrong is logged and tried again. */
  wake(): void;
  /** Keeps draining: at once when something is stored, and every second in case nobody said so. */
  start(): Promise<void>;
  /** Ends after the drain at work. */
  stop(): Promise<void>;
}

/** Half a second's work: a leaver that comes while a file is brought to its lanes waits no longer than that. */
const PAGE = 32;
const AT_ONCE = 16;
const POLL_MS = 1_000;
const RECOVER_MS = 60_000;
const LOCK = 7_065_718;

/**
 * A crash between a signal and its note signals again later; a lane takes the same message twice as once, and an event
 * that was carried out is not carried out again. What can not be signalled stays, and does not hold up other people.
 */
export function createRelay({ directory, temporal, taskQueue, log }: RelayOptions): Relay {
  let timer: NodeJS.Timeout | undefined;
  let recovery: NodeJS.Timeout | undefined;
  let listening: { unlisten(): Promise<void> } | undefined;
  let draining: Promise<number> | undefined;
  let again = false;
  let stopped = false;
  let complained = false;

  const drainOnce = async (): Promise<number> => {
    const connection = await directory.reserve();
    try {
      await connection`select pg_advisory_lock(${LOCK})`;
      const stuck = new Set<string>();
      let signalled = 0;
      for (let after = 0; ;) {
        const records = await unsignalledHrEvents(directory, after, PAGE);
        signalled += await signalAll(records, stuck);
        const last = records.at(-1);
        if (!last || records.length < PAGE) return signalled;
        after = last.sequence;
        signalled += await signalAll(await unsignalledOfLeavers(directory, [...stuck], PAGE), stuck);
      }
    } finally {
      await connection`select pg_advisory_unlock(${LOCK})`.catch(() => undefined);
      connection.release();
    }
  };

  const signalAll = async (page: HrEventRecord[], stuck: Set<string>): Promise<number> => {
    const records = page.filter(({ employeeNumber }) => !stuck.has(employeeNumber));
    if (records.length === 0) return 0;
    const lanes = [...(await messagesByPerson(directory, records)).values()];
    const done: string[] = [];
    const takeLanes = async () => {
      for (let lane = lanes.shift(); lane; lane = lanes.shift()) done.push(...(await signalLane(lane, stuck)));
    };
    await Promise.all(Array.from({ length: AT_ONCE }, takeLanes));
    await markSignalled(directory, done);
    return done.length;
  };

  /** One person's messages in order; the first that fails keeps the ones behind it, also those of later pages. */
  const signalLane = async (messages: Message[], stuck: Set<string>): Promise<string[]> => {
    const done: string[] = [];
    for (const message of messages) {
      try {
        await signal(temporal, taskQueue, message);
        done.push(message.record.id);
        complained = false;
      } catch (error) {
        if (!complained)
          log.warn({ hrEvent: message.record.id, err: error }, 'an HR event could not be signalled; it is tried again');
        complained = true;
        stuck.add(message.record.employeeNumber);
        break;
      }
    }
    return done;
  };

  const drain = async (): Promise<number> => {
    if (draining) {
      again = true;
      return draining;
    }
    draining = (async () => {
      let count = 0;
      do {
        again = false;
        count += await drainOnce();
      } while (again);
      return count;
    })().finally(() => (draining = undefined));
    return draining;
  };

  const wake = () => {
    if (stopped) return;
    void drain().catch((error: unknown) => {
      if (!complained) log.warn({ err: error }, 'the relay can not reach the directory; it tries again');
      complained = true;
    });
  };

  const recover = () => {
    void recoverLost(directory, temporal)
      .then((ids) => {
        if (ids.length === 0) return;
        log.warn({ hrEvents: ids }, 'the lanes of these HR events were lost; they are signalled again');
        wake();
      })
      .catch((error: unknown) => log.warn({ err: error }, 'lost lanes could not be looked for; it is tried again'));
  };

  return {
    drain,
    wake,
    async start() {
      timer = setInterval(wake, POLL_MS);
      recovery = setInterval(recover, RECOVER_MS);
      listening = await directory.listen('joinery_hr_event', wake);
      wake();
    },
    async stop() {
      stopped = true;
      clearInterval(timer);
      clearInterval(recovery);
      await listening?.unlisten().catch(() => undefined);
      await draining?.catch(() => undefined);
    },
  };
}
