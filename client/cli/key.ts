/** `joinery key create | revoke` */
import { Option, type Command } from 'commander';
import { ROLES, type Role } from '#directory/api-keys.ts';
import { createKey, revokeKeys } from '../keys.ts';
import { actor, printJson, printLines, withStack } from './session.ts';

export function addKeyCommands(program: Command): void {
  const key = program.command('key').description('API keys');
  key
    .command('create')
    .description('make an API key; it is shown once')
    .requiredOption('--name <name>', 'what it is for')
    .addOption(new Option('--role <role>', 'what it may do').choices([...ROLES]).makeOptionMandatory())
    .option('--json', 'print JSON')
    .action(async ({ name, role, json }: { name: string; role: Role; json?: boolean }) => {
      await withStack(async ({ directory }) => {
        const secret = await createKey(directory, { name, role, actor: actor() });
        if (json) printJson({ name, role, key: secret });
        else printLines([secret, `This is the only time the key "${name}" (${role}) is shown.`]);
      });
    });

  key
    .command('revoke')
    .description('close the API keys of a name at once')
    .requiredOption('--name <name>', 'what they were for')
    .option('--json', 'print JSON')
    .action(async ({ name, json }: { name: string; json?: boolean }) => {
      await withStack(async ({ directory }) => {
        const revoked = await revokeKeys(directory, { name, actor: actor() });
        if (revoked === 0) throw new Error(`no open key is named "${name}"`);
        if (json) printJson({ name, revoked });
        else printLines([`${revoked} key${revoked === 1 ? '' : 's'} named "${name}" closed.`]);
      });
    });
}
