/** `joinery records list | return` */
import type { Command } from 'commander';
import { entryLine } from '#domain/report-entry.ts';
import { giveRecordsBack, showMoves } from '../records.ts';
import { actor, printJson, printLines, table, withStack } from './session.ts';

export function addRecordsCommands(program: Command): void {
  const records = program.command('records').description('records that changed hands when somebody left');

  records
    .command('list')
    .description('what went from a person to others, and what came back')
    .requiredOption('--user <employee number>', 'who left')
    .option('--json', 'print JSON')
    .action(async ({ user, json }: { user: string; json?: boolean }) => {
      await withStack(async ({ directory }) => {
        const moves = known(user, await showMoves(directory, user));
        if (json) return printJson(moves);
        if (moves.length === 0) return printLines([`Nothing of ${user} changed hands.`]);
        const rows = moves.map((move) => [
          move.application,
          move.object,
          move.recordId,
          move.name,
          move.newOwnerName,
          move.movedAt,
          move.returnedAt ?? '',
        ]);
        printLines(table(['application', 'object', 'id', 'name', 'went to', 'at', 'came back'], rows));
      });
    });

  records
    .command('return')
    .description('give them back, unless somebody else has got them since')
    .requiredOption('--user <employee number>', 'who is back')
    .requiredOption('--app <name>', 'in which application')
    .option('--json', 'print JSON')
    .action(async ({ user, app, json }: { user: string; app: string; json?: boolean }) => {
      await withStack(async ({ config, directory, temporal }) => {
        const session = { directory, temporal: await temporal(), taskQueue: config.taskQueue };
        const asked = { employeeNumber: user, application: app, by: actor() };
        const returned = known(user, await giveRecordsBack(session, asked));
        if (json) printJson(returned);
        else printLines(returned.failure ? [returned.failure.message] : returned.entries.map(entryLine));
        if (returned.outcome !== 'done') process.exitCode = 1;
      });
    });
}

function known<T>(user: string, answer: T | undefined): T {
  if (answer === undefined) throw new Error(`nobody is known by ${user}`);
  return answer;
}
