/** Imports on the command line: a file is staged and looked at, run, mended where it failed, and imported again. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { findApplication } from '#directory/applications.ts';
import { findImport } from '#directory/imports.ts';
import { findPerson } from '#directory/people.ts';
import { JOINERY, openCommandLine, type CommandLine } from '../support/command-line.ts';
import { changeStoredApplication } from '../support/demo-application.ts';
import { openWorld, type World } from '../support/world.ts';

let world: World;
let shell: CommandLine;

beforeAll(async () => {
  world = await openWorld('real-time');
  shell = await openCommandLine(world);
  const stored = await findApplication(world.directory, 'salesforce');
  // Calls are held for as long as commands take.
  await changeStoredApplication(world.directory, { settings: { ...stored?.settings, timeoutMs: 60_000 } });
});
afterAll(async () => {
  await world.close();
  await shell.close();
});

const HEAD = 'employeeNumber,startDate,givenName,familyName,email,department,country,street,managerEmployeeNumber';
const REFUSED = 137;

/** A line about somebody; the first is the manager of all. */
function line(index: number, { street = `${index} Main Street`, startDate = '2026-01-01' } = {}): string {
  const number = `IC${index}`;
  const manager = index === 1 ? '' : 'IC1';
  return `${number},${startDate},Ada,Byron${index},${number}@acme.example,IT,GB,${street},${manager}`;
}

async function file(name: string, content: string | Buffer): Promise<string> {
  await writeFile(join(shell.folder, name), content);
  return name;
}

/** Each command is a process of its own, which takes its time on a busy machine. */
const SLOW = { timeout: 240_000 };

describe('joinery import people', () => {
  it(
    'shows what a file means, does it, tells what an application refused, and takes the mended rows',
    SLOW,
    async () => {
      const people = Array.from({ length: 300 }, (_, index) =>
        line(index + 1, index + 1 === REFUSED ? { street: 'x'.repeat(300) } : {}),
      );
      const name = await file('people.csv', [HEAD, ...people, 'IC301,soon,Ada,Byron,nobody,IT,GB,,'].join('\n'));

      const staged = await shell.run(['import', 'people', name]);
      expect(staged.out).toMatch(
        /^import 1: file people\.csv, by cli:\d+ at .*: staged\n301 rows: 300 new, 1 invalid\n/,
      );
      expect(staged.out).toMatch(/\n2 +new +Ada Byron1 \(IC1\)\n/);
      expect(staged.out).toContain('\n… and 290 more: joinery import show 1 --rows new\n');
      expect(staged.out).toMatch(/\n302 +invalid +IC301 +effectiveDate: must be .*profile\.email: must be an e-mail/);
      expect(staged.out).toContain('Nothing was changed. joinery import run 1 --wait does it.');
      expect(staged.code).toBe(1);
      expect(await findPerson(world.directory, 'IC1')).toBeUndefined();

      const ran = await shell.run(['import', 'run', '1', '--wait']);
      expect(ran.out).toMatch(/^import 1: .*: partly-failed\n/);
      expect(ran.out).toContain('rows: 299 done, 1 failed\n');
      expect(ran.out).toMatch(
        new RegExp(`\nline ${REFUSED + 1}: Ada Byron${REFUSED} \\(IC${REFUSED}\\): salesforce: .*Street`),
      );
      expect(ran.out).toContain('joinery import failed 1 > failed.csv');
      expect(ran.code).toBe(1);
      const [manager] = await world.org.usersOf('IC1');
      expect(await world.org.usersOf('IC2')).toMatchObject([{ IsActive: true, ManagerId: manager?.Id }]);

      const failed = await shell.run(['import', 'failed', '1']);
      const [titles, ...rows] = failed.out.trimEnd().split('\r\n');
      expect(titles).toBe(`${HEAD},importFailure`);
      expect(rows).toEqual([
        expect.stringMatching(new RegExp(`^IC${REFUSED},.*,salesforce: .*`)),
        expect.stringMatching(/^IC301,soon,.*effectiveDate/),
      ]);
      const mended = failed.out
        .replace('x'.repeat(300), '137 Main Street')
        .replace('soon', '2026-01-01')
        .replace('nobody', 'ic301@acme.example');

      const again = await shell.run(['import', 'people', await file('failed.csv', mended), '--run', '--wait']);
      expect({ code: again.code, out: again.out }).toEqual({
        code: 0,
        out: expect.stringMatching(/^import 2: .*: done\n/),
      });
      expect(await world.org.usersOf(`IC${REFUSED}`)).toMatchObject([{ IsActive: true }]);
      expect(await world.org.usersOf('IC301')).toHaveLength(1);
      expect((await shell.run(['import', 'list'])).out).toMatch(
        /\n2 .* done +2 rows: .*\n1 .* partly-failed +301 rows: /,
      );
    },
  );
});

describe('joinery import', () => {
  it('reads standard input, takes columns by other names, and tells a program what it found', SLOW, async () => {
    const mapped = ['--map', 'Personnel No=employeeNumber', '--map', 'Surname=familyName', '--ignore-unknown'];
    const input = gzipSync(
      'Personnel No\tStart date\tSurname\tWork e-mail\tShoe size\nIS1\t2026-01-01\tAmes\ts@acme.example\t44\n',
    );
    const { code, out } = await piped(['import', 'people', '-', ...mapped, '--json'], input);
    expect({ code, ...(JSON.parse(out) as object) }).toMatchObject({
      code: 0,
      source: 'file standard input',
      state: 'staged',
      states: { waiting: 1 },
      rows: [{ line: 2, employeeNumber: 'IS1', name: 'Ames', verdict: 'new' }],
    });
    const { id } = JSON.parse(out) as { id: number };
    const shown = await shell.run(['import', 'show', String(id), '--rows', 'waiting']);
    expect(shown.out).toMatch(/^line +verdict +person +what differs\n2 +new +Ames \(IS1\)\n$/);
    expect((await shell.run(['import', 'cancel', String(id)])).code).toBe(0);
    expect(await findImport(world.directory, id)).toMatchObject({ state: 'cancelled' });
  });

  it('pauses at a border between pages, which ends the waiting, goes on, and is cancelled', SLOW, async () => {
    const people = Array.from({ length: 1_300 }, (_, index) => line(index + 1_000));
    const name = await file('many.csv', [HEAD, ...people].join('\n'));
    const held = await world.org.addFault({
      match: { method: 'POST', path: 'composite/sobjects' },
      times: 4,
      action: { kind: 'hold' },
    });
    const running = shell.run(['import', 'people', name, '--run', '--wait']);
    await held.hit();
    const [{ id } = { id: 0 }] = await world.directory<{ id: number }[]>`select max(id)::int as id from import`;
    const say = (...args: string[]) => shell.run(['import', ...args]);

    expect((await say('pause', String(id), '--reason', 'month end')).out).toBe(
      `import ${id} pauses once the pages at work have ended (joinery import progress ${id})\n`,
    );
    const waited = await running;
    expect(waited.out).toMatch(/paused since .* by cli:\d+: month end/);
    expect(waited.out).toContain(`joinery import resume ${id} goes on; joinery import cancel ${id} ends it`);
    expect(waited.code).toBe(1);
    expect((await say('resume', String(id))).code).toBe(0);
    expect((await say('cancel', String(id), '--reason', 'enough')).code).toBe(0);
    await held.release();
    const ended = await say('progress', String(id), '--json');
    expect(JSON.parse(ended.out)).toMatchObject({ rows: 1_300, cancelling: true });
    await vi.waitFor(async () => expect(await findImport(world.directory, id)).toMatchObject({ state: 'cancelled' }), {
      timeout: 60_000,
    });
    expect((await say('pause', String(id))).err).toContain(`import ${id} was cancelled`);
    const { out } = await say('show', String(id), '--json');
    const { states } = JSON.parse(out) as { states: Record<string, number> };
    expect(states['done']).toBe(800);
  });

  it.each([
    [['import', 'run', '99999'], 'there is no import 99999 (joinery import list)'],
    [['import', 'people', 'x.csv', '--wait'], '--wait waits for a run: give --run as well'],
  ])('%j says what is wrong', async (args, says) => {
    const { code, err } = await shell.run(args);
    expect([code, err]).toEqual([1, expect.stringContaining(says)]);
  });

  it.each([
    ['import', 'people', 'x.csv', '--preview', '--run'],
    ['import', 'show', '1', '--rows', 'bad'],
  ])('is called wrongly: %j', async (...args) => {
    expect((await shell.run(args)).code).toBe(2);
  });
});

/** `joinery` with something on its standard input. */
async function piped(args: string[], input: Buffer): Promise<{ code: number | null; out: string }> {
  const child = spawn(process.execPath, [JOINERY, ...args], { cwd: shell.folder, env: shell.configured });
  child.stdin.end(input);
  const [out, [code]] = await Promise.all([text(child.stdout), once(child, 'close') as Promise<[number | null]>]);
  return { code, out };
}
