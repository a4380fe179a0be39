/** A page of an import of accounts: people and links are written, nothing in the application. */
import type { ImportPageRequest, ImportPageResult } from './import-request.ts';
import { ConnectorError } from '#connectors/errors.ts';
import type { Dependencies } from './dependencies.ts';
import type { StepContext } from './work.ts';

/** Throws: accounts are not imported yet. */
export async function importAccountsPage(
  _dependencies: Dependencies,
  { import: id }: ImportPageRequest,
  _context: StepContext,
): Promise<ImportPageResult> {
  return Promise.reject(new ConnectorError('bug', `import ${id}: accounts are not imported yet`));
}
