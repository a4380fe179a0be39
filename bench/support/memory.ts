/** How much memory processes have, as Linux tells it. */
import { readdir, readFile } from 'node:fs/promises';

/** The child of this process, or of another, whose command line says this. */
export async function pidOf(said: string, of = process.pid): Promise<number> {
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const [status, command] = await Promise.all([read(Number(pid), 'status'), read(Number(pid), 'cmdline')]);
    const parent = Number(/PPid:\s+(\d+)/.exec(status)?.[1]);
    if (parent === of && command.includes(said)) return Number(pid);
  }
  throw new Error(`no process of this bench runs ${said}`);
}

/** The most memory it has had since it began, in MB. */
export async function peakMb(pid: number): Promise<number> {
  return inMb(/VmHWM:\s+(\d+) kB/.exec(await read(pid, 'status'))?.[1]);
}

/** The most memory each of these has while something runs, looked at four times a second, in MB. */
export async function watchingMemory<T, Name extends string>(
  pids: Record<Name, number>,
  run: () => Promise<T>,
): Promise<{ result: T; mb: Record<Name, number> }> {
  const names = Object.keys(pids) as Name[];
  const mb = Object.fromEntries(names.map((name) => [name, 0])) as Record<Name, number>;
  const look = async (): Promise<void> => {
    for (const name of names) mb[name] = Math.max(mb[name], await currentMb(pids[name]));
  };
  const timer = setInterval(() => void look(), 250);
  try {
    const result = await run();
    await look();
    return { result, mb };
  } finally {
    clearInterval(timer);
  }
}

async function currentMb(pid: number): Promise<number> {
  return inMb(/VmRSS:\s+(\d+) kB/.exec(await read(pid, 'status'))?.[1]);
}

function inMb(kilobytes: string | undefined): number {
  return Math.round(Number(kilobytes ?? 0) / 1024);
}

function read(pid: number, file: string): Promise<string> {
  return readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => '');
}
