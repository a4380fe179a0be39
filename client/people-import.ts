/** A file of people imported by somebody: applied as HR's files are, and audited as a whole. */
import { recordAudit } from '#directory/audit.ts';
import { applyCsv, type CsvOptions, type CsvResult } from './csv-import.ts';
import type { CsvInput } from './csv-parsing.ts';

/** Applies a file of people, and of nothing else. Throws CsvHeaderError before anything is stored; repeating is safe. */
export async function importPeople(input: CsvInput, options: CsvOptions, by: string): Promise<CsvResult> {
  const result = await applyCsv(input, { ...options, only: 'people' });
  const { rows, accepted, byType, failedTotal } = result;
  if (accepted > 0)
    await recordAudit(options.directory, {
      actor: by,
      action: 'people imported',
      subject: options.source,
      detail: { rows, accepted, byType, failed: failedTotal },
    });
  return result;
}
