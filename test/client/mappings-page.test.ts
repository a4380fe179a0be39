/** The page on mappings says what is so: its application is saved by a real check, and gives its person what the table says. */
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { saveApplicationRules } from '#client/applications.ts';
import { preview, triedPersonSchema } from '#client/mapping-preview.ts';
import { createSealer } from '#directory/sealing.ts';
import { freshDirectory, type FreshDirectory } from '../support/directory.ts';
import { startSimulatedOrg, type SimulatedOrg } from '../support/simulator.ts';

const sealer = createSealer(randomBytes(32));
let directory: FreshDirectory;
let org: SimulatedOrg;
let page: string;

beforeAll(async () => {
  directory = await freshDirectory();
  org = await startSimulatedOrg();
  page = await readFile(new URL('../../docs/mappings.md', import.meta.url), 'utf8');
  await directory.sql`insert into person_group (name, label) values ('Contractors', 'Contractors')`;
});
afterAll(async () => {
  await org.close();
  await directory.close();
});

it('saves its example without a fault or warning, and gives what its table says', async () => {
  const [example, imported, person] = [...page.matchAll(/```json\n([\s\S]*?)```/g)].map(
    ([, text]) => JSON.parse(text ?? '') as object,
  );
  const settings = { loginUrl: org.url, login: 'client-credentials', clientId: 'joinery-demo' };
  const saved = await saveApplicationRules(directory.sql, sealer, { ...example, ...imported, settings }, 'test');
  expect(saved.warnings).toEqual([]);

  const answer = await preview(directory.sql, sealer, { madeUp: triedPersonSchema.parse(person) }, 'crm');
  const [crm] = 'preview' in answer ? answer.preview.applications : [];
  const table = page.slice(page.indexOf('who gets, by the rules above'));
  const rows = [...table.matchAll(/^\| (\w+) +\| (.+?) +\| (.+?) +\|$/gm)].map(([, ...cells]) => cells.slice(0, 3));
  expect(rows.slice(1)).toEqual(
    crm?.attributes.map(({ attribute, value, rule }) => [attribute, value ?? '(empty)', rule]),
  );
  expect(crm?.inScope).toBe(true);
  expect(crm?.entitlements.map(({ name }) => name)).toEqual(['Sales User', 'Sales_Rep', 'Sales_Console']);
});
