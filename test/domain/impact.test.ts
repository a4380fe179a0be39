/** What another policy would change for a person: exactly the difference, with the rule behind it, and nothing else. */
import { describe, expect, it } from 'vitest';
import { ALL_TOGGLES, DEFAULT_REMOVAL, type Application } from '#domain/application.ts';
import { createExpressions } from '#domain/expression.ts';
import type { Group } from '#domain/group.ts';
import { impactOn } from '#domain/impact.ts';
import type { ApplicationKind, RecordedAccount } from '#domain/impact-due.ts';
import type { Person } from '#domain/person.ts';
import { DEFAULT_PROFILE_FIELDS } from '#domain/profile-field.ts';
import { PLAIN_APPLICATION } from '../support/plain-application.ts';

const crm: Application = {
  ...PLAIN_APPLICATION,
  mappings: [
    { attribute: 'Username', expression: 'email', onCreateOnly: true },
    { attribute: 'Title', field: 'title' },
  ],
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
  recorded?: RecordedAccount;
}

function impact({ old = {}, new: now = {}, oldGroups = [], newGroups = oldGroups, person = {}, recorded }: Change) {
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
    recorded,
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

describe('whom the old policy wants no account for, the account that is recorded', () => {
  const removal = (more: object) => ({ removal: { ...DEFAULT_REMOVAL, ...more } });
  const recorded = (status: RecordedAccount['status']): RecordedAccount => ({
    username: 'ada@x.example',
    status,
    managed: [{ entitlement: { type: 'set', name: 'A' }, reason: 'birthright "Sales": department == "Sales"' }],
    deletion: 'none',
  });
  const outside = { scope: 'department == "IT"' };

  it('is taken away where it was kept', () => {
    const change = { old: { ...outside, ...removal({ outOfScope: 'keep' }) }, new: outside };
    expect(impact({ ...change, recorded: recorded('active') })).toMatchObject({
      kind: 'loses',
      operations: ['freeze', 'revoke', 'deactivate'],
      revokes: [{ entitlement: 'set A', rule: 'birthright "Sales": department == "Sales"' }],
    });
    expect(impact(change)).toBeUndefined();
  });

  it('is not told where the same is due under both', () =>
    expect(impact({ old: outside, new: { ...outside, label: 'X' }, recorded: recorded('active') })).toBeUndefined());

  it('of somebody who has left goes further', () => {
    const left: Change = { old: removal({ leaver: 'freeze' }), person: { status: 'left' } };
    expect(impact({ ...left, recorded: recorded('frozen') })).toMatchObject({
      kind: 'loses',
      operations: ['revoke', 'deactivate'],
    });
    const later = removal({ leaver: 'delete', deleteAfterDays: 30 });
    expect(
      impactOn('crm', {
        before: { ...ada, status: 'left' },
        after: { ...ada, status: 'left' },
        old: { application: crm, expressions: createExpressions(DEFAULT_PROFILE_FIELDS) },
        new: { application: { ...crm, ...later }, expressions: createExpressions(DEFAULT_PROFILE_FIELDS) },
        kind: { ...kind, can: { ...kind.can, delete: true } },
        recorded: { ...recorded('inactive'), managed: [] },
      }),
    ).toMatchObject({ kind: 'loses', operations: [], deleteInDays: 30 });
  });

  it('is opened again where the scope is entered', () =>
    expect(impact({ old: outside, recorded: recorded('frozen') })).toMatchObject({
      kind: 'gains',
      operations: expect.arrayContaining(['unfreeze', 'update']),
    }));

  it.each<[string, Partial<Application>]>([
    ['Create User was off', { toggles: { ...ALL_TOGGLES, createUser: false } }],
    ['accounts were only taken over', { mode: 'link-only' }],
  ])('there is none where %s', (_, old) => {
    expect(impact({ old })).toMatchObject({ kind: 'gains', operations: ['create', 'grant'] });
    expect(impact({ old, new: old })).toBeUndefined();
  });
});
