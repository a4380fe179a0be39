/** The pages of an import in one application: level by level, several at work at once. */
import { addCounts, PEOPLE_A_PAGE } from '#domain/import.ts';
import { hasEnded, pagesOf, withEnded, type NumberedPage } from '#domain/import-pages.ts';
import { importBookkeeping, importWork } from '../activities.ts';
import type { ImportBranch, ImportWork } from '../messages.ts';
import { showRun, untilDone, type ImportRun } from './import-run.ts';
import { inWindow } from './window.ts';

/** Returns when every page has ended or, with none at work, when the import was cancelled or the rest is for a new run. */
export async function workThrough(run: ImportRun, { scope }: ImportWork, branch: ImportBranch): Promise<void> {
  const accountsMade = madeInBlocks(run, scope, branch);
  for (const level of pagesOf(scope.levels, PEOPLE_A_PAGE)) {
    const left = level.filter((page) => !hasEnded(branch.ended, page));
    await inWindow(
      scope.window,
      left.map((page) => async () => {
        if (await accountsMade(page)) await workOn(run, branch, page);
      }),
    );
    if (!level.every((page) => hasEnded(branch.ended, page))) return;
  }
}

/** Whether every page has ended everywhere. */
export function isThrough({ scope, branches }: ImportWork): boolean {
  const pages = pagesOf(scope.levels, PEOPLE_A_PAGE).flat();
  return branches.every(({ ended }) => pages.every((page) => hasEnded(ended, page)));
}

async function workOn(run: ImportRun, branch: ImportBranch, page: NumberedPage): Promise<void> {
  const { application } = branch;
  const { after, upTo } = page;
  const { importPage } = importWork(`${application || 'directory'}: rows ${after + 1} to ${upTo}`);
  const done = await untilDone(run, () => {
    branch.open = [...without(branch.open, [page]), page];
    return importPage({ import: run.import, application, after, upTo });
  });
  if (!done) return;
  branch.open = without(branch.open, [page]);
  branch.counts = addCounts(branch.counts, done.value.counts);
  branch.ended = withEnded(branch.ended, page);
  showRun(run);
}

function without(pages: NumberedPage[], others: NumberedPage[]): NumberedPage[] {
  const numbers = new Set(others.map(({ number }) => number));
  return pages.filter(({ number }) => !numbers.has(number));
}

/** Has what those pages did that will not end any more written into the history, which is the record of it. */
export async function tellOfOpenPages({ import: id, work }: ImportRun): Promise<void> {
  for (const { application, open } of work?.branches ?? [])
    for (const { after, upTo } of open) {
      const { tellOfPage } = importBookkeeping(
        `${application || 'directory'}: what rows ${after + 1} to ${upTo} came to`,
      );
      await tellOfPage({ import: id, application, after, upTo });
    }
}

type BeforePage = (page: NumberedPage) => Promise<boolean>;

/**
 * Where an application's bulk interface makes the accounts: for each page, waits until those of its block are made, which
 * the first page of the block sets going. Answers false when that was not begun in this run.
 */
function madeInBlocks(run: ImportRun, { levels, blocks }: ImportWork['scope'], branch: ImportBranch): BeforePage {
  const { application } = branch;
  const rows = blocks[application];
  if (rows === undefined) return () => Promise.resolve(true);
  const making = new Map<number, Promise<boolean>>();
  const pages = pagesOf(levels, PEOPLE_A_PAGE).flat();
  const all = pagesOf(levels, Math.ceil(rows / PEOPLE_A_PAGE) * PEOPLE_A_PAGE).flat();

  const make = async (block: NumberedPage): Promise<boolean> => {
    const { after, upTo } = block;
    const { importBlock } = importWork(
      `${application}: accounts of rows ${after + 1} to ${upTo}, by its bulk interface`,
    );
    const its = pages.filter((page) => after <= page.after && page.after < upTo);
    const made = await untilDone(run, () => {
      branch.open = [...without(branch.open, its), ...its];
      return importBlock({ import: run.import, application, after, upTo });
    });
    if (made) branch.made = withEnded(branch.made, block);
    return made !== undefined;
  };
  return async (page) => {
    const block = all.find(({ after, upTo }) => after <= page.after && page.after < upTo);
    if (!block || hasEnded(branch.made, block)) return true;
    const made = making.get(block.number) ?? make(block);
    making.set(block.number, made);
    return made;
  };
}
