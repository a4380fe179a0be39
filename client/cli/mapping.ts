/** `joinery mapping preview` */
import type { Command } from 'commander';
import type { AttributeValue } from '#domain/account.ts';
import type { MappingPreview, PreviewedAttribute } from '#domain/mapping-preview.ts';
import { preview, triedPersonSchema, type Preview, type TriedPerson } from '../mapping-preview.ts';
import { readJsonFile } from './input.ts';
import { printJson, printLines, table, withStack } from './session.ts';

interface Options {
  person?: string;
  profile?: string;
  application?: string;
  json?: boolean;
}

export function addMappingCommands(program: Command): void {
  const mapping = program.command('mapping').description('what applications’ rules make of people');
  mapping
    .command('preview')
    .description('every attribute and entitlement that the rules give a person, and where each comes from')
    .option('--person <employee number>', 'somebody who is known')
    .option('--profile <file>', 'somebody made up: JSON with employeeNumber, profile, and perhaps startDate and groups')
    .option('--application <name>', 'of this application only')
    .option('--json', 'print JSON')
    .action(async (options: Options) => {
      const tried = await whoIsTried(options);
      await withStack(async ({ directory, sealer }) => {
        const answer = await preview(directory, sealer(), tried, options.application);
        if ('unknown' in answer) throw new Error(answer.unknown);
        if ('faults' in answer)
          throw new Error(answer.faults.map(({ field, problem }) => `${field} ${problem}`).join('; '));
        if (options.json) printJson(answer.preview);
        else printLines(describe(answer.preview));
      });
    });
}

async function whoIsTried({ person, profile }: Options): Promise<TriedPerson> {
  if ((person === undefined) === (profile === undefined)) throw new Error('give either --person or --profile');
  if (person !== undefined) return { known: person };
  const file = profile ?? '';
  const read = triedPersonSchema.safeParse(await readJsonFile(file));
  if (read.success) return { madeUp: read.data };
  const faults = read.error.issues.map(({ path, message }) => `${path.join('.') || 'the file'}: ${message}`);
  throw new Error(`${file}: ${faults.join('; ')}`);
}

function describe({ person, groups, applications }: Preview): string[] {
  return [
    `${person.name} (${person.employeeNumber}), ${person.status}`,
    groups === null ? 'groups: can not be computed' : `groups: ${groups.join(', ') || 'none'}`,
    ...applications.flatMap((application) => ['', ...describeOne(application)]),
  ];
}

function describeOne({ application, inScope, scope, ...rules }: MappingPreview): string[] {
  const verdict = inScope === null ? 'its scope can not be computed' : inScope ? 'in scope' : 'NOT in scope';
  return [
    `${application}: ${verdict} (${scope})`,
    '',
    ...table(['attribute', 'value', 'from', 'when'], rules.attributes.map(attributeRow)),
    '',
    ...table(
      ['found by', 'value', 'from'],
      rules.correlation.map(({ attribute, value, rule }) => [attribute, value || '(empty: not looked for)', rule]),
    ),
    ...(rules.entitlements.length + rules.outranked.length > 0 ? [''] : []),
    ...(rules.entitlements.length > 0
      ? table(
          ['entitlement', 'name', 'from'],
          rules.entitlements.map(({ type, name, rule }) => [type, name, rule]),
        )
      : []),
    ...rules.outranked.map(({ type, name, rule, by }) => `not ${type} ${name} by ${rule}: ${by} comes before`),
    ...rules.errors.map(({ rule, error }) => `ERROR ${rule}: ${error}`),
  ];
}

function attributeRow({ attribute, value, rule, onCreateOnly, whenEmpty, error }: PreviewedAttribute): string[] {
  const when = onCreateOnly ? 'on create only' : whenEmpty === 'leave' ? 'always, left when empty' : 'always';
  return [attribute, error === undefined ? shown(value) : `ERROR ${error}`, rule, when];
}

function shown(value: AttributeValue): string {
  return value === null ? '(empty)' : String(value);
}
