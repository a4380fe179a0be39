/** A file of people imported by somebody: applied as HR's files are, each batch audited with what it brought. */
import { recordAudit } from '#directory/audit.ts';
import { readCsv, type CsvOptions, type CsvResult } from './csv-import.ts';
import type { CsvInput } from './csv-parsing.ts';
import { checkHrEvents, storeChecked } from './intake.ts';

/**
 * Applies a file of people, and of nothing else. Throws CsvHeaderError before anything is stored; repeating is safe. What was
 * taken of a file that breaks off is stored and audited.
 */
export function importPeople(input: CsvInput, options: CsvOptions, by: string): Promise<CsvResult> {
  return readCsv(input, { ...options, only: 'people' }, (events, asked) =>
    asked.directory.begin(async (tx) => {
      const submissions = await storeChecked(tx, await checkHrEvents(tx, events, asked));
      const accepted = submissions.flatMap((one) => (one.result === 'accepted' ? [one.record.id] : []));
      if (accepted.length > 0)
        await recordAudit(tx, {
          actor: by,
          action: 'people imported',
          subject: options.source,
          detail: { accepted: accepted.length, events: accepted },
        });
      return submissions;
    }),
  );
}
