/** `joinery app list | entitlements | blockers | pause | resume | verify`, and those of app-show.ts, app-rules.ts and app-accounts.ts */
import type { Command } from 'commander';
import type { Verification } from '#domain/verification.ts';
import { listBlocked, listEntitlements, verifyApplication, type Blocked } from '../application-answers.ts';
import { showApplications, type ShownApplication } from '../applications.ts';
import { pause, resume } from '../pauses.ts';
import { addAppAccountsCommand } from './app-accounts.ts';
import { addAppRulesCommands } from './app-rules.ts';
import { addAppShowCommand } from './app-show.ts';
import { known, withRemedy } from './input.ts';
import { actor, printJson, printLines, table, times, withStack } from './session.ts';

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
        printLines([
          ...table(['name', 'label', 'connector', 'enabled', 'scope'], rows),
          ...describePauses(applications),
        ]);
      });
    });

  addAppShowCommand(app);
  addAppRulesCommands(app);
  addAppAccountsCommand(app);

  app
    .command('entitlements')
    .description('what can be granted there, by the names that birthrights use')
    .argument('<name>')
    .option('--type <type>', 'only of this type')
    .option('--json', 'print JSON')
    .action(async (name: string, { type, json }: { type?: string; json?: boolean }) => {
      await withStack(async ({ directory, sealer }) => {
        const all = known(name, await withRemedy(listEntitlements(directory, sealer(), name)));
        const entitlements = all.filter((entitlement) => type === undefined || entitlement.type === type);
        if (json) return printJson(entitlements);
        const rows = entitlements.map((entitlement) => [entitlement.type, entitlement.name, entitlement.label]);
        printLines(table(['type', 'name', 'label'], rows));
      });
    });

  app
    .command('blockers')
    .description('who could not be deactivated, why, and what to do')
    .argument('<name>')
    .option('--json', 'print JSON')
    .action(async (name: string, { json }: { json?: boolean }) => {
      await withStack(async ({ directory, sealer }) => {
        const blocked = known(name, await withRemedy(listBlocked(directory, sealer(), name)));
        if (json) return printJson(blocked);
        printLines(blocked.length === 0 ? ['Everybody who left is deactivated.'] : blocked.flatMap(describeBlocked));
      });
    });

  app
    .command('pause')
    .description('send nothing to an application; what comes waits')
    .argument('<name>')
    .requiredOption('--reason <text>', 'shown to everybody who asks')
    .action(async (name: string, { reason }: { reason: string }) => {
      await withStack(async ({ directory }) => {
        const changed = known(name, await pause(directory, name, reason, actor()));
        printLines([changed ? `${name} is paused` : `${name} was paused before; that reason stays`]);
      });
    });

  app
    .command('resume')
    .description('end a pause; what waited goes on within half an hour, leavers within five minutes')
    .argument('<name>')
    .action(async (name: string) => {
      await withStack(async ({ directory }) => {
        const changed = known(name, await resume(directory, name, actor()));
        printLines([changed ? `${name} is resumed` : `${name} was not paused`]);
      });
    });

  app
    .command('verify')
    .description('ask an application who we are there, what is left of it, and what we may not do')
    .argument('<name>')
    .option('--json', 'print JSON')
    .action(async (name: string, { json }: { json?: boolean }) => {
      await withStack(async ({ directory, sealer }) => {
        const verification = known(name, await withRemedy(verifyApplication(directory, sealer(), name)));
        if (json) printJson(verification);
        else printLines(describe(name, verification));
        if (verification.missingPermissions.length > 0) process.exitCode = 1;
      });
    });
}

/** A line for each application that nothing is sent to. */
export function describePauses(applications: ShownApplication[]): string[] {
  return applications.flatMap(({ name, pause: paused }) =>
    paused ? [`${name} is paused since ${paused.since} by ${paused.by}: ${paused.reason}`] : [],
  );
}

function describeBlocked({ task, blockers }: Blocked): string[] {
  return [
    `${task.person} (${task.employeeNumber}): task ${task.id}, frozen and not deactivated since ${task.openedAt}, tried ${times(task.attempts)}`,
    `  ${task.message}`,
    ...(task.remedy ? [`  ${task.remedy}`] : []),
    ...blockers.map(({ blocks, label, remedy }) => `  ${blocks ? 'blocks' : 'breaks'}: ${label}; ${remedy}`),
  ];
}

function describe(name: string, verification: Verification): string[] {
  const { product, edition, organisation, identity, simulated, missingPermissions, capacity, usage, limits } =
    verification;
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
    ...(limits.length === 0 ? [] : ['']),
    ...limits.map(({ resource, used, total }) => `limit         ${resource}: ${used} of ${total} used`),
    '',
    missingPermissions.length === 0 ? 'Nothing is missing.' : `MISSING: ${missingPermissions.join('; ')}`,
  ];
}
