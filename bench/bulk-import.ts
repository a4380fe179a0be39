/**
 * What a bulk import of new people costs against a bare jsforce script that keeps no record: same pages, same window, the same
 * end in the org. Each side has a simulated org of its own, 50 ms away, and was run on some people before; the script has its
 * rows in memory, so our clock runs from `import run` to the end, and what staging the file takes is told beside it.
 * Brings its own stack: npm run bench -- bulk-import [--rows N]. Fails when we take more than 1.3 times as long or 5 % more
 * API calls. Prints one JSON line last.
 */
import { PEOPLE_A_PAGE } from '#domain/import.ts';
import { importWorkflowId } from '#workflows/ids.ts';
import { runBareScript } from './support/bare-script.ts';
import { cpuClock } from './support/cpu.ts';
import { measureHistories } from './support/histories.ts';
import { runImport, stageNewcomers } from './support/imports.ts';
import { peakMb } from './support/memory.ts';
import { newcomers } from './support/newcomers.ts';
import { round, rowsAsked } from './support/options.ts';
import { openOrg, type EndState } from './support/org.ts';
import { withOwnStack, type OwnStack } from './support/own-stack.ts';

const MOST_RATIO = 1.3;
const MOST_CALLS_MORE = 0.05;
const WARM_UP = 800;
const rows = rowsAsked(10_000);

process.exitCode = await withOwnStack(compare);

async function compare(stack: OwnStack): Promise<number> {
  const script = await scriptSide(await stack.anotherOrg());
  const ours = await ourSide(stack);
  const difference = differenceOf(script.end, ours.end);
  if (difference) throw new Error(`the two did not do the same: ${difference}`);

  const ratio = ours.seconds / script.seconds;
  const apiCallsMore = ours.apiCalls / script.apiCalls - 1;
  const { events, activities, largest, largestPayloadBytes } = ours.histories;
  console.log(
    JSON.stringify({
      bench: 'bulk-import',
      rows,
      scriptSeconds: round(script.seconds),
      oursSeconds: round(ours.seconds),
      ratio: round(ratio, 3),
      stageSeconds: round(ours.stageSeconds),
      ratioWithStaging: round((ours.seconds + ours.stageSeconds) / script.seconds, 3),
      scriptApiCalls: script.apiCalls,
      oursApiCalls: ours.apiCalls,
      apiCallsMore: round(apiCallsMore, 3),
      historyEvents: events,
      historyEventsPer200Rows: round((events * PEOPLE_A_PAGE) / rows),
      activitiesPer200Rows: round((activities * PEOPLE_A_PAGE) / rows),
      largestHistory: largest,
      largestPayloadBytes,
      workerPeakMB: ours.workerPeakMB,
      cpuMs: { script: script.cpuMs, ours: ours.cpuMs },
      endState: ours.end,
    }),
  );
  return ratio > MOST_RATIO || apiCallsMore > MOST_CALLS_MORE ? 1 : 0;
}

async function scriptSide({ url, pid }: { url: string; pid: number }) {
  const org = await openOrg(url);
  await runBareScript(url, newcomers('W', WARM_UP));
  const before = await org.apiCalls();
  const cpu = await cpuClock({ script: process.pid, simulator: pid });
  const began = performance.now();
  await runBareScript(url, newcomers('P', rows));
  const seconds = (performance.now() - began) / 1000;
  return { seconds, cpuMs: await cpu(), apiCalls: (await org.apiCalls()) - before, end: await org.endState('P') };
}

async function ourSide(stack: OwnStack) {
  const org = await openOrg(stack.simulator);
  const warmUp = await stageNewcomers(stack, newcomers('W', WARM_UP));
  await runImport(stack, warmUp.id, WARM_UP);
  const staged = await stageNewcomers(stack, newcomers('P', rows));
  const before = await org.apiCalls();
  const cpu = await cpuClock(stack.pids);
  const seconds = await runImport(stack, staged.id, rows);
  return {
    seconds,
    cpuMs: await cpu(),
    stageSeconds: staged.seconds,
    apiCalls: (await org.apiCalls()) - before,
    workerPeakMB: await peakMb(stack.pids.worker),
    end: await org.endState('P'),
    histories: await measureHistories(stack.temporal, importWorkflowId(staged.id)),
  };
}

/** Undefined when both sides left everybody with the same. */
function differenceOf(script: EndState, ours: EndState): string | undefined {
  const [a, b] = [JSON.stringify(script), JSON.stringify(ours)];
  if (script.users !== rows) return `of ${rows} people the script gave accounts to ${script.users}`;
  return a === b ? undefined : `the script ended with ${a}, we with ${b}`;
}
