/** The command line: `joinery …`. Exit codes: 0 done, 1 some or all failed, 2 called wrongly. */
import { Command, CommanderError } from 'commander';
import { addAppCommands } from './app.ts';
import { addDemoCommand } from './demo.ts';
import { addHrCommands } from './hr.ts';
import { addKeyCommands } from './key.ts';
import { addPersonCommands } from './person.ts';
import { addProcessCommands } from './processes.ts';
import { addReportCommand } from './report.ts';
import { addStartCommand } from './start.ts';

const program = new Command('joinery')
  .description('Accounts when people join, changed when they move, gone when they leave.')
  .exitOverride()
  .showHelpAfterError('(joinery --help lists the commands)');

addStartCommand(program);
addDemoCommand(program);
addProcessCommands(program);
addHrCommands(program);
addPersonCommands(program);
addAppCommands(program);
addReportCommand(program);
addKeyCommands(program);

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? 0 : 2;
  } else {
    process.stderr.write(`joinery: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}
