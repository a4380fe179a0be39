/** `joinery person import` */
import { stat } from 'node:fs/promises';
import type { Command } from 'commander';
import { previewCsv, type CsvPreview } from '../csv-preview.ts';
import { importPeople } from '../people-import.ts';
import {
  carriedOut,
  describeEndings,
  describeFailed,
  describeResult,
  failed,
  readFile,
  signaller,
  whatIsNext,
} from './files.ts';
import { examples } from './help.ts';
import { actor, printJson, printLines, table, withStack } from './session.ts';

export function addPersonImportCommand(person: Command): void {
  person
    .command('import')
    .description('apply a CSV file of people: who is new joins, who differs moves, who has an end leaves')
    .argument('<file>')
    .option('--preview', 'say what it would do, and do nothing')
    .option('--wait', 'wait until everything that is due has been carried out, or waits for somebody')
    .option('--json', 'print JSON')
    .addHelpText('after', examples('person import people.csv --preview'))
    .action(async (file: string, asked: { preview?: boolean; wait?: boolean; json?: boolean }) => {
      const { preview, wait, json } = asked;
      await stat(file);
      await withStack(async (session) => {
        if (preview) {
          const foreseen = await readFile(session, file, previewCsv);
          if (json) printJson(foreseen);
          else printLines(describePreview(foreseen));
          if (foreseen.failedTotal > 0) process.exitCode = 1;
          return;
        }
        const afterBatch = await signaller(session);
        const result = await readFile(session, file, (input, options) =>
          importPeople(input, { ...options, afterBatch }, actor()),
        );
        const endings = wait ? await carriedOut(session, result.eventIds) : undefined;
        if (json) printJson({ ...result, ...endings });
        else printLines([...describeResult(result), ...(endings ? describeEndings(endings) : whatIsNext(result))]);
        if (failed(result, endings)) process.exitCode = 1;
      });
    });
}

function describePreview(preview: CsvPreview): string[] {
  const { rows, changes, unchanged, known, failedTotal, lines } = preview;
  const all = changes.new + changes.back + changes.changed + changes.leaving;
  const shown = lines.map(({ line, what, employeeNumber, name, effectiveDate, changes: fields }) => [
    String(line),
    what,
    `${name} (${employeeNumber})`,
    effectiveDate,
    fields.map(({ field, old, new: value }) => `${field}: ${old ?? ''} → ${value ?? ''}`).join('; '),
  ]);
  const counts = [
    `${changes.new} new`,
    `${changes.back} back`,
    `${changes.changed} changed`,
    `${changes.leaving} leaving`,
    `${unchanged} unchanged`,
    `${known} known before`,
    `${failedTotal} refused`,
  ];
  return [
    ...(shown.length > 0 ? table(['line', 'what', 'person', 'from', 'changes'], shown) : []),
    ...(all > lines.length ? [`… and ${all - lines.length} more`] : []),
    ...describeFailed(preview),
    `${rows} lines: ${counts.join(', ')}. Nothing was stored.`,
  ];
}
