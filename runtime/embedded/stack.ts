/**
 * Everything Joinery needs, on one machine, from one command: PostgreSQL, Temporal and the mail catcher, and then our
 * own processes, which the caller names. What the configuration says runs elsewhere is not started.
 *
 * A process that is killed in the middle needs no cleaning up: the servers and children end with it (leash.ts,
 * exit-with-parent.ts), and the next start takes over its lock.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Config, ConnectedConfig, TemporalTarget } from '#runtime/config.ts';
import { findTemporal } from '#runtime/embedded/find-temporal.ts';
import { lockDataDir } from '#runtime/embedded/lock.ts';
import { startMailCatcher } from '#runtime/embedded/mail-catcher.ts';
import { assertPortsFree, type PortUse } from '#runtime/embedded/ports.ts';
import { startPostgres } from '#runtime/embedded/postgres.ts';
import { startChild, type ChildSpec } from '#runtime/embedded/processes.ts';
import { startTemporalServer } from '#runtime/embedded/temporal-server.ts';
import { ownIdentity } from '#runtime/process-identity.ts';
import { loadOrCreateSecrets, removeRunningStack, writeRunningStack } from '#runtime/stack-files.ts';

export interface StackOptions {
  config: Config;
  /** Our own processes, started in this order. `port` is checked before anything starts. */
  children: readonly StackChild[];
  /** One line for the console: what is being started, what died. */
  onProgress: (line: string) => void;
  /** Runs when PostgreSQL and Temporal answer, before the children start: migrations, search attributes. */
  afterServers?: (config: ConnectedConfig) => Promise<void>;
}

interface StackChild extends ChildSpec {
  port?: { port: number; variable: string; host?: string };
}

export interface Stack {
  /** What a person can open in a browser, by the name of the part. */
  urls: Readonly<Record<string, string>>;
  /** Fulfilled with the reason when a server the children cannot do without ends by itself: the caller should stop. */
  broken: Promise<Error>;
  /** Stops everything in reverse order within about 10 s. Safe to repeat. */
  stop(): Promise<void>;
}

/** Where the servers are, embedded or not. */
interface Servers {
  databaseUrl: string;
  temporal: TemporalTarget;
  smtpUrl: string;
  urls: Record<string, string>;
}

const stopWithinMs = 9_000;
const shortestGraceMs = 500;
/** The servers of a stack that was killed need about a second to end. */
const endOfCrashedMs = 10_000;
const logDirOf = (config: Config) => join(config.dataDir, 'logs');

/**
 * Starts the stack and returns when every part is ready. When a part fails, those before it are stopped and its error
 * is thrown. Throws StackRunsError beside a running stack, and PortsBusyError before anything has started.
 */
export async function startStack(options: StackOptions): Promise<Stack> {
  const { config } = options;
  const lock = lockDataDir(config.dataDir);
  const parts = new Parts(logDirOf(config));
  parts.add(() => lock.release());
  try {
    await portsAreFree(portsToUse(options), lock.tookOver ? endOfCrashedMs : 0);
    const servers = await startServers(options, parts);
    const record = (urls: Record<string, string>) => writeRunningStack({ ...stackRecord(config, servers), urls });
    parts.add(() => removeRunningStack(config.dataDir));
    // Children find the servers by this record; their own addresses follow when all are up.
    record(servers.urls);
    await options.afterServers?.(connectedConfig(config, servers));
    const urls = { ...servers.urls, ...(await startChildren(options, parts)) };
    record(urls);
    return { urls, broken: parts.broken, stop: () => parts.stop() };
  } catch (error) {
    await parts.stop();
    throw error;
  }
}

/** What has been started, to be stopped in reverse. */
class Parts {
  readonly broken: Promise<Error>;
  readonly #logDir: string;
  readonly #stops: ((graceMs: number) => Promise<void> | void)[] = [];
  #reportBroken: (reason: Error) => void = () => undefined;
  #stopping: Promise<void> | undefined;

  constructor(logDir: string) {
    this.#logDir = logDir;
    this.broken = new Promise((resolve) => (this.#reportBroken = resolve));
  }

  /** `stop` gets the time that is left before the part must be killed. */
  add(stop: (graceMs: number) => Promise<void> | void): void {
    this.#stops.push(stop);
  }

  addServer(name: string, server: { exited: Promise<void>; stop(): Promise<void> }): void {
    this.add(() => server.stop());
    void server.exited.then(() => {
      if (!this.#stopping) this.#reportBroken(new Error(`${name} ended by itself; its log is in ${this.#logDir}`));
    });
  }

  stop(): Promise<void> {
    return (this.#stopping ??= this.#stopAll());
  }

  async #stopAll(): Promise<void> {
    const deadline = Date.now() + stopWithinMs;
    const failures: unknown[] = [];
    for (const stop of this.#stops.toReversed()) {
      try {
        await stop(Math.max(deadline - Date.now(), shortestGraceMs));
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw new AggregateError(failures, 'stack: some parts could not be stopped');
  }
}

function portsToUse({ config, children }: StackOptions): PortUse[] {
  const { ports } = config;
  const postgres = { name: 'PostgreSQL', port: ports.postgres, variable: 'JOINERY_POSTGRES_PORT' };
  const temporal = [
    { name: 'Temporal', port: ports.temporal, variable: 'JOINERY_TEMPORAL_PORT' },
    { name: 'Temporal UI', port: ports.temporalUi, variable: 'JOINERY_TEMPORAL_UI_PORT' },
  ];
  const mail = [
    { name: 'mail catcher (SMTP)', port: ports.mailSmtp, variable: 'JOINERY_MAIL_SMTP_PORT' },
    { name: 'mail catcher (page)', port: ports.mailHttp, variable: 'JOINERY_MAIL_HTTP_PORT' },
  ];
  return [
    ...(config.databaseUrl ? [] : [postgres]),
    ...(config.temporal ? [] : temporal),
    ...(config.mail.smtpUrl ? [] : mail),
    ...children.flatMap(({ name, port }) => (port ? [{ name, ...port }] : [])),
  ];
}

async function portsAreFree(ports: PortUse[], waitMs: number): Promise<void> {
  const deadline = Date.now() + waitMs;
  for (;;) {
    try {
      await assertPortsFree(ports);
      return;
    } catch (error) {
      if (Date.now() >= deadline) throw error;
      await delay(100);
    }
  }
}

async function startServers({ config, onProgress }: StackOptions, parts: Parts): Promise<Servers> {
  mkdirSync(logDirOf(config), { recursive: true, mode: 0o700 });
  const urls: Record<string, string> = {};
  let { databaseUrl, temporal } = config;
  let { smtpUrl } = config.mail;

  const secrets = loadOrCreateSecrets(config.dataDir);
  if (!databaseUrl) {
    onProgress('starting PostgreSQL');
    const server = await startPostgres({
      dataDir: join(config.dataDir, 'postgres'),
      port: config.ports.postgres,
      password: secrets.postgresPassword,
      logFile: join(logDirOf(config), 'postgres.log'),
    });
    parts.addServer('PostgreSQL', server);
    databaseUrl = server.url;
  }
  if (!temporal) {
    const { path: executable } = await findTemporal({ cacheDir: config.cacheDir, onProgress });
    onProgress(`starting Temporal (${executable})`);
    const server = await startTemporalServer({
      executable,
      port: config.ports.temporal,
      uiPort: config.ports.temporalUi,
      dbFile: join(config.dataDir, 'temporal.sqlite'),
      logFile: join(logDirOf(config), 'temporal.log'),
    });
    parts.addServer('Temporal', server);
    const { address, namespace } = server;
    temporal = { address, namespace, connectionOptions: { address } };
    if (server.uiUrl) urls['temporal'] = server.uiUrl;
  }
  if (!smtpUrl) {
    const { mailSmtp: smtpPort, mailHttp: httpPort } = config.ports;
    const mail = await startMailCatcher({ smtpPort, httpPort, host: '127.0.0.1', dir: join(config.dataDir, 'mail') });
    parts.add(() => mail.close());
    smtpUrl = mail.smtpUrl;
    urls['mail'] = mail.url;
  }
  return { databaseUrl, temporal, smtpUrl, urls };
}

async function startChildren({ config, children, onProgress }: StackOptions, parts: Parts) {
  const urls: Record<string, string> = {};
  for (const { port: _checked, ...spec } of children) {
    onProgress(`starting ${spec.name}`);
    const env = { JOINERY_DATA_DIR: config.dataDir, ...spec.env };
    const child = await startChild({ ...spec, env }, { logDir: logDirOf(config), onProgress });
    parts.add((graceMs) => child.stop(graceMs));
    const { url } = child.ready();
    if (url) urls[spec.name] = url;
  }
  return urls;
}

function stackRecord(config: Config, servers: Servers) {
  return {
    ...ownIdentity(),
    databaseUrl: servers.databaseUrl,
    temporalAddress: servers.temporal.address,
    temporalNamespace: servers.temporal.namespace,
    smtpUrl: servers.smtpUrl,
    dataDir: config.dataDir,
    logDir: logDirOf(config),
  };
}

function connectedConfig(config: Config, { databaseUrl, temporal, smtpUrl }: Servers): ConnectedConfig {
  const secrets = loadOrCreateSecrets(config.dataDir);
  return {
    ...config,
    databaseUrl,
    temporal,
    mail: { ...config.mail, smtpUrl },
    hrSecret: config.hrSecret ?? secrets.hrSecret,
    secretKey: config.secretKey ?? Buffer.from(secrets.secretKey, 'base64'),
  };
}
