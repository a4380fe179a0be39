/** What another policy would change for a person: exactly the difference, with the rule behind it, and nothing else. */
import { describe, expect, it } from 'vitest';
import { ALL_TOGGLES, DEFAULT_REMOVAL, type Application } from '#domain/application.ts';
import { createExpressions } from '#domain/expression.ts';
import type { Group } from '#domain/group.ts';
import { impactOn, type ApplicationKind } from '#domain/impact.ts';
import type { Person } from '#domain/person.ts';
import { DEFAULT_PROFILE_FIELDS } from '#domain/profile-field.ts';

const crm: Application = {
  name: 'crm',
  label: 'CRM',
  connector: 'salesforce',
  settings: {},
  enabled: true,
  mode: 'provision',
  toggles: ALL_TOGGLES,
  scope: 'true',
  usernameAttribute: 'Username',
  usernameSuffix: '',
  mappings: [
    { attribute: 'Username', expression: 'email', onCreateOnly: true },
    { attribute: 'Title', field: 'title' },
  ],
  correlation: [],
  birthrights: [
    {
      name: 'Sales',
      when: 'department == "Sales"',
      grant: [
        { type: 'profile', name: 'Sales' },
        { type: 'set', name: 'A' },
      ],
    },
    { when: 'true', grant: [{ type: 'profile', name: 'Standard' }] },
  ],
  groupPush: [],
  removal: DEFAULT_REMOVAL,
  protect: [],
  transfer: [],
  apiReserve: 0,
};
const kind: ApplicationKind = {
  entitlementTypes: [
    { type: 'profile', label: 'Profile', carried: true },
    { type: 'set', label: 'Set', carried: false },
  ],
  can: { freeze: true, scan: false, deactivate: true, delete: false },
};
const ada: Person = {
  employeeNumber: '1',
  status: 'active',
  profile: { familyName: 'Ada', email: 'ada@x.example', department: 'Sales', title: 'Rep' },
};

interface Change {
  old?: Partial<Application> | null;
  new?: Partial<Application> | null;
  oldGroups?: Group[];
  newGroups?: Group[];
  person?: Partial<Person>;
}

function impact({ old = {}, new: now = {}, oldGroups = [], newGroups = oldGroups, person = {} }: Change) {
  const one = { ...ada, ...person };
  return impactOn('crm', {
    before: one,
    after: one,
    old: {
      application: old === null ? undefined : { ...crm, ...old },
      expressions: createExpressions(DEFAULT_PROFILE_FIELDS, oldGroups),
    },
    new: {
      application: now === null ? undefined : { ...crm, ...now },
      expressions: createExpressions(DEFAULT_PROFILE_FIELDS, newGroups),
    },
    kind,
  });
}

const title = (expression: string) => ({ mappings: [...crm.mappings.slice(0, 1), { attribute: 'Title', expression }] });
const sales = (rule: string): Group[] => [{ name: 'Sellers', label: 'Sellers', rule, children: [] }];
const byGroup = {
  birthrights: [
    ...crm.birthrights,
    { name: 'Sellers', when: '"Sellers" in groups', grant: [{ type: 'set', name: 'B' }] },
  ],
};

describe('nobody is touched', () => {
  it.each<[string, Change]>([
    ['by the same policy', {}],
    ['by a rule that gives the same', { new: title('title') }],
    [
      'by another name of a new account',
      {
        new: {
          mappings: [
            { attribute: 'Username', expression: 'email + "x"', onCreateOnly: true },
            { attribute: 'Title', field: 'title' },
          ],
        },
      },
    ],
    ['before the first day', { old: null, person: { status: 'expected' } }],
    ['after leaving', { old: null, person: { status: 'left' } }],
    ['by an application that is not on', { old: null, new: { enabled: false } }],
  ])('%s', (_, change) => expect(impact(change)).toBeUndefined());
});

it('a mapping: old and new value, with the rule of each', () => {
  expect(impact({ new: title('upper(title)') })).toMatchObject({
    kind: 'changes',
    operations: ['update'],
    attributes: [{ attribute: 'Title', old: 'Rep', new: 'REP', oldRule: 'field title', newRule: 'upper(title)' }],
    grants: [],
    revokes: [],
  });
});

it('a birthright: the profile is replaced, the set is revoked, each with its rule', () => {
  expect(impact({ new: { birthrights: crm.birthrights.slice(1) } })).toMatchObject({
    kind: 'changes',
    attributes: [],
    grants: [{ entitlement: 'profile Standard', rule: 'birthright true' }],
    revokes: [
      { entitlement: 'profile Sales', rule: 'birthright "Sales": department == "Sales"' },
      { entitlement: 'set A', rule: 'birthright "Sales": department == "Sales"' },
    ],
  });
});

it('the rule of a group: who leaves it loses what it gave', () => {
  const change = {
    old: byGroup,
    new: byGroup,
    oldGroups: sales('department == "Sales"'),
    newGroups: sales('department == "IT"'),
  };
  expect(impact(change)).toMatchObject({
    groups: { joins: [], leaves: ['Sellers'] },
    revokes: [{ entitlement: 'set B', rule: 'birthright "Sellers": "Sellers" in groups' }],
    grants: [],
  });
});

it.each<[string, Change, object]>([
  ['an application that is new', { old: null }, { kind: 'gains', operations: ['create', 'grant'] }],
  ['one that is removed', { new: null }, { kind: 'released', operations: [] }],
  ['one that is switched off', { new: { enabled: false } }, { kind: 'released' }],
  [
    'a scope that is left',
    { new: { scope: 'department != "Sales"' } },
    { kind: 'loses', operations: ['freeze', 'revoke', 'deactivate'] },
  ],
  ['a scope that is entered', { old: { scope: 'false' } }, { kind: 'gains' }],
  [
    'a toggle that is off',
    { new: { ...title('upper(title)'), toggles: { ...ALL_TOGGLES, editUser: false } } },
    { kind: 'skipped', operations: [], attributes: [], skipped: [{ operation: 'update', why: 'Edit User is off' }] },
  ],
  [
    'a protected account',
    { new: { ...title('upper(title)'), protect: ['username.startsWith("ada")'] } },
    { kind: 'skipped', skipped: [{ operation: 'update' }] },
  ],
  [
    'a rule that fails',
    { new: title('string(1 / (title == "Rep" ? 0 : 1))') },
    { kind: 'unclear', failure: expect.stringContaining('1 / ') },
  ],
])('%s', (_, change, expected) => {
  expect(impact(change)).toMatchObject({ employeeNumber: '1', person: 'Ada', application: 'crm', ...expected });
});
