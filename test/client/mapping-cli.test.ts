/** Applications and their rules on the command line: saved, checked, tried on people, removed. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { changePerson } from '#directory/people.ts';
import { openCommandLine, type CommandLine } from '../support/command-line.ts';
import { openWorld, type World } from '../support/world.ts';

let world: World;
let shell: CommandLine;
let rules: { mappings: { attribute: string }[]; settings: object; secret?: object };

beforeAll(async () => {
  world = await openWorld('real-time', { worker: false });
  shell = await openCommandLine(world);
  const text = await readFile(new URL('../../docs/examples/salesforce-demo.json', import.meta.url), 'utf8');
  const { secret: _secret, ...document } = JSON.parse(text) as typeof rules;
  rules = { ...document, settings: { ...document.settings, loginUrl: world.org.url } };
  await changePerson(world.directory, {
    employeeNumber: 'E1042',
    status: 'active',
    profile: { givenName: 'Ada', familyName: 'Byron', email: 'Ada@x.example', department: 'Sales', country: 'GB' },
  });
});
afterAll(async () => {
  await world.close();
  await shell.close();
});

async function file(name: string, content: object): Promise<string> {
  await writeFile(join(shell.folder, name), JSON.stringify(content));
  return join(shell.folder, name);
}
const withTitle = (mapping: object) => ({
  ...rules,
  mappings: [...rules.mappings.filter(({ attribute }) => attribute !== 'Title'), { attribute: 'Title', ...mapping }],
});

describe('joinery app', () => {
  it('add keeps the secret where the file has none, and check says that nothing is wrong', async () => {
    const added = await shell.run(['app', 'add', await file('rules.json', withTitle({ field: 'title' }))]);
    expect(added).toMatchObject({
      code: 0,
      out: expect.stringMatching(
        /^salesforce is saved; check it with: joinery app verify salesforce\n.*joinery plan --all/,
      ),
    });
    expect(await shell.run(['app', 'check', 'salesforce'])).toMatchObject({ code: 0, out: 'Nothing is wrong.\n' });
  });

  it('add tells whose values do not fit', async () => {
    const long = await file('long.json', withTitle({ constant: 'x' }));
    expect((await shell.run(['app', 'add', long])).out).not.toContain('warning');
    const picked = {
      ...rules,
      mappings: rules.mappings.map((one) =>
        one.attribute === 'LocaleSidKey' ? { attribute: 'LocaleSidKey', field: 'department' } : one,
      ),
    };
    const { code, out } = await shell.run(['app', 'add', await file('picked.json', picked)]);
    expect(out).toContain(
      'warning: mappings.LocaleSidKey is not one of its values: 1 person (E1042)\nsalesforce is saved',
    );
    expect(code).toBe(0);
    const checked = await shell.run(['app', 'check', 'salesforce', '--json']);
    expect(JSON.parse(checked.out)).toMatchObject({ faults: [], warnings: [expect.stringContaining('LocaleSidKey')] });
  });

  it('check fails where a rule has become wrong since it was saved', async () => {
    await shell.run(['app', 'add', await file('rules.json', withTitle({ field: 'title' }))]);
    await world.directory`
      update application set birthrights = birthrights || '[{"when": "true", "grant": [{"type": "role", "name": "Gone"}]}]'`;
    const { code, out } = await shell.run(['app', 'check', 'salesforce']);
    expect(out).toMatch(/^birthrights\.8\.grant\.0: there is no role "Gone" that we may see; did you mean /);
    expect(code).toBe(1);
    expect(await shell.run(['app', 'check', 'none'])).toMatchObject({
      code: 1,
      err: expect.stringContaining('no application none'),
    });
  });

  it('remove asks before accounts are forgotten', async () => {
    await shell.run(['app', 'add', await file('rules.json', withTitle({ field: 'title' }))]);
    await world.directory`
      insert into account (employee_number, application, native_id, username, status)
      values ('E1042', 'salesforce', '005', 'ada', 'active')`;
    expect(await shell.run(['app', 'remove', 'salesforce'])).toMatchObject({
      code: 1,
      err: 'joinery: salesforce is not removed: 1 accounts are recorded there; to forget them, say so (--forget-accounts)\n',
    });
    const { code, out } = await shell.run(['app', 'remove', 'salesforce', '--forget-accounts']);
    expect({ code, out }).toEqual({ code: 0, out: 'salesforce is removed; accounts there stay as they are\n' });
    expect((await shell.run(['app', 'remove', 'salesforce'])).err).toContain('there is no application salesforce');
    const again = await shell.run(['app', 'add', await file('rules.json', rules)]);
    expect(again.err).toContain('secret is missing: an application that is new needs one');
    await shell.run([
      'app',
      'add',
      await file('all.json', { ...rules, secret: { clientSecret: 'joinery-demo-secret' } }),
    ]);
  });
});

describe('joinery mapping preview', () => {
  it('shows every attribute of somebody known, its value and where it came from', async () => {
    const { code, out } = await shell.run(['mapping', 'preview', '--person', 'E1042']);
    expect(code).toBe(0);
    expect(out).toMatch(/^Ada Byron \(E1042\), active\ngroups: none\n\nsalesforce: in scope \(true\)\n/);
    expect(out).toMatch(/\nUsername +ada@x\.example +lower\(email\) +on create only\n/);
    expect(out).toMatch(/\nTitle +\(empty\) +left\(title, 80\) +always\n/);
    expect(out).toMatch(/\nrole +Sales_Rep +birthright department == "Sales"\n/);
    expect(out).toContain(
      'not profile Standard User by birthright true: birthright department == "Sales" comes before',
    );
  });

  it('tries the rules on somebody made up', async () => {
    const nobody = await file('nobody.json', {
      employeeNumber: 'N1',
      profile: { email: 'n@x.example', department: 'IT' },
    });
    const { out } = await shell.run([
      'mapping',
      'preview',
      '--profile',
      nobody,
      '--application',
      'salesforce',
      '--json',
    ]);
    expect(JSON.parse(out)).toMatchObject({
      person: { employeeNumber: 'N1', name: 'N1' },
      applications: [
        {
          application: 'salesforce',
          inScope: true,
          entitlements: expect.arrayContaining([
            { type: 'permission-set', name: 'Developer_Tools', rule: 'birthright department == "IT"' },
          ]),
        },
      ],
    });
  });

  it.each([
    [['--person', 'nobody'], 'nobody is known by nobody'],
    [['--person', 'E1042', '--application', 'none'], 'there is no application none'],
    [[], 'give either --person or --profile'],
  ])('%j says what is wrong', async (args, says) => {
    const { code, err } = await shell.run(['mapping', 'preview', ...args]);
    expect([code, err]).toEqual([1, `joinery: ${says}\n`]);
  });

  it('names what a made-up person has and nobody can have', async () => {
    const wrong = await file('wrong.json', { employeeNumber: 'N1', groups: ['Sales'], profile: { titel: 'x' } });
    const { err } = await shell.run(['mapping', 'preview', '--profile', wrong]);
    expect(err).toMatch(
      /profile\.titel is not a profile field; did you mean title, .*; groups "Sales" is not a group\n/,
    );
    const shapeless = await file('shapeless.json', { profile: {} });
    expect((await shell.run(['mapping', 'preview', '--profile', shapeless])).err).toContain('employeeNumber: ');
  });
});
