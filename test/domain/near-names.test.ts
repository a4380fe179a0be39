/** Names that may have been meant: told with what is wrong, however long that is. */
import { expect, it } from 'vitest';
import { nearMiss, nearNames } from '#domain/near-names.ts';

const known = ['title', 'department', 'Sales', 'Sales EMEA', 'city', 'country'];

it('the nearest come first, before all others what contains the name or is in it', () => {
  expect(nearNames('Sale', known).slice(0, 2)).toEqual(['Sales', 'Sales EMEA']);
  expect(nearNames('titel', known)[0]).toBe('title');
  expect(nearMiss('departmnet', known)).toBe('department');
  expect(nearMiss('budget', known)).toBeUndefined();
});

it('a name of ten million letters takes no longer than any', () => {
  const names = Array.from({ length: 100 }, (_, index) => `${'y'.repeat(90)}${index}`);
  const from = performance.now();
  expect(nearNames('x'.repeat(10_000_000), names)).toHaveLength(5);
  expect(nearMiss('x'.repeat(10_000_000), ['x'.repeat(10_000_001)])).toBeDefined();
  expect(performance.now() - from).toBeLessThan(1_000);
});
