/** A stack of a bench's own: every server and process that Joinery needs, in a folder and on ports of its own, gone afterwards. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Client } from '@temporalio/client';
import { startJoinery } from '#client/cli/stack.ts';
import { openDirectory, type Sql } from '#directory/database.ts';
import { freePort } from '#runtime/embedded/ports.ts';
import { startChild } from '#runtime/embedded/processes.ts';
import { connectTemporal } from '#runtime/temporal.ts';
import { requireStack } from '#runtime/config.ts';
import { pidOf } from './memory.ts';

export interface OwnStack {
  directory: Sql;
  temporal: Client;
  taskQueue: string;
  simulator: string;
  logs: string;
  /** The process ids of its parts. */
  pids: Record<'worker' | 'simulator' | 'temporal' | 'postgres', number>;
  /** One more simulator like the stack's: an org of its own. Its address. */
  anotherOrg(): Promise<{ url: string; pid: number }>;
}

const ENDED_BY = { SIGINT: 130, SIGTERM: 143 } as const;

/** Runs with a stack that is empty, and stops and removes it, on Ctrl-C too. Resolves with the exit code that `run` answers. */
export async function withOwnStack(run: (stack: OwnStack) => Promise<number>): Promise<number> {
  const dataDir = await mkdtemp(join(tmpdir(), 'joinery-bench-'));
  const cleanups: (() => Promise<unknown>)[] = [() => rm(dataDir, { recursive: true, force: true })];
  let cleaning: Promise<void> | undefined;
  const cleanUp = (): Promise<void> => (cleaning ??= inTurn(cleanups.toReversed()));
  for (const [signal, code] of Object.entries(ENDED_BY))
    process.once(signal, () => void cleanUp().finally(() => process.exit(code)));
  try {
    await takeOwnPlace(dataDir);
    const { stack, config } = await startJoinery(say);
    cleanups.push(() => stack.stop());
    const { databaseUrl, temporal, taskQueue } = requireStack(config);
    const directory = openDirectory(databaseUrl, 4);
    cleanups.push(() => directory.end({ timeout: 5 }));
    const { client, connection } = await connectTemporal({ temporal });
    cleanups.push(() => connection.close());
    const logs = join(dataDir, 'logs');
    return await run({
      directory,
      temporal: client,
      taskQueue,
      simulator: stack.urls['salesforce-simulator'] ?? '',
      logs,
      pids: {
        worker: await pidOf('worker/main.ts'),
        simulator: await pidOf('simulators/salesforce/main.ts'),
        // The shell that holds each of the two on its leash is the child; the program is its child.
        temporal: await pidOf('start-dev', await pidOf('start-dev')),
        postgres: await pidOf('bin/postgres', await pidOf('bin/postgres')),
      },
      async anotherOrg() {
        const entry = fileURLToPath(new URL('../../simulators/salesforce/main.ts', import.meta.url));
        const args = ['--port', '0', '--file', join(dataDir, 'another-org.jsonl')];
        const child = await startChild({ name: 'another-org', entry, args }, { logDir: logs, onProgress: say });
        cleanups.push(() => child.stop(5_000));
        return { url: child.ready().url ?? '', pid: child.pid() ?? 0 };
      },
    });
  } finally {
    await cleanUp();
  }
}

/** Nothing that is configured here is used, and the stack's processes inherit what they are to use. */
async function takeOwnPlace(dataDir: string): Promise<void> {
  const theirs = /^(JOINERY_(?!CACHE_DIR$)|TEMPORAL_|DATABASE_URL$|SMTP_URL$)/;
  for (const name of Object.keys(process.env).filter((each) => theirs.test(each))) delete process.env[name];
  const parts = ['POSTGRES', 'TEMPORAL', 'TEMPORAL_UI', 'MAIL_SMTP', 'MAIL_HTTP', 'HTTP', 'SIMULATOR'];
  for (const part of parts) process.env[`JOINERY_${part}_PORT`] = String(await freePort());
  process.env['JOINERY_DATA_DIR'] = dataDir;
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

async function inTurn(steps: (() => Promise<unknown>)[]): Promise<void> {
  for (const step of steps) await step();
}
