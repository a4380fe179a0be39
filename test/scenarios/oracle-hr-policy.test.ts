/** A whole company by one policy file: who gets what follows from it, and who moves loses and gets exactly what the rules say. */
import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { HrChange } from '#domain/hr-event.ts';
import { removeApplication } from '#client/applications.ts';
import { readOracleHr } from '#client/cli/demo/oracle-hr.ts';
import { untilSettled } from '#client/settled.ts';
import { readReport } from '#client/report.ts';
import { openCommandLine, type CommandLine } from '../support/command-line.ts';
import { openWorld, type World } from '../support/world.ts';

const EXAMPLES = fileURLToPath(new URL('../../docs/examples/', import.meta.url));
/** Lanes are named by employee numbers, and this Temporal serves other tests too. */
const prefix = `OH${randomBytes(4).toString('hex')}-`;

interface Holdings {
  profile: string;
  role: string | null;
  sets: string[];
}

const OFFICE = 'Knowledge_Reader';
const standard = (sets: string[], role: string | null = null): Holdings => ({ profile: 'Standard User', role, sets });
const operations = { profile: 'Operations User', role: 'Operations', sets: ['Inventory_Manager', 'Shipping_Desk'] };
const support = { profile: 'Support User', role: 'Support_Agent', sets: [OFFICE, 'Service_Console'] };
const EXPECTED: Record<string, Holdings> = {
  Sales: { profile: 'Sales User', role: 'Sales_Rep', sets: ['Forecast_Editor', OFFICE, 'Sales_Console'] },
  Shipping: operations,
  Purchasing: operations,
  Marketing: support,
  'Public Relations': support,
  Finance: standard(['Finance_Reports', OFFICE]),
  Accounting: standard(['Finance_Reports', OFFICE]),
  Executive: standard(['Executive_Dashboards', OFFICE], 'CEO'),
  IT: standard(['Developer_Tools', OFFICE]),
  'Human Resources': standard(['HR_Records', OFFICE]),
  Administration: standard([OFFICE]),
};

let world: World;
let shell: CommandLine;
let policy: string;
let joiners: HrChange[];

beforeAll(async () => {
  world = await openWorld('real-time');
  await removeApplication(world.directory, 'salesforce', { forgetAccounts: false, actor: 'test' });
  shell = await openCommandLine(world);
  policy = join(shell.folder, 'policy.yaml');
  const text = await readFile(`${EXAMPLES}/oracle-hr-policy.yaml`, 'utf8');
  await writeFile(policy, text.replace('http://127.0.0.1:7071', world.org.url));
  joiners = (await readOracleHr(`${EXAMPLES}/oracle-hr`)).joiners.map(numbered);
});
afterAll(async () => {
  await world.close();
  await shell.close();
});

function numbered(event: HrChange): HrChange {
  const manager = event.profile?.['managerEmployeeNumber'];
  return {
    ...event,
    id: `${prefix}${event.id}`,
    employeeNumber: `${prefix}${event.employeeNumber}`,
    ...(event.profile && {
      profile: { ...event.profile, managerEmployeeNumber: manager ? `${prefix}${manager}` : null },
    }),
  };
}

const joinery = (...args: string[]) =>
  shell.run(args, { ...shell.configured, SALESFORCE_CLIENT_SECRET: 'joinery-demo-secret' });

/** What everybody holds, by employee number. */
async function holdings(): Promise<Map<string, Holdings>> {
  const users = await world.org.query<{
    Id: string;
    EmployeeNumber: string | null;
    Profile: { Name: string };
    UserRole: { DeveloperName: string } | null;
  }>('SELECT Id, EmployeeNumber, Profile.Name, UserRole.DeveloperName FROM User WHERE EmployeeNumber != null');
  const assigned = await world.org.query<{ AssigneeId: string; PermissionSet: { Name: string } }>(
    'SELECT AssigneeId, PermissionSet.Name FROM PermissionSetAssignment WHERE PermissionSet.IsOwnedByProfile = false',
  );
  const sets = new Map<string, string[]>();
  for (const { AssigneeId, PermissionSet } of assigned)
    sets.set(AssigneeId, [...(sets.get(AssigneeId) ?? []), PermissionSet.Name].toSorted());
  return new Map(
    users.map(({ Id, EmployeeNumber, Profile, UserRole }) => [
      EmployeeNumber ?? '',
      { profile: Profile.Name, role: UserRole?.DeveloperName ?? null, sets: sets.get(Id) ?? [] },
    ]),
  );
}

describe('the policy file', () => {
  it('is applied with the secret from the environment, and then changes nothing', async () => {
    expect((await joinery('config', 'diff', policy)).code).toBe(1);
    const applied = await joinery('config', 'apply', policy);
    expect(applied.err).toBe('');
    expect(applied.out).toContain('+ application salesforce');
    const again = await joinery('config', 'diff', policy);
    expect([again.code, again.out]).toEqual([0, 'Nothing would change.\n']);
  });

  it('gives each of 107 people exactly what their department stands for, and whoever has none nothing', async () => {
    await world.submit(...joiners);
    await untilSettled(
      world.directory,
      joiners.map(({ id }) => id),
      () => undefined,
    );
    const held = await holdings();
    const expected = joiners.map(({ employeeNumber, profile }): [string, Holdings | undefined] => [
      employeeNumber,
      EXPECTED[profile?.['department'] ?? ''],
    ]);
    expect(expected).toHaveLength(107);
    expect(Object.fromEntries(expected.map(([number]) => [number, held.get(number)]))).toEqual(
      Object.fromEntries(expected),
    );
    expect(held.size).toBe(106);
  });

  it('takes and gives for a move between departments what the two stand for, and nothing else', async () => {
    const before = await holdings();
    const mover = joiners.find(({ profile }) => profile?.['department'] === 'Sales');
    const id = `${prefix}move`;
    const employeeNumber = mover?.employeeNumber ?? '';
    await world.submit({
      id,
      type: 'mover',
      employeeNumber,
      profile: { department: 'Shipping' },
      effectiveDate: world.day(0),
    });
    await untilSettled(world.directory, [id], () => undefined);
    expect((await world.event(id)).state).toBe('done');

    expect(await holdings()).toEqual(new Map([...before, [employeeNumber, operations]]));
    const report: string[] = [];
    for await (const { eventId, application, operation, outcome, subjects, changes } of readReport(world.client, {
      user: employeeNumber,
    }))
      if (eventId === id && application === 'salesforce')
        report.push(
          `${operation} ${outcome}: ${[...changes.map(({ attribute }) => attribute), ...subjects].join(', ')}`,
        );
    expect(report).toEqual([
      'revoke done: permission-set Forecast_Editor, permission-set Knowledge_Reader, permission-set Sales_Console, public-group Sales_Team',
      'update done: Department, profile Operations User',
      'grant done: role Operations, permission-set Shipping_Desk, permission-set Inventory_Manager',
    ]);
  });
});
