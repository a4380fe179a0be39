/**
 * Runs a program that is not ours (PostgreSQL, Temporal) so that it never outlives us. A small shell stands between:
 * it holds the program and our pipe, and when the pipe closes, because we stopped it or because we were killed, it
 * asks the program to end. The program has a process group of its own, so Ctrl-C in the terminal reaches only us and
 * we stop the parts in order.
 */
import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import type { Writable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { inheritedEnvironment } from '#runtime/config.ts';

export interface LeashOptions {
  command: string;
  args: readonly string[];
  /** The signal that asks this program for an orderly end. */
  stopSignal: 'INT' | 'TERM';
  /** Its output is appended here. */
  logFile: string;
  env?: Readonly<Record<string, string>>;
  /** Run as this user instead of our own. */
  user?: { uid: number; gid: number };
}

export interface Leashed {
  /** Fulfilled when the program has ended, for whatever reason. */
  exited: Promise<void>;
  hasExited(): boolean;
  /** Asks for an orderly end and kills after `graceMs`. Safe to repeat; returns when the program is gone. */
  stop(graceMs: number): Promise<void>;
}

// `read` returns at the end of our pipe. The shell's own descriptor 0 must be moved first: a command in the
// background gets /dev/null there.
const script = `
umask 077
signal=$1; shift
exec 3<&0
"$@" </dev/null 3<&- &
program=$!
{ read -r _; kill -s "$signal" "$program"; } <&3 2>/dev/null &
watcher=$!
exec 3<&-
wait "$program"; code=$?
kill "$watcher" 2>/dev/null
exit $code`;

/** Starts the program. A command that cannot be run shows as `exited` with the reason in the log file. */
export function leash(options: LeashOptions): Leashed {
  const log = openSync(options.logFile, 'a', 0o600);
  const shell = spawn('sh', ['-c', script, 'sh', options.stopSignal, options.command, ...options.args], {
    stdio: ['pipe', log, log],
    detached: true,
    env: inheritedEnvironment(options.env),
    ...options.user,
  }) as ChildProcessByStdio<Writable, null, null>;
  closeSync(log);
  let ended = false;
  const exited = once(shell, 'exit').then(
    () => undefined,
    () => undefined, // 'error': there was no shell to run
  );
  void exited.then(() => {
    ended = true;
    shell.stdin.destroy();
  });
  shell.stdin.on('error', () => undefined); // the shell may be gone when the pipe is closed
  return {
    exited,
    hasExited: () => ended,
    async stop(graceMs) {
      if (ended) return;
      shell.stdin.end();
      const gone = await Promise.race([exited.then(() => true), delay(graceMs, false, { ref: false })]);
      if (gone || shell.pid === undefined) return;
      try {
        process.kill(-shell.pid, 'SIGKILL');
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
      }
      await exited;
    },
  };
}

/** The last lines of a log file, for the message of an error; empty when there is no such file. */
export function tailOf(logFile: string, lines = 12): string {
  try {
    return readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-lines).join('\n');
  } catch {
    return '';
  }
}
