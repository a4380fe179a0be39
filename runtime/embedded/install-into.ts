/** Puts a downloaded executable into the cache in one step, so that several processes may do it at once. */
import { chmod, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/**
 * Calls `obtain` with an empty folder, and moves the executable it leaves there to `target`. Until then nobody sees
 * anything at `target`; when two processes do this at once, the later one replaces the same file with its equal.
 */
export async function installInto(target: string, obtain: (folder: string) => Promise<string>): Promise<void> {
  await mkdir(dirname(target), { recursive: true });
  const folder = await mkdtemp(join(dirname(target), `.${basename(target)}-`));
  try {
    const executable = await obtain(folder);
    await chmod(executable, 0o755);
    await rename(executable, target);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
