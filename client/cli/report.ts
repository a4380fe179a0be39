/** `joinery report`: what was done, to whom, where and how it ended, read from the workflow histories. */
import { pipeline } from 'node:stream/promises';
import { InvalidArgumentError, Option, type Command } from 'commander';
import { importNumbersOf } from '#directory/person-imports.ts';
import { readReport, type ReportQuery } from '../report.ts';
import { toCsv, toJsonLines, toTable } from '../report-format.ts';
import { withStack } from './session.ts';

export function addReportCommand(program: Command): void {
  program
    .command('report')
    .description('what was done, read from the workflow histories')
    .option('--user <employee number>', 'about this person')
    .option('--application <name>', 'in this application')
    .option('--since <instant>', 'from this day or instant on, such as 2026-11-01 or 2026-11-01T08:00:00Z', instant)
    .option('--until <instant>', 'before this day or instant', instant)
    .option('--json', 'print one JSON object a line')
    .addOption(new Option('--csv', 'print CSV').conflicts('json'))
    .action(async ({ json, csv, ...query }: ReportQuery & { json?: boolean; csv?: boolean }) => {
      await withStack(async ({ directory, temporal }) => {
        const rows = readReport(await temporal(), query, (employeeNumber) =>
          importNumbersOf(directory, employeeNumber),
        );
        const lines = json ? toJsonLines(rows) : csv ? toCsv(rows) : toTable(rows);
        // As fast as its reader takes it, so that a long report is never held in memory.
        await pipeline(lines, process.stdout, { end: false });
      });
    });
}

function instant(text: string): string {
  const at = Date.parse(text);
  if (Number.isNaN(at)) throw new InvalidArgumentError('give a day (2026-11-01) or an instant (2026-11-01T08:00:00Z).');
  return new Date(at).toISOString();
}
