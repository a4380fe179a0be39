/** `joinery person show`, and where its other commands are */
import type { Command } from 'commander';
import { showPerson, type PersonView } from '../people.ts';
import { printJson, printLines, table, withStack } from './session.ts';
import { addPersonChangeCommands } from './person-changes.ts';
import { addPersonImportCommand } from './person-import.ts';
import { addPersonListCommand } from './person-list.ts';
import { describeTasks } from './task.ts';

export function addPersonCommands(program: Command): void {
  const person = program.command('person').description('people: hired, changed, ended, listed, imported');
  addPersonListCommand(person);
  addPersonChangeCommands(person);
  addPersonImportCommand(person);
  person
    .command('show')
    .description('all that is known of one person')
    .argument('<employee number>')
    .option('--json', 'print JSON')
    .action(async (employeeNumber: string, { json }: { json?: boolean }) => {
      await withStack(async ({ directory, temporal, config }) => {
        const view = await showPerson(directory, await temporal(), employeeNumber);
        if (!view) throw new Error(`nobody is known by ${employeeNumber} (joinery person list)`);
        if (json) printJson(view);
        else printLines(describe(view, config.running?.urls['temporal']));
      });
    });
}

function describe(person: PersonView, temporalUi: string | undefined): string[] {
  const { lane } = person;
  const link =
    lane && temporalUi
      ? ` ${temporalUi}/namespaces/default/workflows/${encodeURIComponent(lane.workflowId)}/${lane.runId}`
      : '';
  return [
    `${person.name} (${person.employeeNumber}), ${person.status}${person.startDate ? `, since ${person.startDate}` : ''}`,
    ...Object.entries(person.profile).map(([field, value]) => `  ${field}: ${value}`),
    ...describeGroups(person),
    ...describeAccess(person),
    '',
    ...table(
      ['application', 'username', 'status', 'granted', 'to be confirmed there'],
      person.accounts.map(({ application, username, status, grants, pending }) => [
        application,
        username,
        status,
        grants.map(({ name }) => name).join(', '),
        Object.entries(pending)
          .map(([attribute, { value }]) => `${attribute} ${String(value)}`)
          .join(', '),
      ]),
    ),
    ...(person.tasks.length > 0 ? ['', ...describeTasks(person.tasks)] : []),
    '',
    ...table(
      ['HR event', 'type', 'due', 'state'],
      person.events.map(({ id, type, dueAt, state }) => [id, type, dueAt ?? '', state]),
    ),
    ...person.events
      .filter(({ state }) => state === 'failed' || state === 'partly-failed')
      .map(({ summary }) => summary?.split('\n')[0] ?? ''),
    ...describeImports(person),
    '',
    ...table(
      ['mail', 'to', 'state'],
      person.mails.map(({ kind, to, state }) => [kind, to, state]),
    ),
    ...(lane ? ['', `lane: ${lane.workflowId}, latest run ${lane.type}, ${lane.status}${link}`] : []),
  ];
}

/** Whoever has left has no access: an account that is still open is the first thing to be seen. */
function describeAccess({ status, accounts }: PersonView): string[] {
  const open = status === 'left' ? accounts.filter((account) => account.status === 'active') : [];
  return open.map(({ application, username }) => `STILL HAS ACCESS: ${application} as ${username}`);
}

function describeImports({ imports }: PersonView): string[] {
  if (imports.length === 0) return [];
  const rows = imports.map(({ import: id, source, line, state, results }) => [
    String(id),
    source,
    String(line),
    state,
    results.map(({ application, outcome, failure }) => `${application}: ${failure ?? outcome}`).join('; '),
  ]);
  return ['', ...table(['import', 'of', 'line', 'state', 'what became of it'], rows)];
}

function describeGroups({ groups, groupsFault }: PersonView): string[] {
  if (groupsFault !== null) return ['', `groups: not known, ${groupsFault}`];
  if (groups.length === 0) return [];
  const rows = groups.map(({ group, byName, byRule, through }) => [
    group,
    [
      ...(byName ? ['by name'] : []),
      ...(byRule === null ? [] : [`by rule: ${byRule}`]),
      ...through.map((child) => `through ${child}`),
    ].join('; '),
  ]);
  return ['', ...table(['group', 'why'], rows)];
}
