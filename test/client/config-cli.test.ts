/** `joinery config`: exit codes, what is asked, what is refused, and where the secret comes from. */
import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openSecret } from '#directory/application-secrets.ts';
import { findApplication } from '#directory/applications.ts';
import { createSealer } from '#directory/sealing.ts';
import { openCommandLine, type CommandLine } from '../support/command-line.ts';
import { freshDirectory, type FreshDirectory } from '../support/directory.ts';

const key = randomBytes(32);
let directory: FreshDirectory;
let shell: CommandLine;
let policy: string;

beforeAll(async () => {
  directory = await freshDirectory();
  shell = await openCommandLine({ taskQueue: 'nobody', settings: { databaseUrl: directory.url, secretKey: key } });
  await directory.sql`
    insert into person (employee_number, status, profile)
    select 'E' || n, 'active', jsonb_build_object('familyName', 'Person ' || n, 'department', 'Sales', 'country', 'US',
      'email', 'e' || n || '@x.example') from generate_series(1, 2) n`;
  const example = await readFile(new URL('../../docs/examples/oracle-hr-policy.yaml', import.meta.url), 'utf8');
  // Nobody listens there.
  policy = example.replace('http://127.0.0.1:7071', 'http://127.0.0.1:1');
});
afterAll(async () => {
  await shell.close();
  await directory.close();
});

async function file(text: string): Promise<string> {
  const path = join(shell.folder, 'policy.yaml');
  await writeFile(path, text);
  return path;
}
const audited = async () => (await directory.sql<{ count: number }[]>`select count(*)::int from audit`)[0]?.count;

it('a new application takes its secret from the environment, and without it nothing is applied', async () => {
  const path = await file(policy);
  const refused = await shell.run(['config', 'apply', path]);
  expect(refused.code).toBe(1);
  expect(refused.err).toMatch(/policy\.yaml:\d+:\d+: applications\.salesforce\.secret needs SALESFORCE_CLIENT_SECRET/);
  expect(await audited()).toBe(0);
  const environment = { ...shell.configured, SALESFORCE_CLIENT_SECRET: 'hush-hush' };
  const applied = await shell.run(['config', 'apply', path, '--json'], environment);
  expect(applied.code).toBe(0);
  expect(JSON.parse(applied.out)).toMatchObject({
    diff: expect.arrayContaining([expect.objectContaining({ what: 'added', name: 'salesforce' })]),
    warnings: [expect.stringContaining('salesforce')],
  });
  expect(applied.out + applied.err).not.toContain('hush-hush');
  const stored = await findApplication(directory.sql, 'salesforce');
  expect(stored && openSecret(createSealer(key), stored)).toEqual({ clientSecret: 'hush-hush' });
  const rows = await directory.sql`select actor, detail from audit`;
  expect(JSON.stringify(rows)).not.toContain('hush-hush');
  expect(rows.every((row) => String(row['actor']).startsWith('cli:'))).toBe(true);
});

it('diff exits with 0 where nothing would change, else with 1, and tells each person as a line', async () => {
  const path = join(shell.folder, 'exported.yaml');
  expect((await shell.run(['config', 'export', path])).code).toBe(0);
  const same = await shell.run(['config', 'diff', path]);
  expect(same).toMatchObject({ code: 0, out: 'Nothing would change.\n' });
  const changed = await file((await readFile(path, 'utf8')).replace('default: Employee', 'default: Colleague'));
  const { code, out } = await shell.run(['config', 'diff', changed, '--impact', '--json']);
  expect(code).toBe(1);
  const lines = out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(lines).toMatchObject([
    { employeeNumber: 'E1', kind: 'changes', attributes: [{ attribute: 'Title', old: 'Employee', new: 'Colleague' }] },
    { employeeNumber: 'E2' },
    { people: 2, diff: [{ what: 'changed', name: 'salesforce' }] },
  ]);
  const said = await shell.run(['config', 'diff', changed, '--impact', '--people', '1']);
  expect(said.out).toContain('It touches 2 people:\n  salesforce: 2 have their account changed\n');
  expect(said.out).not.toContain('(E2)');
  const odd = await shell.run(['config', 'diff', changed, '--impact', '--people', 'all']);
  expect(odd).toMatchObject({ code: 2, err: expect.stringContaining('--people') });
});

it('without a terminal nothing is removed unless somebody says --yes, and never what has accounts', async () => {
  await directory.sql`
    insert into account (employee_number, application, native_id, username, status)
    values ('E1', 'salesforce', '005', 'e1@x.example', 'active')`;
  const before = await audited();
  const empty = await file('');
  const kept = await shell.run(['config', 'apply', empty, '--prune', '--yes']);
  expect(kept.code).toBe(1);
  expect(kept.err).toContain('applications.salesforce is not removed: 1 accounts are recorded there');
  await directory.sql`truncate account cascade`;
  const asked = await shell.run(['config', 'apply', empty, '--prune']);
  expect(asked).toMatchObject({ code: 1, err: expect.stringContaining('something would be removed: say --yes') });
  expect(await audited()).toBe(before);
  const pruned = await shell.run(['config', 'apply', empty, '--prune', '--yes']);
  expect(pruned).toMatchObject({ code: 0, out: expect.stringContaining('- application salesforce\nApplied.\n') });
  expect(await findApplication(directory.sql, 'salesforce')).toBeUndefined();
});
