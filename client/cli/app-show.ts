/** `joinery app show` */
import type { Command } from 'commander';
import { importMappingsOf, importSourceOf } from '#domain/import-mapping.ts';
import { sourceOf } from '#domain/mapping.ts';
import { showApplication, type ShownApplication } from '../applications.ts';
import { known } from './input.ts';
import { printJson, printLines, table, withStack } from './session.ts';

export function addAppShowCommand(app: Command): void {
  app
    .command('show')
    .description('an application’s rules: whom it is for, what goes into an account, what is read out of it')
    .argument('<name>')
    .option('--json', 'print JSON, as app add takes it but for the secret')
    .action(async (name: string, { json }: { json?: boolean }) => {
      await withStack(async ({ directory }) => {
        const application = known(name, await showApplication(directory, name));
        if (json) printJson(application);
        else printLines(describe(application));
      });
    });
}

function describe(application: ShownApplication): string[] {
  const { name, label, connector, enabled, mode, scope, toggles, pause } = application;
  const off = Object.entries(toggles).flatMap(([toggle, on]) => (on ? [] : [toggle]));
  return [
    `${name}: ${label}, ${connector}, ${enabled ? mode : 'not enabled'}${pause ? `, paused: ${pause.reason}` : ''}`,
    `scope     ${scope}`,
    ...(off.length > 0 ? [`off       ${off.join(', ')}`] : []),
    ...application.protect.map((condition) => `protects  ${condition}`),
    '',
    ...table(
      ['an account is found by', 'which is'],
      application.correlation.map(({ attribute, expression }) => [attribute, expression]),
    ),
    '',
    ...table(
      ['what goes into it', 'is'],
      application.mappings.map((mapping) => [mapping.attribute, sourceOf(mapping)]),
    ),
    '',
    ...table(
      ['what is read of a person', 'is'],
      importMappingsOf(application).map((mapping) => [mapping.field, importSourceOf(mapping)]),
    ),
    ...(application.importMappings.length > 0 ? [] : ['(there are no import mappings: its mappings, turned round)']),
  ];
}
