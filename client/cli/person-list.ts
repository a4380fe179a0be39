/** `joinery person list` */
import { InvalidArgumentError, Option, type Command } from 'commander';
import { PERSON_STATUSES } from '#domain/person.ts';
import { peopleCsv } from '../people-csv.ts';
import { countMatching, listPeople, readWhere, type PeopleQuestion } from '../people-list.ts';
import { examples } from './help.ts';
import { printJson, printLines, table, withStack } from './session.ts';

interface Asked {
  status?: PeopleQuestion['status'];
  where?: string[];
  text?: string;
  group?: string;
  filter?: string;
  app?: string;
  account?: NonNullable<PeopleQuestion['account']>['status'];
  stuck?: boolean;
  order: PeopleQuestion['order'];
  after?: string;
  limit?: number;
  count?: boolean;
  csv?: boolean;
  json?: boolean;
}

const PAGE = 200;

export function addPersonListCommand(person: Command): void {
  person
    .command('list')
    .description('people, filtered')
    .addOption(new Option('--status <status>', 'of this status').choices(PERSON_STATUSES))
    .option('--where <field=value>', 'whose field has this value; several times', collect)
    .option('--text <text>', 'part of a name, employee number or e-mail address')
    .option('--group <name>', 'who is in it: by name, by rule, or through another group')
    .option('--filter <condition>', 'for whom an expression holds')
    .option('--app <name>', 'who has an account there')
    .addOption(
      new Option('--account <status>', 'of this status; with --app').choices(['active', 'frozen', 'inactive', 'none']),
    )
    .option('--stuck', 'who has an open task')
    .addOption(new Option('--order <order>', 'sorted by').choices(['number', 'name']).default('number'))
    .option('--limit <count>', `at most so many (${PAGE}; CSV: all)`, count)
    .option('--after <place>', 'where the page before said that the next one begins')
    .option('--count', 'print only how many fit')
    .addOption(new Option('--csv', 'print CSV').conflicts(['json', 'count']))
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      examples(
        'person list --where department=Sales --where country=DE',
        `person list --filter 'title.startsWith("Senior") && "Staff" in groups' --count`,
        'person list --app salesforce --account frozen --csv > frozen.csv',
      ),
    )
    .action(async (asked: Asked) => {
      await withStack(async ({ directory }) => {
        const question = questionOf(asked);
        if (asked.count) {
          const fitting = await countMatching(directory, question);
          return asked.json ? printJson({ count: fitting }) : printLines([String(fitting)]);
        }
        if (asked.csv) {
          for await (const lines of peopleCsv(directory, question, asked.limit))
            if (!process.stdout.write(lines)) await new Promise((resolve) => process.stdout.once('drain', resolve));
          return;
        }
        const page = await listPeople(directory, question, asked.limit ?? PAGE);
        if (asked.json) return printJson(page);
        const rows = page.people.map(({ employeeNumber, name, status, profile, accounts, openTasks }) => [
          employeeNumber,
          name,
          status,
          profile['department'] ?? '',
          profile['email'] ?? '',
          accounts.map(({ application, status: state }) => `${application}: ${state}`).join(', '),
          openTasks > 0 ? 'stuck' : '',
        ]);
        printLines([
          ...table(['number', 'name', 'status', 'department', 'e-mail', 'accounts', ''], rows),
          ...(page.next === null ? [] : [`… and more: --after ${page.next}`]),
        ]);
      });
    });
}

function questionOf({ where, filter, app, account, status, text, group, stuck, order, after }: Asked): PeopleQuestion {
  if (account !== undefined && app === undefined) throw new Error('--account needs --app: it is of an account there');
  return {
    status,
    text,
    group,
    stuck,
    order,
    after,
    where: readWhere(where ?? []),
    condition: filter,
    account: app === undefined ? undefined : { application: app, status: account },
  };
}

function collect(value: string, before: string[] = []): string[] {
  return [...before, value];
}

function count(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError('give a number from 1 on.');
  return Number(text);
}
