/** `joinery demo`: real HR data becomes Salesforce users, one of them moves, one leaves; then it shows what happened. */
import { dirname } from 'node:path';
import type { Command } from 'commander';
import type { HrChange } from '#domain/hr-event.ts';
import { findHrEvents } from '#directory/hr-events.ts';
import { openTasksOf } from '#directory/tasks.ts';
import { submitHrEvents } from '../intake.ts';
import { untilSettled } from '../settled.ts';
import { checkDemo } from './demo/check.ts';
import { readOracleHr } from './demo/oracle-hr.ts';
import { showDemo } from './demo/outcome.ts';
import { progress } from './progress.ts';
import { printLines, withStack, type Session } from './session.ts';
import { DEMO_APPLICATION, startJoinery, stayUp, welcome } from './stack.ts';
import { loadConfig } from '#runtime/config.ts';

export function addDemoCommand(program: Command): void {
  program
    .command('demo')
    .description('start the stack, or use the one that runs, and send it the HR data of 107 people')
    .option('--exit', 'stop when it is done; the exit code says whether all went as it should')
    .option('--json', 'print the outcome as JSON')
    .action(async ({ exit, json }: { exit?: boolean; json?: boolean }) => {
      const running = loadConfig().running;
      const own = running ? undefined : await startJoinery((line) => process.stderr.write(`${line}\n`));
      try {
        const faults = await withStack((session) => runDemo(session, json ?? false));
        if (faults.length > 0) process.exitCode = 1;
        if (!own || exit) return;
        printLines(welcome(own.stack, own.config));
        await stayUp(own.stack);
      } finally {
        await own?.stack.stop();
      }
    });
}

/** Sends the story, waits for it, shows it. Answers what is not as it should be. */
async function runDemo(session: Session, json: boolean): Promise<string[]> {
  const began = Date.now();
  const story = await readOracleHr(`${dirname(DEMO_APPLICATION)}/oracle-hr`);
  await carryOut(session, story.joiners, `${story.joiners.length} people join`);
  await carryOut(session, [story.mover], 'one moves to another department');
  await carryOut(session, [story.leaver], 'one leaves');
  const seconds = (Date.now() - began) / 1000;
  const faults = await checkDemo(session, story);
  await showDemo(session, { story, seconds, faults, json });
  return faults;
}

/** Sends events and waits until all are settled. Sent before, they are known and nothing happens again. */
async function carryOut({ directory, config }: Session, events: HrChange[], title: string): Promise<void> {
  const submissions = await submitHrEvents(events, { directory, defaultTimeZone: config.timeZone, source: 'demo' });
  const refused = submissions.flatMap((submission) => (submission.result === 'invalid' ? submission.faults : []));
  if (refused.length > 0)
    throw new Error(`demo: ${refused.map(({ field, problem }) => `${field} ${problem}`).join('; ')}`);
  const known = submissions.filter(({ result }) => result === 'known').length;
  const bar = progress(known === events.length ? `${title} (known from an earlier run)` : title, events.length);
  const ids = events.map(({ id }) => id);
  await untilSettled(directory, ids, (left) => bar.at(events.length - left));
  bar.done();
  for (const { id, person, message } of await openTasksOf(directory, ids))
    process.stderr.write(`task ${id}: ${person}: ${message}\n`);
  const failed = (await findHrEvents(directory, ids)).filter(
    ({ state, settledAt }) => settledAt !== null && state !== 'done',
  );
  for (const { id, state, outcome } of failed.slice(0, 5))
    process.stderr.write(`${id}: ${state}\n${outcome?.summary ?? ''}\n`);
}
