/** What people are told of an import at work. */
import { describe, expect, it } from 'vitest';
import { NO_ROWS, type PageCounts } from '#domain/import.ts';
import { NO_PAGES } from '#domain/import-pages.ts';
import { importDetails, importProgress } from '#workflows/steps/import-standing.ts';

const BEGAN = Date.parse('2026-11-24T10:00:00Z');
const MINUTE = 60_000;

function standing(counts: Record<string, Partial<PageCounts>>, more: object = {}) {
  const branches = Object.entries(counts).map(([application, some]) => ({
    application,
    counts: { ...NO_ROWS, ...some },
    ended: NO_PAGES,
    made: NO_PAGES,
    open: [],
  }));
  const scope = { kind: 'people' as const, applications: [], levels: [1_000, 11_000], window: 4, blocks: {} };
  return { work: { scope, branches }, beganAt: BEGAN, pausedMs: 0, pause: undefined, cancelled: undefined, ...more };
}

describe('the progress of an import', () => {
  it('is that of its slowest application', () => {
    const counts = { fast: { done: 9_000 }, slow: { done: 5_900, failed: 40, unchanged: 30, handed: 20, skipped: 10 } };
    expect(importProgress(standing(counts), BEGAN + MINUTE)).toEqual({
      rows: 12_000,
      applications: { fast: { ...NO_ROWS, done: 9_000 }, slow: { ...NO_ROWS, ...counts.slow } },
      ended: 6_000,
      failed: 40,
      rowsPerSecond: 100,
      estimatedEnd: '2026-11-24T10:02:00.000Z',
      pause: null,
      cancelling: false,
    });
  });

  it('counts no time in which it was paused, and tells no end while it is', () => {
    const counts = { one: { done: 6_000 } };
    const resumed = standing(counts, { pausedMs: 9 * MINUTE });
    expect(importProgress(resumed, BEGAN + 10 * MINUTE).rowsPerSecond).toBe(100);
    const pause = { by: 'cli:ada', reason: 'month end', since: '2026-11-24T10:01:00Z' };
    expect(importProgress(standing(counts, { pause }), BEGAN + 10 * MINUTE)).toMatchObject({
      rowsPerSecond: 100,
      estimatedEnd: null,
      pause,
    });
  });

  it('tells no speed before anything has ended', () => {
    expect(importProgress(standing({ one: {} }), BEGAN + MINUTE)).toMatchObject({
      rowsPerSecond: 0,
      estimatedEnd: null,
    });
    const unknown = { ...standing({}), work: undefined };
    expect(importProgress(unknown, BEGAN)).toMatchObject({ rows: 0, ended: 0, estimatedEnd: null });
  });

  it('reads well in Temporal', () => {
    const counts = { salesforce: { done: 5_900, failed: 40, handed: 60 }, '': { done: 7_000 } };
    const pause = {
      by: 'joinery',
      reason: 'no API calls are left',
      since: '2026-11-24T10:01:00Z',
      until: '2026-11-24T10:31:00Z',
    };
    const now = BEGAN + MINUTE;
    expect(importDetails(7, importProgress(standing(counts), now))).toBe(
      [
        '**import 7**: 6000 of 12000 rows, 100 a second, ends about 2026-11-24T10:02:00Z.',
        '',
        "- salesforce: 5900 done, 40 failed, 60 handed to their people's lanes, of 12000",
        '- directory: 7000 done, 0 failed, of 12000',
      ].join('\n'),
    );
    expect(importDetails(7, importProgress(standing(counts, { pause, cancelled: {} }), now))).toMatch(
      /a second\.\n[\s\S]*\*\*Paused\*\* since 2026-11-24T10:01:00Z by joinery: no API calls are left\. It goes on by itself at 2026-11-24T10:31:00Z\. `joinery import resume 7` ends the pause\.\n\nIt was cancelled/,
    );
  });
});
