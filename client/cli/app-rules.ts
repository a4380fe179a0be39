/** `joinery app add | check | remove` */
import type { Command } from 'commander';
import { tellAffected } from '../affected.ts';
import { checkSavedApplication, removeApplication, saveApplicationRules } from '../applications.ts';
import { known, readJsonFile } from './input.ts';
import { actor, printJson, printLines, withStack } from './session.ts';

export function addAppRulesCommands(app: Command): void {
  app
    .command('add')
    .description(
      'add or replace an application from a JSON file; its secret is sealed, or stays where the file has none',
    )
    .argument('<file>')
    .option('--json', 'print JSON')
    .action(async (file: string, { json }: { json?: boolean }) => {
      const document = await readJsonFile(file);
      await withStack(async ({ directory, sealer }) => {
        const { application, warnings } = await saveApplicationRules(directory, sealer(), document, actor());
        if (json) return printJson({ application, warnings });
        const { name } = application;
        printLines([
          ...warnings.map((warning) => `warning: ${warning}`),
          `${name} is saved; check it with: joinery app verify ${name}`,
          ...tellAffected({ all: true, applications: [name] }),
        ]);
      });
    });

  app
    .command('check')
    .description('check an application’s rules again: against the application, and with everybody they are for')
    .argument('<name>')
    .option('--json', 'print JSON')
    .action(async (name: string, { json }: { json?: boolean }) => {
      await withStack(async ({ directory, sealer }) => {
        const checked = known(name, await checkSavedApplication(directory, sealer(), name));
        const { faults, warnings } = checked;
        if (faults.length > 0) process.exitCode = 1;
        if (json) return printJson(checked);
        printLines([
          ...faults.map(({ field, problem }) => `${field}: ${problem}`),
          ...warnings.map((warning) => `warning: ${warning}`),
          ...(faults.length + warnings.length === 0 ? ['Nothing is wrong.'] : []),
        ]);
      });
    });

  app
    .command('remove')
    .description('remove an application from the directory; nothing is changed in the application itself')
    .argument('<name>')
    .option('--forget-accounts', 'although people have accounts recorded there, which are forgotten')
    .action(async (name: string, { forgetAccounts = false }: { forgetAccounts?: boolean }) => {
      await withStack(async ({ directory }) => {
        const removed = await removeApplication(directory, name, { forgetAccounts, actor: actor() });
        if (removed.result === 'refused') throw new Error(`${name} is not removed: ${removed.why}`);
        known(name, removed.result === 'unknown' ? undefined : removed);
        printLines([`${name} is removed; accounts there stay as they are`]);
      });
    });
}
