/**
 * How a bulk import grows: 1,000, 10,000 and 100,000 new people, one import after the other into the same org, 50 ms away;
 * seconds, time a row, and the most memory that each process has meanwhile. Brings its own stack: npm run bench -- scale
 * [--rows N], which leaves out whatever is larger than N. Fails when a row of the largest takes over 1.2 times as long as one of
 * the import before it, or the worker needs 400 MB or more. Prints one JSON line last.
 */
import { runImport, stageNewcomers } from './support/imports.ts';
import { peakMb, watchingMemory } from './support/memory.ts';
import { newcomers } from './support/newcomers.ts';
import { round, rowsAsked } from './support/options.ts';
import { openOrg } from './support/org.ts';
import { withOwnStack, type OwnStack } from './support/own-stack.ts';

const SIZES = [1_000, 10_000, 100_000];
const LETTERS = ['K', 'L', 'M'];
const MOST_PER_ROW_RATIO = 1.2;
const MOST_WORKER_MB = 400;
const largest = rowsAsked(100_000);

process.exitCode = await withOwnStack(async (stack) => {
  await openOrg(stack.simulator);
  const imports = [];
  for (const [index, rows] of sizes().entries()) {
    imports.push(await measure(stack, LETTERS[index] ?? '', rows));
    process.stderr.write(`${JSON.stringify(imports.at(-1))}\n`);
  }
  const [before, last] = imports.slice(-2);
  const perRowRatio = before && last ? round(last.msPerRow / before.msPerRow, 3) : null;
  const workerPeakMB = await peakMb(stack.pids.worker);
  console.log(JSON.stringify({ bench: 'scale', rows: last?.rows ?? before?.rows, imports, perRowRatio, workerPeakMB }));
  return (perRowRatio ?? 1) > MOST_PER_ROW_RATIO || workerPeakMB >= MOST_WORKER_MB ? 1 : 0;
});

function sizes(): number[] {
  return [...SIZES.filter((size) => size < largest), largest].slice(0, SIZES.length);
}

async function measure(stack: OwnStack, letter: string, rows: number) {
  const staged = await stageNewcomers(stack, newcomers(letter, rows));
  const { result: seconds, mb } = await watchingMemory({ ...stack.pids, bench: process.pid }, () =>
    runImport(stack, staged.id, rows),
  );
  const msPerRow = round((seconds * 1000) / rows, 3);
  return { rows, stageSeconds: round(staged.seconds), seconds: round(seconds), msPerRow, mb };
}
