/** Pages of an import: every row in exactly one, none across a border between levels. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hasEnded, NO_PAGES, pagesOf, withEnded } from '#domain/import-pages.ts';

describe('pages', () => {
  it('are cut at the borders of levels, and numbered over all of them', () => {
    expect(pagesOf([250, 0, 10], 200)).toEqual([
      [
        { number: 0, after: 0, upTo: 200 },
        { number: 1, after: 200, upTo: 250 },
      ],
      [],
      [{ number: 2, after: 250, upTo: 260 }],
    ]);
  });

  it('hold every row once, whatever the levels are', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(700), { maxLength: 6 }), fc.integer({ min: 1, max: 300 }), (levels, size) => {
        const pages = pagesOf(levels, size);
        expect(pages.map((level) => level.reduce((rows, { after, upTo }) => rows + upTo - after, 0))).toEqual(levels);
        const all = pages.flat();
        expect(all.every(({ after }, index) => after === (all[index - 1]?.upTo ?? 0))).toBe(true);
        expect(all.every(({ after, upTo, number }, index) => upTo - after <= size && number === index)).toBe(true);
      }),
    );
  });
});

describe('the pages that have ended', () => {
  it('are remembered in whatever order they end, in few numbers', () => {
    const pages = pagesOf([6], 1).flat();
    fc.assert(
      fc.property(fc.shuffledSubarray(pages), (ending) => {
        const ended = ending.reduce(withEnded, NO_PAGES);
        expect(pages.filter((page) => hasEnded(ended, page))).toEqual(pages.filter((page) => ending.includes(page)));
        expect(ended.beyond).not.toContain(ended.before);
      }),
    );
    expect(pages.reduce(withEnded, NO_PAGES)).toEqual({ before: 6, beyond: [] });
  });
});
