/**
 * Our own processes under supervision: each is a node process that says when it is ready, is restarted when it dies,
 * and is stopped in an orderly way.
 *
 * What a child has to do: write one line `{"ready":true, …}` to standard output when it can work, end on SIGTERM, and
 * call exitWithParent() (exit-with-parent.ts). Everything else it writes goes to its log.
 */
import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { on, once } from 'node:events';
import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { inheritedEnvironment, type Environment } from '#runtime/config.ts';
import { exitWithParentFlag } from '#runtime/embedded/exit-with-parent.ts';
import { tailOf } from '#runtime/embedded/leash.ts';
import { TSX_LOADER } from '#runtime/tsx-loader.ts';

export interface ChildSpec {
  /** As it is called on the console and in the name of its log. */
  name: string;
  /** Absolute path of the module to run; TypeScript or JavaScript. */
  entry: string;
  args?: readonly string[];
  /** For node, before the module. */
  nodeFlags?: readonly string[];
  /** Laid over our own environment. */
  env?: Environment;
}

export interface SupervisorOptions {
  logDir: string;
  /** One sentence for the console when a child dies, restarts or cannot be restarted. */
  onProgress: (line: string) => void;
  /** How long a start may take. */
  readyWithinMs?: number;
  /** The pause before the first restart; doubled with each further death in a row, up to 30 s. */
  firstPauseMs?: number;
}

export interface Child {
  name: string;
  /** The pid now; another one after a restart. */
  pid(): number | undefined;
  /** What the child said in its latest readiness line. */
  ready(): ReadyLine;
  /** SIGTERM, then SIGKILL after `graceMs`. Safe to repeat; returns when the child is gone and stays so. */
  stop(graceMs: number): Promise<void>;
}

const readyLine = z.looseObject({ ready: z.literal(true), url: z.string().optional() });
type ReadyLine = z.infer<typeof readyLine>;

interface Running {
  process: ChildProcessByStdio<Writable, Readable, null>;
  /** Fulfilled when the process is gone and all it wrote is in its log. */
  ended: Promise<void>;
}

const longestPauseMs = 30_000;
/** Whoever has lived this long and dies is not in a row of deaths. */
const soundLifeMs = 60_000;

/** Starts the child and returns when it is ready. Throws, with the end of its log, when it dies or stays silent first. */
export async function startChild(spec: ChildSpec, options: SupervisorOptions): Promise<Child> {
  mkdirSync(options.logDir, { recursive: true });
  const logFile = join(options.logDir, `${spec.name}.log`);
  const { readyWithinMs = 60_000, firstPauseMs = 500, onProgress } = options;
  const stopping = new AbortController();

  let running = run(spec, logFile);
  let ready: ReadyLine;
  try {
    ready = await readiness(running, readyWithinMs);
  } catch (cause) {
    await end(running, 0);
    throw new Error(
      `${spec.name}: start: ${(cause as Error).message}. Its log, ${logFile}, ends with:\n${tailOf(logFile)}`,
      { cause },
    );
  }

  const supervise = async () => {
    let deaths = 0;
    for (;;) {
      const startedAt = Date.now();
      await running.ended;
      if (stopping.signal.aborted) return;
      deaths = Date.now() - startedAt > soundLifeMs ? 1 : deaths + 1;
      const pauseMs = Math.min(firstPauseMs * 2 ** (deaths - 1), longestPauseMs);
      onProgress(`${spec.name} ended (${how(running)}); starting it again in ${pauseMs / 1000} s. Log: ${logFile}`);
      await delay(pauseMs, undefined, { signal: stopping.signal }).catch(() => undefined);
      if (stopping.signal.aborted) return;
      running = run(spec, logFile);
      try {
        ready = await readiness(running, readyWithinMs);
        onProgress(`${spec.name} is back`);
      } catch {
        await end(running, 0);
      }
    }
  };
  const supervision = supervise();

  return {
    name: spec.name,
    pid: () => running.process.pid,
    ready: () => ready,
    async stop(graceMs) {
      stopping.abort();
      await end(running, graceMs);
      await supervision;
    },
  };
}

function run(spec: ChildSpec, logFile: string): Running {
  const log = openSync(logFile, 'a', 0o600);
  // A process group of its own: Ctrl-C in the terminal reaches the parent only, which stops its children in order.
  const args = [
    ...(spec.nodeFlags ?? []),
    '--import',
    TSX_LOADER,
    spec.entry,
    ...(spec.args ?? []),
    exitWithParentFlag,
  ];
  const child = spawn(process.execPath, args, {
    stdio: ['pipe', 'pipe', log],
    env: inheritedEnvironment(spec.env),
    detached: true,
  }) as Running['process'];
  const ended = once(child, 'close').then(
    () => undefined,
    () => undefined, // 'error': it could not be run
  );
  child.stdout.on('data', (chunk: Buffer) => writeSync(log, chunk));
  void ended.then(() => closeSync(log));
  child.stdin.on('error', () => undefined); // the child may be gone when its input is closed
  return { process: child, ended };
}

async function readiness(running: Running, withinMs: number): Promise<ReadyLine> {
  const silent = new AbortController();
  const timer = setTimeout(() => silent.abort(new Error(`it was not ready within ${withinMs / 1000} s`)), withinMs);
  void running.ended.then(() => silent.abort(new Error(`it ended before it was ready (${how(running)})`)));
  try {
    let unfinished = '';
    for await (const [chunk] of on(running.process.stdout, 'data', { signal: silent.signal })) {
      const lines = `${unfinished}${String(chunk)}`.split('\n');
      unfinished = lines.pop() ?? '';
      const said = lines.map(parseReadyLine).find((line) => line !== undefined);
      if (said) return said;
    }
    throw new Error('its output ended');
  } catch (error) {
    throw silent.signal.aborted ? silent.signal.reason : error;
  } finally {
    clearTimeout(timer);
  }
}

function parseReadyLine(line: string): ReadyLine | undefined {
  if (!line.startsWith('{') || !line.includes('"ready"')) return undefined;
  try {
    return readyLine.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}

async function end({ process, ended }: Running, graceMs: number): Promise<void> {
  process.kill('SIGTERM');
  const gone = await Promise.race([ended.then(() => true), delay(graceMs, false, { ref: false })]);
  if (gone) return;
  process.kill('SIGKILL');
  await ended;
}

function how({ process }: Running): string {
  return process.signalCode ? `signal ${process.signalCode}` : `exit code ${process.exitCode}`;
}
