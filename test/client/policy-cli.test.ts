/** Profile fields and groups on the command line: what is printed, and the exit codes. */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openCommandLine, type CommandLine } from '../support/command-line.ts';
import { freshDirectory, type FreshDirectory } from '../support/directory.ts';

let directory: FreshDirectory;
let shell: CommandLine;

beforeAll(async () => {
  directory = await freshDirectory();
  shell = await openCommandLine({
    taskQueue: 'nobody',
    settings: { databaseUrl: directory.url, secretKey: randomBytes(32) },
  });
  await directory.sql`
    insert into person (employee_number, status, profile)
    select 'E' || n, 'active', jsonb_build_object('familyName', 'Person ' || n) from generate_series(1, 2) n`;
});
afterAll(async () => {
  await shell.close();
  await directory.close();
});

const NEXT = 'Nobody’s access changes by this alone. To see what would:';
const joinery = (...args: string[]) => shell.run(args);

describe('joinery field', () => {
  it('define, list and remove go the way of a field', async () => {
    const defined = await joinery('field', 'define', 'badge', '--label', 'Badge', '--unique', '--format', 'B-*');
    expect(defined).toMatchObject({ code: 0, out: 'badge is defined\n' });
    const changed = await joinery('field', 'define', 'badge', '--no-unique', '--no-format', '--json');
    expect(JSON.parse(changed.out)).toEqual({
      changed: true,
      affected: null,
      field: {
        name: 'badge',
        label: 'Badge',
        type: 'text',
        required: false,
        unique: false,
        format: null,
        custom: true,
      },
    });
    expect((await joinery('field', 'list')).out).toMatch(/familyName .*required[\s\S]*badge +Badge +text +custom/);
    await directory.sql`update person set profile = profile || '{"badge": "x"}' where employee_number = 'E1'`;
    const refused = await joinery('field', 'remove', 'badge');
    expect(refused).toMatchObject({ code: 1, err: expect.stringContaining('1 people have a value in badge') });
    expect((await joinery('field', 'remove', 'badge', '--forget-values')).out).toContain('badge is removed');
  });

  it('define names who would break, and exits with 1', async () => {
    const { code, err } = await joinery('field', 'define', 'title', '--required');
    expect(err).toContain('2 would not fit title: E1 (Person 1) is missing; E2 (Person 2) is missing');
    expect(code).toBe(1);
  });
});

describe('joinery group', () => {
  it('save, add, show, rename, drop and remove go the way of a group', async () => {
    expect((await joinery('group', 'save', 'Sales', '--rule', 'employeeNumber == "E1"')).out).toBe(
      `Sales is saved\n${NEXT} joinery plan --all\n`,
    );
    expect((await joinery('group', 'save', 'Staff', '--label', 'All staff', '--inside', 'Sales')).code).toBe(0);
    expect((await joinery('group', 'add', 'Staff', 'E2')).out).toBe(
      `Staff: 1 of 1 people are in it now\n${NEXT} joinery plan --group Staff\n`,
    );
    expect((await joinery('group', 'add', 'Staff', 'E2')).out).toBe('Staff: 0 of 1 people are in it now\n');
    const { out } = await joinery('group', 'show', 'Staff', '--members');
    expect(out).toMatch(/All staff[\s\S]*altogether 2\n {2}E1 {2}Person 1, active, by Sales\n {2}E2 .* by name\n$/);
    const [group, ...members] = (await joinery('group', 'show', 'Staff', '--members', '--json')).out.trim().split('\n');
    expect(JSON.parse(group ?? '')).toMatchObject({ name: 'Staff', named: 1, members: 2 });
    expect(members).toHaveLength(2);
    expect(await joinery('group', 'remove', 'Sales')).toMatchObject({
      code: 1,
      err: expect.stringContaining('groups.Staff.children'),
    });
    expect((await joinery('group', 'rename', 'Staff', 'Everybody')).out).toBe(
      `Staff is called Everybody\n${NEXT} joinery plan --group Everybody\n`,
    );
    expect(JSON.parse((await joinery('group', 'drop', 'Everybody', 'E2', '--json')).out)).toEqual({
      people: ['E2'],
      affected: { people: ['E2'] },
    });
    await joinery('group', 'save', 'Everybody', '--no-inside');
    expect((await joinery('group', 'remove', 'Sales')).out).toBe(`Sales is removed\n${NEXT} joinery plan --all\n`);
    expect(JSON.parse((await joinery('group', 'list', '--json')).out)).toMatchObject([{ name: 'Everybody', named: 0 }]);
    expect(await joinery('group', 'show', 'Sales')).toMatchObject({
      code: 1,
      err: 'joinery: there is no group Sales (joinery group list)\n',
    });
  });
});

describe('joinery person', () => {
  it('edit takes values as they are typed, and says what it does not know', async () => {
    const edited = await joinery('person', 'edit', 'E1', 'title=Senior Rep', 'phone=', '--from', '2099-01-01');
    expect(edited).toMatchObject({ code: 0, out: expect.stringContaining('mover of E1') });
    const [row] = await directory.sql`select body from hr_event where employee_number = 'E1'`;
    expect(row?.['body']).toMatchObject({ profile: { title: 'Senior Rep' }, effectiveDate: '2099-01-01' });
    expect(await joinery('person', 'edit', 'E1', 'titel=Senior Rep')).toMatchObject({
      code: 1,
      err: 'joinery: profile.titel is not a profile field; did you mean title?\n',
    });
  });

  it.each([
    [['person', 'edit', 'E1'], 'missing required argument', '(joinery person edit --help says how)'],
    [['person', 'edit', 'E1', 'title'], 'write field=value', '(joinery person edit --help says how)'],
    [['group', 'sav', 'Sales'], 'Did you mean save?', '(joinery group --help lists the commands)'],
  ])('called wrongly, as %j, points to its own help', async (args, why, where) => {
    const { code, err } = await joinery(...args);
    expect(code).toBe(2);
    expect(err).toContain(why);
    expect(err).toContain(where);
  });
});
