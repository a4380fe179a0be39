/** A company there and back: people are provisioned, and an empty directory learns the same people from their accounts. */
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { MockActivityEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { importAccountsPage } from '#activities/import-accounts.ts';
import { planPeople } from '#activities/planning.ts';
import { work } from '#activities/work.ts';
import { removeApplication } from '#client/applications.ts';
import { readOracleHr } from '#client/cli/demo/oracle-hr.ts';
import { applyConfig } from '#client/config-apply.ts';
import { readConfig } from '#client/config-reading.ts';
import { stageAccounts } from '#client/import-accounts.ts';
import { untilSettled } from '#client/settled.ts';
import type { HrChange } from '#domain/hr-event.ts';
import { timeZoneOf } from '#domain/locale.ts';
import type { Profile } from '#domain/profile-field.ts';
import { usualTimeZone } from '#domain/time-zone.ts';
import type { Sql } from '#directory/database.ts';
import type { ImportRecord } from '#directory/imports.ts';
import { findPeople } from '#directory/people.ts';
import { createSealer } from '#directory/sealing.ts';
import { buildDependencies } from '#worker/dependencies.ts';
import { freshDirectory, type FreshDirectory } from '../support/directory.ts';
import { openWorld, type World } from '../support/world.ts';

const EXAMPLES = fileURLToPath(new URL('../../docs/examples/', import.meta.url));
/** What the policy puts into an account as it is, or in lower case. */
const ONE_TO_ONE = ['givenName', 'familyName', 'email', 'title', 'department', 'phone', 'city', 'country'];
const PAGE = 50;

let world: World;
let empty: FreshDirectory;
let dependencies: ReturnType<typeof buildDependencies>;
let joiners: HrChange[];
const secretKey = randomBytes(32);

beforeAll(async () => {
  world = await openWorld('real-time');
  empty = await freshDirectory();
  dependencies = buildDependencies({ ...world.settings, databaseUrl: empty.url, secretKey });
  await removeApplication(world.directory, 'salesforce', { forgetAccounts: false, actor: 'test' });
  const text = await readFile(`${EXAMPLES}/oracle-hr-policy.yaml`, 'utf8');
  const policy = readConfig(text.replace('http://127.0.0.1:7071', world.org.url));
  const configure = (sql: Sql, key: Uint8Array) =>
    applyConfig(sql, policy, {
      sealer: createSealer(key),
      prune: false,
      variable: () => 'joinery-demo-secret',
      actor: 'test',
    });
  await configure(world.directory, world.settings.secretKey);
  await configure(empty.sql, secretKey);
  joiners = (await readOracleHr(`${EXAMPLES}/oracle-hr`)).joiners;
  await world.submit(...joiners);
  const ids = joiners.map(({ id }) => id);
  await untilSettled(world.directory, ids, () => undefined);
});
afterAll(async () => {
  await dependencies.close();
  await empty.close();
  await world.close();
});

async function stage(): Promise<ImportRecord> {
  const options = { directory: empty.sql, sealer: createSealer(secretKey), defaultTimeZone: 'UTC', by: 'test' };
  const staged = await stageAccounts(options, 'salesforce');
  if (!staged) throw new Error('no application');
  return staged;
}

async function run({ id }: ImportRecord): Promise<void> {
  await empty.sql`
    update import_row set position = placed.position
    from (select line, row_number() over (order by line) as position from import_row where state = 'waiting') as placed
    where import = ${id} and import_row.line = placed.line`;
  for (let after = 0; after < 200; after += PAGE)
    await new MockActivityEnvironment().run(() =>
      work((context) =>
        importAccountsPage(dependencies, { import: id, application: '', after, upTo: after + PAGE }, context),
      ),
    );
}

/** What can be told of somebody by their account. */
function toldOf({ profile = {} }: HrChange): Profile {
  const mapped = ONE_TO_ONE.map((name) => [name, name === 'email' ? profile[name]?.toLowerCase() : profile[name]]);
  const manager = ['managerEmployeeNumber', managerOf(profile)];
  // Of zones that are always alike the application knows one, and for everybody.
  const timeZone = ['timeZone', usualTimeZone(profile['timeZone'] ?? '') || timeZoneOf(profile['country'] ?? '')];
  return Object.fromEntries([...mapped, manager, timeZone].filter(([, value]) => value)) as Profile;
}

/** Somebody without a department has no account, and is nobody's manager there. */
function managerOf({ managerEmployeeNumber: manager }: Profile): string | null | undefined {
  return joiners.some(({ employeeNumber, profile }) => employeeNumber === manager && profile?.['department'])
    ? manager
    : null;
}

describe('the accounts of a provisioned company', () => {
  it('tell an empty directory of the same people, each with the account they have', async () => {
    const staged = await stage();
    expect(staged.counts).toMatchObject({ new: 106 });
    expect(staged.counts.disputed).toBeUndefined();
    await run(staged);
    const expected = joiners.filter(({ profile }) => profile?.['department']);
    const people = await findPeople(
      empty.sql,
      expected.map(({ employeeNumber }) => employeeNumber),
    );
    expect(Object.fromEntries(people.map(({ employeeNumber, profile }) => [employeeNumber, profile]))).toEqual(
      Object.fromEntries(expected.map((joiner) => [joiner.employeeNumber, toldOf(joiner)])),
    );
    const accounts = (sql: Sql) => sql`
      select employee_number, native_id, username, status, manager_native_id from account order by 1`;
    expect(await accounts(empty.sql)).toEqual(await accounts(world.directory));
  });

  it('need nothing by the same rules', async () => {
    const context = { signal: new AbortController().signal };
    const connection = await dependencies.connections.open('salesforce', context);
    const people = await findPeople(
      empty.sql,
      joiners.map(({ employeeNumber }) => employeeNumber),
    );
    const requests = people.map((person) => ({ person, cause: 'mover' as const }));
    const plans = await planPeople(empty.sql, connection, requests, await dependencies.expressions(), context);
    expect(plans).toHaveLength(106);
    expect(plans.flatMap(({ operations, skipped }) => [...operations, ...skipped])).toEqual([]);
  });

  it('are all linked when they are looked at again, and make nobody', async () => {
    const { counts } = await stage();
    expect(counts).toMatchObject({ linked: 106 });
    expect([counts.new, counts.unlinked, counts.disputed]).toEqual([undefined, undefined, undefined]);
  });
});
