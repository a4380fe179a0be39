import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import postgres from 'postgres';
import { afterEach, expect, it } from 'vitest';
import { loadConfig, requireStack, type Config } from '#runtime/config.ts';
import { StackRunsError } from '#runtime/embedded/lock.ts';
import { freePort, PortsBusyError } from '#runtime/embedded/ports.ts';
import { startStack, type Stack, type StackOptions } from '#runtime/embedded/stack.ts';
import { connectTemporal } from '#runtime/temporal.ts';
import { isAlive, scratchDir, scratchModule } from './scratch.ts';

const stacks: Stack[] = [];
afterEach(() => Promise.all(stacks.splice(0).map((stack) => stack.stop())));

/** A child that says what it finds in its own configuration. */
const reporter = scratchModule(`
  import { loadConfig, requireStack } from '#runtime/config.ts';
  import { exitWithParent } from '#runtime/embedded/exit-with-parent.ts';
  exitWithParent(process.argv);
  process.on('SIGTERM', () => process.exit(0));
  setInterval(() => undefined, 1000);
  const config = requireStack(loadConfig());
  console.log(JSON.stringify({ ready: true, url: 'http://127.0.0.1:1/' + config.temporal.address, pid: process.pid }));
`);

it('starts the servers, then the hook, then the children, and is found from elsewhere until it stops', async () => {
  const config = await configFor(scratchDir());
  const order: string[] = [];
  const stack = await started(config, {
    onProgress: (line) => order.push(line),
    afterServers: async (connected) => {
      order.push('hook');
      const sql = postgres(connected.databaseUrl, { max: 1 });
      await sql`create table migrated (at timestamptz)`;
      await sql.end();
    },
  });
  expect(order.map((line) => line.split(' (')[0])).toEqual([
    'starting PostgreSQL',
    'starting Temporal',
    'hook',
    'starting reporter',
  ]);
  expect(stack.urls).toMatchObject({
    temporal: `http://127.0.0.1:${config.ports.temporalUi}`,
    mail: `http://127.0.0.1:${config.ports.mailHttp}`,
    reporter: `http://127.0.0.1:1/127.0.0.1:${config.ports.temporal}`,
  });

  const elsewhere = requireStack(loadConfig({ JOINERY_DATA_DIR: config.dataDir }));
  expect(elsewhere.running?.urls).toEqual(stack.urls);
  const { client, connection } = await connectTemporal(elsewhere);
  expect((await client.workflow.count()).count).toBe(0);
  await connection.close();
  const sql = postgres(elsewhere.databaseUrl, { max: 1 });
  expect(await sql`select count(*)::int as n from migrated`).toMatchObject([{ n: 0 }]);
  await sql.end();

  const startedAt = Date.now();
  await Promise.all([stack.stop(), stack.stop()]);
  expect(Date.now() - startedAt).toBeLessThan(10_000);
  expect(loadConfig({ JOINERY_DATA_DIR: config.dataDir }).running).toBeUndefined();
  await expect(postgres(elsewhere.databaseUrl, { connect_timeout: 1 })`select 1`).rejects.toThrow('ECONNREFUSED');
});

it('refuses to start beside a running one, whose process and address it names', async () => {
  const config = await configFor(scratchDir());
  await started(config);
  const second = startStack({ config, children: [], onProgress: () => undefined });
  await expect(second).rejects.toBeInstanceOf(StackRunsError);
  await expect(second).rejects.toThrow(`process ${process.pid}`);
  await expect(second).rejects.toThrow(`mail: http://127.0.0.1:${config.ports.mailHttp}`);
});

it('starts nothing when ports are busy, and can be started once they are free', async () => {
  const config = await configFor(scratchDir());
  const blocker = createServer().listen(config.ports.mailSmtp, '127.0.0.1');
  await once(blocker, 'listening');
  await expect(started(config)).rejects.toBeInstanceOf(PortsBusyError);
  expect(existsSync(join(config.dataDir, 'postgres'))).toBe(false);
  blocker.close();
  await once(blocker, 'close');
  await started(config);
});

it('stops what it has started when a later part fails', async () => {
  const config = await configFor(scratchDir());
  const failing = started(config, { afterServers: () => Promise.reject(new Error('migration 7 failed')) });
  await expect(failing).rejects.toThrow('migration 7 failed');
  const stack = await started(config);
  expect(stack.urls).toHaveProperty('reporter');
});

it('starts no server that the configuration says is elsewhere', async () => {
  const servers = await configFor(scratchDir());
  await started(servers);
  const there = requireStack(loadConfig({ JOINERY_DATA_DIR: servers.dataDir }));
  const own = await configFor(scratchDir());
  const config = {
    ...own,
    databaseUrl: there.databaseUrl,
    temporal: there.temporal,
    mail: { ...own.mail, smtpUrl: 'smtp://mail.example:25' },
  };
  const lines: string[] = [];
  const stack = await started(config, { onProgress: (line) => lines.push(line) });
  expect(lines).toEqual(['starting reporter']);
  expect(Object.keys(stack.urls)).toEqual(['reporter']);
});

it('reports that it is broken when a server ends by itself', async () => {
  const config = await configFor(scratchDir());
  const stack = await started(config);
  const pid = Number(readFileSync(join(config.dataDir, 'postgres', 'postmaster.pid'), 'utf8').split('\n')[0]);
  process.kill(pid, 'SIGINT');
  expect((await stack.broken).message).toContain('PostgreSQL ended by itself');
});

it('leaves nothing running when its process is killed, and the next start needs no cleaning up', async () => {
  const config = await configFor(scratchDir());
  const entry = scratchModule(`
    import { startStack } from '#runtime/embedded/stack.ts';
    const children = [{ name: 'reporter', entry: ${JSON.stringify(reporter)} }];
    await startStack({ config: ${JSON.stringify(config)}, children, onProgress: () => undefined });
    console.log('up');
  `);
  const owner = spawn(process.execPath, ['--import', 'tsx', entry], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(owner.stdout, 'data');
  const first = reporterPid(config);
  owner.kill('SIGKILL');
  await once(owner, 'exit');
  const stack = await started(config);
  expect(isAlive(first)).toBe(false);
  expect(stack.urls).toHaveProperty('reporter');
});

async function configFor(dataDir: string): Promise<Config> {
  const config = loadConfig({ JOINERY_DATA_DIR: dataDir });
  const ports = { ...config.ports };
  for (const name of Object.keys(ports) as (keyof typeof ports)[]) ports[name] = await freePort();
  return { ...config, ports };
}

async function started(config: Config, options: Partial<StackOptions> = {}): Promise<Stack> {
  const children = [{ name: 'reporter', entry: reporter }];
  const stack = await startStack({ config, children, onProgress: () => undefined, ...options });
  stacks.push(stack);
  return stack;
}

/** The pid that the reporter wrote to its log. */
function reporterPid(config: Config): number {
  const log = readFileSync(join(config.dataDir, 'logs', 'reporter.log'), 'utf8');
  return (JSON.parse(log) as { pid: number }).pid;
}
