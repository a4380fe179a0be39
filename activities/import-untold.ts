/** What was done of pages of an import that can not tell it themselves, since they will not end. */
import { findApplication } from '#directory/applications.ts';
import { untoldCreations } from '#directory/import-blocks.ts';
import { findPageEntries } from '#directory/import-work.ts';
import { packEntries, unpackEntries } from '#directory/packed-entries.ts';
import { findPeople } from '#directory/people.ts';
import type { ReportEntry } from '#domain/report-entry.ts';
import type { Dependencies } from './dependencies.ts';
import type { ImportPageRequest, ImportPageResult } from './import-request.ts';
import { madeEntries } from './made-in-blocks.ts';

export function createImportUntoldActivities({ directory }: Pick<Dependencies, 'directory'>) {
  return {
    /**
     * The report entries of what this page has done so far, and of the accounts that its block made; call it before the import
     * ends. Reads only.
     */
    tellOfPage: async (page: ImportPageRequest): Promise<Pick<ImportPageResult, 'entries'>> => {
      const kept = await findPageEntries(directory, page);
      const made = await madeInItsBlock(directory, page);
      return { entries: packEntries([...made, ...(kept === undefined ? [] : unpackEntries(kept))]) };
    },
  };
}

async function madeInItsBlock(directory: Dependencies['directory'], page: ImportPageRequest): Promise<ReportEntry[]> {
  const rows = await untoldCreations(directory, page);
  const application = rows.length > 0 ? await findApplication(directory, page.application) : undefined;
  if (!application) return [];
  const numbers = rows.map(({ employeeNumber }) => employeeNumber);
  const people = new Map((await findPeople(directory, numbers)).map((person) => [person.employeeNumber, person]));
  return rows.flatMap(({ operation, nativeId, ...row }) => {
    const person = people.get(row.employeeNumber);
    return person ? madeEntries({ ...row, person, made: { operation, nativeId } }, application) : [];
  });
}
