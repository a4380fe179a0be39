/** What a file of people would do: read and checked exactly as when it is applied, and nothing stored. */
import type { HrAmend, HrChange } from '#domain/hr-event.ts';
import { changeProfile, displayName } from '#domain/person.ts';
import type { Profile } from '#domain/profile-field.ts';
import { readCsv, type CsvOptions, type CsvResult, type PersonLine } from './csv-import.ts';
import type { CsvInput } from './csv-parsing.ts';
import { foreseeHrEvents } from './intake.ts';
import { profileOn } from './said.ts';
import type { HeldValues } from './unique-values.ts';

/** new: joins. back: joins again. changed: another value or start. leaving: gets an end, or another one. */
type PreviewKind = 'new' | 'back' | 'changed' | 'leaving';

interface PreviewLine {
  line: number;
  employeeNumber: string;
  name: string;
  what: PreviewKind;
  /** From when on. */
  effectiveDate: string;
  changes: { field: string; old: string | null; new: string | null }[];
}

export interface CsvPreview extends Pick<CsvResult, 'rows' | 'unchanged' | 'known' | 'failedTotal' | 'failed'> {
  /** How many changes of each kind there would be. */
  changes: Record<PreviewKind, number>;
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
      for (const event of person.events) {
        const line = describe(event, person);
        changes[line.what] += 1;
        if (changes[line.what] <= SHOWN) lines.push(line);
      }
    },
  );
  return { rows, changes, unchanged, known, failedTotal, failed, lines };
}

function describe(event: HrChange | HrAmend, { line, employeeNumber, person, said }: PersonLine): PreviewLine {
  const effectiveDate = event.effectiveDate ?? '';
  const known = person ? profileOn(effectiveDate, person, said) : {};
  const name = displayName({ employeeNumber, profile: changeProfile(known, event.profile ?? {}) });
  const shown = { line, employeeNumber, name, effectiveDate };
  switch (event.type) {
    case 'joiner':
      return { ...shown, what: person ? 'back' : 'new', changes: valuesOf(event.profile ?? {}, known) };
    case 'mover':
      return { ...shown, what: 'changed', changes: valuesOf(event.profile ?? {}, known) };
    case 'leaver':
      return { ...shown, what: 'leaving', changes: [{ field: 'endDate', old: null, new: effectiveDate }] };
    case 'amend': {
      const target = said.find(({ id }) => id === event.target);
      const leaves = target?.type === 'leaver';
      const date = { field: leaves ? 'endDate' : 'startDate', old: target?.effectiveDate ?? null, new: effectiveDate };
      return { ...shown, what: leaves ? 'leaving' : 'changed', changes: [date] };
    }
  }
}

function valuesOf(profile: Profile, known: Profile): PreviewLine['changes'] {
  return Object.entries(profile).flatMap(([field, value]) => {
    const [old, fresh] = [known[field] || null, value || null];
    return old === fresh ? [] : [{ field, old, new: fresh }];
  });
}
