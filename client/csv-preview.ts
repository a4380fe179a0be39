/** What a file of people would do: read and checked exactly as when it is applied, and nothing stored. */
import { readCsv, type CsvOptions, type CsvResult } from './csv-import.ts';
import type { CsvInput } from './csv-parsing.ts';
import { foreseeHrEvents } from './intake.ts';
import { describeEvent, type DescribedEvent } from './people-lines.ts';
import type { HeldValues } from './unique-values.ts';

interface PreviewLine extends DescribedEvent {
  line: number;
  employeeNumber: string;
}

export interface CsvPreview extends Pick<CsvResult, 'rows' | 'unchanged' | 'known' | 'failedTotal' | 'failed'> {
  /** How many changes of each kind there would be. */
  changes: Record<DescribedEvent['what'], number>;
  /** The first hundred of each kind, in the order of the file. */
  lines: PreviewLine[];
}

const SHOWN = 100;

/** Previews a file of people. Throws CsvHeaderError as applying it would. */
export async function previewCsv(input: CsvInput, options: CsvOptions): Promise<CsvPreview> {
  const changes: CsvPreview['changes'] = { new: 0, back: 0, changed: 0, leaving: 0 };
  const lines: PreviewLine[] = [];
  const holders: HeldValues['holders'] = new Map();
  const { rows, unchanged, known, failedTotal, failed } = await readCsv(
    input,
    { ...options, only: 'people' },
    (events, asked) => foreseeHrEvents(events, { ...asked, holders }),
    (person) => {
      const { line, employeeNumber } = person;
      for (const event of person.events) {
        const described = describeEvent(event, person);
        changes[described.what] += 1;
        if (changes[described.what] <= SHOWN) lines.push({ line, employeeNumber, ...described });
      }
    },
  );
  return { rows, changes, unchanged, known, failedTotal, failed, lines };
}
