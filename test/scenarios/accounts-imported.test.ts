/** A company there and back: people are provisioned, and an empty directory learns the same people from their accounts. */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { planPeople } from '#activities/planning.ts';
import { removeApplication } from '#client/applications.ts';
import { readOracleHr } from '#client/cli/demo/oracle-hr.ts';
import { applyConfig } from '#client/config-apply.ts';
import { readConfig } from '#client/config-reading.ts';
import { stageAccounts } from '#client/import-accounts.ts';
import { untilImported } from '#client/import-progress.ts';
import { startImport } from '#client/imports.ts';
import { untilSettled } from '#client/settled.ts';
import type { HrChange } from '#domain/hr-event.ts';
import { timeZoneOf } from '#domain/locale.ts';
import type { Profile } from '#domain/profile-field.ts';
import { usualTimeZone } from '#domain/time-zone.ts';
import type { ImportRecord } from '#directory/imports.ts';
import { findPeople } from '#directory/people.ts';
import { createSealer } from '#directory/sealing.ts';
import { buildDependencies } from '#worker/dependencies.ts';
import { openWorld, type World } from '../support/world.ts';

const EXAMPLES = fileURLToPath(new URL('../../docs/examples/', import.meta.url));
/** What the policy puts into an account as it is, or in lower case. */
const ONE_TO_ONE = ['givenName', 'familyName', 'email', 'title', 'department', 'phone', 'city', 'country'];

let world: World;
let dependencies: ReturnType<typeof buildDependencies>;
let joiners: HrChange[];
let before: object[];

const place = () => ({ directory: world.directory, temporal: world.client, taskQueue: world.taskQueue });
const withDepartment = () => joiners.filter(({ profile }) => profile?.['department']);
const accounts = () => world.directory<object[]>`
  select employee_number, native_id, username, status, manager_native_id from account order by 1`;
const people = () =>
  findPeople(
    world.directory,
    joiners.map(({ employeeNumber }) => employeeNumber),
  );

beforeAll(async () => {
  world = await openWorld('real-time');
  dependencies = buildDependencies(world.settings);
  await removeApplication(world.directory, 'salesforce', { forgetAccounts: false, actor: 'test' });
  const text = await readFile(`${EXAMPLES}/oracle-hr-policy.yaml`, 'utf8');
  await applyConfig(world.directory, readConfig(text.replace('http://127.0.0.1:7071', world.org.url)), {
    sealer: createSealer(world.settings.secretKey),
    prune: false,
    variable: () => 'joinery-demo-secret',
    actor: 'test',
  });
  joiners = (await readOracleHr(`${EXAMPLES}/oracle-hr`)).joiners;
  await world.submit(...joiners);
  await settled(...joiners.map(({ id }) => id));
  before = await accounts();
  await world.directory`truncate person, account, hr_event cascade`;
});
afterAll(async () => {
  await dependencies.close();
  await world.close();
});

const settled = (...ids: string[]) => untilSettled(world.directory, ids, () => undefined);

async function stage(): Promise<ImportRecord> {
  const sealer = createSealer(world.settings.secretKey);
  const options = { directory: world.directory, sealer, defaultTimeZone: 'UTC', by: 'test' };
  const staged = await stageAccounts(options, 'salesforce');
  if (!staged) throw new Error('no application');
  return staged;
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
    const { id, counts } = await stage();
    expect(counts).toMatchObject({ new: 106 });
    expect(counts.disputed).toBeUndefined();
    expect(await startImport(place(), { id, by: 'test' })).toEqual({ result: 'done' });
    expect(await untilImported(place(), id, () => undefined)).toMatchObject({ import: { state: 'done' } });
    expect(
      Object.fromEntries((await people()).map(({ employeeNumber, profile }) => [employeeNumber, profile])),
    ).toEqual(Object.fromEntries(withDepartment().map((joiner) => [joiner.employeeNumber, toldOf(joiner)])));
    expect(await accounts()).toEqual(before);
  });

  it('need nothing by the same rules', async () => {
    const context = { signal: new AbortController().signal };
    const connection = await dependencies.connections.open('salesforce', context);
    const requests = (await people()).map((person) => ({ person, cause: 'mover' as const }));
    const plans = await planPeople(world.directory, connection, requests, await dependencies.expressions(), context);
    expect(plans).toHaveLength(106);
    expect(plans.flatMap(({ operations, skipped }) => [...operations, ...skipped])).toEqual([]);
  });

  it('are all linked when they are looked at again, and make nobody', async () => {
    const { counts } = await stage();
    expect(counts).toMatchObject({ linked: 106 });
    expect([counts.new, counts.unlinked, counts.disputed]).toEqual([undefined, undefined, undefined]);
  });

  it('follow what HR says of their people from then on', async () => {
    const effectiveDate = world.day(0);
    await world.submit(
      { id: 'move', type: 'mover', employeeNumber: '103', effectiveDate, profile: { title: 'Chief' } },
      { id: 'leave', type: 'leaver', employeeNumber: '104', effectiveDate, immediate: true },
    );
    await settled('move', 'leave');
    expect([(await world.event('move')).state, (await world.event('leave')).state]).toEqual(['done', 'done']);
    expect(await world.org.usersOf('103')).toMatchObject([{ Title: 'Chief', IsActive: true }]);
    expect(await world.org.usersOf('104')).toMatchObject([{ IsActive: false }]);
  });
});
