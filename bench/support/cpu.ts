/** How long processors worked for a process, as Linux tells it. */
import { readdir, readFile } from 'node:fs/promises';

const TICKS_A_SECOND = 100;

/** Answers, when asked, how long processors have worked for each of these since now: milliseconds, those they started included. */
export async function cpuClock<Name extends string>(
  pids: Record<Name, number>,
): Promise<() => Promise<Record<Name, number>>> {
  const names = Object.keys(pids) as Name[];
  const look = (): Promise<number[]> => Promise.all(names.map((name) => cpuMs(pids[name])));
  const before = await look();
  return async () => {
    const after = await look();
    const spent = names.map((name, index) => [name, (after[index] ?? 0) - (before[index] ?? 0)]);
    return Object.fromEntries(spent) as Record<Name, number>;
  };
}

async function cpuMs(pid: number): Promise<number> {
  const processes = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const stats = (await Promise.all(processes.map(statOf))).filter((stat) => stat !== undefined);
  const msOf = (one: number): number =>
    stats
      .filter((stat) => stat.pid === one || stat.parent === one)
      .reduce((sum, stat) => sum + (stat.pid === one ? stat.ms : msOf(stat.pid)), 0);
  return msOf(pid);
}

/** `ms`: of the process and of those that it started and that have ended. */
async function statOf(pid: string): Promise<{ pid: number; parent: number; ms: number } | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  if (stat === undefined) return undefined;
  const fields = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number);
  const ticks = [11, 12, 13, 14].reduce((sum, place) => sum + (fields[place] ?? 0), 0);
  return { pid: Number(pid), parent: fields[1] ?? 0, ms: ticks * (1_000 / TICKS_A_SECOND) };
}
