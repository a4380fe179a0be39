/** `joinery plan`, `joinery plan show | list`, `joinery apply`: what would be changed is read, then done. */
import { pipeline } from 'node:stream/promises';
import { InvalidArgumentError, type Command } from 'commander';
import type { PlanItem } from '#domain/plan-item.ts';
import type { PlanSelection } from '#domain/plan-summary.ts';
import { findPlan, listPlans, readPlanItems, type PlanRecord } from '#directory/plans.ts';
import { createLogger } from '#runtime/logger.ts';
import { planEventIds } from '../plan-events.ts';
import { itemLines, summaryLines } from '../plan-format.ts';
import { applyPlan, describeSelection, planOutcome, startPlan, untilMade, type PlanOutcome } from '../plans.ts';
import { createRelay } from '../relay.ts';
import { oneLine } from '../report-format.ts';
import { untilSettled } from '../settled.ts';
import { progress } from './progress.ts';
import { actor, printJson, printLines, table, withStack, type Session } from './session.ts';
import { describeTasks } from './task.ts';

interface Asked {
  person?: string[];
  group?: string;
  all?: boolean;
  application?: string[];
  json?: boolean;
}

/** The most plans of a list. */
const LISTED = 100;

export function addPlanCommands(program: Command): void {
  const plan = program
    .command('plan')
    .description('find out what would be changed, without changing it')
    .option('--person <employee number...>', 'for these people')
    .option('--group <name>', 'for the people of a group')
    .option('--all', 'for everybody')
    .option('--application <name...>', 'in these applications only')
    .option('--json', 'print JSON')
    .action(async (asked: Asked) => {
      const selection = selectionOf(asked);
      await withStack(async (session) => {
        const made = await make(session, selection);
        await print(session, made, asked.json ?? false);
        if (made.state === 'failed') process.exitCode = 1;
      });
    });

  plan
    .command('show')
    .description('everything about one plan, and what came of it')
    .argument('<id>', 'its number', number)
    .option('--json', 'print JSON')
    .action(async (id: number, _options: object, command: Command) => {
      const { json = false } = command.optsWithGlobals<{ json?: boolean }>();
      await withStack(async (session) => {
        const found = await findPlan(session.directory, id);
        if (!found) throw new Error(`there is no plan ${id} (joinery plan list)`);
        await print(session, found, json);
      });
    });

  plan
    .command('list')
    .description('plans, newest first')
    .option('--json', 'print JSON')
    .action(async (_options: object, command: Command) => {
      const { json } = command.optsWithGlobals<{ json?: boolean }>();
      await withStack(async ({ directory }) => {
        const plans = await listPlans(directory, LISTED);
        if (json) printJson(plans);
        else printLines(plans.length === 0 ? ['There is no plan.'] : describePlans(plans));
      });
    });

  program
    .command('apply')
    .description('carry out a plan that was read: what stands in it, and nothing else')
    .argument('<id>', 'the number of the plan', number)
    .option('--wait', 'wait until everything has been carried out, or waits for somebody')
    .option('--json', 'print JSON')
    .action(async (id: number, { wait, json }: { wait?: boolean; json?: boolean }) => {
      await withStack((session) => apply(session, id, wait ?? false, json ?? false));
    });
}

function selectionOf({ person, group, all, application }: Asked): PlanSelection {
  const applications = application ? { applications: application } : {};
  const given = [
    ...(person ? [{ people: [...new Set(person)], ...applications }] : []),
    ...(group === undefined ? [] : [{ group, ...applications }]),
    ...(all ? [{ all: true as const, ...applications }] : []),
  ];
  const [selection] = given;
  if (!selection || given.length > 1) throw new Error('say for whom: one of --person, --group, --all');
  return selection;
}

async function make({ config, directory, temporal }: Session, selection: PlanSelection): Promise<PlanRecord> {
  const client = await temporal();
  const taskQueue = config.taskQueue;
  const started = await startPlan({ directory, temporal: client, taskQueue }, { selection, by: actor() });
  if (started.result === 'refused') throw new Error(started.why);
  const bar = progress(`plan ${started.id}: people`, 0);
  const made = await untilMade({ directory, temporal: client }, started.id, ({ people }) => bar.at(people));
  if (!made) throw new Error(`plan ${started.id} is gone`);
  bar.at(made.summary?.people ?? 0);
  bar.done();
  return made;
}

/** Prints a plan as fast as its reader takes it, so that one over many people is never held in memory. */
async function print({ directory }: Session, plan: PlanRecord, json: boolean): Promise<void> {
  const outcome = plan.appliedAt === null ? undefined : await planOutcome(directory, plan.id);
  const items = readPlanItems(directory, plan.id);
  await pipeline(json ? asJson(plan, outcome, items) : asText(plan, outcome, items), process.stdout, { end: false });
}

/** One JSON object, an item a line. */
async function* asJson(
  plan: PlanRecord,
  outcome: PlanOutcome | undefined,
  pages: AsyncIterable<PlanItem[]>,
): AsyncGenerator<string> {
  yield `${JSON.stringify({ ...plan, ...(outcome ? { outcome } : {}) }).slice(0, -1)},"items":[`;
  let between = '\n';
  for await (const page of pages) {
    yield between + page.map((item) => JSON.stringify(item)).join(',\n');
    between = ',\n';
  }
  yield ']}\n';
}

async function* asText(
  plan: PlanRecord,
  outcome: PlanOutcome | undefined,
  pages: AsyncIterable<PlanItem[]>,
): AsyncGenerator<string> {
  for await (const lines of itemLines(pages)) yield `${lines.join('\n')}\n`;
  yield `${[`plan ${plan.id}`, ...describe(plan, outcome)].join('\n')}\n`;
}

function describe(plan: PlanRecord, outcome: PlanOutcome | undefined): string[] {
  const { id, state, selection, summary, sha256, createdBy, createdAt } = plan;
  const whole = `${describeSelection(selection)}, by ${createdBy} at ${createdAt}: ${state}`;
  return [
    oneLine(whole),
    ...(summary ? summaryLines(summary) : []),
    ...(sha256 === null ? [] : [`sha256 ${sha256}`]),
    ...(outcome ? describeOutcome(plan, outcome) : []),
    ...(state === 'made' && !outcome && (summary?.operations ?? 0) > 0
      ? ['', `joinery apply ${id} --wait carries it out`]
      : []),
  ];
}

async function apply(session: Session, id: number, wait: boolean, json: boolean): Promise<void> {
  const { config, directory, temporal } = session;
  const applied = await applyPlan(directory, { id, by: actor() });
  if (applied.result === 'unknown') throw new Error(`there is no plan ${id} (joinery plan list)`);
  if (applied.result === 'refused') throw new Error(applied.why);
  const log = createLogger({ level: config.logLevel, name: 'apply' });
  // Signalled from here too, so that it works when no HTTP server runs.
  await createRelay({ directory, temporal: await temporal(), taskQueue: config.taskQueue, log }).drain();
  if (wait) {
    const ids = await planEventIds(directory, id);
    const bar = progress('carried out', ids.length);
    await untilSettled(directory, ids, (left) => bar.at(ids.length - left));
    bar.done();
  }
  const { plan, result } = applied;
  const outcome = await planOutcome(directory, id);
  if (json) printJson({ ...plan, result, outcome });
  else
    printLines([
      ...(result === 'known' ? [`Plan ${id} was applied before; nothing is done again.`] : []),
      ...describeOutcome(plan, outcome),
    ]);
  if (outcome.bad.length + outcome.tasks.length > 0) process.exitCode = 1;
}

function describeOutcome({ id, appliedBy, appliedAt }: PlanRecord, outcome: PlanOutcome): string[] {
  const { people, states, skipped, bad, tasks } = outcome;
  const { accepted = 0, signalled = 0, ...ended } = states;
  const counts = Object.entries(ended).map(([state, count]) => `${count} ${state}`);
  const open = accepted + signalled;
  return [
    `plan ${id} was applied by ${appliedBy ?? '?'} at ${appliedAt ?? '?'} to ${people} people: ${[...counts, ...(open > 0 ? [`${open} at work or waiting`] : [])].join(', ') || 'nothing to do'}`,
    ...(skipped.length > 0 ? ['refused, or not needed any more:'] : []),
    ...skipped.flatMap(({ employeeNumber, lines }) => lines.map((line) => `  ${employeeNumber}: ${line}`)),
    ...bad.flatMap(({ employeeNumber, state, summary }) => [
      `${employeeNumber}: ${state}`,
      ...summary.split('\n').map((line) => `  ${line}`),
    ]),
    ...(tasks.length > 0 ? ['these wait for somebody (joinery task --help):', ...describeTasks(tasks)] : []),
  ].map(oneLine);
}

function describePlans(plans: PlanRecord[]): string[] {
  return table(
    ['plan', 'made at', 'by', 'for', 'state', 'operations', 'applied at'],
    plans.map(({ id, createdAt, createdBy, selection, state, summary, appliedAt }) =>
      [
        String(id),
        createdAt,
        createdBy,
        describeSelection(selection),
        state,
        String(summary?.operations ?? ''),
        appliedAt ?? '',
      ].map(oneLine),
    ),
  );
}

function number(text: string): number {
  if (!/^[1-9]\d{0,14}$/.test(text)) throw new InvalidArgumentError('give the number of a plan (joinery plan list).');
  return Number(text);
}
