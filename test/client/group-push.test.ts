/** Groups made in an application by its rules: which, by what name, and that nothing is made twice or by guess. */
import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { GroupPush } from '#domain/group-push.ts';
import { pushGroups } from '#client/group-push.ts';
import { pauseApplication } from '#directory/application-states.ts';
import { createSealer } from '#directory/sealing.ts';
import { saveDemoApplication } from '../support/demo-application.ts';
import { freshDirectory, type FreshDirectory } from '../support/directory.ts';
import { startSimulatedOrg, type SimulatedOrg } from '../support/simulator.ts';

let directory: FreshDirectory;
let org: SimulatedOrg;
const sealer = createSealer(randomBytes(32));
const RULE: GroupPush = { groups: ['Sales*'], type: 'public-group', name: 'replace(group, " ", "_")' };

beforeEach(async () => {
  directory = await freshDirectory();
  org = await startSimulatedOrg();
});
afterEach(async () => {
  await org.close();
  await directory.close();
});

const configure = (rules: GroupPush[], changes: object = {}) =>
  saveDemoApplication(directory.sql, sealer, org.url, { groupPush: rules, ...changes });
const group = (name: string, label = name) =>
  directory.sql`insert into person_group (name, label) values (${name}, ${label})`;
const push = (pushAs = 'cli:1') => pushGroups({ directory: directory.sql, sealer, pushAs }, 'salesforce');
const preview = () => pushGroups({ directory: directory.sql, sealer }, 'salesforce');
const groupsThere = () =>
  org.query<{ DeveloperName: string; Name: string }>(
    "SELECT DeveloperName, Name FROM Group WHERE Type = 'Regular' AND DeveloperName LIKE 'Sales%' ORDER BY DeveloperName",
  );
const audits = () =>
  directory.sql<{ actor: string; detail: object }[]>`
    select actor, detail from audit where action = 'groups pushed'`;

describe('group push', () => {
  it('makes the groups that a rule names, by the name it computes, and the label of the group', async () => {
    await configure([RULE]);
    await group('Sales EMEA', 'Sales, EMEA');
    await group('Legal');
    expect(await push()).toMatchObject([
      { application: 'salesforce', group: 'Sales EMEA', type: 'public-group', name: 'Sales_EMEA', result: 'made' },
    ]);
    expect(await groupsThere()).toMatchObject([
      { DeveloperName: 'Sales_EMEA', Name: 'Sales, EMEA' },
      { DeveloperName: 'Sales_Team' },
    ]);
  });

  it('repeated makes nothing, and audits nothing', async () => {
    await configure([RULE]);
    await group('Sales EMEA');
    await push();
    const before = await groupsThere();
    expect(await push()).toMatchObject([{ result: 'there' }]);
    expect(await groupsThere()).toEqual(before);
    expect(await audits()).toHaveLength(1);
  });

  it('renames the label there, with the old one in the audit', async () => {
    await configure([RULE]);
    await group('Sales Team', 'All of sales');
    expect(await push()).toMatchObject([{ result: 'renamed', oldLabel: 'Sales Team' }]);
    expect(await groupsThere()).toMatchObject([{ DeveloperName: 'Sales_Team', Name: 'All of sales' }]);
    expect(await audits()).toEqual([
      {
        actor: 'cli:1',
        detail: {
          old: [{ type: 'public-group', name: 'Sales_Team', label: 'Sales Team' }],
          new: [{ group: 'Sales Team', type: 'public-group', name: 'Sales_Team', label: 'All of sales' }],
        },
      },
    ]);
  });

  it('previewed tells the same and makes nothing', async () => {
    await configure([RULE]);
    await group('Sales EMEA');
    await group('Sales Team', 'All of sales');
    const before = await groupsThere();
    const told = await preview();
    expect(told).toMatchObject([{ result: 'made' }, { result: 'renamed' }]);
    expect(await groupsThere()).toEqual(before);
    expect(await audits()).toEqual([]);
    expect(await push()).toEqual(told);
  });

  it('of two groups by one name makes neither, and names both', async () => {
    await configure([{ ...RULE, name: '"Sales_All"' }]);
    await group('Sales EMEA');
    await group('Sales APAC');
    expect(await push()).toMatchObject([
      { group: 'Sales APAC', result: 'refused', why: 'public-group Sales_All is also what Sales EMEA would be' },
      { group: 'Sales EMEA', result: 'refused', why: 'public-group Sales_All is also what Sales APAC would be' },
    ]);
    expect((await groupsThere()).map(({ DeveloperName }) => DeveloperName)).toEqual(['Sales_Team']);
  });

  it('refuses what the application would, says what to do, and goes on with the others', async () => {
    await configure([{ ...RULE, name: 'group' }]);
    await group('Sales EMEA');
    await group('SalesAPAC');
    const told = await preview();
    const outcomes = await push();
    expect(outcomes).toEqual(told);
    expect(outcomes).toMatchObject([
      { group: 'Sales EMEA', result: 'refused', remedy: 'correct the name in the group push rule' },
      { group: 'SalesAPAC', result: 'made' },
    ]);
  });

  it('makes each once, although several rules name it', async () => {
    await group('Sales EMEA');
    await configure([RULE, { ...RULE, groups: ['Sales EMEA'] }]);
    expect(await push()).toHaveLength(1);
  });

  it('makes more than one page of groups', async () => {
    await configure([RULE]);
    await directory.sql`
      insert into person_group (name, label) select 'Sales ' || number, 'Sales ' || number from generate_series(1, 205) number`;
    expect((await push())?.filter(({ result }) => result === 'made')).toHaveLength(205);
    expect(await groupsThere()).toHaveLength(206);
  });

  it('changes nothing in an application that is paused or link-only', async () => {
    await configure([RULE], { mode: 'link-only' });
    await group('Sales EMEA');
    await expect(push()).rejects.toThrow('salesforce is link-only');
    expect(await preview()).toMatchObject([{ result: 'made' }]);
    await configure([RULE]);
    await pauseApplication(directory.sql, 'salesforce', 'test', 'maintenance');
    await expect(push()).rejects.toThrow('salesforce is paused: maintenance');
    expect(await groupsThere()).toHaveLength(1);
  });

  it('makes nothing in one application where another refuses, and nothing where it is not enabled', async () => {
    await configure([RULE]);
    await configure([RULE], { name: 'zweite' });
    await group('Sales EMEA');
    await pauseApplication(directory.sql, 'zweite', 'test', 'maintenance');
    await expect(pushGroups({ directory: directory.sql, sealer, pushAs: 'cli:1' })).rejects.toThrow('zweite is paused');
    expect(await groupsThere()).toHaveLength(1);
    await configure([RULE], { enabled: false });
    await expect(push()).rejects.toThrow('salesforce is not enabled');
  });

  it('audits what was made before a page failed', async () => {
    await configure([RULE]);
    await directory.sql`
      insert into person_group (name, label) select 'Sales ' || number, 'Sales ' || number from generate_series(100, 304) number`;
    await org.addFault({
      match: { method: 'POST', path: '/composite', body: 'Sales_304' },
      action: { kind: 'status', status: 400, body: '[{"errorCode":"STORAGE_LIMIT_EXCEEDED","message":"full"}]' },
    });
    await expect(push()).rejects.toThrow();
    const made = (await groupsThere()).length - 1;
    expect(made).toBe(200);
    expect(await audits()).toHaveLength(1);
  });

  it('goes to every application that has such rules, and knows no other', async () => {
    await configure([RULE]);
    await configure([], { name: 'other' });
    await group('Sales EMEA');
    const all = await pushGroups({ directory: directory.sql, sealer, pushAs: 'cli:1' });
    expect(all?.map(({ application }) => application)).toEqual(['salesforce']);
    expect(await pushGroups({ directory: directory.sql, sealer }, 'other')).toEqual([]);
    expect(await pushGroups({ directory: directory.sql, sealer }, 'nowhere')).toBeUndefined();
  });
});
