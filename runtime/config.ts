/**
 * Every setting of Joinery, read once and checked before any work is done. Nothing else reads the environment.
 *
 * A value comes from the environment; failing that from the files of a stack running in the data directory
 * (`stack.json`, `secrets.json`), so that a command in another terminal finds it without flags; failing that from
 * the default written here.
 */
import { resolve } from 'node:path';
import { homedir } from 'node:os';
import { loadClientConnectConfig, type ClientConnectConfig } from '@temporalio/envconfig';
import { z } from 'zod';
import { readRunningStack, readSecrets, type RunningStack } from '#runtime/stack-files.ts';

/** How to reach Temporal: address, TLS and API key as the SDK's connections take them. */
export interface TemporalTarget {
  address: string;
  namespace: string;
  connectionOptions: ClientConnectConfig['connectionOptions'];
}

export interface Config {
  /** Absolute path of the folder that keeps everything the embedded stack stores. */
  dataDir: string;
  /** Absolute path of the folder that keeps downloaded programs; shared by every data directory of this user. */
  cacheDir: string;
  /** Where PostgreSQL is; undefined when none is configured and no stack runs. */
  databaseUrl: string | undefined;
  /** Where Temporal is; undefined when none is configured and no stack runs. */
  temporal: TemporalTarget | undefined;
  /** The task queue that workers listen on. */
  taskQueue: string;
  http: { host: string; port: number };
  /** The most bytes of a file that is imported over HTTP. */
  largestImport: number;
  /** Signs HR webhooks; undefined until it is set or a stack has generated it. */
  hrSecret: string | undefined;
  /** 32 bytes that seal stored credentials; undefined until set or generated. */
  secretKey: Uint8Array | undefined;
  /** Keys that sealed before it and still open; the data directory's own is among them when another was set. */
  oldSecretKeys: readonly Uint8Array[];
  mail: { smtpUrl: string | undefined; from: string; alarmTo: string | undefined };
  logLevel: 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent';
  /** Ports of the embedded parts, on 127.0.0.1. */
  ports: {
    postgres: number;
    temporal: number;
    temporalUi: number;
    simulator: number;
    mailSmtp: number;
    mailHttp: number;
  };
  /** IANA name of the zone for people who have none of their own. */
  timeZone: string;
  /** The stack that runs in the data directory now, if one does. */
  running: RunningStack | undefined;
}

/** A configuration in which the database and Temporal are known. */
export type ConnectedConfig = Config & { databaseUrl: string; temporal: TemporalTarget };

/** The environment holds values that cannot be used. The message names every one of them and prints no value. */
export class ConfigError extends Error {
  override name = 'ConfigError' as const;
  /** The names of the variables at fault. */
  variables: readonly string[];

  constructor(faults: readonly { variable: string; fault: string }[], options?: ErrorOptions) {
    super(`configuration: ${faults.map((f) => `${f.variable} ${f.fault}`).join('; ')}`, options);
    this.variables = faults.map((f) => f.variable);
  }
}

/** A command needs PostgreSQL and Temporal, and none is configured or running. */
export class NothingRunsError extends Error {
  override name = 'NothingRunsError' as const;

  constructor(missing: readonly string[], dataDir: string) {
    super(
      `nothing runs: start with npm start or set DATABASE_URL and TEMPORAL_ADDRESS ` +
        `(missing: ${missing.join(', ')}; no stack runs in ${dataDir})`,
    );
  }
}

const port = (fallback: number) =>
  z
    .string()
    .regex(/^\d{1,5}$/, 'must be a port number from 0 to 65535')
    .transform(Number)
    .refine((n) => n <= 65_535, 'must be a port number from 0 to 65535')
    .default(fallback);

const url = (protocols: readonly string[]) =>
  z
    .string()
    .refine(
      (text) => URL.canParse(text) && protocols.includes(new URL(text).protocol),
      `must be a URL beginning with ${protocols.map((p) => `${p}//`).join(' or ')}`,
    )
    .optional();

const environment = z.object({
  JOINERY_DATA_DIR: z.string().default('.joinery'),
  JOINERY_CACHE_DIR: z.string().default(resolve(homedir(), '.cache', 'joinery')),
  /** Required in production; a laptop's stack starts its own PostgreSQL without it. */
  DATABASE_URL: url(['postgres:', 'postgresql:']),
  /** Required in production, or TEMPORAL_PROFILE. The other TEMPORAL_* variables are read by Temporal's envconfig. */
  TEMPORAL_ADDRESS: z
    .string()
    .regex(/^[^\s/]+:\d+$/, 'must be host:port')
    .optional(),
  TEMPORAL_NAMESPACE: z.string().default('default'),
  TEMPORAL_PROFILE: z.string().optional(),
  TEMPORAL_CONFIG_FILE: z.string().optional(),
  JOINERY_TASK_QUEUE: z.string().default('joinery'),
  JOINERY_HTTP_HOST: z.string().default('127.0.0.1'),
  JOINERY_HTTP_PORT: port(7070),
  JOINERY_LARGEST_IMPORT_MB: z
    .string()
    .regex(/^[1-9]\d{0,3}$/, 'must be a number of megabytes from 1 to 9999')
    .transform(Number)
    .default(32),
  /** Required in production by whatever takes HR events. */
  JOINERY_HR_SECRET: z.string().min(16, 'must have at least 16 characters').optional(),
  /** Required in production by whatever opens or seals credentials: `openssl rand -base64 32`. */
  JOINERY_SECRET_KEY: z
    .string()
    .refine(isKey, 'must be 32 bytes in base64 (openssl rand -base64 32)')
    .transform(decodeKey)
    .optional(),
  /** Keys that JOINERY_SECRET_KEY took the place of, separated by commas: until `joinery secrets rotate` was run. */
  JOINERY_SECRET_KEY_OLD: z
    .string()
    .transform((text) => text.split(',').map((key) => key.trim()))
    .refine((keys) => keys.every(isKey), 'must be keys of 32 bytes in base64, separated by commas')
    .transform((keys) => keys.map(decodeKey))
    .default([]),
  /** Required in production by whatever sends mail. */
  SMTP_URL: url(['smtp:', 'smtps:']),
  MAIL_FROM: z.string().includes('@', { message: 'must be a mail address' }).default('Joinery <joinery@localhost>'),
  /** Where operators are told what they must know at once; without it alarms are in the log alone. */
  ALARM_MAIL: z.string().includes('@', { message: 'must be a mail address' }).optional(),
  LOG_LEVEL: z
    .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'], {
      error: 'must be fatal, error, warn, info, debug, trace or silent',
    })
    .default('info'),
  JOINERY_POSTGRES_PORT: port(7432),
  JOINERY_TEMPORAL_PORT: port(7233),
  JOINERY_TEMPORAL_UI_PORT: port(8233),
  JOINERY_SIMULATOR_PORT: port(7071),
  JOINERY_MAIL_SMTP_PORT: port(7025),
  JOINERY_MAIL_HTTP_PORT: port(7080),
  JOINERY_TIME_ZONE: z.string().refine(isTimeZone, 'must be an IANA time zone such as Europe/Berlin').default('UTC'),
});

/** A set of environment variables, such as `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads and checks the whole configuration. An empty variable counts as absent. Safe to repeat; it changes nothing.
 * Throws {@link ConfigError} naming every bad variable at once.
 */
export function loadConfig(env: Environment = process.env): Config {
  const present = definedOnly(env);
  const parsed = environment.safeParse(present);
  if (!parsed.success) {
    const faults = parsed.error.issues.map((issue) => ({ variable: String(issue.path[0]), fault: issue.message }));
    throw new ConfigError(faults);
  }
  const e = parsed.data;
  const dataDir = resolve(e.JOINERY_DATA_DIR);
  const running = readRunningStack(dataDir);
  const secrets = readSecrets(dataDir);
  const generatedKey = secrets && decodeKey(secrets.secretKey);
  return {
    dataDir,
    cacheDir: resolve(e.JOINERY_CACHE_DIR),
    databaseUrl: e.DATABASE_URL ?? running?.databaseUrl,
    temporal: temporalFromEnvironment(present) ?? temporalOf(running),
    taskQueue: e.JOINERY_TASK_QUEUE,
    http: { host: e.JOINERY_HTTP_HOST, port: e.JOINERY_HTTP_PORT },
    largestImport: e.JOINERY_LARGEST_IMPORT_MB * 1024 * 1024,
    hrSecret: e.JOINERY_HR_SECRET ?? secrets?.hrSecret,
    secretKey: e.JOINERY_SECRET_KEY ?? generatedKey,
    oldSecretKeys: [...e.JOINERY_SECRET_KEY_OLD, ...(e.JOINERY_SECRET_KEY && generatedKey ? [generatedKey] : [])],
    mail: { smtpUrl: e.SMTP_URL ?? running?.smtpUrl, from: e.MAIL_FROM, alarmTo: e.ALARM_MAIL },
    logLevel: e.LOG_LEVEL,
    ports: {
      postgres: e.JOINERY_POSTGRES_PORT,
      temporal: e.JOINERY_TEMPORAL_PORT,
      temporalUi: e.JOINERY_TEMPORAL_UI_PORT,
      simulator: e.JOINERY_SIMULATOR_PORT,
      mailSmtp: e.JOINERY_MAIL_SMTP_PORT,
      mailHttp: e.JOINERY_MAIL_HTTP_PORT,
    },
    timeZone: e.JOINERY_TIME_ZONE,
    running,
  };
}

/** The same configuration, known to reach PostgreSQL and Temporal. Throws {@link NothingRunsError} otherwise. */
export function requireStack(config: Config): ConnectedConfig {
  const { databaseUrl, temporal } = config;
  if (databaseUrl && temporal) return { ...config, databaseUrl, temporal };
  const missing = [...(databaseUrl ? [] : ['DATABASE_URL']), ...(temporal ? [] : ['TEMPORAL_ADDRESS'])];
  throw new NothingRunsError(missing, config.dataDir);
}

/** The environment that a child process inherits, with `extra` laid over it. */
export function inheritedEnvironment(extra: Environment = {}): Record<string, string> {
  return definedOnly({ ...process.env, ...extra });
}

/**
 * A value that somebody named in a file, such as a secret of an application; undefined when it is not set or empty. Joinery's
 * own settings are not given away: throws {@link ConfigError}.
 */
export function namedVariable(name: string, env: Environment = process.env): string | undefined {
  if (name in environment.shape || /^(JOINERY|TEMPORAL)_/.test(name))
    throw new ConfigError([
      { variable: name, fault: 'is a setting of Joinery itself and no secret of an application' },
    ]);
  return env[name] || undefined;
}

function definedOnly(env: Environment): Record<string, string> {
  return Object.fromEntries(Object.entries(env).filter((entry): entry is [string, string] => !!entry[1]));
}

/**
 * What the TEMPORAL_* variables, and the profile file they name, say. A profile file that nobody named is left alone:
 * it would send `npm start` on a laptop to somebody's cluster.
 */
function temporalFromEnvironment(env: Record<string, string>): TemporalTarget | undefined {
  const named = env['TEMPORAL_PROFILE'] ?? env['TEMPORAL_CONFIG_FILE'];
  if (!env['TEMPORAL_ADDRESS'] && !named) return undefined;
  try {
    const found = loadClientConnectConfig({ overrideEnvVars: env, disableFile: !named });
    const address = found.connectionOptions.address;
    if (!address) throw new Error('the profile holds no address');
    return { address, namespace: found.namespace ?? 'default', connectionOptions: found.connectionOptions };
  } catch (cause) {
    const variable = named ? 'TEMPORAL_PROFILE/TEMPORAL_CONFIG_FILE' : 'TEMPORAL_*';
    throw new ConfigError([{ variable, fault: `cannot be used: ${(cause as Error).message}` }], { cause });
  }
}

function temporalOf(running: RunningStack | undefined): TemporalTarget | undefined {
  if (!running) return undefined;
  const { temporalAddress: address, temporalNamespace: namespace } = running;
  return { address, namespace, connectionOptions: { address } };
}

function isKey(base64: string): boolean {
  return decodeKey(base64).length === 32;
}

function decodeKey(base64: string): Uint8Array {
  return Buffer.from(base64, 'base64');
}

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name }).format();
    return true;
  } catch {
    return false;
  }
}
