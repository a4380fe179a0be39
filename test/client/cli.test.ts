/** The command line as people and scripts call it: what it prints, and its exit codes. */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { JOINERY, openCommandLine, type CommandLine } from '../support/command-line.ts';
import { openWorld, type World } from '../support/world.ts';

const person = `C${randomBytes(5).toString('hex')}`;

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

/** `configured`: whether the shell knows the world at all. */
const joinery = (args: string[], configured = true, more: Record<string, string> = {}) =>
  shell.run(args, { ...(configured ? shell.configured : {}), ...more });

async function file(name: string, text: string): Promise<string> {
  await writeFile(join(shell.folder, name), text);
  return join(shell.folder, name);
}

async function joinerOf(employeeNumber: string): Promise<string> {
  const [row] = await world.directory`
    select id from hr_event where employee_number = ${employeeNumber} and type = 'joiner'`;
  return String(row?.['id']);
}

describe('joinery', () => {
  it('hr apply does the good lines, names the bad ones, and exits with 1', async () => {
    const people = await file(
      'people.csv',
      `employeeNumber,startDate,givenName,familyName,email,department\n${person},2026-01-01,Ada,Byron,${person}@joinery-demo.example,Sales\nX-${person},never,No,Body,nobody@acme.example,\n`,
    );
    const { code, out } = await joinery(['hr', 'apply', people, '--wait']);
    expect(out).toContain('line 3: effectiveDate: must be a calendar day');
    expect(out).toContain('2 lines of people, 1 events accepted');
    expect(code).toBe(1);
    expect(await world.org.usersOf(person)).toMatchObject([{ IsActive: true }]);
  });

  it('hr apply of the same file in JSON says that nothing differs', async () => {
    const people = await file('one.csv', `employeeNumber,email\n${person},${person}@joinery-demo.example\n`);
    const { code, out } = await joinery(['hr', 'apply', people, '--json']);
    expect(JSON.parse(out)).toMatchObject({ accepted: 0, unchanged: 1, failedTotal: 0 });
    expect(code).toBe(0);
  });

  it('hr apply --wait tells what did not end well, and exits with 1', async () => {
    const text = `id,type,employeeNumber,target\nlate-${person},rescind,${person},${await joinerOf(person)}\n`;
    const { code, out } = await joinery(['hr', 'apply', await file('late.csv', text), '--wait']);
    expect(out).toContain('1 lines of events, 1 events accepted');
    expect(out).toMatch(
      /\nlate-C\w+: too-late\n {2}.* had begun or ended: rescind has no effect[\s\S]*carried out: 1 too-late/,
    );
    expect(code).toBe(1);
  });

  it('person show tells all of one person', async () => {
    const { out } = await joinery(['person', 'show', person]);
    expect(out).toMatch(
      /Ada Byron .*active[\s\S]*Sales_Console[\s\S]*joiner[\s\S]*done[\s\S]*welcome[\s\S]*lane: person:/,
    );
    expect(JSON.parse((await joinery(['person', 'show', person, '--json'])).out)).toMatchObject({
      employeeNumber: person,
      status: 'active',
    });
    expect(await joinery(['person', 'show', 'nobody'])).toMatchObject({
      code: 1,
      err: 'joinery: nobody is known by nobody (joinery person list)\n',
    });
  });

  it('app verify says that the simulator is no Salesforce', async () => {
    const { code, out } = await joinery(['app', 'verify', 'salesforce']);
    expect(out).toContain('SIMULATED');
    expect(out).toContain('Nothing is missing.');
    expect(code).toBe(0);
    expect((await joinery(['app', 'list'])).out).toContain('salesforce');
    expect(await joinery(['app', 'verify', 'none'])).toMatchObject({
      code: 1,
      err: expect.stringContaining('there is no application none'),
    });
  });

  it('app add refuses a document with every fault named, and its secret is never shown', async () => {
    const document = {
      name: 'second',
      label: 'Second',
      connector: 'salesforce',
      settings: { loginUrl: 'http://example.com', login: 'client-credentials', clientId: 'x' },
      secret: { clientSecret: 'hunter2' },
      scope: 'department ==',
      usernameAttribute: 'Username',
      mappings: [{ attribute: 'Email', expression: 'lower(shoeSize)' }],
      correlation: [{ attribute: 'EmployeeNumber', expression: 'employeeNumber' }],
      birthrights: [],
    };
    const { code, err } = await joinery(['app', 'add', await file('app.json', JSON.stringify(document))]);
    for (const field of ['settings.loginUrl', 'scope', 'mappings.Email', 'usernameAttribute'])
      expect(err).toContain(field);
    expect(err).not.toContain('hunter2');
    expect(code).toBe(1);
  });

  it('secrets list and rotate go from one key to the next, and never show a secret', async () => {
    const old = { JOINERY_SECRET_KEY_OLD: shell.configured['JOINERY_SECRET_KEY'] ?? '' };
    const next = { JOINERY_SECRET_KEY: randomBytes(32).toString('base64') };
    expect((await joinery(['secrets', 'list'])).out).toMatch(/salesforce +[0-9a-f]{12} +current/);

    const refused = await joinery(['secrets', 'rotate'], true, next);
    expect(refused.out).toMatch(/salesforce can not be opened: .*JOINERY_SECRET_KEY_OLD[\s\S]*nothing was changed/);
    expect(refused.code).toBe(1);
    expect((await joinery(['secrets', 'list'])).out).toMatch(/salesforce .* current/);

    const rotated = await joinery(['secrets', 'rotate'], true, { ...next, ...old });
    expect(rotated.out).toMatch(/^1 sealed anew with key [0-9a-f]{12}: salesforce\n0 were already/);
    expect(rotated.code).toBe(0);
    expect((await joinery(['secrets', 'list'])).out).toMatch(/salesforce .* missing/);
    expect((await joinery(['app', 'verify', 'salesforce'], true, next)).out).toContain('Nothing is missing.');

    const back = await joinery(['secrets', 'rotate', '--json'], true, {
      JOINERY_SECRET_KEY_OLD: next.JOINERY_SECRET_KEY,
    });
    expect(JSON.parse(back.out)).toMatchObject({ resealed: ['salesforce'], alreadyCurrent: [], unopened: [] });
    for (const { out, err } of [refused, rotated, back]) expect(out + err).not.toContain('joinery-demo-secret');
  });

  it('key create shows a key once', async () => {
    const { out } = await joinery(['key', 'create', '--name', 'test', '--role', 'viewer']);
    expect(out).toMatch(/^jnr_[\w-]{43}\n/);
  });

  it('report prints JSON lines and CSV', async () => {
    const { out } = await joinery(['report', '--user', person, '--json']);
    const rows = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { operation: string });
    expect(rows.map(({ operation }) => operation)).toEqual(expect.arrayContaining(['create', 'grant', 'notify']));
    expect((await joinery(['report', '--user', person, '--csv'])).out).toMatch(/^at,person,/);
  });

  it.each([
    [['nonsense']],
    [['hr', 'apply']],
    [['key', 'create', '--name', 'x', '--role', 'king']],
    [['report', '--since', 'yesterday']],
    [['report', '--json', '--csv']],
  ])('%j is called wrongly: 2', async (args) => {
    expect((await joinery(args)).code).toBe(2);
  });

  it.each([
    [['hr', 'apply', 'none.csv'], 'there is no file none.csv'],
    [['serve'], 'joinery serve: set JOINERY_HR_SECRET'],
    [['worker'], 'joinery worker: set JOINERY_SECRET_KEY and SMTP_URL'],
  ])('%j fails with one sentence', async (args, sentence) => {
    const { code, err } = await joinery(args);
    expect(err.trim().split('\n')).toEqual([expect.stringContaining(sentence)]);
    expect(code).toBe(1);
  });

  it('ends quietly when its reader has seen enough', async () => {
    const child = spawn(process.execPath, [JOINERY, 'report', '--json'], { cwd: shell.folder, env: shell.configured });
    child.stdout.destroy();
    const err = (await child.stderr.toArray()).join('');
    expect({ code: child.exitCode ?? (await once(child, 'exit'))[0], err }).toEqual({ code: 0, err: '' });
  });

  it('says what to start when nothing runs', async () => {
    expect(await joinery(['app', 'list'], false)).toMatchObject({
      code: 1,
      err: expect.stringContaining('nothing runs: start with npm start'),
    });
  });
});
