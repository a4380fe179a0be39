/** `joinery config export | diff | apply` */
import { readFile, writeFile } from 'node:fs/promises';
import { createInterface } from 'node:readline/promises';
import { InvalidArgumentError, type Command } from 'commander';
import { namedVariable } from '#runtime/config.ts';
import { applyConfig } from '../config-apply.ts';
import { planConfig, type ConfigPlan } from '../config-change.ts';
import { describeDiff } from '../config-diff.ts';
import { writeConfig } from '../config-file.ts';
import { loadConfig } from '../config.ts';
import { ConfigFileError, readConfig, type FileFault } from '../config-reading.ts';
import { describeImpact, streamImpact, summariseImpact } from '../impact.ts';
import { actor, printJson, printLines, withStack, type Session } from './session.ts';

const PRUNE = 'also remove custom fields, groups and applications that the file lacks';
const SHOWN = 20;

export function addConfigCommands(program: Command): void {
  const config = program
    .command('config')
    .description('profile fields, groups and applications as one file (docs/policy.md)');

  config
    .command('export')
    .description('write everything as YAML, without secrets')
    .argument('[file]', 'printed without one')
    .action(async (file: string | undefined) => {
      const text = await withStack(async ({ directory }) => writeConfig(await loadConfig(directory)));
      if (file === undefined) process.stdout.write(text);
      else await writeFile(file, text);
    });

  config
    .command('diff')
    .description('what applying a file would change; exits 0 when nothing would, 1 when something would or can not')
    .argument('<file>')
    .option('--prune', PRUNE)
    .option('--impact', 'also for whom: what it would change in the applications, person by person')
    .option('--people <number>', 'how many people to show in full', count, SHOWN)
    .option('--json', 'print JSON; with --impact a line for each person and one for all of them')
    .action(async (file: string, asked: { prune?: boolean; impact?: boolean; people: number; json?: boolean }) => {
      await withStack(async (session) => {
        const { plan } = await planned(session, file, asked.prune ?? false);
        const { diff, faults, warnings } = plan;
        if (diff.length + faults.length > 0) process.exitCode = 1;
        if (asked.json && !asked.impact) return printJson({ diff, faults, warnings });
        if (!asked.json) printLines([...describeDiff(diff), ...describeFaults(file, faults), ...warned(warnings)]);
        if (asked.impact && faults.length === 0) await tellImpact(session, plan, asked);
      });
    });

  config
    .command('apply')
    .description('apply all of a file, or nothing; shows what changes and asks first')
    .argument('<file>')
    .option('--prune', PRUNE)
    .option('--yes', 'do not ask; needed without a terminal when something is removed')
    .option('--json', 'print JSON')
    .action(async (file: string, { prune = false, yes, json }: { prune?: boolean; yes?: boolean; json?: boolean }) => {
      await withStack(async (session) => {
        const { text, plan } = await planned(session, file, prune);
        if (plan.faults.length > 0) throw new Error(describeFaults(file, plan.faults).join('\n'));
        if (!json) printLines(describeDiff(plan.diff));
        const { diff } = plan;
        if (diff.length > 0 && !yes && !(await agreed(diff.some(({ what }) => what === 'removed')))) {
          process.exitCode = 1;
          return;
        }
        const options = { ...optionsOf(session, prune), actor: actor(), shown: diff };
        const applied = await applyConfig(session.directory, readConfig(text), options).catch(inFile(file));
        if (json) return printJson(applied);
        printLines([...warned(applied.warnings), ...(diff.length > 0 ? ['Applied.'] : [])]);
      });
    });
}

async function planned(session: Session, file: string, prune: boolean): Promise<{ text: string; plan: ConfigPlan }> {
  const text = await readFile(file, 'utf8');
  try {
    return { text, plan: await planConfig(session.directory, readConfig(text), optionsOf(session, prune)) };
  } catch (error) {
    return inFile(file)(error);
  }
}

function optionsOf({ sealer }: Session, prune: boolean) {
  return { sealer: sealer(), prune, variable: (name: string) => namedVariable(name) };
}

async function tellImpact(
  { directory }: Session,
  plan: ConfigPlan,
  { people, json }: { people: number; json?: boolean },
): Promise<void> {
  const impacts = streamImpact(directory, plan);
  if (!json) return printLines(describeImpact(await summariseImpact(impacts, people)));
  const summary = await summariseImpact(impacts, 0, (impact) => process.stdout.write(`${JSON.stringify(impact)}\n`));
  process.stdout.write(`${JSON.stringify({ diff: plan.diff, warnings: plan.warnings, ...summary })}\n`);
}

function count(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('give a number.');
  return Number(text);
}

/** Asks on a terminal; without one, only what removes nothing goes on. */
async function agreed(removes: boolean): Promise<boolean> {
  if (!process.stdin.isTTY || !process.stderr.isTTY) {
    if (removes) throw new Error('something would be removed: say --yes');
    return true;
  }
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await terminal.question('Apply this? (y/N) ')).trim());
  } finally {
    terminal.close();
  }
}

function inFile(file: string): (error: unknown) => never {
  return (error) => {
    if (error instanceof ConfigFileError)
      throw new Error(describeFaults(file, error.faults).join('\n'), { cause: error });
    throw error;
  };
}

function describeFaults(file: string, faults: readonly FileFault[]): string[] {
  return faults.map(({ line, column, field, problem }) => `${file}:${line}:${column}: ${field} ${problem}`);
}

function warned(warnings: readonly string[]): string[] {
  return warnings.map((warning) => `warning: ${warning}`);
}
