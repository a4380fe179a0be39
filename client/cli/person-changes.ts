/** `joinery person add | edit | delete | cancel` */
import { createInterface } from 'node:readline/promises';
import { InvalidArgumentError, type Command } from 'commander';
import { displayName } from '#domain/person.ts';
import type { Profile } from '#domain/profile-field.ts';
import { findPerson } from '#directory/people.ts';
import { addPerson, cancelChange, editPerson, removePerson } from '../people-changes.ts';
import type { ChangeContext, ChangeReply } from '../person-change.ts';
import { carriedOut, describeEndings, failed, signaller } from './files.ts';
import { examples } from './help.ts';
import { actor, printJson, printLines, withStack, type Session } from './session.ts';

/** What every change takes. */
interface Common {
  id?: string;
  wait?: boolean;
  json?: boolean;
}

export function addPersonChangeCommands(person: Command): void {
  change(person, 'add', 'hire somebody who is new or comes back: a joiner')
    .argument('<field=value...>', 'what is known of them (joinery field list)', setting)
    .option('--start <day>', 'first day at work, such as 2027-01-01 (today)')
    .addHelpText(
      'after',
      examples('person add E1042 givenName=Ada familyName=Byron email=ada@acme.example --start 2027-01-01'),
    )
    .action(async (employeeNumber: string, profile: Profile, asked: Common & { start?: string }) =>
      tell(asked, (context) => addPerson(context, { employeeNumber, id: asked.id, startDate: asked.start, profile })),
    );

  change(person, 'edit', 'say what differs: a mover with nothing else in it')
    .argument('<field=value...>', 'what is known from now on; an empty value clears (joinery field list)', setting)
    .option('--from <day>', 'first day on which it is so (today)')
    .addHelpText('after', examples('person edit E1042 title="Senior Rep" phone= --from 2027-03-01 --wait'))
    .action(async (employeeNumber: string, profile: Profile, asked: Common & { from?: string }) =>
      tell(asked, (context) =>
        editPerson(context, { employeeNumber, id: asked.id, effectiveDate: asked.from, profile }),
      ),
    );

  change(person, 'delete', 'end an employment: a leaver')
    .option('--last-day <day>', 'the last day with access')
    .option('--from <day>', 'or: the first day without')
    .option('--immediate', 'or: at once, whatever is at work')
    .option('--successor <employee number>', 'who takes over what they own')
    .option('--confirm <employee number>', 'the number again; without it, a terminal asks')
    .addHelpText('after', examples('person delete E1042 --last-day 2027-06-30 --successor E7 --confirm E1042'))
    .action(
      async (
        employeeNumber: string,
        asked: Common & {
          lastDay?: string;
          from?: string;
          immediate?: boolean;
          successor?: string;
          confirm?: string;
        },
      ) =>
        tell(asked, async (context) => {
          const { id, lastDay, from, immediate, successor } = asked;
          const confirm = asked.confirm ?? (await typed(context, employeeNumber));
          const removal = { employeeNumber, id, confirm, lastDay, effectiveDate: from, immediate, successor };
          return removePerson(context, removal);
        }),
    );

  change(person, 'cancel', 'take back a change that has not begun: a rescind')
    .argument('<event id>', 'of the change (joinery person show)')
    .action(async (employeeNumber: string, target: string, asked: Common) =>
      tell(asked, (context) => cancelChange(context, { employeeNumber, target, id: asked.id })),
    );
}

function change(person: Command, name: string, description: string): Command {
  return person
    .command(name)
    .description(description)
    .argument('<employee number>')
    .option('--id <id>', 'of the HR event; asked again with it, nothing happens twice')
    .option('--wait', 'wait until it has been carried out, or waits for its day or for somebody')
    .option('--json', 'print JSON');
}

/** Makes a change, brings it to its lane, and prints what came of it. */
async function tell({ wait, json }: Common, make: (context: ChangeContext) => Promise<ChangeReply>): Promise<void> {
  await withStack(async (session: Session) => {
    const { directory, config } = session;
    const reply = await make({ directory, defaultTimeZone: config.timeZone, by: actor() });
    switch (reply.result) {
      case 'accepted':
      case 'known': {
        const { id, type, employeeNumber, state, dueAt } = reply.event;
        await (
          await signaller(session)
        )();
        const endings = wait ? await carriedOut(session, [id]) : undefined;
        if (json) printJson({ result: reply.result, id, type, employeeNumber, state, dueAt, ...endings });
        else
          printLines([
            `${reply.result === 'known' ? 'Known before: ' : ''}${type} of ${employeeNumber}, event ${id}${dueAt ? `, due ${dueAt}` : ''}`,
            ...(endings ? describeEndings(endings) : [`Watch it: joinery person show ${employeeNumber}`]),
          ]);
        if (failed({ failedTotal: 0 }, endings)) process.exitCode = 1;
        return;
      }
      case 'nothing':
        return json ? printJson(reply) : printLines([`${reply.why}; nothing was sent.`]);
      case 'invalid':
        throw new Error(reply.faults.map(({ field, problem }) => `${field} ${problem}`).join('; '));
      case 'refused':
      case 'unknown':
      case 'id-taken':
        throw new Error(reply.why);
    }
  });
}

/** What somebody at a terminal types when asked for the number; undefined where nobody can be asked. */
async function typed({ directory }: ChangeContext, employeeNumber: string): Promise<string | undefined> {
  if (!process.stdin.isTTY || !process.stderr.isTTY) return undefined;
  const person = await findPerson(directory, employeeNumber);
  const who = person ? displayName(person) : employeeNumber;
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return await terminal.question(`This ends the access of ${who}. Type ${employeeNumber} to go on: `);
  } finally {
    terminal.close();
  }
}

function setting(text: string, before: Profile = {}): Profile {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('write field=value, such as title="Senior Rep".');
  return { ...before, [text.slice(0, at)]: text.slice(at + 1) };
}
