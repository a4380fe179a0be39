/** `joinery field list | define | remove` */
import { Option, type Command } from 'commander';
import { PROFILE_FIELD_TYPES, type ProfileField } from '#domain/profile-field.ts';
import { listProfileFields } from '#directory/profile-fields.ts';
import { tellAffected } from '../affected.ts';
import { defineProfileField, removeProfileField, type FieldDefinition } from '../profile-fields.ts';
import { tellRefusal } from '../policy-refusals.ts';
import { examples } from './help.ts';
import { actor, printJson, printLines, table, withStack } from './session.ts';

type Json = { json?: boolean };
type FieldOptions = {
  label?: string;
  type?: ProfileField['type'];
  required?: boolean;
  unique?: boolean;
  format?: string | boolean;
} & Json;

export function addFieldCommands(program: Command): void {
  const field = program.command('field').description('profile fields: what can be known of a person');

  field
    .command('list')
    .description('every field')
    .option('--json', 'print JSON')
    .action(async ({ json }: Json) => {
      await withStack(async ({ directory }) => {
        const fields = await listProfileFields(directory);
        if (json) return printJson(fields);
        printLines(table(['name', 'label', 'type', 'format', 'rules'], fields.map(fieldRow)));
      });
    });

  field
    .command('define')
    .description('add a field, or change one; what is not said stays. Everybody, and every rule, is checked first')
    .argument('<name>')
    .option('--label <text>', 'what people call it')
    .addOption(new Option('--type <type>', 'of its values').choices([...PROFILE_FIELD_TYPES]))
    .option('--required', 'nobody is without it')
    .option('--no-required', 'people can be without it')
    .option('--unique', 'no two people have the same')
    .option('--no-unique', 'people can have the same')
    .option('--format <format>', 'email, country, time-zone, or a pattern with * and ?')
    .option('--no-format', 'any text')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      examples(
        'field define badge --label "Badge number" --unique --format "B-*"',
        'field define costCenter --required',
        'field define level --type number',
      ),
    )
    .action(async (name: string, said: FieldOptions) => {
      await withStack(async ({ directory }) => {
        const saved = await defineProfileField(directory, { name, ...definition(said) }, actor());
        if (saved.result !== 'saved') throw refused(name, saved);
        if (said.json) printJson({ field: saved.field, changed: saved.changed, affected: saved.affected });
        else
          printLines([saved.changed ? `${name} is defined` : `${name} was so before`, ...tellAffected(saved.affected)]);
      });
    });

  field
    .command('remove')
    .description('remove a field that was added')
    .argument('<name>')
    .option('--forget-values', 'take its values out of every profile')
    .option('--json', 'print JSON')
    .action(async (name: string, { forgetValues = false, json }: { forgetValues?: boolean } & Json) => {
      await withStack(async ({ directory }) => {
        const removed = await removeProfileField(directory, name, { forgetValues, actor: actor() });
        if (removed.result === 'unknown') throw new Error(`there is no profile field ${name} (joinery field list)`);
        if (removed.result !== 'removed') throw refused(name, removed);
        if (json) printJson({ forgotten: removed.forgotten });
        else printLines([`${name} is removed; ${removed.forgotten} people had a value in it`]);
      });
    });
}

function definition({ format, label, type, required, unique }: FieldOptions): Omit<FieldDefinition, 'name'> {
  const said = { label, type, required, unique };
  if (typeof format === 'string') return { ...said, format };
  return format === false ? { ...said, format: null } : said;
}

function fieldRow({ name, label, type, format, required, unique, custom }: ProfileField): string[] {
  const rules = [required && 'required', unique && 'unique', custom && 'custom'].filter(Boolean);
  return [name, label, type, format ?? '', rules.join(', ')];
}

function refused(name: string, refusal: Parameters<typeof tellRefusal>[1]): Error {
  return new Error(tellRefusal(name, refusal).message);
}
