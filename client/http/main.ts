/** The HTTP server process: `joinery serve`. Takes HR events, relays them, answers the API. */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { serve } from '@hono/node-server';
import { openDirectory } from '#directory/database.ts';
import { createSealer } from '#directory/sealing.ts';
import { loadConfig, requireStack } from '#runtime/config.ts';
import { exitWithParent } from '#runtime/embedded/exit-with-parent.ts';
import { createLogger } from '#runtime/logger.ts';
import { connectTemporal } from '#runtime/temporal.ts';
import { createRelay } from '../relay.ts';
import { createApp } from './app.ts';

try {
  await run();
} catch (error) {
  process.stderr.write(`joinery serve: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}

/** Returns when it listens; from then on signals end the process. */
async function run(): Promise<void> {
  const config = requireStack(loadConfig());
  const { hrSecret, secretKey, http } = config;
  if (!hrSecret || !secretKey) throw new Error('set JOINERY_HR_SECRET and JOINERY_SECRET_KEY, or start with npm start');
  exitWithParent(process.argv);

  const log = createLogger({ level: config.logLevel, name: 'http' });
  const directory = openDirectory(config.databaseUrl);
  const { connection, client: temporal } = await connectTemporal(config);
  const relay = createRelay({ directory, temporal, taskQueue: config.taskQueue, log });
  const app = createApp({
    directory,
    temporal,
    taskQueue: config.taskQueue,
    sealer: createSealer(secretKey, config.oldSecretKeys),
    hrSecret,
    defaultTimeZone: config.timeZone,
    largestImport: config.largestImport,
    log,
    onAccepted: () => relay.wake(),
  });
  await relay.start();
  const server = serve({ fetch: app.fetch, hostname: http.host, port: http.port });
  // Rejects when the address can not be listened on.
  await once(server, 'listening');

  let stopping = false;
  const stop = async () => {
    if (stopping) return;
    stopping = true;
    server.close();
    await relay.stop();
    await connection.close();
    await directory.end({ timeout: 5 });
    process.exit(0);
  };
  process.on('SIGTERM', () => void stop());
  process.on('SIGINT', () => void stop());
  const { address, port } = server.address() as AddressInfo;
  const url = `http://${address.includes(':') ? `[${address}]` : address}:${port}`;
  process.stdout.write(`${JSON.stringify({ ready: true, url })}\n`);
}
