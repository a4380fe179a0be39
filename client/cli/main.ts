/** The command line: `joinery …`. Exit codes: 0 done, 1 some or all failed, 2 called wrongly. */
import { Command, CommanderError } from 'commander';
import { addConfigCommands } from './config.ts';
import { addAppCommands } from './app.ts';
import { addDemoCommand } from './demo.ts';
import { addGroupPushCommand } from './group-push.ts';
import { addFieldCommands } from './field.ts';
import { addGroupCommands } from './group.ts';
import { pointToHelp } from './help.ts';
import { addHrCommands } from './hr.ts';
import { addImportCommands } from './import.ts';
import { addKeyCommands } from './key.ts';
import { addMappingCommands } from './mapping.ts';
import { addPersonCommands } from './person.ts';
import { addPlanCommands } from './plan.ts';
import { addProcessCommands } from './processes.ts';
import { addRecordsCommands } from './records.ts';
import { addReportCommand } from './report.ts';
import { addSecretsCommands } from './secrets.ts';
import { addStartCommand } from './start.ts';
import { addTaskCommands } from './task.ts';

const program = new Command('joinery')
  .description('Accounts when people join, changed when they move, gone when they leave.')
  .exitOverride();

addStartCommand(program);
addDemoCommand(program);
addProcessCommands(program);
addHrCommands(program);
addPersonCommands(program);
addImportCommands(program);
addAppCommands(program);
addMappingCommands(program);
addConfigCommands(program);
addFieldCommands(program);
addGroupCommands(program);
addGroupPushCommand(program);
addPlanCommands(program);
addTaskCommands(program);
addRecordsCommands(program);
addReportCommand(program);
addKeyCommands(program);
addSecretsCommands(program);
pointToHelp(program);

// A reader that has seen enough, such as head, is no failure.
process.stdout.on('error', (error) => {
  if (!isClosedPipe(error)) throw error;
});

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? 0 : 2;
  } else if (!isClosedPipe(error)) {
    process.stderr.write(`joinery: ${sentence(error)}\n`);
    process.exitCode = 1;
  }
}

function isClosedPipe(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EPIPE';
}

function sentence(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code, path } = error as NodeJS.ErrnoException;
  return code === 'ENOENT' && path ? `there is no file ${path}` : error.message;
}
