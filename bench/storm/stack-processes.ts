/** The processes of a stack: how much processor time each part has used, and what it complained of in its log. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** Processor seconds so far, by part: worker, temporal, postgres, simulator, http, and `start`, the process itself. */
export type CpuSeconds = Record<string, number>;

const TICKS_PER_SECOND = 100;
const PARTS: [part: string, sign: string][] = [
  ['emptyWorker', 'storm/empty-worker'],
  ['worker', 'worker/main'],
  ['simulator', 'simulators/'],
  ['http', 'http/main'],
  ['postgres', 'postgres'],
  ['temporal', 'temporal'],
];

/** What a process has used, and its children and theirs. */
export async function cpuSeconds(root: number): Promise<CpuSeconds> {
  const processes = await readProcesses();
  const used: CpuSeconds = {};
  const add = (pid: number): void => {
    const one = processes.get(pid);
    if (!one) return;
    const part = pid === root ? 'start' : (PARTS.find(([, sign]) => one.command.includes(sign))?.[0] ?? 'other');
    used[part] = (used[part] ?? 0) + one.seconds;
    for (const [child, { parent }] of processes) if (parent === pid) add(child);
  };
  add(root);
  return used;
}

/** Milliseconds for each of so many between two readings, by part, and all together. */
export function cpuMsEach(before: CpuSeconds, after: CpuSeconds, count: number): CpuSeconds {
  const parts = Object.entries(after).map(([part, seconds]): [string, number] => [
    part,
    Math.round(((seconds - (before[part] ?? 0)) * 10_000) / count) / 10,
  ]);
  const all = Math.round(parts.reduce((sum, [, ms]) => sum + ms, 0) * 10) / 10;
  return Object.fromEntries([...parts, ['all', all]]);
}

/** How long each log is now, by path. */
export async function logSizes(folder: string): Promise<Map<string, number>> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.log'));
  return new Map(
    await Promise.all(
      names.map(async (name): Promise<[string, number]> => [join(folder, name), (await stat(join(folder, name))).size]),
    ),
  );
}

/** The lines of an error or worse that were written since. */
export async function errorsSince(folder: string, sizes: ReadonlyMap<string, number>): Promise<string[]> {
  const errors: string[] = [];
  for (const path of (await logSizes(folder)).keys()) {
    const written = (await readFile(path)).subarray(sizes.get(path) ?? 0).toString();
    errors.push(...written.split('\n').filter((line) => ERROR.test(line)));
  }
  return errors;
}

/** As our own processes and Temporal say it, and as PostgreSQL does. */
const ERROR = /"level":"(error|fatal)"|\b(ERROR|FATAL|PANIC):/;

interface Process {
  parent: number;
  command: string;
  seconds: number;
}

async function readProcesses(): Promise<Map<number, Process>> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const read = pids.map(async (pid): Promise<[number, Process] | undefined> => {
    try {
      const [stat, command] = await Promise.all(
        ['stat', 'cmdline'].map((file) => readFile(`/proc/${pid}/${file}`, 'utf8')),
      );
      const fields = (stat ?? '').slice((stat ?? '').lastIndexOf(')') + 2).split(' ');
      // Fields 14 and 15 of proc(5): time in user mode and in the kernel.
      const seconds = (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
      return [Number(pid), { parent: Number(fields[1]), command: command ?? '', seconds }];
    } catch {
      return undefined; // it ended meanwhile
    }
  });
  return new Map((await Promise.all(read)).filter((one) => one !== undefined));
}
