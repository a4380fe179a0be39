/** How many licences can still be taken. */
import { describe, expect, it } from 'vitest';
import { freeFor } from '#domain/capacity.ts';

describe('what is free of a licence', () => {
  it.each([
    [10, 4, 0, 6],
    [10, 4, 2, 4],
    [10, 4, 6, 0],
    [10, 4, 9, 0],
    [10, 10, 0, 0],
    // An organisation may hold more than it pays for.
    [10, 12, 0, 0],
    [0, 0, 0, 0],
  ])('%i in all, %i taken, %i before us: %i', (total, used, ahead, free) => {
    expect(freeFor({ resource: 'user-license Salesforce', used, total }, ahead)).toBe(free);
  });
});
