/** A Temporal dev server with its UI, on 127.0.0.1, keeping its data in a file or in memory. */
import { setTimeout as delay } from 'node:timers/promises';
import { Connection } from '@temporalio/client';
import { leash, tailOf } from '#runtime/embedded/leash.ts';
import { freePort } from '#runtime/embedded/ports.ts';

export interface TemporalServerOptions {
  /** The Temporal CLI. */
  executable: string;
  /** Port of the frontend; 0 picks a free one. */
  port: number;
  /** Port of the UI; 0 picks a free one; without it there is no UI. */
  uiPort?: number;
  /** File that keeps the workflows; without it they live in memory and end with the server. */
  dbFile?: string;
  namespace?: string;
  logFile: string;
  /** Further arguments of `temporal server start-dev`, such as `--dynamic-config-value`, for tests. */
  extraArgs?: readonly string[];
}

export interface TemporalServer {
  /** host:port of the frontend. */
  address: string;
  namespace: string;
  uiUrl: string | undefined;
  /** Fulfilled when the server has ended, asked or not. */
  exited: Promise<void>;
  /** Stops the server. Safe to repeat. */
  stop(): Promise<void>;
}

const readyWithinMs = 60_000;
const graceMs = 5_000;

/** Starts the server and returns when its frontend answers. Throws with the end of its log when it does not in 60 s. */
export async function startTemporalServer(options: TemporalServerOptions): Promise<TemporalServer> {
  const port = options.port || (await freePort());
  const uiPort = options.uiPort === 0 ? await freePort() : options.uiPort;
  const namespace = options.namespace ?? 'default';
  const server = leash({
    command: options.executable,
    args: serverArguments({ ...options, port, namespace }, uiPort),
    stopSignal: 'TERM',
    logFile: options.logFile,
  });
  const address = `127.0.0.1:${port}`;
  try {
    await answers(address, namespace, () => server.hasExited());
  } catch (cause) {
    await server.stop(graceMs);
    throw new Error(
      `temporal: start the server on ${address}: ${(cause as Error).message}. Its log, ${options.logFile}, ends with:\n` +
        tailOf(options.logFile),
      { cause },
    );
  }
  return {
    address,
    namespace,
    uiUrl: uiPort === undefined ? undefined : `http://127.0.0.1:${uiPort}`,
    exited: server.exited,
    stop: () => server.stop(graceMs),
  };
}

function serverArguments(options: TemporalServerOptions & { namespace: string }, uiPort: number | undefined): string[] {
  // One partition a queue shortens the tail (1.75 s to 1.0 s); the pragmas double what a database file can take.
  const partitions = ['Read', 'Write'].map((kind) => `--dynamic-config-value=matching.numTaskqueue${kind}Partitions=1`);
  const pragmas = ['--sqlite-pragma=journal_mode=WAL', '--sqlite-pragma=synchronous=NORMAL'];
  return [
    'server',
    'start-dev',
    '--ip=127.0.0.1',
    `--port=${options.port}`,
    `--namespace=${options.namespace}`,
    '--log-level=error',
    '--log-format=json',
    ...(uiPort === undefined
      ? ['--headless']
      : [`--ui-port=${uiPort}`, '--ui-ip=127.0.0.1', '--ui-disable-news-fetch']),
    ...(options.dbFile ? [`--db-filename=${options.dbFile}`, ...pragmas] : []),
    ...partitions,
    ...(options.extraArgs ?? []),
  ];
}

/** Returns when the namespace can be described, which is after the frontend has opened its port. */
async function answers(address: string, namespace: string, hasExited: () => boolean): Promise<void> {
  const deadline = Date.now() + readyWithinMs;
  const connection = Connection.lazy({ address });
  try {
    for (;;) {
      try {
        const answer = () => connection.workflowService.describeNamespace({ namespace });
        await connection.withDeadline(Date.now() + 1_000, answer);
        return;
      } catch (error) {
        if (hasExited()) throw new Error('it ended at once', { cause: error });
        if (Date.now() > deadline) throw new Error('it does not answer within 60 s', { cause: error });
        await delay(50);
      }
    }
  } finally {
    await connection.close();
  }
}
