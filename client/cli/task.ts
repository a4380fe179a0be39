/** `joinery task list | show | retry | skip | resolve` */
import { InvalidArgumentError, type Command } from 'commander';
import type { Task } from '#domain/task.ts';
import { findTask, listTasks } from '#directory/tasks.ts';
import { answerTask, type TaskVerb } from '../tasks.ts';
import { actor, printJson, printLines, table, times, withStack } from './session.ts';

/** The most tasks of a list. */
const SHOWN = 1_000;

export function addTaskCommands(program: Command): void {
  const task = program.command('task').description('what is stuck, on whom, why, and what to do');

  task
    .command('list')
    .description('open tasks, oldest first')
    .option('--all', 'closed ones as well')
    .option('--app <name>', 'of one application')
    .option('--user <employee number>', 'of one person')
    .option('--json', 'print JSON')
    .action(async ({ all, app, user, json }: { all?: boolean; app?: string; user?: string; json?: boolean }) => {
      await withStack(async ({ directory }) => {
        const state = all ? undefined : 'open';
        const found = await listTasks(directory, { state, application: app, employeeNumber: user, limit: SHOWN + 1 });
        const tasks = found.slice(0, SHOWN);
        if (json) return printJson(tasks);
        const more = found.length > SHOWN ? ['… and more: ask with --app or --user'] : [];
        printLines(
          tasks.length === 0
            ? [all ? 'There is no such task.' : 'Nothing is stuck.']
            : [...describeTasks(tasks, all ?? false), ...more],
        );
      });
    });

  task
    .command('show')
    .description('everything about one task')
    .argument('<id>', 'its number', number)
    .option('--json', 'print JSON')
    .action(async (id: number, { json }: { json?: boolean }) => {
      await withStack(async ({ directory }) => {
        const found = await findTask(directory, id);
        if (!found) throw new Error(`there is no task ${id} (joinery task list --all)`);
        if (json) printJson(found);
        else printLines(describeTask(found));
      });
    });

  const answers: [TaskVerb, string][] = [
    ['retry', 'something was changed: plan afresh and try again now'],
    ['skip', 'leave it undone, and go on without it'],
    ['resolve', 'it was done by hand; or, with --account, say which account is the person’s'],
  ];
  for (const [verb, description] of answers) {
    const command = task.command(verb).description(description).argument('<id>', 'its number', number);
    if (verb === 'retry') command.option('--note <text>', 'why; the history keeps it');
    else command.requiredOption('--note <text>', 'why; the report keeps it');
    if (verb === 'resolve') command.option('--account <native id>', 'the account that belongs to the person');
    command.action(async (taskId: number, { note, account }: { note?: string; account?: string }) => {
      await withStack(async ({ directory, temporal }) => {
        const reply = await answerTask(directory, await temporal(), verb, { taskId, by: actor(), note, account });
        switch (reply.result) {
          case 'answered':
            return printLines([reply.says]);
          case 'refused':
          case 'unheard':
            throw new Error(reply.why);
          case 'unknown':
            throw new Error(`there is no task ${taskId} (joinery task list)`);
        }
      });
    });
  }
}

/** Lines for a list of tasks: one for each with what it is about, then why it is stuck and what to do. */
export function describeTasks(tasks: Task[], withState = false): string[] {
  const heading = ['task', 'since', 'person', 'application', 'operation', 'kind', ...(withState ? ['state'] : [])];
  const [title = '', rule = '', ...rows] = table(
    heading,
    tasks.map((task) => [
      String(task.id),
      task.openedAt,
      `${task.person} (${task.employeeNumber})`,
      task.application,
      task.operation,
      task.kind,
      ...(withState ? [task.state] : []),
    ]),
  );
  return [title, rule, ...rows.flatMap((row, index) => [row, ...reasons(tasks[index])])];
}

function reasons(task: Task | undefined): string[] {
  return [task?.message, task?.remedy && `-> ${task.remedy}`].flatMap((line) => (line ? [`      ${line}`] : []));
}

function describeTask(task: Task): string[] {
  const facts: [string, string | null][] = [
    ['person', `${task.person} (${task.employeeNumber})`],
    ['application', task.application],
    ['stuck at', task.operation],
    ['why', `${task.kind}: ${task.message}`],
    ['remedy', task.remedy],
    ['waits for', task.resource],
    ['since', task.openedAt],
    ['tried', times(task.attempts)],
    ['escalated', task.escalatedAt],
    ['HR event', task.eventId],
    ['workflow', task.workflowId],
    ['state', task.state],
    ['closed', task.closedAt ? `${task.closedAt} by ${task.closedBy ?? ''}` : null],
    ['note', task.note],
  ];
  return [
    `task ${task.id}`,
    ...facts.flatMap(([name, value]) => (value ? [`  ${name.padEnd(12)}${value}`] : [])),
    ...(task.state === 'open'
      ? ['', `joinery task retry ${task.id} | skip ${task.id} --note … | resolve ${task.id} --note …`]
      : []),
  ];
}

function number(text: string): number {
  if (!/^[1-9]\d{0,14}$/.test(text)) throw new InvalidArgumentError('give the number of a task (joinery task list).');
  return Number(text);
}
