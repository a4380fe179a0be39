/** The impact of a config on many people: streamed, within seconds, and of changed applications only. */
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { applyConfig } from '#client/config-apply.ts';
import { planConfig } from '#client/config-change.ts';
import { readConfig } from '#client/config-reading.ts';
import { streamImpact, summariseImpact } from '#client/impact.ts';
import { createSealer } from '#directory/sealing.ts';
import { freshDirectory, type FreshDirectory } from '../support/directory.ts';

const PEOPLE = 10_000;
const sealer = createSealer(randomBytes(32));
const options = { sealer, prune: false, variable: () => 'a-secret' };
let directory: FreshDirectory;
let policy: string;

beforeAll(async () => {
  directory = await freshDirectory();
  policy = await readFile(new URL('../../docs/examples/oracle-hr-policy.yaml', import.meta.url), 'utf8');
  // Nobody listens there: what the application takes is checked later.
  policy = policy.replace('http://127.0.0.1:7071', 'http://127.0.0.1:1');
  await applyConfig(directory.sql, readConfig(policy), { ...options, actor: 'test' });
  await directory.sql`
    insert into person (employee_number, status, profile)
    select 'E' || number, 'active', jsonb_build_object('familyName', 'P' || number, 'email', 'p' || number || '@x.example',
      'country', 'US', 'department', (array['Sales', 'IT', 'Shipping', 'Finance'])[1 + number % 4])
    from generate_series(1, ${PEOPLE}::int) as number`;
});
afterAll(() => directory.close());

it('10,000 people are told within seconds and within 300 MB', async () => {
  const changed = policy
    .replace('default: Employee', 'default: Colleague')
    .replace('- { type: permission-set, name: Forecast_Editor }', '- { type: permission-set, name: Sales_Engagement }');
  const plan = await planConfig(directory.sql, readConfig(changed), options);
  expect(plan.faults).toEqual([]);
  const began = performance.now();
  let most = 0;
  const summary = await summariseImpact(streamImpact(directory.sql, plan), 3, () => {
    most = Math.max(most, process.memoryUsage.rss());
  });
  const seconds = (performance.now() - began) / 1000;
  console.info(`${PEOPLE} people: ${seconds.toFixed(1)} s, ${Math.round(most / 1e6)} MB resident`);
  expect(seconds).toBeLessThan(20);
  expect(most).toBeLessThan(300e6);
  expect(summary.people).toBe(PEOPLE);
  expect(summary.first).toHaveLength(3);
  expect(summary.details).toEqual({
    salesforce: {
      'attribute Title': PEOPLE,
      'grant permission-set Sales_Engagement': PEOPLE / 4,
      'revoke permission-set Forecast_Editor': PEOPLE / 4,
    },
  });
});

it('an application that does not change is not computed', async () => {
  const plan = await planConfig(directory.sql, readConfig('profileFields: [{ name: badge }]'), options);
  expect(await summariseImpact(streamImpact(directory.sql, plan), 3)).toMatchObject({ people: 0, applications: {} });
});
