/** `joinery import …`: many people, or the accounts of an application, staged, looked at, and run. */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { InvalidArgumentError, Option, type Command } from 'commander';
import { localDate } from '#domain/due.ts';
import type { ImportRecord } from '#directory/imports.ts';
import { stageAccounts } from '../import-accounts.ts';
import { columnMeaning, importOptions, type SaidOfFile } from '../import-options.ts';
import { stagePeople } from '../import-staging.ts';
import { addImportControlCommands, run } from './import-control.ts';
import { addImportReadingCommands, knownImport, printImport, rowCount } from './import-reading.ts';
import { examples } from './help.ts';
import { known, withRemedy } from './input.ts';
import { progress } from './progress.ts';
import { actor, withStack, type Session } from './session.ts';

interface Asked {
  run?: boolean;
  wait?: boolean;
  json?: boolean;
}

interface AskedOfAccounts extends Asked {
  where?: string;
  includeInactive?: boolean;
}

type AskedOfPeople = Asked & SaidOfFile;

export function addImportCommands(program: Command): void {
  const command = program.command('import').description('many people at once: staged, looked at, and run in pages');

  stagingOptions(
    command
      .command('people')
      .description('stage a file of people: CSV or JSON lines, gzipped or not; - is standard input')
      .argument('<file>')
      .option('--authoritative', 'who is missing in the file leaves')
      .option('--allow-removals <number>', 'so many may leave for that, whatever share they are', rowCount)
      .option('--encoding <name>', 'of the file, such as windows-1252')
      .option('--delimiter <character>', 'what separates the cells')
      .option('--map <title=field>', 'what a column means; several times', columnMapping)
      .option('--ignore-unknown', 'pass over columns that mean nothing here')
      .option('--bulk-from <rows>', 'rows from which on a bulk interface makes the accounts', rowCount),
  )
    .addHelpText(
      'after',
      examples('import people people.csv', 'import people hr.csv --map "Personnel No=employeeNumber" --run --wait'),
    )
    .action(async (file: string, asked: AskedOfPeople) => {
      checkCalled(asked);
      if (file !== '-') await stat(file);
      await withStack((session) => stageFile(session, file, asked));
    });

  stagingOptions(
    command
      .command('accounts')
      .description('stage the accounts of an application: linked where they match, made people of where that is asked')
      .argument('<application>')
      .option('--where <condition>', 'only accounts that meet it')
      .option('--include-inactive', 'people are made of accounts that are inactive as well'),
  ).action(async (application: string, asked: AskedOfAccounts) => {
    checkCalled(asked);
    await withStack((session) => stageFromApplication(session, application, asked));
  });

  addImportReadingCommands(command);
  addImportControlCommands(command);
}

function stagingOptions(command: Command): Command {
  return command
    .addOption(new Option('--preview', 'stage and show, and change nothing: as it is without --run').conflicts('run'))
    .option('--run', 'stage, and carry it out at once')
    .option('--wait', 'with --run: wait until it has ended')
    .option('--json', 'print JSON');
}

function checkCalled({ run: runs, wait }: Asked): void {
  if (wait && !runs) throw new Error('--wait waits for a run: give --run as well');
}

async function stageFile(session: Session, file: string, asked: AskedOfPeople): Promise<void> {
  const { config, directory } = session;
  const name = file === '-' ? 'standard input' : basename(file);
  const bar = progress(name, 0);
  const staged = await stagePeople(file === '-' ? process.stdin : createReadStream(file), {
    directory,
    defaultTimeZone: config.timeZone,
    source: `file ${name}`,
    today: localDate(new Date().toISOString(), config.timeZone),
    by: actor(),
    options: importOptions(asked),
    onProgress: ({ read }) => bar.at(read),
  });
  bar.done();
  if (staged.state === 'failed') throw new Error(`${name}: ${staged.failure ?? 'it could not be staged'}`);
  await showOrRun(session, staged, asked);
}

async function stageFromApplication(session: Session, name: string, asked: AskedOfAccounts): Promise<void> {
  const { config, directory, sealer } = session;
  const { where, includeInactive } = asked;
  const bar = progress(name, 0);
  const staging = stageAccounts(
    {
      directory,
      sealer: sealer(),
      defaultTimeZone: config.timeZone,
      by: actor(),
      where,
      includeInactive,
      onPage: (accounts) => bar.at(accounts),
    },
    name,
  );
  const { id } = known(name, await withRemedy(staging));
  bar.done();
  await showOrRun(session, await knownImport(directory, id), asked);
}

async function showOrRun(session: Session, staged: ImportRecord, { run: runs, wait, json }: Asked): Promise<void> {
  if (runs) await run(session, { id: staged.id, by: actor() }, { wait, json });
  else await printImport(session.directory, staged, json ?? false);
}

function columnMapping(text: string, before: [string, string][] = []): [string, string][] {
  const meaning = columnMeaning(text);
  if (!meaning)
    throw new InvalidArgumentError('give a column and what it is: "Personnel No=employeeNumber", "Notes=-".');
  return [...before, meaning];
}
