/**
 * The two files by which a running stack is found from another terminal, both readable by their owner only:
 * `stack.json` (what runs and where) and `secrets.json` (generated once for the data directory).
 */
import { randomBytes } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { isSameProcess } from '#runtime/process-identity.ts';

const runningStack = z.object({
  pid: z.number().int(),
  /** Tells the process from a later one that got the same pid. */
  started: z.string(),
  databaseUrl: z.string(),
  temporalAddress: z.string(),
  temporalNamespace: z.string(),
  smtpUrl: z.string(),
  /** What a person can open in a browser, by the name of the part. */
  urls: z.record(z.string(), z.string()),
  dataDir: z.string(),
  logDir: z.string(),
});
export type RunningStack = z.infer<typeof runningStack>;

const secretsFile = z.object({ hrSecret: z.string(), secretKey: z.string(), postgresPassword: z.string() });
export type Secrets = z.infer<typeof secretsFile>;

const stackPath = (dataDir: string) => join(dataDir, 'stack.json');
const secretsPath = (dataDir: string) => join(dataDir, 'secrets.json');

/** The stack that runs in `dataDir`, or undefined when there is none or its process is gone. */
export function readRunningStack(dataDir: string): RunningStack | undefined {
  const stack = readJson(stackPath(dataDir), runningStack);
  return stack && isSameProcess(stack) ? stack : undefined;
}

/** Replaces `stack.json` as a whole: a reader sees the old or the new one, never half of it. */
export function writeRunningStack(stack: RunningStack): void {
  const path = stackPath(stack.dataDir);
  writeFileSync(`${path}.new`, JSON.stringify(stack, null, 2), { mode: 0o600 });
  renameSync(`${path}.new`, path);
}

/** Removes `stack.json`. Safe to repeat. */
export function removeRunningStack(dataDir: string): void {
  rmSync(stackPath(dataDir), { force: true });
}

/** The secrets of `dataDir`, or undefined when none were generated. Throws when the file is damaged. */
export function readSecrets(dataDir: string): Secrets | undefined {
  return readJson(secretsPath(dataDir), secretsFile);
}

/** The secrets of `dataDir`, generated at the first call. Two processes at once get the same ones. */
export function loadOrCreateSecrets(dataDir: string): Secrets {
  const existing = readSecrets(dataDir);
  if (existing) return existing;
  const generated: Secrets = {
    hrSecret: randomBytes(24).toString('base64url'),
    secretKey: randomBytes(32).toString('base64'),
    postgresPassword: randomBytes(24).toString('base64url'),
  };
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const draft = `${secretsPath(dataDir)}.${process.pid}`;
  writeFileSync(draft, JSON.stringify(generated, null, 2), { mode: 0o600 });
  try {
    linkSync(draft, secretsPath(dataDir));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    rmSync(draft);
  }
  return readSecrets(dataDir) ?? generated;
}

function readJson<T>(path: string, schema: z.ZodType<T>): T | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    return schema.parse(JSON.parse(text));
  } catch {
    throw new Error(`${path} is damaged: restore it from a copy, or remove it together with what it belongs to`);
  }
}
