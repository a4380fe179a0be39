/** How many people an authoritative import may take away: a file that is cut short must not empty the directory. */
import { REMOVAL_SHARE } from '#domain/import.ts';
import { removalsOf } from '#directory/import-staging.ts';
import type { ImportRecord } from '#directory/imports.ts';
import type { Queries } from '#directory/database.ts';

/**
 * Why the import may not be run as it is: how many people would leave, what share that is, and what allows it; undefined
 * when it may. Counted as people are now, so it is to be asked again when the import is run.
 */
export async function removalFault(
  directory: Queries,
  { id, options }: Pick<ImportRecord, 'id' | 'options'>,
): Promise<string | undefined> {
  if (!options.authoritative) return undefined;
  const { leaving, people, unknown, newer } = await removalsOf(directory, id);
  if (leaving === 0) return undefined;
  const would = `${leaving} of ${people} people ${leaving === 1 ? 'is' : 'are'} missing in the file and would leave`;
  if (newer !== null)
    return `${would}, but import ${newer} was run since it was staged: import the file again, if it is the newest`;
  if (unknown > 0) {
    const lines = `${unknown} of its lines nobody knows whom ${unknown === 1 ? 'it is' : 'they are'} about`;
    return `${would}, but of ${lines}: mend ${unknown === 1 ? 'it' : 'them'} (joinery import failed ${id}), and import the whole file again`;
  }
  if (leaving <= people * REMOVAL_SHARE || leaving <= (options.allowRemovals ?? 0)) return undefined;
  const share = ((leaving / people) * 100).toFixed(1);
  const most = `${REMOVAL_SHARE * 100} %`;
  return `${would}: ${share} %, where ${most} may without being allowed. If they really left, say so: joinery import run ${id} --allow-removals ${leaving}`;
}
