/** How long a call to Salesforce waits for company, by the pace at which callers come. Times are milliseconds. */
import { beforeEach, describe, expect, it } from 'vitest';
import { createPace, createReturns, type Pace, type Returns } from '#connectors/salesforce/pace.ts';

const AS_IF_ALONE = 5;

describe('a call waits', () => {
  let returns: Returns;
  let pace: Pace;
  let now: number;
  beforeEach(() => {
    returns = createReturns();
    pace = createPace(returns);
    now = 1_000;
  });

  const come = (callers: number, gap: number) => {
    for (let caller = 0; caller < callers; caller += 1) pace.came((now += gap));
  };
  const afterLast = () => pace.linger(now).afterLast;

  it('hardly, for whoever is alone or among few', () => {
    expect(afterLast()).toBe(AS_IF_ALONE);
    come(5, 50);
    expect(afterLast()).toBe(AS_IF_ALONE);
  });

  it('for several times the gap between those who come, and not for ever', () => {
    come(20, 50);
    expect(afterLast()).toBe(300);
    come(20, 300);
    expect(pace.linger(now)).toEqual({ afterLast: 800, afterFirst: 3_000 });
  });

  it('hardly, where they come at long intervals', () => {
    come(20, 500);
    expect(afterLast()).toBe(AS_IF_ALONE);
  });

  it('hardly, where many came at once and nobody since', () => {
    come(200, 0.1);
    expect(afterLast()).toBe(AS_IF_ALONE);
    come(20, 50);
    now += 500;
    expect(afterLast()).toBe(AS_IF_ALONE);
  });

  it('hardly, for one who comes back as soon as it is answered, however often', () => {
    for (let turn = 0; turn < 50; turn += 1) {
      now += 60;
      returns.add(1, now);
      pace.came(now + 1);
    }
    expect(afterLast()).toBe(AS_IF_ALONE);
  });

  it('for others than those who come back', () => {
    for (let turn = 0; turn < 12; turn += 1) {
      now += 60;
      returns.add(1, now);
      pace.came(now + 1);
      pace.came(now + 2);
    }
    expect(afterLast()).toBe(360);
  });

  it('half as long each time that it waited for nobody, and as long as before once somebody came', () => {
    come(20, 50);
    pace.left(1, now);
    expect(afterLast()).toBe(150);
    pace.left(1, now);
    expect(afterLast()).toBe(75);
    pace.left(4, now);
    expect(afterLast()).toBe(300);
  });
});
