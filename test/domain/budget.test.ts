/** What is left of an application's API calls, and for whom. */
import { describe, expect, it } from 'vitest';
import { budgetFault } from '#domain/budget.ts';

describe('the budget of API calls', () => {
  it('lets everybody call until the reserve is reached', () => {
    expect(budgetFault({ used: 89, total: 100 }, 0.1, false)).toBeUndefined();
    expect(budgetFault({ used: 90, total: 100 }, 0.1, false)).toBe(
      '90 of 100 API calls are used; the last 10 are kept for leavers',
    );
  });

  it('lets urgent work call as long as the application does', () => {
    for (const used of [90, 100, 120]) expect(budgetFault({ used, total: 100 }, 0.1, true)).toBeUndefined();
  });

  it('without a reserve ends with the last call, and promises leavers nothing', () => {
    expect(budgetFault({ used: 99, total: 100 }, 0, false)).toBeUndefined();
    expect(budgetFault({ used: 100, total: 100 }, 0, false)).toBe('100 of 100 API calls are used');
  });

  it('that is a reserve altogether lets nobody else call', () => {
    expect(budgetFault({ used: 0, total: 100 }, 1, false)).toContain('the last 100 are kept');
  });

  it('of an application that tells of no limit is endless', () => {
    expect(budgetFault({ used: 5, total: 0 }, 0.1, false)).toBeUndefined();
  });
});
