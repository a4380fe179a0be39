/** Groups: saved only when they can be applied, kept while a rule names them, and who is in them altogether. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Application } from '#domain/application.ts';
import { membersOf, sizeOf } from '#client/group-members.ts';
import {
  addToGroup,
  dropFromGroup,
  removeGroup,
  renameGroup,
  saveGroup,
  showGroups,
  type GroupDefinition,
} from '#client/groups.ts';
import { openDirectory } from '#directory/database.ts';
import { saveApplication } from '#directory/applications.ts';
import { policyVersion } from '#directory/policy.ts';
import { freshDirectory, type FreshDirectory } from '../support/directory.ts';
import { PLAIN_APPLICATION } from '../support/plain-application.ts';

let directory: FreshDirectory;
beforeAll(async () => {
  directory = await freshDirectory();
});
afterAll(() => directory.close());
beforeEach(() => directory.sql`truncate person, application, person_group, audit cascade`.then(() => undefined));

const save = (definition: GroupDefinition) => saveGroup(directory.sql, definition, 'test');
const use = (rules: Partial<Application>) => saveApplication(directory.sql, { ...PLAIN_APPLICATION, ...rules });
const remove = (name: string) => removeGroup(directory.sql, name, 'test');
const group = async (name: string) => (await showGroups(directory.sql)).find((one) => one.name === name);

async function people(...list: { number: string; department?: string; status?: string }[]) {
  const rows = list.map(({ number, department, status = 'active' }) => ({
    employee_number: number,
    status,
    profile: directory.sql.json({ familyName: `Person ${number}`, ...(department && { department }) }),
  }));
  await directory.sql`insert into person ${directory.sql(rows)}`;
}

async function members(name: string) {
  const found: [string, string][] = [];
  for await (const { employeeNumber, through } of membersOf(directory.sql, name)) found.push([employeeNumber, through]);
  return found;
}

describe('a group that is saved', () => {
  it('keeps what is not said, is audited with what it was, and makes compiled expressions old', async () => {
    await save({ name: 'Sales' });
    const version = await policyVersion(directory.sql);
    expect(await save({ name: 'Staff', rule: 'department != ""', children: ['Sales'] })).toMatchObject({
      changed: true,
    });
    expect(await policyVersion(directory.sql)).toBeGreaterThan(version);
    await save({ name: 'Staff', label: 'All staff' });
    const staff = { name: 'Staff', label: 'All staff', rule: 'department != ""', children: ['Sales'] };
    expect(await group('Staff')).toEqual({ ...staff, named: 0 });
    expect(await save({ name: 'Staff', label: 'All staff' })).toMatchObject({ changed: false });
    const audits = await directory.sql`select actor, action, subject, detail from audit order by sequence`;
    expect(audits).toHaveLength(3);
    expect(audits[2]).toEqual({
      actor: 'test',
      action: 'group saved',
      subject: 'Staff',
      detail: { old: { ...staff, label: 'Staff' }, new: staff },
    });
    await save({ name: 'Staff', rule: null, children: [] });
    expect(await group('Staff')).toMatchObject({ rule: null, children: [] });
  });

  it.each<[string, GroupDefinition, string]>([
    ['a name that can not be', { name: '-x' }, 'name'],
    ['a label of nothing', { name: 'A', label: '' }, 'label'],
    ['a rule about a field that nobody knows', { name: 'A', rule: 'shoe == "4"' }, 'groups.A.rule'],
    ['a rule that gives no yes or no', { name: 'A', rule: 'department' }, 'groups.A.rule'],
    ['a rule about groups', { name: 'A', rule: '"Sales" in groups' }, 'groups.A.rule'],
    ['a child that is none', { name: 'A', children: ['Nobody'] }, 'groups.A.children'],
  ])('is refused for %s', async (_, definition, field) => {
    await save({ name: 'Sales' });
    expect(await save(definition)).toMatchObject({ result: 'invalid', faults: [{ field }] });
    expect(await group('A')).toBeUndefined();
  });

  it('is refused when it would be inside itself, the circle named', async () => {
    await save({ name: 'a' });
    await save({ name: 'b', children: ['a'] });
    const refused = await save({ name: 'a', children: ['b'] });
    expect(refused).toMatchObject({ faults: [{ problem: expect.stringMatching(/a -> b -> a|b -> a -> b/) }] });
    expect(await group('a')).toMatchObject({ children: [] });
  });
});

describe('members by name', () => {
  beforeEach(async () => {
    await save({ name: 'Sales' });
    await people({ number: 'E1' }, { number: 'E2' });
  });
  const add = (...numbers: string[]) => addToGroup(directory.sql, 'Sales', numbers, 'test');

  it('are added and dropped many at once, each time saying whom it changed', async () => {
    expect(await add('E2', 'E1', 'E1')).toEqual({
      result: 'changed',
      people: ['E1', 'E2'],
      affected: { group: 'Sales' },
    });
    expect(await add('E1')).toEqual({ result: 'changed', people: [], affected: null });
    expect(await dropFromGroup(directory.sql, 'Sales', ['E1'], 'test')).toEqual({
      result: 'changed',
      people: ['E1'],
      affected: { people: ['E1'] },
    });
    expect(await members('Sales')).toEqual([['E2', 'name']]);
    const audits =
      await directory.sql`select action, detail from audit where action like 'group members%' order by sequence`;
    expect([...audits]).toEqual([
      { action: 'group members added', detail: { added: ['E1', 'E2'] } },
      { action: 'group members dropped', detail: { dropped: ['E1'] } },
    ]);
  });

  it('are all known, or none is added', async () => {
    expect(await add('E1', 'E8', 'E9')).toEqual({ result: 'nobody', numbers: ['E8', 'E9'] });
    expect(await members('Sales')).toEqual([]);
    expect(await addToGroup(directory.sql, 'None', ['E1'], 'test')).toEqual({ result: 'unknown' });
  });
});

describe('who is in a group altogether', () => {
  it('is in it by name, by rule or through a group inside it, however deep', async () => {
    await people(
      { number: 'E1', department: 'Sales' },
      { number: 'E2', department: 'Legal', status: 'left' },
      { number: 'E3' },
      { number: 'E4' },
    );
    await save({ name: 'Field', rule: 'department == "Sales"' });
    await save({ name: 'Commerce', children: ['Field'] });
    await save({ name: 'Staff', rule: 'department == "Legal"', children: ['Commerce'] });
    await save({ name: 'Elsewhere', rule: 'true' });
    await addToGroup(directory.sql, 'Staff', ['E3'], 'test');
    expect(await members('Staff')).toEqual([
      ['E1', 'Commerce'],
      ['E2', 'rule'],
      ['E3', 'name'],
    ]);
    expect(await sizeOf(directory.sql, 'Staff')).toEqual({ members: 3, undecided: 0 });
    expect(await sizeOf(directory.sql, 'Staff', { status: 'active' })).toEqual({ members: 2, undecided: 0 });
    expect(await sizeOf(directory.sql, 'None')).toEqual({ members: 0, undecided: 0 });
  });

  it('is read without keeping a connection, however slowly it is taken', async () => {
    await people(...Array.from({ length: 1_100 }, (_, index) => ({ number: `E${index + 1}` })));
    await save({ name: 'Staff', rule: 'true' });
    const single = openDirectory(directory.url, 1);
    const reader = membersOf(single, 'Staff');
    expect((await reader.next()).value).toMatchObject({ employeeNumber: 'E1' });
    expect(await sizeOf(single, 'Staff')).toEqual({ members: 1_100, undecided: 0 });
    await single.end();
  });

  it('counts those of whom it can not be told apart, with the problem', async () => {
    await people({ number: 'E1', department: 'x'.repeat(1_001) }, { number: 'E2', department: 'Sales' });
    await save({ name: 'Sales', rule: 'department == "Sales"' });
    expect(await sizeOf(directory.sql, 'Sales')).toEqual({ members: 1, undecided: 1 });
    const first = await membersOf(directory.sql, 'Sales').next();
    expect(first.value).toMatchObject({ employeeNumber: 'E1', problem: expect.stringContaining('department') });
  });
});

describe('a group that is named', () => {
  beforeEach(async () => {
    await save({ name: 'Sales' });
    await save({ name: 'Staff', children: ['Sales'] });
    await use({
      scope: 'department == "Sales" && "Staff" in groups',
      birthrights: [{ when: '!("Staff" in groups)', grant: [{ type: 'role', name: 'x' }] }],
      groupPush: [{ groups: ['Staff', 'S*'], type: 'public-group', name: 'group' }],
    });
  });

  it('by a rule or by another group stays, and every place is named', async () => {
    const refused = await remove('Staff');
    expect(refused).toMatchObject({ result: 'rules' });
    expect((refused as { faults: { field: string }[] }).faults.map(({ field }) => field)).toEqual([
      'applications.crm.scope',
      'applications.crm.birthrights.0.when',
      'applications.crm.groupPush.0.groups',
    ]);
    expect(await remove('Sales')).toMatchObject({ result: 'rules', faults: [{ field: 'groups.Staff.children' }] });
    expect(await renameGroup(directory.sql, 'Staff', 'All', 'test')).toMatchObject({ result: 'rules' });
    expect((await showGroups(directory.sql)).map(({ name }) => name)).toEqual(['Sales', 'Staff']);
  });

  it('by another group only can be renamed, which then has it inside by its new name, with its members', async () => {
    await people({ number: 'E1' });
    await addToGroup(directory.sql, 'Sales', ['E1'], 'test');
    expect(await renameGroup(directory.sql, 'Sales', 'Staff', 'test')).toMatchObject({ result: 'invalid' });
    expect(await renameGroup(directory.sql, 'Sales', '', 'test')).toMatchObject({ result: 'invalid' });
    expect(await renameGroup(directory.sql, 'None', 'Some', 'test')).toEqual({ result: 'unknown' });
    expect(await renameGroup(directory.sql, 'Sales', 'Selling', 'test')).toMatchObject({ changed: true });
    expect(await group('Staff')).toMatchObject({ children: ['Selling'] });
    expect(await members('Staff')).toEqual([['E1', 'Selling']]);
  });

  it('by nothing is removed, and forgets who was a member', async () => {
    await save({ name: 'Staff', children: [] });
    await people({ number: 'E1' });
    await addToGroup(directory.sql, 'Sales', ['E1'], 'test');
    expect(await remove('Sales')).toEqual({ result: 'removed', affected: { all: true } });
    expect(await remove('Sales')).toEqual({ result: 'unknown' });
    const [audit] = await directory.sql`select detail from audit where action = 'group removed'`;
    expect(audit?.['detail']).toMatchObject({ old: { name: 'Sales', named: 1 }, new: null });
    expect(await directory.sql`select 1 from membership`).toHaveLength(0);
  });
});
