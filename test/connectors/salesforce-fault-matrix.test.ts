/**
 * Salesforce's fault matrix: every operation meets every fault in each of its calls, and neither loses nor doubles anything.
 * With JOINERY_WRITE_MATRIX=1 it is written into docs/applications/salesforce.md; else the docs have to tell it.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { FAULTS, type Fault } from './fault-matrix/faults.ts';
import { measure, PATIENCE_MS, type Cell, type Measured } from './fault-matrix/measure.ts';
import type { Reading, Writing } from './fault-matrix/operations.ts';
import { READINGS } from './fault-matrix/readings.ts';
import { render, shown, write } from './fault-matrix/table.ts';
import { WRITINGS } from './fault-matrix/writings.ts';

const OPERATIONS: (Reading | Writing)[] = [...WRITINGS, ...READINGS];

/** One for each of the operation's calls that can meet the fault. */
function cellsOf(operation: Reading | Writing, fault: Fault): Cell[] {
  return operation.calls.flatMap((purpose, place) =>
    fault.ending(purpose) === undefined ? [] : [{ operation, fault, place }],
  );
}

const healthy = OPERATIONS.map((operation): Cell => ({ operation, fault: undefined, place: 0 }));
const spoilt = OPERATIONS.flatMap((operation) => FAULTS.flatMap((fault) => cellsOf(operation, fault)));

describe('salesforce', () => {
  let measured: { cell: Cell; seen: Measured }[];
  beforeAll(async () => {
    const cells = [...healthy, ...spoilt];
    const all = await measure(cells);
    measured = cells.flatMap((cell, index) => {
      const seen = all[index];
      return seen ? [{ cell, seen }] : [];
    });
  }, 300_000);

  const seenOf = (operation: Reading | Writing, fault: Fault | undefined) =>
    measured.filter(({ cell }) => cell.operation === operation && cell.fault === fault);

  describe.each(OPERATIONS)('$name', (operation) => {
    it('without a fault', () => {
      const [only] = seenOf(operation, undefined);
      const calls = operation.calls.filter((purpose) => purpose !== 'sign-in');
      if (operation.calls.length === calls.length) expect(only?.seen.calls).toBe(calls.length);
      expect(only?.seen.ending).toBe('done');
      expect(only?.seen.state).toEqual(only?.seen.wanted);
    });

    it.each(FAULTS.filter((fault) => cellsOf(operation, fault).length > 0))('$name', (fault) => {
      const met = seenOf(operation, fault);
      expect(met).toHaveLength(cellsOf(operation, fault).length);
      for (const { cell, seen } of met) {
        const purpose = operation.calls[cell.place] ?? 'look';
        const where = `in call ${cell.place + 1}, ${purpose}`;
        expect(seen, where).toMatchObject({ met: true, ending: fault.ending(purpose) });
        if (fault.ofOneRow) expect(seen.rows.toSorted(), where).toEqual(['done', fault.ending(purpose)]);
        expect(seen.tookMs, where).toBeLessThan(PATIENCE_MS);
        expect(seen.again, where).toBe('done');
        expect(seen.state, where).toEqual(seen.wanted);
      }
    });
  });

  it('is told in the docs as it was measured', async () => {
    const table = render(
      FAULTS.map(({ name }) => name),
      OPERATIONS.map((operation) => ({
        operation: operation.name,
        calls: operation.calls,
        endings: FAULTS.map((fault) => seenOf(operation, fault).map(({ seen }) => seen.ending)),
      })),
    );
    if (process.env['JOINERY_WRITE_MATRIX'] === '1') await write(table);
    expect(await shown()).toBe(table);
  });
});
