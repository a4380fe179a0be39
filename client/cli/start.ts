/** `joinery start`: the whole of Joinery on this machine. */
import type { Command } from 'commander';
import { printJson, printLines } from './session.ts';
import { startJoinery, stayUp, welcome } from './stack.ts';

export function addStartCommand(program: Command): void {
  program
    .command('start')
    .description('start PostgreSQL, Temporal, a Salesforce simulator, a mail catcher, a worker and the HTTP API here')
    .option('--json', 'print the addresses as JSON')
    .action(async ({ json }: { json?: boolean }) => {
      const { stack, config } = await startJoinery((line) => process.stderr.write(`${line}\n`));
      if (json) printJson(stack.urls);
      else printLines(welcome(stack, config));
      await stayUp(stack);
    });
}
