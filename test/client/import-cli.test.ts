/** Imports on the command line: a file is staged and looked at, run, mended where it failed, and imported again. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findPerson } from '#directory/people.ts';
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

describe('joinery import people', () => {
  it('shows what a file means, does it, tells what an application refused, and takes the mended rows', async () => {
    const people = Array.from({ length: 300 }, (_, index) =>
      line(index + 1, index + 1 === REFUSED ? { street: 'x'.repeat(300) } : {}),
    );
    const name = await file('people.csv', [HEAD, ...people, 'IC301,soon,Ada,Byron,nobody,IT,GB,,'].join('\n'));

    const staged = await shell.run(['import', 'people', name]);
    expect(staged.out).toMatch(/^import 1: file people\.csv, by cli:\d+ at .*: staged\n301 rows: 300 new, 1 invalid\n/);
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
  });
});
