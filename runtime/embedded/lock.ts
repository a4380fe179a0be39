/**
 * One stack a data directory. The lock is a numbered file that names its holder: who wants it makes the file with the
 * next number, which only one process can do. Files are removed only by the holder of a higher number, so the highest number never
 * falls, and two processes that find the same dead holder cannot both take over.
 */
import { linkSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isSameProcess, ownIdentity, type ProcessIdentity } from '#runtime/process-identity.ts';
import { readRunningStack } from '#runtime/stack-files.ts';

/** A stack runs in this data directory already. Stop it, or use another directory and other ports. */
export class StackRunsError extends Error {
  override name = 'StackRunsError' as const;
  pid: number;
  /** What it serves; empty while it is still starting. */
  urls: Readonly<Record<string, string>>;

  constructor(dataDir: string, pid: number, urls: Readonly<Record<string, string>>) {
    const where = Object.entries(urls).map(([name, url]) => `  ${name}: ${url}\n`);
    super(
      `stack: one runs in ${dataDir} already, process ${pid}\n${where.join('')}` +
        `Use it, or stop it with Ctrl-C in its terminal or: kill ${pid}`,
    );
    this.pid = pid;
    this.urls = urls;
  }
}

const fileName = /^stack\.lock\.(\d+)$/;
const attempts = 20;

export interface Lock {
  /** The holder before us ended without giving the lock back: what it started may still be ending. */
  tookOver: boolean;
  /** Gives the lock back. Safe to repeat. */
  release(): void;
}

/**
 * Takes the lock of the data directory; a holder that no longer runs is replaced. Throws {@link StackRunsError} when
 * the holder runs.
 */
export function lockDataDir(dataDir: string): Lock {
  mkdirSync(dataDir, { recursive: true, mode: 0o711 });
  const draft = join(dataDir, `.lock-${process.pid}`);
  const path = (number: number) => join(dataDir, `stack.lock.${number}`);
  writeFileSync(draft, JSON.stringify(ownIdentity()), { mode: 0o600 });
  try {
    for (let attempt = 0; attempt < attempts; attempt += 1) {
      const highest = numbers(dataDir).at(-1) ?? 0;
      const holder = readHolder(path(highest));
      if (holder && isSameProcess(holder)) {
        throw new StackRunsError(dataDir, holder.pid, readRunningStack(dataDir)?.urls ?? {});
      }
      const mine = highest + 1;
      if (!makeLink(draft, path(mine))) continue;
      if (numbers(dataDir).at(-1) !== mine) {
        // A slow look: others took and gave back higher numbers meanwhile.
        rmSync(path(mine), { force: true });
        continue;
      }
      for (const number of numbers(dataDir)) if (number < mine) rmSync(path(number), { force: true });
      return { tookOver: holder !== undefined, release: () => writeFileSync(path(mine), '') };
    }
  } finally {
    rmSync(draft, { force: true });
  }
  throw new Error(`stack: ${dataDir} could not be locked: other processes keep taking it. Try again`);
}

function numbers(dataDir: string): number[] {
  return readdirSync(dataDir)
    .map((name) => Number(fileName.exec(name)?.[1] ?? 0))
    .filter((number) => number > 0)
    .toSorted((a, b) => a - b);
}

/** Undefined when the file is gone or its holder has emptied it. */
function readHolder(path: string): ProcessIdentity | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as ProcessIdentity;
  } catch {
    return undefined;
  }
}

function makeLink(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}
