/** Groups that are pushed: who gets what, under which name, and which rules are none. */
import { describe, expect, it } from 'vitest';
import { createExpressions } from '#domain/expression.ts';
import { pushedEntitlements, pushFaults, type GroupPush } from '#domain/group-push.ts';
import type { Person } from '#domain/person.ts';
import { DEFAULT_PROFILE_FIELDS } from '#domain/profile-field.ts';

const expressions = createExpressions(DEFAULT_PROFILE_FIELDS, [
  { name: 'Sales', label: 'Sales people', rule: 'department == "Sales"', children: ['Sales EMEA'] },
  { name: 'Sales EMEA', label: 'Sales in Europe', rule: null, children: [] },
  { name: 'Drivers', label: 'Drivers', rule: null, children: [] },
]);

const rule = (more: Partial<GroupPush>): GroupPush => ({ groups: ['*'], type: 'public-group', name: 'group', ...more });
const ada: Person = { employeeNumber: 'E1', status: 'active', profile: {}, memberOf: ['Sales EMEA'] };
const given = (more: Partial<GroupPush>, person = ada) => pushedEntitlements(rule(more), person, expressions);
const faults = (more: Partial<GroupPush>) => pushFaults(rule(more), expressions);

describe('a person gets what stands for the groups they are in', () => {
  it('by name, by rule, and by what contains those, named by the expression, with the group as the reason', () => {
    expect(given({ name: '"JNR " + label' })).toEqual([
      { entitlement: { type: 'public-group', name: 'JNR Sales people' }, reason: 'group Sales' },
      { entitlement: { type: 'public-group', name: 'JNR Sales in Europe' }, reason: 'group Sales EMEA' },
    ]);
    const seller = { ...ada, memberOf: [], profile: { department: 'Sales' } };
    expect(given({}, seller).map(({ reason }) => reason)).toEqual(['group Sales']);
  });

  it.each([
    [['Sales'], ['Sales']],
    [['Sales *'], ['Sales EMEA']],
    [['D*', '*EMEA'], ['Sales EMEA']],
    [['Drivers'], []],
  ])('but only of groups whose names fit %j', (groups, names) => {
    expect(given({ groups }).map(({ entitlement }) => entitlement.name)).toEqual(names);
  });

  it('and nothing where the expression gives no name', () => {
    expect(given({ name: 'group == "Sales" ? "" : group' }).map(({ reason }) => reason)).toEqual(['group Sales EMEA']);
  });
});

describe('a rule is refused', () => {
  it('where it names a group that is not there; a pattern may fit none yet', () => {
    expect(faults({ groups: ['Sale', 'Finance *'] })).toEqual([
      { field: 'groups', problem: '"Sale" is not a group; did you mean Sales, Sales EMEA, Drivers?' },
    ]);
  });

  it('where two groups would have one name there, or one has none', () => {
    expect(faults({ name: 'left(group, 5)' })).toEqual([
      { field: 'name', problem: 'gives "Sales" for the groups Sales and Sales EMEA' },
    ]);
    expect(faults({ name: 'group == "Drivers" ? "" : group' })).toEqual([
      { field: 'name', problem: 'gives no name for the group Drivers' },
    ]);
  });

  it('where a name can not be computed', () => {
    expect(faults({ groups: ['Drivers'], name: 'group.split(" ")[1]' })).toEqual([
      { field: 'name', problem: expect.stringContaining('can not be computed: expression group.split(" ")[1]') },
    ]);
  });

  it('and is right otherwise', () => {
    expect(faults({ name: 'label' })).toEqual([]);
  });
});
