/** `joinery worker`, `joinery serve`: the processes of a production installation, and `joinery migrate` before them. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { requireStack, loadConfig } from '#runtime/config.ts';
import { TSX_LOADER } from '#runtime/tsx-loader.ts';
import { prepareServers } from './prepare.ts';
import { printJson, printLines } from './session.ts';

/**
 * V8 clears its heap sooner than it would by itself, so that a worker at work stays below 400 MB. Not sooner still: at 25 % and a
 * young generation of 2 MB, which saves another 80 MB, collecting takes a third of the time of an import's pages.
 */
export const WORKER_FLAGS = ['--heap-growing-percent=50', '--max-semi-space-size=16'];

interface Output {
  json?: boolean;
}

export function addProcessCommands(program: Command): void {
  program
    .command('worker')
    .description('run workflows and activities until stopped')
    .option('--json', 'say in JSON when it is ready')
    .action((output: Output) => runProcess('worker', '../../worker/main.ts', output, WORKER_FLAGS));
  program
    .command('serve')
    .description('take HR events and answer the HTTP API until stopped')
    .option('--json', 'say in JSON when it is ready')
    .action((output: Output) => runProcess('serve', '../http/main.ts', output));
  program
    .command('migrate')
    .description('bring the directory and the Temporal namespace up to date; safe to repeat')
    .option('--json', 'print JSON')
    .action(async ({ json }: Output) => {
      const applied = await prepareServers(requireStack(loadConfig()));
      if (json) printJson({ applied });
      else printLines([applied.length > 0 ? `applied ${applied.join(', ')}` : 'everything was up to date']);
    });
}

/** A process of its own, so that its signals, its exit code and its log are its own; ours ends with it. */
async function runProcess(name: string, entry: string, { json }: Output, flags: string[] = []): Promise<void> {
  const path = fileURLToPath(new URL(entry, import.meta.url));
  const child = spawn(process.execPath, [...flags, '--import', TSX_LOADER, path], {
    stdio: ['inherit', 'pipe', 'inherit'],
  });
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => child.kill(signal));
  const exited = once(child, 'exit') as Promise<[number | null]>;
  for await (const line of createInterface(child.stdout)) printLines([json ? line : inWords(name, line)]);
  process.exitCode = (await exited)[0] ?? 1;
}

/** `worker: ready, taskQueue joinery` of `{"ready":true,"taskQueue":"joinery"}`; any other line as it is. */
function inWords(name: string, line: string): string {
  if (!line.startsWith('{"ready":true')) return line;
  const { ready: _ready, ...facts } = JSON.parse(line) as Record<string, unknown>;
  return [`${name}: ready`, ...Object.entries(facts).map(([fact, value]) => `${fact} ${String(value)}`)].join(', ');
}
