/** `npm run bench -- NAME [arguments]`: runs one bench; without a name it says which there are. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { TSX_LOADER } from '#runtime/tsx-loader.ts';

const folder = new URL('.', import.meta.url);
const [name, ...args] = process.argv.slice(2);
const names = (await readdir(folder))
  .filter((file) => file.endsWith('.ts') && file !== 'run.ts')
  .map((file) => file.slice(0, -'.ts'.length));

if (name !== undefined && names.includes(name)) process.exitCode = await run(name, args);
else {
  const lines = await Promise.all(names.map(async (each) => `  ${each.padEnd(16)}${await purposeOf(each)}`));
  const fault = name === undefined ? [] : [`There is no bench ${name}.`, ''];
  process.stderr.write([...fault, 'npm run bench -- NAME [arguments]', '', ...lines, ''].join('\n'));
  process.exitCode = name === undefined ? 0 : 2;
}

/** The exit code of the bench. Ctrl-C reaches it by itself; we wait until it has cleaned up. */
async function run(bench: string, given: string[]): Promise<number> {
  const child = spawn(process.execPath, ['--import', TSX_LOADER, pathOf(bench), ...given], { stdio: 'inherit' });
  process.on('SIGINT', () => undefined);
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  const [code] = (await once(child, 'exit')) as [number | null];
  return code ?? 1;
}

/** The first sentence of its opening comment. */
async function purposeOf(bench: string): Promise<string> {
  const [, comment = ''] = /^\/\*\*([^]*?)\*\//.exec(await readFile(pathOf(bench), 'utf8')) ?? [];
  const text = comment.replaceAll(/\s*\n \*\s*/g, ' ').trim();
  const needs = text.includes('Start the stack') ? ' Needs a stack that runs: npm start.' : '';
  return `${/^.*?[.:](?=\s|$)/.exec(text)?.[0].replace(/:$/, '.') ?? text}${needs}`;
}

function pathOf(bench: string): string {
  return fileURLToPath(new URL(`${bench}.ts`, folder));
}
