/** What a change of fields or groups breaks: every rule that speaks of what is gone, and none that was wrong before. */
import { expect, it } from 'vitest';
import type { Group } from '#domain/group.ts';
import { DEFAULT_PROFILE_FIELDS, type ProfileField } from '#domain/profile-field.ts';
import type { Rules } from '#domain/rule-faults.ts';
import { brokenRules } from '#domain/vocabulary.ts';

const group = (name: string): Group => ({ name, label: name, rule: null, children: [] });
const groups = ['Sales', 'Sales EMEA', 'Staff'].map(group);
const badge: ProfileField = {
  name: 'badge',
  label: 'Badge',
  type: 'text',
  required: false,
  unique: false,
  format: null,
  custom: true,
};
const fields = [...DEFAULT_PROFILE_FIELDS, badge];
const plain: Rules = {
  scope: 'true',
  mappings: [],
  correlation: [],
  birthrights: [],
  groupPush: [],
  protect: [],
  importMappings: [],
};

function broken(rules: Partial<Rules>, gone: { group?: string; field?: string }): string[] {
  const before = { applications: [{ name: 'crm', ...plain, ...rules }], groups, fields };
  const after = {
    ...before,
    groups: groups.filter(({ name }) => name !== gone.group),
    fields: fields.filter(({ name }) => name !== gone.field),
  };
  return brokenRules(before, after).map(({ field }) => field);
}

it.each<[Partial<Rules>, string]>([
  [{ scope: 'groups.exists(g, g == "Staff")' }, 'scope'],
  [{ scope: '["Staff", "Sales"].all(name, name in groups)' }, 'scope'],
  [{ correlation: [{ attribute: 'X', expression: '"Staff" in groups' }] }, 'correlation.X'],
  [{ mappings: [{ attribute: 'X', field: 'city', alternatives: ['"Staff" in groups'] }] }, 'mappings.X.alternatives.0'],
  [{ groupPush: [{ groups: ['S*', 'Staff'], type: 'public-group', name: 'group' }] }, 'groupPush.0.groups'],
])('a group goes: %j', (rules, place) => {
  expect(broken(rules, { group: 'Staff' })).toEqual([`applications.crm.${place}`]);
});

it.each<[Partial<Rules>, string]>([
  [{ mappings: [{ attribute: 'X', field: 'badge' }] }, 'mappings.X'],
  [{ mappings: [{ attribute: 'X', expression: 'badge' }] }, 'mappings.X'],
  [{ birthrights: [{ when: 'badge != ""', grant: [] }] }, 'birthrights.0.when'],
])('a field goes: %j', (rules, place) => {
  expect(broken(rules, { field: 'badge' })).toEqual([`applications.crm.${place}`]);
});

it('what nobody named may go, whatever was wrong before, and whatever would be suggested for that now', () => {
  const wrong: Partial<Rules> = {
    scope: '"Staf" in groups',
    mappings: [{ attribute: 'X', field: 'bagde' }],
    groupPush: [{ groups: ['Stafff'], type: 'public-group', name: 'group' }],
  };
  expect(broken(wrong, { group: 'Staff' })).toEqual([]);
  expect(broken(wrong, { field: 'badge' })).toEqual([]);
  expect(broken({ groupPush: [{ groups: ['S*'], type: 'x', name: 'group' }] }, { group: 'Staff' })).toEqual([]);
});
