/** What pages of an import did and could not tell, since they will not end. */
import { findPageEntries } from '#directory/import-work.ts';
import { packEntries } from '#directory/packed-entries.ts';
import type { Dependencies } from './dependencies.ts';
import type { ImportPageRequest, ImportPageResult } from './import-request.ts';

export function createImportUntoldActivities({ directory }: Pick<Dependencies, 'directory'>) {
  return {
    /** The report entries of what this page has done so far; call it before the import ends. Reads only. */
    async tellOfPage(page: ImportPageRequest): Promise<Pick<ImportPageResult, 'entries'>> {
      return { entries: (await findPageEntries(directory, page)) ?? packEntries([]) };
    },
  };
}
