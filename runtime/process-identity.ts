/**
 * Tells whether a process noted in a file still runs. A pid alone does not: after a crash or a reboot another program
 * may have it, so it is noted together with the time the process started.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { platform } from 'node:os';

export interface ProcessIdentity {
  pid: number;
  /** As the operating system writes the start time; only ever compared. */
  started: string;
}

/** The identity of this process. */
export function ownIdentity(): ProcessIdentity {
  return { pid: process.pid, started: startOf(process.pid) ?? '' };
}

/** True while exactly this process runs. */
export function isSameProcess(identity: ProcessIdentity): boolean {
  return startOf(identity.pid) === identity.started;
}

/** The command line of a process with its arguments divided by spaces, or undefined when it does not run. */
export function commandOf(pid: number): string | undefined {
  if (platform() !== 'linux') return ps(pid, 'command');
  return readProc(pid, 'cmdline')?.replaceAll('\0', ' ').trim();
}

function startOf(pid: number): string | undefined {
  if (platform() !== 'linux') return ps(pid, 'lstart');
  const stat = readProc(pid, 'stat');
  // The name in field 2 may hold spaces; after its bracket come field 3 (state) and, as field 22, the start.
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
  const zombie = fields?.[0] === 'Z' || fields?.[0] === 'X';
  return zombie ? undefined : fields?.[19];
}

function readProc(pid: number, file: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return undefined;
  }
}

function ps(pid: number, column: string): string | undefined {
  try {
    return execFileSync('ps', ['-o', `${column}=`, '-p', String(pid)], { encoding: 'utf8' }).trim() || undefined;
  } catch {
    return undefined;
  }
}
