/** The config as a file: written and read without loss, shown before it is applied, applied as a whole or not at all. */
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DEFAULT_PROFILE_FIELDS } from '#domain/profile-field.ts';
import { saveApplicationRules } from '#client/applications.ts';
import { applyConfig } from '#client/config-apply.ts';
import { planConfig } from '#client/config-change.ts';
import { describeDiff } from '#client/config-diff.ts';
import { writeConfig } from '#client/config-file.ts';
import { ConfigFileError, readConfig } from '#client/config-reading.ts';
import { loadConfig } from '#client/config.ts';
import { streamImpact, summariseImpact } from '#client/impact.ts';
import { openSecret } from '#directory/application-secrets.ts';
import { findApplication } from '#directory/applications.ts';
import { seedProfileFields } from '#directory/profile-fields.ts';
import { createSealer } from '#directory/sealing.ts';
import { freshDirectory, type FreshDirectory } from '../support/directory.ts';
import { startSimulatedOrg, type SimulatedOrg } from '../support/simulator.ts';

const sealer = createSealer(randomBytes(32));
let directory: FreshDirectory;
let org: SimulatedOrg;
let policy: string;

beforeAll(async () => {
  directory = await freshDirectory();
  org = await startSimulatedOrg();
  const file = new URL('../../docs/examples/oracle-hr-policy.yaml', import.meta.url);
  policy = (await readFile(file, 'utf8')).replace('http://127.0.0.1:7071', org.url);
});
afterAll(async () => {
  await org.close();
  await directory.close();
});
beforeEach(async () => {
  await directory.sql`truncate person, application, person_group, audit, profile_field cascade`;
  await seedProfileFields(directory.sql);
});

const variable = (name: string) => (name === 'SALESFORCE_CLIENT_SECRET' ? 'joinery-demo-secret' : undefined);
const options = { sealer, prune: false, variable };
const apply = (text: string, more: object = {}) =>
  applyConfig(directory.sql, readConfig(text), { ...options, actor: 'cli:test', ...more });
const plan = (text: string, more: object = {}) => planConfig(directory.sql, readConfig(text), { ...options, ...more });
const exported = async () => writeConfig(await loadConfig(directory.sql));
const audits = async () =>
  (await directory.sql<{ action: string; subject: string }[]>`select action, subject from audit order by sequence`).map(
    ({ action, subject }) => `${action} ${subject}`,
  );

async function people(...list: [number: string, profile: Record<string, string>][]) {
  const rows = list.map(([number, profile]) => ({
    employee_number: number,
    status: 'active',
    profile: directory.sql.json({
      familyName: `Person ${number}`,
      email: `p${number}@example.com`,
      country: 'US',
      ...profile,
    }),
  }));
  await directory.sql`insert into person ${directory.sql(rows)}`;
}

function faultsOf(text: string): string[] {
  try {
    readConfig(text);
    return [];
  } catch (error) {
    if (!(error instanceof ConfigFileError)) throw error;
    return error.faults.map(({ line, column, field, problem }) => `${line}:${column} ${field} ${problem}`);
  }
}

describe('a file', () => {
  it.each([
    ['groups:\n  - name: A\n    name: B\n', '3:5 name is there twice'],
    ['groups:\n  - name: A\n    rulee: x\n', '3:5 groups.A.rulee is not known here'],
    ['groups:\n  - name: A\n    members: [100]\n', '3:15 groups.A.members.0 must be text; put it in quotes'],
    ['groups:\n  - name: A\n  - name: A\n', '2:5 groups.A is there twice'],
    ['foo: 1\n', '1:1 foo is not known here'],
    ['a: !!js/function x', '1:4 file is not YAML here: Unresolved tag'],
    [`a: ${'['.repeat(4_000_000)}`, '1:1 file is nested more than 50 deep'],
    ['- '.repeat(1_000_000), '1:1 file is nested more than 50 deep'],
    ['x'.repeat(5_000_000), '1:1 file has more than 4 MB'],
    ['a: &a [x,x]\nb: &b [*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c,*c]', 'the same as there'],
  ])('that is wrong is refused with the place: %.40s', (text, fault) => {
    expect(faultsOf(text).join('\n')).toContain(fault);
  });

  it('says all that is wrong at once, and no secret', () => {
    const text =
      'groups:\n  - name: A.B\n    children: x\napplications:\n  - name: crm\n    secret: { clientSecret: hush }\n    scope: 1\n';
    const faults = faultsOf(text);
    expect(faults.map((fault) => fault.split(' ')[1])).toEqual(
      expect.arrayContaining(['groups.A.B.children', 'applications.crm.secret.clientSecret', 'applications.crm.scope']),
    );
    expect(faults.join()).not.toContain('hush');
  });

  it('keeps no and dates as text', () => {
    const { groups } = readConfig('groups: [{ name: no, label: 2026-11-24 }]');
    expect(groups).toMatchObject([{ name: 'no', label: '2026-11-24' }]);
  });
});

describe('applying', () => {
  it('stores fields, groups and applications, audits each, and does nothing the second time', async () => {
    await apply(policy);
    expect(await audits()).toEqual(
      expect.arrayContaining(['profile field saved budget', 'group saved Office', 'application saved salesforce']),
    );
    const stored = await findApplication(directory.sql, 'salesforce');
    expect(stored && openSecret(sealer, stored)).toEqual({ clientSecret: 'joinery-demo-secret' });
    const before = await audits();
    expect((await apply(policy)).diff).toEqual([]);
    expect(await audits()).toEqual(before);
  });

  it('of what was exported gives the same bytes on an empty directory', async () => {
    await people(['100', {}]);
    await apply(`${policy.replace('  - name: Sales\n', '  - name: Sales\n    members: ["100"]\n')}`);
    const first = await exported();
    expect(first).not.toContain('secret:');
    await directory.sql`truncate application, person_group, profile_field cascade`;
    await seedProfileFields(directory.sql);
    await apply(first.replace('    connector: salesforce\n', `    connector: salesforce\n${SECRET}`));
    expect(await exported()).toBe(first);
  });

  it('is all or nothing: what one part refuses keeps the others out', async () => {
    const before = await exported();
    const broken = policy.replace('name: Sales_Rep ', 'name: Sales_Repp ').replace('name: Sales User', 'name: Nobody');
    await expect(apply(broken)).rejects.toThrow(/applications\.salesforce\.birthrights/);
    await expect(apply(policy.replace('scope: department', 'scope: departement'))).rejects.toThrow(/departement/);
    expect(await exported()).toBe(before);
    expect(await audits()).toEqual([]);
  });

  it('refuses what somebody changed since it was shown', async () => {
    const { diff } = await plan(policy);
    await apply('groups: [{ name: Sales }]');
    await expect(apply(policy, { shown: diff })).rejects.toThrow('meanwhile');
  });

  it('names who would break by a field before anything is stored', async () => {
    await people(['7', { costCenter: 'X1' }]);
    const { faults } = await plan('profileFields:\n  - { name: costCenter, format: CC-* }\n');
    expect(faults).toMatchObject([{ field: 'profileFields.costCenter', line: 2 }]);
    expect(faults[0]?.problem).toContain('Person 7 (7)');
  });

  it('leaves alone what the file does not mention, unless it is pruned', async () => {
    await apply('profileFields: [{ name: badge }]\ngroups: [{ name: A }, { name: B, children: [A] }]');
    expect((await plan('groups: [{ name: C }]')).diff).toMatchObject([{ what: 'added', name: 'C' }]);
    await apply('groups: [{ name: C }]', { prune: true });
    const { fields, groups } = await loadConfig(directory.sql);
    expect(groups.map(({ name }) => name)).toEqual(['C']);
    expect(fields).toHaveLength(DEFAULT_PROFILE_FIELDS.length);
    await apply('profileFields: [{ name: badge }]');
    await people(['8', { badge: 'x' }]);
    expect((await plan('', { prune: true })).faults).toMatchObject([{ field: 'profileFields.badge' }]);
  });

  it('names members whom nobody knows', async () => {
    await people(['1', {}]);
    const { faults } = await plan('groups:\n  - name: A\n    members: ["1", "2"]\n');
    expect(faults).toMatchObject([{ field: 'groups.A.members', problem: 'name nobody: 2', line: 3 }]);
  });

  it('keeps who is named where the file does not say, and changes it where it does', async () => {
    await people(['1', {}], ['2', {}]);
    await apply('groups: [{ name: A, members: ["1"] }]');
    expect((await plan('groups: [{ name: A }]')).diff).toEqual([]);
    await apply('groups: [{ name: A, members: ["2"] }]');
    expect((await loadConfig(directory.sql)).groups).toMatchObject([{ members: ['2'] }]);
    expect(await audits()).toEqual(
      expect.arrayContaining(['group members added A', 'group members dropped A', 'group saved A']),
    );
  });

  it('replaces a secret that is another one in the environment, and says so without its value', async () => {
    await apply(policy);
    const other = { variable: () => 'another-secret' };
    const { diff } = await plan(policy, other);
    expect(describeDiff(diff)).toEqual(['~ application salesforce', '  + secret: another one, from the environment']);
    expect((await plan(policy, { variable: () => undefined })).warnings[0]).toContain('the stored one stays');
    await apply(policy, other);
    const stored = await findApplication(directory.sql, 'salesforce');
    expect(stored && openSecret(sealer, stored)).toEqual({ clientSecret: 'another-secret' });
    expect(await audits()).toContain('application secret replaced salesforce');
  });

  it('is not the stored one where it would be sent to another address', async () => {
    await apply(policy);
    const elsewhere = policy.replaceAll('127.0.0.1', 'localhost');
    expect(elsewhere).not.toBe(policy);
    expect((await plan(elsewhere)).faults).toEqual([]);
    expect((await plan(elsewhere, { variable: () => undefined })).faults).toMatchObject([
      { field: 'applications.salesforce.secret', problem: expect.stringContaining('has to be given again') },
    ]);
  });

  it('reads a secret only where it may: not over HTTP, and not when the variable is not set', async () => {
    expect((await plan(policy, { variable: undefined })).faults).toMatchObject([
      { field: 'applications.salesforce.secret', problem: expect.stringContaining('may not be said here') },
    ]);
    expect((await plan(policy, { variable: () => undefined })).faults).toMatchObject([
      { problem: expect.stringContaining('SALESFORCE_CLIENT_SECRET') },
    ]);
  });
});

const SECRET = '    secret: { clientSecret: { env: SALESFORCE_CLIENT_SECRET } }\n';

describe('the audit', () => {
  it('has each changed part with old and new value, who changed it, and no secret', async () => {
    await people(['1', {}]);
    await apply(`profileFields: [{ name: badge }]\n${policy.slice(policy.indexOf('\ngroups:'))}`);
    await apply('groups: [{ name: Desk, members: ["1"] }]');
    await directory.sql`truncate audit`;
    const changed = `profileFields: [{ name: badge, label: Badge }]\n${policy.slice(policy.indexOf('\ngroups:'))}`
      .replace('label: Finance and Accounting', 'label: Finance')
      .replace('default: Employee', 'default: Colleague');
    await apply(changed, { prune: true, variable: () => 'another-secret' });
    const rows = await directory.sql`select actor, action, subject, detail from audit order by sequence`;
    expect(rows).toMatchObject([
      { action: 'profile field saved', detail: { old: { label: 'badge' }, new: { label: 'Badge' } } },
      { action: 'group saved', detail: { old: { label: 'Finance and Accounting' }, new: { label: 'Finance' } } },
      { action: 'application saved', subject: 'salesforce' },
      { action: 'application secret replaced', subject: 'salesforce' },
      { action: 'group members dropped', subject: 'Desk', detail: { dropped: ['1'] } },
      { action: 'group removed', subject: 'Desk', detail: { old: { name: 'Desk' }, new: null } },
    ]);
    const saved = rows[2]?.['detail'] as Record<'old' | 'new', { mappings: object[] }>;
    expect(saved.old.mappings).toContainEqual({ attribute: 'Title', field: 'title', default: 'Employee' });
    expect(saved.new.mappings).toContainEqual({ attribute: 'Title', field: 'title', default: 'Colleague' });
    expect(new Set(rows.map((row) => row['actor']))).toEqual(new Set(['cli:test']));
    expect(JSON.stringify(rows)).not.toMatch(/another-secret|joinery-demo-secret|sealed/i);
  });
});

it('an application that is saved meanwhile can not speak of a group that a config removes', async () => {
  await apply(policy);
  const document = (await loadConfig(directory.sql)).applications[0];
  const speaking = { ...document, birthrights: [{ when: '"Desk" in groups', grant: [{ type: 'role', name: 'CEO' }] }] };
  for (let round = 0; round < 5; round += 1) {
    await apply('groups: [{ name: Desk }]');
    await Promise.allSettled([
      apply(policy.replace('default: Employee', `default: Employee ${round}`), { prune: true }),
      saveApplicationRules(directory.sql, sealer, speaking, 'test'),
    ]);
    // Whoever was first, every rule that is stored can be applied.
    expect((await plan(await exported())).faults).toEqual([]);
    await apply(policy, { prune: true });
  }
});

describe('a diff', () => {
  it('tells each part with what it was and would be', async () => {
    await apply(policy);
    const changed = policy
      .replace('scope: department != ""', 'scope: department != "IT"')
      .replace('default: Employee', 'default: Colleague')
      .replace('          - { type: permission-set, name: Forecast_Editor }\n', '');
    expect(describeDiff((await plan(changed)).diff)).toEqual([
      '~ application salesforce',
      '    scope: department != "" → department != "IT"',
      '    mappings.Title.default: Employee → Colleague',
      '  - birthrights.Sales.grant: permission-set Forecast_Editor',
    ]);
  });
});

describe('the impact of a change', () => {
  it('names who is touched, and how, by which rule', async () => {
    await people(
      ['1', { department: 'Sales', title: 'Rep' }],
      ['2', { department: 'IT' }],
      ['3', { department: 'Shipping' }],
    );
    await apply(policy);
    const changed = policy
      .replace('scope: department != ""', 'scope: department != "IT"')
      .replace('          - { type: permission-set, name: Forecast_Editor }\n', '')
      .replace('rule: department in ["Shipping", "Purchasing"]', 'rule: department in ["Purchasing"]');
    const summary = await summariseImpact(streamImpact(directory.sql, await plan(changed)), 10);
    expect(summary.first).toMatchObject([
      { employeeNumber: '1', kind: 'changes', attributes: [], grants: [] },
      { employeeNumber: '2', kind: 'loses', operations: ['freeze'] },
      {
        employeeNumber: '3',
        kind: 'changes',
        groups: { leaves: ['Operations'] },
        grants: [{ entitlement: 'profile Standard User', rule: 'birthright "Everybody": true' }],
      },
    ]);
    expect(summary.first[0]?.revokes).toEqual([
      { entitlement: 'permission-set Forecast_Editor', rule: 'birthright "Sales": "Sales" in groups' },
    ]);
    expect(summary.first[2]?.revokes.map(({ entitlement }) => entitlement)).toEqual([
      'profile Operations User',
      'role Operations',
      'permission-set Shipping_Desk',
      'permission-set Inventory_Manager',
    ]);
    expect(summary.people).toBe(3);
    expect(await exported()).not.toContain('department != "IT"');
  });
});

it('the impact of members by name is told for whom it names, and forgets', async () => {
  await people(['1', { department: 'IT' }], ['2', { department: 'IT' }]);
  const group = policy.replace('  - name: Sales\n', '  - name: Sales\n    members: ["1"]\n');
  await apply(group);
  const changed = group.replace('members: ["1"]', 'members: ["2"]');
  const summary = await summariseImpact(streamImpact(directory.sql, await plan(changed)), 10);
  expect(summary.first.map(({ employeeNumber, groups }) => ({ employeeNumber, ...groups }))).toEqual([
    { employeeNumber: '1', joins: [], leaves: ['Customer Facing', 'Sales'] },
    { employeeNumber: '2', joins: ['Customer Facing', 'Sales'], leaves: [] },
  ]);
});
