/** `joinery group push` */
import type { Command } from 'commander';
import { pushGroups, type PushOutcome } from '../group-push.ts';
import { known, withRemedy } from './input.ts';
import { actor, printJson, printLines, table, withStack } from './session.ts';

interface Options {
  application?: string;
  preview?: boolean;
  json?: boolean;
}

export function addGroupPushCommand(program: Command): void {
  const group =
    program.commands.find((one) => one.name() === 'group') ?? program.command('group').description('groups');
  group
    .command('push')
    .description('make groups in applications by their rules, and rename those that have another label')
    .option('--application <name>', 'only in this application')
    .option('--preview', 'say what would be made, and make nothing')
    .option('--json', 'print JSON')
    .action(async ({ application, preview, json }: Options) => {
      await withStack(async ({ directory, sealer }) => {
        const options = { directory, sealer: sealer(), ...(preview ? {} : { pushAs: actor() }) };
        const outcomes = known(application ?? '', await withRemedy(pushGroups(options, application)));
        if (outcomes.some(({ result }) => result === 'refused')) process.exitCode = 1;
        if (json) printJson(outcomes);
        else printLines(describe(outcomes, preview ?? false));
      });
    });
}

function describe(outcomes: PushOutcome[], preview: boolean): string[] {
  if (outcomes.length === 0) return ['No rule pushes a group.'];
  const rows = outcomes.map(({ application, group, type, name, label, oldLabel, result, why, remedy }) => [
    application,
    group,
    `${type} ${name}`,
    preview && result !== 'there' && result !== 'refused' ? `would be ${result}` : result,
    why === undefined
      ? oldLabel === undefined
        ? label
        : `${oldLabel} → ${label}`
      : [why, remedy].filter(Boolean).join('; '),
  ]);
  return table(['application', 'group', 'entitlement', 'result', 'label'], rows);
}
