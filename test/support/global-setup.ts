/** Servers that all tests share: one PostgreSQL, one Temporal development server. Each test file takes its own part of them. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { loadConfig } from '#runtime/config.ts';
import { findTemporal, findTestServer } from '#runtime/embedded/find-temporal.ts';
import { startPostgres } from '#runtime/embedded/postgres.ts';
import { startTemporalServer } from '#runtime/embedded/temporal-server.ts';
import { connectTemporal, registerSearchAttributes } from '#runtime/temporal.ts';
import { SEARCH_ATTRIBUTES } from '#workflows/ids.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The superuser's database; make your own with `freshDirectory()`. */
    postgresUrl: string;
    temporalAddress: string;
    /** Executable of the time-skipping server. */
    testServer: string;
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'joinery-test-'));
  const { cacheDir } = loadConfig({});
  const executable = async () => {
    const found = await findTemporal({ cacheDir });
    if (found.kind !== 'executable') throw new Error('tests start their own Temporal server');
    return found.path;
  };
  const [postgres, temporal, testServer] = await Promise.all([
    startPostgres({
      dataDir: join(folder, 'postgres'),
      port: 0,
      password: 'test',
      logFile: join(folder, 'postgres.log'),
      durable: false,
    }),
    executable().then((path) =>
      startTemporalServer({ executable: path, port: 0, logFile: join(folder, 'temporal.log') }),
    ),
    findTestServer({ cacheDir }),
  ]);
  const { address, namespace } = temporal;
  const { connection } = await connectTemporal({ temporal: { address, namespace, connectionOptions: { address } } });
  await registerSearchAttributes(connection, namespace, SEARCH_ATTRIBUTES);
  await connection.close();

  project.provide('postgresUrl', postgres.url);
  project.provide('temporalAddress', address);
  project.provide('testServer', testServer.path);
  return async () => {
    await Promise.all([postgres.stop(), temporal.stop()]);
    await rm(folder, { recursive: true, force: true });
  };
}
