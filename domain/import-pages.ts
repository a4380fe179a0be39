/** Pages of an import: which rows are worked through together, in which order, and how far that has come. */
import type { ImportPage } from './import.ts';

export interface NumberedPage extends ImportPage {
  /** From 0 over the whole import. */
  number: number;
}

/** The pages of each level, none of them across its border, each of at most `size` rows. A level without rows has none. */
export function pagesOf(levels: number[], size: number): NumberedPage[][] {
  let begins = 0;
  let number = 0;
  return levels.map((rows) => {
    const pages: NumberedPage[] = [];
    const end = begins + rows;
    for (let after = begins; after < end; after += size)
      pages.push({ number: number++, after, upTo: Math.min(after + size, end) });
    begins = end;
    return pages;
  });
}

/** Which pages have ended: every one before this number, and these beyond it. */
export interface EndedPages {
  before: number;
  beyond: number[];
}

export const NO_PAGES: EndedPages = { before: 0, beyond: [] };

/** Whether this page is among those that have ended. */
export function hasEnded({ before, beyond }: EndedPages, { number }: NumberedPage): boolean {
  return number < before || beyond.includes(number);
}

/** The same with one more. */
export function withEnded(ended: EndedPages, { number }: NumberedPage): EndedPages {
  const beyond = new Set([...ended.beyond, number]);
  let { before } = ended;
  while (beyond.delete(before)) before++;
  return { before, beyond: [...beyond] };
}
