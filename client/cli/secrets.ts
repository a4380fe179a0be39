/** `joinery secrets list | rotate` */
import type { Command } from 'commander';
import { listSeals, rotateSecrets, type Rotation } from '../secrets.ts';
import { actor, printJson, printLines, table, withStack } from './session.ts';

export function addSecretsCommands(program: Command): void {
  const secrets = program.command('secrets').description('the sealed credentials of applications; never shows one');
  secrets
    .command('list')
    .description('which key each one is sealed with')
    .option('--json', 'print JSON')
    .action(async ({ json }: { json?: boolean }) => {
      await withStack(async ({ directory, sealer }) => {
        const seals = await listSeals(directory, sealer());
        if (json) return printJson(seals);
        const rows = seals.map(({ application, keyId, key }) => [application, keyId, key]);
        printLines(table(['application', 'sealed with', 'key'], rows));
      });
    });

  secrets
    .command('rotate')
    .description('seal all of them with JOINERY_SECRET_KEY, or none; JOINERY_SECRET_KEY_OLD opens them')
    .option('--json', 'print JSON')
    .action(async ({ json }: { json?: boolean }) => {
      await withStack(async ({ directory, sealer }) => {
        const rotation = await rotateSecrets(directory, sealer(), actor());
        if (json) printJson(rotation);
        else printLines(describe(rotation));
        if (rotation.unopened.length > 0) process.exitCode = 1;
      });
    });
}

function describe({ keyId, resealed, alreadyCurrent, unopened }: Rotation): string[] {
  if (unopened.length === 0)
    return [
      `${resealed.length} sealed anew with key ${keyId}${resealed.length > 0 ? `: ${resealed.join(', ')}` : ''}`,
      `${alreadyCurrent.length} were already`,
    ];
  return [
    ...unopened.map(({ application, problem }) => `${application} can not be opened: ${problem}`),
    `${unopened.length} can not be opened; nothing was changed`,
  ];
}
