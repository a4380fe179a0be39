/** The impact of a config on many people: streamed, batch after batch, and of changed applications only. */
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { applyConfig } from '#client/config-apply.ts';
import { planConfig } from '#client/config-change.ts';
import { readConfig } from '#client/config-reading.ts';
import { streamImpact, summariseImpact } from '#client/impact.ts';
import { createSealer } from '#directory/sealing.ts';
import { freshDirectory, type FreshDirectory } from '../support/directory.ts';

/** More than two batches. */
const PEOPLE = 1_200;
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

it('everybody is told, and no more than a batch is held however many there are', async () => {
  const changed = policy
    .replace('default: Employee', 'default: Colleague')
    .replace('- { type: permission-set, name: Forecast_Editor }', '- { type: permission-set, name: Sales_Engagement }');
  const plan = await planConfig(directory.sql, readConfig(changed), options);
  expect(plan.faults).toEqual([]);
  const told: string[] = [];
  const summary = await summariseImpact(streamImpact(directory.sql, plan), 3, ({ employeeNumber }) =>
    told.push(employeeNumber),
  );
  expect(told).toEqual([...new Set(told)].toSorted());
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

it('whoever stops listening has had nobody worked out but the batch', async () => {
  const plan = await planConfig(
    directory.sql,
    readConfig(policy.replace('default: Employee', 'default: Colleague')),
    options,
  );
  const stream = streamImpact(directory.sql, plan);
  expect((await stream.next()).value).toMatchObject({ employeeNumber: 'E1', kind: 'changes' });
  await stream.return(undefined);
  const [open] = await directory.sql`
    select count(*)::int as count from pg_stat_activity where state like 'idle in transaction%' and datname = current_database()`;
  expect(open).toEqual({ count: 0 });
});

it('an account that was kept out of scope is told when it would be taken away', async () => {
  const kept = policy
    .replace('scope: department != ""', 'scope: department != "IT"')
    .replace('outOfScope: freeze', 'outOfScope: keep');
  expect(kept).toContain('outOfScope: keep');
  await applyConfig(directory.sql, readConfig(kept), { ...options, actor: 'test' });
  await directory.sql`
    insert into account (employee_number, application, native_id, username, status)
    values ('E1', 'salesforce', '005', 'p1', 'active')`;
  const plan = await planConfig(
    directory.sql,
    readConfig(kept.replace('outOfScope: keep', 'outOfScope: freeze')),
    options,
  );
  expect(await summariseImpact(streamImpact(directory.sql, plan), 3)).toMatchObject({
    people: 1,
    first: [{ employeeNumber: 'E1', kind: 'loses', operations: ['freeze'] }],
  });
});

it('an application that does not change is not computed', async () => {
  const plan = await planConfig(directory.sql, readConfig('profileFields: [{ name: badge }]'), options);
  expect(await summariseImpact(streamImpact(directory.sql, plan), 3)).toMatchObject({ people: 0, applications: {} });
});
