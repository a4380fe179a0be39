/** `joinery group list | show | save | rename | remove | add | drop` */
import type { Command } from 'commander';
import { membersOf, sizeOf } from '../group-members.ts';
import {
  addToGroup,
  dropFromGroup,
  removeGroup,
  renameGroup,
  saveGroup,
  showGroups,
  type GroupDefinition,
  type GroupSaved,
} from '../groups.ts';
import { tellAffected } from '../affected.ts';
import { tellRefusal } from '../policy-refusals.ts';
import { examples } from './help.ts';
import { actor, printJson, printLines, table, withStack } from './session.ts';

type Json = { json?: boolean };
type GroupOptions = { label?: string; rule?: string | boolean; inside?: string[] | boolean } & Json;

export function addGroupCommands(program: Command): void {
  const group = program.command('group').description('groups of people: by name, by rule, by what is inside them');

  group
    .command('list')
    .description('every group')
    .option('--json', 'print JSON')
    .action(async ({ json }: Json) => {
      await withStack(async ({ directory }) => {
        const groups = await showGroups(directory);
        if (json) return printJson(groups);
        const rows = groups.map(({ name, label, named, children, rule }) => [
          name,
          label,
          String(named),
          children.join(', '),
          rule ?? '',
        ]);
        printLines(table(['name', 'label', 'by name', 'inside it', 'rule'], rows));
      });
    });

  group
    .command('show')
    .description('one group, and how many are in it altogether')
    .argument('<name>')
    .option('--members', 'everybody in it as well')
    .option('--json', 'print JSON; with --members one object a line, the group first')
    .action(async (name: string, { members = false, json = false }: { members?: boolean } & Json) => {
      await withStack(async ({ directory }) => {
        const shown = (await showGroups(directory)).find((one) => one.name === name);
        if (!shown) throw noGroup(name);
        const size = await sizeOf(directory, name);
        if (json && !members) return printJson({ ...shown, ...size });
        if (json) printLines([JSON.stringify({ ...shown, ...size })]);
        else
          printLines([
            `${name} (${shown.label})`,
            `  rule       ${shown.rule ?? 'none'}`,
            `  inside it  ${shown.children.join(', ') || 'no group'}`,
            `  by name    ${shown.named}`,
            `  altogether ${size.members}${size.undecided > 0 ? `, and ${size.undecided} of whom it can not be told` : ''}`,
          ]);
        if (!members) return;
        for await (const member of membersOf(directory, name)) {
          const { employeeNumber, status, through, problem } = member;
          const line = `  ${employeeNumber}  ${member.name}, ${status}, by ${through}${problem === null ? '' : `: ${problem}`}`;
          printLines([json ? JSON.stringify(member) : line]);
        }
      });
    });

  group
    .command('save')
    .description('add a group, or change one; what is not said stays')
    .argument('<name>')
    .option('--label <text>', 'what people call it')
    .option('--rule <condition>', 'who is in it besides those named')
    .option('--no-rule', 'nobody by rule')
    .option('--inside <group...>', 'groups whose members are in this one too')
    .option('--no-inside', 'no group is inside it')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      examples(
        `group save "Sales DE" --rule 'department == "Sales" && country == "DE"'`,
        'group save Commerce --inside "Sales DE" Marketing',
      ),
    )
    .action(async (name: string, { label, rule, inside, json }: GroupOptions) => {
      const said: GroupDefinition = {
        name,
        label,
        ...(typeof rule === 'string' ? { rule } : rule === false && { rule: null }),
        ...(Array.isArray(inside) ? { children: inside } : inside === false && { children: [] }),
      };
      await withStack(async ({ directory }) => {
        tellSaved(name, await saveGroup(directory, said, actor()), json, 'is saved');
      });
    });

  group
    .command('rename')
    .description('call a group something else; groups that it is inside of follow')
    .argument('<name>')
    .argument('<to>')
    .option('--json', 'print JSON')
    .action(async (name: string, to: string, { json }: Json) => {
      await withStack(async ({ directory }) => {
        tellSaved(name, await renameGroup(directory, name, to, actor()), json, `is called ${to}`);
      });
    });

  group
    .command('remove')
    .description('remove a group that no rule and no other group names')
    .argument('<name>')
    .option('--json', 'print JSON')
    .action(async (name: string, { json }: Json) => {
      await withStack(async ({ directory }) => {
        const removed = await removeGroup(directory, name, actor());
        if (removed.result === 'unknown') throw noGroup(name);
        if (removed.result !== 'removed') throw refused(name, removed);
        if (json) printJson({ affected: removed.affected });
        else printLines([`${name} is removed`, ...tellAffected(removed.affected)]);
      });
    });

  addMemberCommand(group, 'add', 'are in it now', 'make people members by name, all or none', addToGroup);
  addMemberCommand(
    group,
    'drop',
    'are in it by name no more',
    'make people no members by name, all or none',
    dropFromGroup,
  );
}

function addMemberCommand(
  group: Command,
  verb: string,
  done: string,
  description: string,
  change: typeof addToGroup,
): void {
  group
    .command(verb)
    .description(description)
    .argument('<name>')
    .argument('<employee number...>')
    .option('--json', 'print JSON')
    .addHelpText('after', examples(`group ${verb} Sales P2 P3`))
    .action(async (name: string, numbers: string[], { json }: Json) => {
      await withStack(async ({ directory }) => {
        const changed = await change(directory, name, numbers, actor());
        if (changed.result === 'unknown') throw noGroup(name);
        if (changed.result !== 'changed') throw refused(name, changed);
        const { people, affected } = changed;
        if (json) printJson({ people, affected });
        else printLines([`${name}: ${people.length} of ${numbers.length} people ${done}`, ...tellAffected(affected)]);
      });
    });
}

function tellSaved(name: string, saved: GroupSaved, json: boolean | undefined, done: string): void {
  if (saved.result === 'unknown') throw noGroup(name);
  if (saved.result !== 'saved') throw refused(name, saved);
  const { group, changed, affected } = saved;
  if (json) printJson({ group, changed, affected });
  else printLines([changed ? `${name} ${done}` : `${name} was so before`, ...tellAffected(affected)]);
}

function refused(name: string, refusal: Parameters<typeof tellRefusal>[1]): Error {
  return new Error(tellRefusal(name, refusal).message);
}

function noGroup(name: string): Error {
  return new Error(`there is no group ${name} (joinery group list)`);
}
