/** `joinery app list | add | verify` */
import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import type { Verification } from '#domain/verification.ts';
import { addApplication, showApplications, verifyApplication } from '../applications.ts';
import { actor, printJson, printLines, table, withStack } from './session.ts';

export function addAppCommands(program: Command): void {
  const app = program.command('app').description('applications');

  app
    .command('list')
    .description('every application')
    .option('--json', 'print JSON')
    .action(async ({ json }: { json?: boolean }) => {
      await withStack(async ({ directory }) => {
        const applications = await showApplications(directory);
        if (json) return printJson(applications);
        const rows = applications.map(({ name, label, connector, enabled, scope }) => [
          name,
          label,
          connector,
          enabled ? 'yes' : 'no',
          scope,
        ]);
        printLines(table(['name', 'label', 'connector', 'enabled', 'scope'], rows));
      });
    });

  app
    .command('add')
    .description('add or replace an application from a JSON file; its secret is sealed')
    .argument('<file>')
    .option('--json', 'print JSON')
    .action(async (file: string, { json }: { json?: boolean }) => {
      const document = parse(await readFile(file, 'utf8'), file);
      await withStack(async ({ directory, sealer }) => {
        const application = await addApplication(directory, sealer(), document, actor());
        if (json) printJson(application);
        else printLines([`${application.name} is saved; check it with: joinery app verify ${application.name}`]);
      });
    });

  app
    .command('verify')
    .description('ask an application who we are there, what is left of it, and what we may not do')
    .argument('<name>')
    .option('--json', 'print JSON')
    .action(async (name: string, { json }: { json?: boolean }) => {
      await withStack(async ({ directory, sealer }) => {
        const verification = await verifyApplication(directory, sealer(), name).catch(
          (error: Error & { remedy?: string }) => {
            throw error.remedy ? new Error(`${error.message}\n${error.remedy}`, { cause: error }) : error;
          },
        );
        if (!verification) throw new Error(`there is no application ${name} (joinery app list)`);
        if (json) printJson(verification);
        else printLines(describe(name, verification));
        if (verification.missingPermissions.length > 0) process.exitCode = 1;
      });
    });
}

function describe(name: string, verification: Verification): string[] {
  const { product, edition, organisation, identity, simulated, missingPermissions, capacity, usage } = verification;
  return [
    `${name}: ${product}, ${edition}${simulated ? '  ** SIMULATED: this is the simulator, not Salesforce **' : ''}`,
    `organisation  ${organisation}`,
    `we are        ${identity}`,
    `API calls     ${usage.used} of ${usage.total} used in 24 hours`,
    '',
    ...table(
      ['licence', 'used', 'total'],
      capacity.map((licence) => [licence.resource, String(licence.used), String(licence.total)]),
    ),
    '',
    missingPermissions.length === 0 ? 'Nothing is missing.' : `MISSING: ${missingPermissions.join('; ')}`,
  ];
}

function parse(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error(`${file} is not JSON: ${error instanceof Error ? error.message : ''}`, { cause: error });
  }
}
