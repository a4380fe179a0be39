import { randomBytes } from 'node:crypto';
import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ConfigError, loadConfig, NothingRunsError, requireStack, namedVariable } from '#runtime/config.ts';
import { ownIdentity } from '#runtime/process-identity.ts';
import { loadOrCreateSecrets, readSecrets, removeRunningStack, writeRunningStack } from '#runtime/stack-files.ts';
import { scratchDir } from './scratch.ts';

const runningStack = (dataDir: string) => ({
  ...ownIdentity(),
  databaseUrl: 'postgres://joinery:pw@127.0.0.1:7432/joinery',
  temporalAddress: '127.0.0.1:7233',
  temporalNamespace: 'default',
  smtpUrl: 'smtp://127.0.0.1:7025',
  urls: { http: 'http://127.0.0.1:7070' },
  dataDir,
  logDir: join(dataDir, 'logs'),
});

describe('configuration', () => {
  it('has a default for everything a laptop needs, and only loopback addresses', () => {
    const config = loadConfig({ JOINERY_DATA_DIR: scratchDir() });
    expect(config).toMatchObject({
      taskQueue: 'joinery',
      http: { host: '127.0.0.1', port: 7070 },
      ports: { postgres: 7432, temporal: 7233, temporalUi: 8233, simulator: 7071, mailSmtp: 7025, mailHttp: 7080 },
      timeZone: 'UTC',
      logLevel: 'info',
      databaseUrl: undefined,
      temporal: undefined,
      hrSecret: undefined,
    });
  });

  it('names every bad variable at once, and prints no value', () => {
    const bad = {
      JOINERY_HTTP_PORT: '70700',
      DATABASE_URL: 'mysql://root:hunter2@db/joinery',
      JOINERY_SECRET_KEY: 'too-short-hunter2',
      JOINERY_SECRET_KEY_OLD: `${randomBytes(32).toString('base64')},hunter2-the-old`,
      JOINERY_HR_SECRET: 'hunter2',
      JOINERY_LARGEST_IMPORT_MB: 'hunter2',
      JOINERY_TIME_ZONE: 'Mars/Olympus',
      LOG_LEVEL: 'loud',
      TEMPORAL_ADDRESS: 'https://temporal',
    };
    const error = thrownBy(() => loadConfig({ ...bad, JOINERY_DATA_DIR: scratchDir() }));
    expect(error).toBeInstanceOf(ConfigError);
    expect((error as ConfigError).variables.toSorted()).toEqual(Object.keys(bad).toSorted());
    for (const value of Object.values(bad)) expect(error.message).not.toContain(value);
  });

  it('takes an empty variable for an absent one, as compose files leave them', () => {
    expect(loadConfig({ JOINERY_DATA_DIR: scratchDir(), JOINERY_HTTP_PORT: '', SMTP_URL: '' }).http.port).toBe(7070);
  });

  it('takes TLS and API key for Temporal Cloud from the TEMPORAL_* variables', () => {
    const { temporal } = loadConfig({
      JOINERY_DATA_DIR: scratchDir(),
      TEMPORAL_ADDRESS: 'joinery.a1b2c.tmprl.cloud:7233',
      TEMPORAL_NAMESPACE: 'joinery.a1b2c',
      TEMPORAL_API_KEY: 'key',
    });
    expect(temporal).toMatchObject({
      address: 'joinery.a1b2c.tmprl.cloud:7233',
      namespace: 'joinery.a1b2c',
      connectionOptions: { apiKey: 'key', tls: true },
    });
  });

  it('takes a named profile from a Temporal configuration file, and no file that nobody named', () => {
    const home = scratchDir();
    const file = join(home, 'temporalio', 'temporal.toml');
    mkdirSync(join(home, 'temporalio'));
    writeFileSync(file, '[profile.default]\naddress = "wrong:7233"\n[profile.prod]\naddress = "prod:7233"\n');
    const base = { JOINERY_DATA_DIR: scratchDir(), XDG_CONFIG_HOME: home };
    expect(loadConfig(base).temporal).toBeUndefined();
    const named = loadConfig({ ...base, TEMPORAL_CONFIG_FILE: file, TEMPORAL_PROFILE: 'prod' });
    expect(named.temporal?.address).toBe('prod:7233');
  });
});

describe('a stack that runs in the data directory', () => {
  it('is found without any variable, with its secrets', () => {
    const dataDir = scratchDir();
    const secrets = loadOrCreateSecrets(dataDir);
    writeRunningStack(runningStack(dataDir));

    const config = requireStack(loadConfig({ JOINERY_DATA_DIR: dataDir }));

    expect(config.databaseUrl).toBe('postgres://joinery:pw@127.0.0.1:7432/joinery');
    expect(config.temporal.address).toBe('127.0.0.1:7233');
    expect(config.mail.smtpUrl).toBe('smtp://127.0.0.1:7025');
    expect(config.hrSecret).toBe(secrets.hrSecret);
    expect(config.secretKey).toHaveLength(32);
    expect(config.running?.pid).toBe(process.pid);
  });

  it('gives way to the environment', () => {
    const dataDir = scratchDir();
    loadOrCreateSecrets(dataDir);
    writeRunningStack(runningStack(dataDir));
    const config = loadConfig({
      JOINERY_DATA_DIR: dataDir,
      DATABASE_URL: 'postgres://db/prod',
      JOINERY_HR_SECRET: 'a secret of our own',
    });
    expect(config.databaseUrl).toBe('postgres://db/prod');
    expect(config.hrSecret).toBe('a secret of our own');
    expect(config.temporal?.address).toBe('127.0.0.1:7233');
  });

  it.each([
    ['its process is gone', { pid: 2 ** 22 - 7 }],
    ['another process has its pid now', { started: 'another time' }],
  ])('is not believed in when %s', (_when, change) => {
    const dataDir = scratchDir();
    writeRunningStack({ ...runningStack(dataDir), ...change });
    expect(loadConfig({ JOINERY_DATA_DIR: dataDir }).running).toBeUndefined();
  });

  it('is asked for in plain words by a command that needs it', () => {
    const dataDir = scratchDir();
    writeRunningStack(runningStack(dataDir));
    removeRunningStack(dataDir);
    const error = thrownBy(() => requireStack(loadConfig({ JOINERY_DATA_DIR: dataDir })));
    expect(error).toBeInstanceOf(NothingRunsError);
    expect(error.message).toContain('nothing runs: start with npm start or set DATABASE_URL and TEMPORAL_ADDRESS');
  });
});

describe('the key that seals credentials', () => {
  const [current, first, second] = [randomBytes(32), randomBytes(32), randomBytes(32)].map((key) => ({
    bytes: key,
    text: key.toString('base64'),
  }));

  it('may have taken the place of others, which still open', () => {
    const { secretKey, oldSecretKeys } = loadConfig({
      JOINERY_DATA_DIR: scratchDir(),
      JOINERY_SECRET_KEY: current?.text,
      JOINERY_SECRET_KEY_OLD: `${first?.text}, ${second?.text}`,
    });
    expect(secretKey).toEqual(current?.bytes);
    expect(oldSecretKeys).toEqual([first?.bytes, second?.bytes]);
  });

  it('may take the place of the one that was generated for the data directory', () => {
    const dataDir = scratchDir();
    const generated = Buffer.from(loadOrCreateSecrets(dataDir).secretKey, 'base64');
    expect(loadConfig({ JOINERY_DATA_DIR: dataDir })).toMatchObject({ secretKey: generated, oldSecretKeys: [] });
    expect(loadConfig({ JOINERY_DATA_DIR: dataDir, JOINERY_SECRET_KEY: current?.text })).toMatchObject({
      secretKey: current?.bytes,
      oldSecretKeys: [generated],
    });
  });
});

describe('secrets of a data directory', () => {
  it('are generated once, and only their owner can read them and the record of the stack', () => {
    const dataDir = join(scratchDir(), 'new');
    const first = loadOrCreateSecrets(dataDir);
    expect(loadOrCreateSecrets(dataDir)).toEqual(first);
    writeRunningStack(runningStack(dataDir));
    expect(modeOf(join(dataDir, 'secrets.json'))).toBe('600');
    expect(modeOf(join(dataDir, 'stack.json'))).toBe('600');
  });

  it('are never replaced when their file is damaged: what they sealed would be lost', () => {
    const dataDir = scratchDir();
    writeFileSync(join(dataDir, 'secrets.json'), '{"hrSecret":');
    expect(() => loadOrCreateSecrets(dataDir)).toThrow(/secrets\.json is damaged/);
    expect(() => readSecrets(dataDir)).toThrow(/secrets\.json is damaged/);
  });
});

function thrownBy(action: () => unknown): Error {
  try {
    action();
  } catch (error) {
    return error as Error;
  }
  throw new Error('nothing was thrown');
}

function modeOf(path: string): string {
  return (statSync(path).mode & 0o777).toString(8);
}

it('gives a variable that a file names, and none of our own settings', () => {
  const env = { SALESFORCE_SECRET: 'x', EMPTY: '', JOINERY_SECRET_KEY: 'y', DATABASE_URL: 'z', TEMPORAL_API_KEY: 'k' };
  expect(namedVariable('SALESFORCE_SECRET', env)).toBe('x');
  expect(namedVariable('EMPTY', env)).toBeUndefined();
  for (const name of ['JOINERY_SECRET_KEY', 'DATABASE_URL', 'TEMPORAL_API_KEY'])
    expect(() => namedVariable(name, env)).toThrow(ConfigError);
});
