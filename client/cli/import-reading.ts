/** `joinery import list | show | failed`: imports and their rows, as they are. */
import { pipeline } from 'node:stream/promises';
import { InvalidArgumentError, type Command } from 'commander';
import { ROW_STATES, VERDICTS, type RowState, type Verdict } from '#domain/import.ts';
import type { Sql } from '#directory/database.ts';
import { importCounts } from '#directory/import-work.ts';
import { findImport, listImports, type ImportRecord } from '#directory/imports.ts';
import { failedRows } from '../import-failures.ts';
import { removalFault } from '../import-removals.ts';
import { importLines, previewLines, rowLines, verdictLine, whatIsNext } from '../import-rows-format.ts';
import { firstRows, streamRows, type ShownRow } from '../import-rows.ts';
import { endAbandonedStagings } from '../import-session.ts';
import { oneLine } from '../report-format.ts';
import { printJson, printLines, table, withStack } from './session.ts';

/** The most imports of a list. */
const LISTED = 100;
/** Rows of each verdict that are shown without being asked for. */
const SHOWN = 10;

export function addImportReadingCommands(imports: Command): void {
  imports
    .command('list')
    .description('imports, newest first')
    .option('--json', 'print JSON')
    .action(async ({ json }: { json?: boolean }) => {
      await withStack(async ({ directory }) => {
        await endAbandonedStagings(directory);
        const found = await listImports(directory, LISTED);
        if (json) printJson(found);
        else printLines(found.length === 0 ? ['There is no import.'] : describeImports(found));
      });
    });

  imports
    .command('show')
    .description('what an import means, row by row, and what came of it')
    .argument('<id>', 'its number', importNumber)
    .option('--rows <verdict or state>', 'every row of one verdict or state', rowsOf)
    .option('--json', 'print JSON; with --rows one object a line')
    .action(async (id: number, { rows, json }: { rows?: Rows; json?: boolean }) => {
      await withStack(async ({ directory }) => {
        const record = await knownImport(directory, id);
        if (!rows) return printImport(directory, record, json ?? false);
        const pages = streamRows(directory, id, rows);
        await pipeline(json ? jsonLines(pages) : rowLines(pages), process.stdout, { end: false });
      });
    });

  imports
    .command('failed')
    .description('the rows that failed or are invalid, as the file had them, each with the reason: to be mended')
    .argument('<id>', 'its number', importNumber)
    .action(async (id: number) => {
      await withStack(async ({ directory }) => {
        await knownImport(directory, id);
        await pipeline(failedRows(directory, id), process.stdout, { end: false });
      });
    });
}

/** Prints an import and the first rows of each verdict; the exit code says whether rows are invalid or failed. */
export async function printImport(directory: Sql, record: ImportRecord, json: boolean): Promise<void> {
  const { states } = await importCounts(directory, record.id);
  const rows = await firstRows(directory, record, SHOWN);
  const refused = record.state === 'staged' ? await removalFault(directory, record) : undefined;
  if (json) printJson({ ...record, states, rows, refused: refused ?? null });
  else
    printLines([...importLines(record, states), ...previewLines(record, rows), ...whatIsNext(record, states, refused)]);
  if (record.state === 'failed' || (record.counts.invalid ?? 0) + (states.failed ?? 0) > 0) process.exitCode = 1;
}

/** The import; throws where there is none. */
export async function knownImport(directory: Sql, id: number): Promise<ImportRecord> {
  const record = await findImport(directory, id);
  if (!record) throw new Error(`there is no import ${id} (joinery import list)`);
  return record;
}

export function importNumber(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text))
    throw new InvalidArgumentError('give the number of an import (joinery import list).');
  return Number(text);
}

/** A number of rows or people. */
export function rowCount(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('give a number.');
  return Number(text);
}

type Rows = { verdict: Verdict } | { state: RowState };

function rowsOf(text: string): Rows {
  const verdict = VERDICTS.find((one) => one === text);
  if (verdict) return { verdict };
  const state = ROW_STATES.find((one) => one === text);
  if (state) return { state };
  throw new InvalidArgumentError(`give a verdict (${VERDICTS.join(', ')}) or a state (${ROW_STATES.join(', ')}).`);
}

async function* jsonLines(pages: AsyncIterable<ShownRow[]>): AsyncGenerator<string> {
  for await (const page of pages) yield page.map((row) => `${JSON.stringify(row)}\n`).join('');
}

function describeImports(imports: ImportRecord[]): string[] {
  return table(
    ['import', 'of', 'staged at', 'by', 'state', 'rows', 'run at'],
    imports.map((record) =>
      [
        String(record.id),
        record.source,
        record.stagedAt ?? '',
        record.createdBy,
        record.state,
        verdictLine(record),
        record.runAt ?? '',
      ].map(oneLine),
    ),
  );
}
