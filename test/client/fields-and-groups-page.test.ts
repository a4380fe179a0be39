/** The page on profile fields and groups says what is so: its commands are run as they stand there, in their order. */
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { DEFAULT_PROFILE_FIELDS } from '#domain/profile-field.ts';
import { openCommandLine, type CommandLine } from '../support/command-line.ts';
import { freshDirectory, type FreshDirectory } from '../support/directory.ts';

let directory: FreshDirectory;
let shell: CommandLine;
let page: string;

beforeAll(async () => {
  page = await readFile(new URL('../../docs/fields-and-groups.md', import.meta.url), 'utf8');
  directory = await freshDirectory();
  shell = await openCommandLine({
    taskQueue: 'nobody',
    settings: { databaseUrl: directory.url, secretKey: randomBytes(32) },
  });
  await directory.sql`
    insert into person (employee_number, status, profile)
    select 'P' || n, 'active', '{"familyName": "Byron", "costCenter": "CC-1"}' from generate_series(2, 3) n`;
});
afterAll(async () => {
  await shell.close();
  await directory.close();
});

it('every command does what stands beside it', { timeout: 300_000 }, async () => {
  const commands = [...page.matchAll(/^npx joinery (.+?) +# (.+)$|^npx joinery (.+)$/gm)];
  expect(commands.length).toBeGreaterThanOrEqual(10);
  for (const [, commented, comment = '', bare = ''] of commands) {
    const { code, err } = await shell.run(wordsOf(commented ?? bare));
    expect(err).toEqual(comment.startsWith('refused') ? expect.stringContaining('could not be applied any more') : '');
    expect(code).toBe(comment.startsWith('refused') ? 1 : 0);
  }
});

it('the answer that it shows is the answer', async () => {
  const [, command = '', answer] = /^\$ joinery (.+)\n([\s\S]+?)```/m.exec(page) ?? [];
  await directory.sql`insert into person_group (name, label) values ('Commerce', 'Commerce')`;
  expect((await shell.run(wordsOf(command))).out).toBe(answer);
});

it('the default fields are as many as it says', () => {
  expect(DEFAULT_PROFILE_FIELDS).toHaveLength(20);
  expect(page).toContain('twenty fields');
});

function wordsOf(command: string): string[] {
  return [...command.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(
    ([, double, single, plain]) => double ?? single ?? plain ?? '',
  );
}
