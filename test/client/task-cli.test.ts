/** Tasks and pauses on the command line: what is printed, and the exit codes. */
import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findTask, listTasks } from '#directory/tasks.ts';
import { openCommandLine, type CommandLine } from '../support/command-line.ts';
import { openWorld, type World } from '../support/world.ts';

let world: World;
let shell: CommandLine;

beforeAll(async () => {
  world = await openWorld('real-time');
  shell = await openCommandLine(world);
});
afterAll(async () => {
  await world.close();
  await shell.close();
});

const joinery = (...args: string[]) => shell.run(args);

/** Nobody else's employee number on the shared server. */
const person = () => `T${randomBytes(5).toString('hex')}`;

/** A file of people who start on that day; where the time zone is unknown to Salesforce they are stuck. */
async function peopleFile(people: { number: string; start: string; timeZone: string }[]): Promise<string> {
  const lines = people.map(
    ({ number, start, timeZone }) => `${number},${start},Ada,Byron,${number}@joinery-demo.example,Sales,${timeZone}`,
  );
  const file = join(shell.folder, `${randomBytes(4).toString('hex')}.csv`);
  const heading = 'employeeNumber,startDate,givenName,familyName,email,department,timeZone';
  await writeFile(file, [heading, ...lines, ''].join('\n'));
  return file;
}
const STUCK = 'Pacific/Chatham';
const FINE = 'Europe/London';

/** Somebody who is stuck, and the task. */
async function stuck(): Promise<{ number: string; id: number }> {
  const number = person();
  const profile = { givenName: 'Ada', familyName: 'Byron', email: `${number}@joinery-demo.example`, timeZone: STUCK };
  const effectiveDate = world.day(-2);
  await world.submit({ id: `j-${number}`, type: 'joiner', employeeNumber: number, effectiveDate, profile });
  const task = () => listTasks(world.directory, { employeeNumber: number });
  await expect.poll(task, { timeout: 10_000 }).toHaveLength(1);
  return { number, id: (await task())[0]?.id ?? 0 };
}

describe('joinery hr apply --wait', () => {
  it('ends where somebody has to do something, says what, and exits with 1', async () => {
    const [fine, waits, later] = [person(), person(), person()];
    const file = await peopleFile([
      { number: fine, start: '2026-01-01', timeZone: FINE },
      { number: waits, start: '2026-01-01', timeZone: STUCK },
      { number: later, start: world.day(30), timeZone: FINE },
    ]);
    const { code, out } = await joinery('hr', 'apply', file, '--wait');
    expect(out).toContain('3 lines of people, 3 events accepted');
    expect(out).toMatch(/these wait for somebody \(joinery task --help\):\ntask +since +person +application/);
    expect(out).toMatch(
      new RegExp(`^\\d+ +2\\S+Z +Ada Byron \\(${waits}\\) +salesforce .*invalid-data\\n +salesforce: .*Time Zone`, 'm'),
    );
    expect(out).toMatch(/\ncarried out: 1 done\n1 wait for their day\n$/);
    expect(out).not.toContain('signalled');
    expect(code).toBe(1);
  });

  it('ends with 0 when all that is left waits for its day', async () => {
    const file = await peopleFile([
      { number: person(), start: world.day(30), timeZone: FINE },
      { number: person(), start: world.day(31), timeZone: FINE },
    ]);
    const { code, out } = await joinery('hr', 'apply', file, '--wait');
    expect(out).toMatch(/2 events accepted.*\n2 wait for their day\n$/);
    expect(code).toBe(0);
  });

  it('says in JSON what waits for whom', async () => {
    const number = person();
    const file = await peopleFile([{ number, start: '2026-01-01', timeZone: STUCK }]);
    const { code, out } = await joinery('hr', 'apply', file, '--wait', '--json');
    expect(JSON.parse(out)).toMatchObject({
      later: 0,
      bad: [],
      states: { signalled: 1 },
      tasks: [{ employeeNumber: number, application: 'salesforce', kind: 'invalid-data', state: 'open' }],
    });
    expect(code).toBe(1);
  });
});

describe('joinery task', () => {
  it('list shows what is open; --all what was, with its state; --user and --app narrow it', async () => {
    const { number, id } = await stuck();
    const open = await joinery('task', 'list', '--user', number);
    expect(open.out).toMatch(
      new RegExp(
        `^task .*kind\\n-+.*\\n${id} .*Ada Byron \\(${number}\\).*\\n.*TimeZoneSidKey.*\\n.*correct the mapping.*\\n$`,
      ),
    );
    expect(open.code).toBe(0);
    expect(JSON.parse((await joinery('task', 'list', '--user', number, '--json')).out)).toMatchObject([{ id }]);
    expect((await joinery('task', 'list', '--user', number, '--app', 'other')).out).toBe('Nothing is stuck.\n');

    await joinery('task', 'skip', String(id), '--note', 'not needed');
    await world.untilIdle(number);
    expect((await joinery('task', 'list', '--user', number)).out).toBe('Nothing is stuck.\n');
    expect((await joinery('task', 'list', '--user', number, '--all')).out).toMatch(
      new RegExp(`^${id} .* skipped\\n.*TimeZoneSidKey`, 'm'),
    );
  });

  it('show tells all of one task and how to answer it', async () => {
    const { number, id } = await stuck();
    const { code, out } = await joinery('task', 'show', String(id));
    for (const part of [
      `task ${id}\n`,
      `Ada Byron (${number})`,
      'why         invalid-data: salesforce',
      'tried       1 time\n',
    ])
      expect(out).toContain(part);
    expect(out).toContain(`joinery task retry ${id} | skip ${id} --note … | resolve ${id} --note …`);
    expect(code).toBe(0);
    const json = await joinery('task', 'show', String(id), '--json');
    expect(JSON.parse(json.out)).toEqual(await findTask(world.directory, id));
  });

  it('retry, skip and resolve say that the run took it, or why it did not', async () => {
    const { number, id } = await stuck();
    const retried = await joinery('task', 'retry', String(id));
    expect(retried).toMatchObject({ code: 0, out: `task ${id}: retry by cli:${process.getuid?.()}\n` });
    await expect.poll(async () => (await findTask(world.directory, id))?.attempts).toBe(2);

    const wrong = await joinery('task', 'resolve', String(id), '--note', 'hers', '--account', '005000000000000AAA');
    expect(wrong).toMatchObject({ code: 1, err: 'joinery: salesforce: there is no account 005000000000000AAA\n' });
    const skipped = await joinery('task', 'skip', String(id), '--note', 'starts elsewhere');
    expect(skipped).toMatchObject({ code: 0, out: expect.stringContaining(`task ${id}: skip by cli:`) });
    await world.untilIdle(number);

    const late = await joinery('task', 'resolve', String(id), '--note', 'done');
    expect(late).toMatchObject({ code: 1, out: '' });
    expect(late.err).toMatch(new RegExp(`^joinery: task ${id} was skipped by cli:\\d+ at .*: starts elsewhere\\n$`));
    expect((await joinery('task', 'show', String(id))).out).toMatch(
      /state +skipped\n +closed .* by cli:\d+\n +note +starts/,
    );
  });

  it.each([
    [['show', '999999'], 'there is no task 999999 (joinery task list --all)'],
    [['skip', '999999', '--note', 'x'], 'there is no task 999999 (joinery task list)'],
  ])('%j of none fails with one sentence: 1', async (args, sentence) => {
    expect(await joinery('task', ...args)).toEqual({ code: 1, out: '', err: `joinery: ${sentence}\n` });
  });

  it('is refused an empty note, with a sentence', async () => {
    const { number, id } = await stuck();
    expect(await joinery('task', 'skip', String(id), '--note', ' ')).toMatchObject({
      code: 1,
      err: 'joinery: say why: skip needs a note, which the report keeps\n',
    });
    await world.answer('skip', id, { note: 'end' });
    await world.untilIdle(number);
  });

  it.each([
    [['show', 'none']],
    [['show', '0']],
    [['retry', '0x10']],
    [['skip', '1']],
    [['skip', '1', '--note', 'x', '--account', '005000000000000AAA']],
  ])('%j is called wrongly: 2', async (args) => {
    const { code, out } = await joinery('task', ...args);
    expect({ code, out }).toEqual({ code: 2, out: '' });
  });
});

describe('joinery app', () => {
  it('pause and resume are said once, seen in the list, and by whoever waits', async () => {
    expect(await joinery('app', 'pause', 'salesforce', '--reason', 'migration')).toMatchObject({
      code: 0,
      out: 'salesforce is paused\n',
    });
    expect((await joinery('app', 'pause', 'salesforce', '--reason', 'another')).out).toBe(
      'salesforce was paused before; that reason stays\n',
    );
    const line = /^salesforce is paused since 2\S+Z by cli:\d+: migration$/m;
    expect((await joinery('app', 'list')).out).toMatch(line);
    expect(JSON.parse((await joinery('app', 'list', '--json')).out)).toMatchObject([
      { pause: { reason: 'migration' } },
    ]);
    const file = await peopleFile([{ number: person(), start: world.day(30), timeZone: FINE }]);
    expect((await joinery('hr', 'apply', file, '--wait')).err).toMatch(line);

    expect((await joinery('app', 'resume', 'salesforce')).out).toBe('salesforce is resumed\n');
    expect(await joinery('app', 'resume', 'salesforce')).toMatchObject({ code: 0, out: 'salesforce was not paused\n' });
    expect((await joinery('app', 'list')).out).not.toMatch(line);
  });

  it('blockers names who could not be deactivated, what blocks, and what to do', async () => {
    expect((await joinery('app', 'blockers', 'salesforce')).out).toBe('Everybody who left is deactivated.\n');
    const number = person();
    const start = await peopleFile([{ number, start: '2026-01-01', timeZone: FINE }]);
    expect((await joinery('hr', 'apply', start, '--wait')).code).toBe(0);
    const [user] = await world.org.usersOf(number);
    await world.org.block(user?.Username ?? '', 'default-case-owner');
    await world.submit({ id: `l-${number}`, type: 'leaver', employeeNumber: number, effectiveDate: world.day(0) });
    const open = () => listTasks(world.directory, { employeeNumber: number, state: 'open' });
    await expect.poll(open, { timeout: 10_000 }).toHaveLength(1);
    const id = (await open())[0]?.id ?? 0;

    const { code, out } = await joinery('app', 'blockers', 'salesforce');
    expect(out).toMatch(
      new RegExp(`^Ada Byron \\(${number}\\): task ${id}, frozen and not deactivated since 2\\S+Z, tried 1 time\\n`),
    );
    expect(out).toMatch(
      /\n {2}salesforce: deactivate .*default owner of cases.*\n {2}in Setup, put somebody else in Support Settings/,
    );
    expect(code).toBe(0);
    const json = await joinery('app', 'blockers', 'salesforce', '--json');
    expect(JSON.parse(json.out)).toMatchObject([{ task: { id, kind: 'blocked' } }]);

    await world.org.unblock();
    await joinery('task', 'retry', String(id));
    await world.untilIdle(number);
    expect(JSON.parse((await joinery('app', 'blockers', 'salesforce', '--json')).out)).toEqual([]);
    expect(await findTask(world.directory, id)).toMatchObject({ state: 'mended', closedBy: 'joinery' });
  }, 30_000);

  it('entitlements lists what can be granted, by type if asked', async () => {
    const { out } = await joinery('app', 'entitlements', 'salesforce');
    expect(out).toMatch(/^type +name +label\n/);
    for (const row of [/^permission-set +Sales_Console /m, /^profile +Standard User /m]) expect(out).toMatch(row);
    const json = await joinery('app', 'entitlements', 'salesforce', '--type', 'permission-set', '--json');
    const found = JSON.parse(json.out) as { type: string; name: string; label: string }[];
    expect(new Set(found.map(({ type }) => type))).toEqual(new Set(['permission-set']));
    expect(found.map(({ name }) => name)).toContain('Sales_Console');
    expect(json.code).toBe(0);
  });

  it.each([
    [['pause', 'none', '--reason', 'x']],
    [['resume', 'none']],
    [['blockers', 'none']],
    [['entitlements', 'none']],
  ])('%j fails with one sentence: 1', async (args) => {
    expect(await joinery('app', ...args)).toEqual({
      code: 1,
      out: '',
      err: 'joinery: there is no application none (joinery app list)\n',
    });
  });

  it('pause without a reason is called wrongly: 2; with one that says nothing it fails: 1', async () => {
    expect((await joinery('app', 'pause', 'salesforce')).code).toBe(2);
    expect(await joinery('app', 'pause', 'salesforce', '--reason', '')).toMatchObject({
      code: 1,
      err: 'joinery: the reason must say something\n',
    });
  });
});
