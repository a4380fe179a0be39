import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import postgres from 'postgres';
import { afterEach, expect, it } from 'vitest';
import { startPostgres, type Postgres } from '#runtime/embedded/postgres.ts';
import { commandOf } from '#runtime/process-identity.ts';
import { eventually, isAlive, scratchDir, scratchModule } from './scratch.ts';

const servers: Postgres[] = [];
afterEach(() => Promise.all(servers.splice(0).map((server) => server.stop())));

it('is PostgreSQL 18 with a database of ours, in Unicode', async () => {
  const { url } = await started(scratchDir());
  expect(new URL(url).pathname).toBe('/joinery');
  const [facts] = await ask(
    url,
    'select current_setting($$server_version$$) v, upper($$åł€$$) u, current_database() d',
  );
  expect(facts).toMatchObject({ v: expect.stringMatching(/^18\./) as string, u: 'ÅŁ€', d: 'joinery' });
});

it('keeps its data over restarts', async () => {
  const folder = scratchDir();
  const first = await started(folder);
  await ask(first.url, 'create table kept as select 42 as answer');
  await first.stop();
  const second = await started(folder);
  expect(await ask(second.url, 'select answer from kept')).toEqual([{ answer: 42 }]);
});

it('lets nobody in without the password, and listens on 127.0.0.1 only', async () => {
  const { url } = await started(scratchDir());
  const stranger = new URL(url);
  stranger.password = 'wrong';
  await expect(ask(stranger.href, 'select 1')).rejects.toMatchObject({ code: '28P01' });
  expect(await ask(url, 'show listen_addresses')).toEqual([{ listen_addresses: '127.0.0.1' }]);
  expect(await ask(url, 'show unix_socket_directories')).toEqual([{ unix_socket_directories: '' }]);
});

it('says that the password belongs to other data, instead of waiting', async () => {
  const folder = scratchDir();
  await (await started(folder)).stop();
  await expect(started(folder, 'another password')).rejects.toThrow(
    /secrets\.json is not the one this data was made with/,
  );
});

it('names its folder and shows its log when it cannot start', async () => {
  const folder = scratchDir();
  await (await started(folder)).stop();
  writeFileSync(join(folder, 'data', 'postgresql.conf'), 'no_such_setting = 1\n');
  await expect(started(folder)).rejects.toThrow(/postgres: start on .*data.*it ended at once.*no_such_setting/s);
});

it('ends with a process that is killed, and starts again on the same data', async () => {
  const folder = scratchDir();
  const entry = scratchModule(`
    import { startPostgres } from '#runtime/embedded/postgres.ts';
    await startPostgres(${JSON.stringify(optionsFor(folder))});
    console.log('up');
    setInterval(() => undefined, 1000);
  `);
  const owner = spawn(process.execPath, ['--import', 'tsx', entry], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(owner.stdout, 'data');
  const server = postmasterPid(folder);
  owner.kill('SIGKILL');
  await eventually('the server ended with its owner', () => !isAlive(server));
  const { url } = await started(folder);
  expect(await ask(url, 'select 1 as one')).toEqual([{ one: 1 }]);
});

it('stops a server that was left behind on its data', async () => {
  const folder = scratchDir();
  const left = await startPostgres(optionsFor(folder));
  const leftPid = postmasterPid(folder);
  const { url } = await started(folder);
  expect(await ask(url, 'select 1 as one')).toEqual([{ one: 1 }]);
  expect(postmasterPid(folder)).not.toBe(leftPid);
  await left.exited;
});

it('starts although the noted pid belongs to another program now, and leaves that alone', async () => {
  const folder = scratchDir();
  await (await started(folder)).stop();
  const note = join(folder, 'data', 'postmaster.pid');
  writeFileSync(note, `${process.pid}\n${join(folder, 'data')}\n`);
  await started(folder);
  expect(commandOf(postmasterPid(folder))).toContain('postgres');
  expect(existsSync(note)).toBe(true);
});

function optionsFor(folder: string, password = 'p@ss/wörd') {
  return { dataDir: join(folder, 'data'), port: 0, password, logFile: join(folder, 'log'), durable: false };
}

async function started(folder: string, password?: string): Promise<Postgres> {
  const server = await startPostgres(optionsFor(folder, password));
  servers.push(server);
  return server;
}

async function ask(url: string, query: string): Promise<readonly object[]> {
  const sql = postgres(url, { max: 1 });
  try {
    return [...(await sql.unsafe(query))];
  } finally {
    await sql.end();
  }
}

function postmasterPid(folder: string): number {
  return Number(readFileSync(join(folder, 'data', 'postmaster.pid'), 'utf8').split('\n')[0]);
}
