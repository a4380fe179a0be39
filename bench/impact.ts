/**
 * What a changed policy means for ten thousand people, in a directory of its own: seconds and memory, beside working out
 * everybody's account once under each policy with nothing remembered. Run: npm run bench -- impact [people]. Prints one JSON
 * line last.
 */
import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { wantedAccount } from '#domain/application.ts';
import { createExpressions } from '#domain/expression.ts';
import { applyConfig } from '#client/config-apply.ts';
import { planConfig, type ConfigPlan } from '#client/config-change.ts';
import { readConfig } from '#client/config-reading.ts';
import { streamImpact, summariseImpact } from '#client/impact.ts';
import { openDirectory, type Sql } from '#directory/database.ts';
import { migrate } from '#directory/migrate.ts';
import { streamPeople } from '#directory/people.ts';
import { seedProfileFields } from '#directory/profile-fields.ts';
import { createSealer } from '#directory/sealing.ts';
import { startPostgres } from '#runtime/embedded/postgres.ts';

const people = Number(process.argv[2] ?? 10_000);
const options = { sealer: createSealer(randomBytes(32)), prune: false, variable: () => 'a-secret', actor: 'bench' };
const folder = await mkdtemp(join(tmpdir(), 'joinery-bench-'));
const postgres = await startPostgres({
  dataDir: join(folder, 'postgres'),
  port: 0,
  password: 'bench',
  logFile: join(folder, 'postgres.log'),
  durable: false,
});
try {
  const directory = openDirectory(postgres.url, 4);
  const plan = await prepared(directory);
  const baselineSeconds = await timed(() => accountsOnce(directory, plan));
  const seconds = await timed(async () => {
    const summary = await summariseImpact(streamImpact(directory, plan), 0);
    if (summary.people !== people) throw new Error(`of ${people} people ${summary.people} were told`);
  });
  await directory.end();
  console.log(
    JSON.stringify({
      bench: 'impact',
      people,
      seconds,
      baselineSeconds,
      ratio: round(seconds / baselineSeconds),
      peakMb: Math.round(process.resourceUsage().maxRSS / 1024),
    }),
  );
} finally {
  await postgres.stop();
  await rm(folder, { recursive: true });
}

/** People under the example's policy, and a change of it that touches every one of them. */
async function prepared(directory: Sql): Promise<ConfigPlan> {
  await migrate(directory);
  await seedProfileFields(directory);
  const example = await readFile(new URL('../docs/examples/oracle-hr-policy.yaml', import.meta.url), 'utf8');
  // Nobody listens there: what the application takes is checked later.
  const policy = example.replace('http://127.0.0.1:7071', 'http://127.0.0.1:1');
  await applyConfig(directory, readConfig(policy), options);
  await directory`
    insert into person (employee_number, status, profile)
    select 'E' || n, 'active', jsonb_build_object('familyName', 'P' || n, 'email', 'p' || n || '@x.example', 'country', 'US',
      'department', (array['Sales', 'IT', 'Shipping', 'Finance'])[1 + n % 4])
    from generate_series(1, ${people}::int) as n`;
  return planConfig(directory, readConfig(policy.replace('default: Employee', 'default: Colleague')), options);
}

/** The least that comparing two policies needs, without comparing. */
async function accountsOnce(directory: Sql, { before, after }: ConfigPlan): Promise<void> {
  const types = [
    { type: 'profile', label: 'Profile', carried: true },
    { type: 'role', label: 'Role', carried: true },
  ];
  const sides = [before, after].map(({ fields, groups, applications }) => ({
    applications,
    expressions: createExpressions(fields, groups),
  }));
  for await (const person of streamPeople(directory, { status: 'active' }))
    for (const { applications, expressions } of sides)
      for (const application of applications)
        if (expressions.holds(application.scope, person)) wantedAccount(application, types, person, expressions);
}

async function timed(run: () => Promise<void>): Promise<number> {
  const began = performance.now();
  await run();
  return round((performance.now() - began) / 1000);
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
