/** `joinery worker`, `joinery serve`: the two processes of a production installation, and `joinery migrate` before them. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Command } from 'commander';
import { prepareServers } from './prepare.ts';
import { requireStack, loadConfig } from '#runtime/config.ts';

export function addProcessCommands(program: Command): void {
  program
    .command('worker')
    .description('run workflows and activities until stopped')
    .action(() => runProcess('../../worker/main.ts'));
  program
    .command('serve')
    .description('take HR events and answer the HTTP API until stopped')
    .action(() => runProcess('../http/main.ts'));
  program
    .command('migrate')
    .description('bring the directory and the Temporal namespace up to date; safe to repeat')
    .action(() => prepareServers(requireStack(loadConfig())));
}

/** A process of its own, so that its signals, its exit code and its log are its own; ours ends with it. */
async function runProcess(entry: string): Promise<void> {
  const loader = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
  const path = fileURLToPath(new URL(entry, import.meta.url));
  const child = spawn(process.execPath, ['--import', loader, path], { stdio: 'inherit' });
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => child.kill(signal));
  const [code] = (await once(child, 'exit')) as [number | null];
  process.exitCode = code ?? 1;
}
