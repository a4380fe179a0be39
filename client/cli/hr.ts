/** `joinery hr apply`: a file of people or of HR events. */
import { stat } from 'node:fs/promises';
import type { Command } from 'commander';
import { applyCsv } from '../csv-import.ts';
import { carriedOut, describeEndings, describeResult, failed, readFile, signaller, whatIsNext } from './files.ts';
import { printJson, printLines, withStack } from './session.ts';

export function addHrCommands(program: Command): void {
  const hr = program.command('hr').description('what HR says');
  hr.command('apply')
    .description('apply a CSV file of people (who is new joins, who differs moves) or of HR events')
    .argument('<file>')
    .option('--wait', 'wait until everything that is due has been carried out, or waits for somebody')
    .option('--json', 'print JSON')
    .action(async (file: string, { wait, json }: { wait?: boolean; json?: boolean }) => {
      await stat(file);
      await withStack(async (session) => {
        const afterBatch = await signaller(session);
        const result = await readFile(session, file, (input, options) => applyCsv(input, { ...options, afterBatch }));
        const endings = wait ? await carriedOut(session, result.eventIds) : undefined;
        if (json) printJson({ ...result, ...endings });
        else printLines([...describeResult(result), ...(endings ? describeEndings(endings) : whatIsNext(result))]);
        if (failed(result, endings)) process.exitCode = 1;
      });
    });
}
