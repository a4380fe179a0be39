/** What a plan contains, case by case. */
import { describe, expect, it } from 'vitest';
import type { Account, Entitlement } from '#domain/account.ts';
import {
  planAccount,
  stillPending,
  takenEntitlements,
  type Operation,
  type PlanInput,
  type WantedAccount,
} from '#domain/plan.ts';

const types = [
  { type: 'profile', label: 'Profile', carried: true },
  { type: 'permission-set', label: 'Permission set', carried: false },
];
const set = (name: string): Entitlement => ({ type: 'permission-set', name });
const profile = (name: string): Entitlement => ({ type: 'profile', name });

const wanted: WantedAccount = {
  username: 'ada@x.example',
  attributes: [
    {
      attribute: 'Username',
      value: 'ada@x.example',
      onCreateOnly: true,
      alternatives: [],
      rule: 'constant',
      leaveWhenEmpty: false,
    },
    {
      attribute: 'Title',
      value: 'Engineer',
      onCreateOnly: false,
      alternatives: [],
      rule: 'constant',
      leaveWhenEmpty: false,
    },
    { attribute: 'Phone', value: null, onCreateOnly: false, alternatives: [], rule: 'constant', leaveWhenEmpty: false },
  ],
  entitlements: [profile('Sales User'), set('Console')].map((entitlement) => ({ entitlement, reason: 'birthright' })),
  outranked: [],
};

const settled: Account = {
  nativeId: '005',
  username: 'ada@x.example',
  status: 'active',
  attributes: { Username: 'ada@x.example', Title: 'Engineer', Phone: null },
  entitlements: [profile('Sales User'), set('console')],
};

const NOW = Date.parse('2026-03-10T09:00:00Z');

function plan(more: Partial<PlanInput>): Operation[] {
  return planAccount({
    cause: 'joiner',
    wanted,
    current: undefined,
    recorded: 'active',
    managed: [],
    entitlementTypes: types,
    pending: {},
    now: NOW,
    removal: { freeze: true, scan: false, revoke: true, deactivate: true, delete: false },
    transfer: [],
    returnable: 0,
    ...more,
  });
}

/** Ada's namesake: the username has alternatives. */
const numbered: WantedAccount = {
  ...wanted,
  attributes: [
    {
      attribute: 'Username',
      value: 'ada@x.example',
      onCreateOnly: false,
      alternatives: ['ada2@x.example', 'Ada3@x.example'],
      rule: 'lower(email)',
      leaveWhenEmpty: false,
    },
    ...wanted.attributes.slice(1),
  ],
};
const called = (username: string): Account => ({
  ...settled,
  attributes: { ...settled.attributes, Username: username },
});

const kinds = (operations: Operation[]) => operations.map(({ kind }) => kind);

describe('a joiner', () => {
  it('creates with what is known and the carried entitlements, then grants the rest', () => {
    const [create, grant] = plan({});
    expect(create).toMatchObject({ kind: 'create', entitlements: [profile('Sales User')] });
    expect(create?.changes.map(({ attribute }) => attribute)).toEqual(['Username', 'Title']);
    expect(grant).toMatchObject({ kind: 'grant', entitlements: [set('Console')] });
  });

  it('does nothing when the account is already as wanted, names compared without case', () => {
    expect(plan({ current: settled })).toEqual([]);
  });

  it('brings a deactivated account back before anything else', () => {
    expect(kinds(plan({ current: { ...settled, status: 'inactive', entitlements: [] } }))).toEqual([
      'reactivate',
      'update',
      'grant',
    ]);
  });

  it('unfreezes a frozen account', () => {
    expect(kinds(plan({ current: { ...settled, status: 'frozen' } }))).toEqual(['unfreeze']);
  });
});

describe('a mover', () => {
  const mover = (more: Partial<PlanInput>) => plan({ cause: 'mover', ...more });

  it('changes what differs, with the old value and the new', () => {
    const current = { ...settled, attributes: { ...settled.attributes, Title: 'Clerk', Phone: '1' } };
    expect(mover({ current })).toMatchObject([
      {
        kind: 'update',
        changes: [
          { attribute: 'Title', old: 'Clerk', new: 'Engineer' },
          { attribute: 'Phone', old: '1', new: null },
        ],
      },
    ]);
  });

  it('never changes what is set on create only', () => {
    const current = { ...settled, attributes: { ...settled.attributes, Username: 'old@x.example' } };
    expect(mover({ current })).toEqual([]);
  });

  it('revokes what Joinery granted and no longer follows, before it grants', () => {
    const current = { ...settled, entitlements: [profile('Sales User'), set('Old')] };
    expect(mover({ current, managed: [set('Old')] })).toMatchObject([
      { kind: 'revoke', entitlements: [set('Old')] },
      { kind: 'grant', entitlements: [set('Console')] },
    ]);
  });

  it('leaves what an administrator gave by hand', () => {
    const current = { ...settled, entitlements: [...settled.entitlements, set('ByHand')] };
    expect(mover({ current, managed: [] })).toEqual([]);
  });

  it('leaves the status of a frozen account alone', () => {
    expect(mover({ current: { ...settled, status: 'frozen' } })).toEqual([]);
  });

  it('opens again what Joinery closed when the person was out of scope', () => {
    const current: Account = { ...settled, status: 'inactive' };
    expect(kinds(mover({ current, recorded: 'inactive' }))).toEqual(['reactivate']);
    expect(kinds(mover({ current, recorded: 'active' }))).toEqual([]);
  });

  it('out of scope takes away what Joinery manages, and never an account it has not had in its hands', () => {
    expect(kinds(mover({ wanted: 'absent', current: settled }))).toEqual(['freeze', 'deactivate']);
    expect(mover({ wanted: 'absent', current: settled, recorded: undefined })).toEqual([]);
  });

  it('moves to another profile in the update', () => {
    const current = { ...settled, entitlements: [profile('Support User'), set('Console')] };
    expect(mover({ current })).toMatchObject([{ kind: 'update', changes: [], entitlements: [profile('Sales User')] }]);
  });
});

describe('a leaver', () => {
  const leaver = (more: Partial<PlanInput>) => plan({ cause: 'leaver', wanted: 'absent', ...more });

  it('freezes, revokes what is ours, deactivates', () => {
    expect(kinds(leaver({ current: settled, managed: [set('Console')] }))).toEqual(['freeze', 'revoke', 'deactivate']);
  });

  it('takes away an account that nobody has recorded, too', () => {
    expect(kinds(leaver({ current: settled, recorded: undefined }))).toEqual(['freeze', 'deactivate']);
  });

  it('does not freeze twice', () => {
    expect(kinds(leaver({ current: { ...settled, status: 'frozen' } }))).toEqual(['deactivate']);
  });

  it('has nothing to do without an account, or with an inactive one', () => {
    expect(leaver({})).toEqual([]);
    expect(leaver({ current: { ...settled, status: 'inactive' } })).toEqual([]);
  });
});

describe('a name that has alternatives', () => {
  it('is created with them at hand', () => {
    expect(plan({ wanted: numbered })[0]?.alternatives).toEqual({ Username: ['ada2@x.example', 'Ada3@x.example'] });
    expect(plan({})[0]).not.toHaveProperty('alternatives');
  });

  it('is kept when it is one of them, in whatever case the application keeps it', () => {
    expect(plan({ wanted: numbered, current: called('ada2@x.example') })).toEqual([]);
    expect(plan({ wanted: numbered, current: called('ada3@x.example') })).toEqual([]);
  });

  it('changes from any other, and offers the alternatives only then', () => {
    expect(plan({ wanted: numbered, current: called('lovelace@x.example') })).toEqual([
      {
        kind: 'update',
        changes: [{ attribute: 'Username', old: 'lovelace@x.example', new: 'ada@x.example' }],
        entitlements: [],
        reason: 'the profile differs',
        alternatives: { Username: ['ada2@x.example', 'Ada3@x.example'] },
      },
    ]);
    const current = called('ada2@x.example');
    const [update] = plan({
      wanted: numbered,
      current: { ...current, attributes: { ...current.attributes, Title: '' } },
    });
    expect(update?.changes.map(({ attribute }) => attribute)).toEqual(['Title']);
    expect(update).not.toHaveProperty('alternatives');
  });
});

describe('an entitlement type of which one is held', () => {
  const role = (name: string): Entitlement => ({ type: 'role', name });
  const singly = (more: Partial<PlanInput>) =>
    plan({
      cause: 'mover',
      entitlementTypes: [...types, { type: 'role', label: 'Role', carried: false, single: true }],
      ...more,
    });
  const inRole: WantedAccount = {
    ...wanted,
    entitlements: [...wanted.entitlements, { entitlement: role('West'), reason: 'birthright' }],
  };
  const current = { ...settled, entitlements: [...settled.entitlements, role('East')] };

  it('is replaced by the grant alone', () => {
    expect(singly({ wanted: inRole, current, managed: [role('East')] })).toMatchObject([
      { kind: 'grant', entitlements: [role('West')] },
    ]);
  });

  it('is revoked when nothing comes in its place', () => {
    expect(singly({ current, managed: [role('East')] })).toMatchObject([
      { kind: 'revoke', entitlements: [role('East')] },
    ]);
  });

  it('is left when it is held already', () => {
    const held = { ...settled, entitlements: [...settled.entitlements, role('west')] };
    expect(singly({ wanted: inRole, current: held, managed: [role('West')] })).toEqual([]);
  });
});

describe('a value that was sent and waits to be confirmed', () => {
  const current = { ...settled, attributes: { ...settled.attributes, Title: 'Clerk' } };

  const sent = (value: string, sentAt: string | null) => ({ Title: { value, sentAt } });

  it('is not sent again within a week', () => {
    expect(plan({ cause: 'mover', current, pending: sent('Engineer', '2026-03-03T09:00:01Z') })).toEqual([]);
  });

  it('is sent when it is another by now', () => {
    expect(plan({ cause: 'mover', current, pending: sent('Director', '2026-03-10T08:00:00Z') })).toMatchObject([
      { kind: 'update', changes: [{ attribute: 'Title', new: 'Engineer' }] },
    ]);
  });

  it.each(['2026-03-03T09:00:00Z', null])('is sent once more a week later, or when nobody knows when: %s', (sentAt) => {
    expect(plan({ cause: 'mover', current, pending: sent('Engineer', sentAt) })).toMatchObject([
      { kind: 'update', changes: [{ attribute: 'Title', new: 'Engineer' }] },
    ]);
  });
});

describe('what was remembered and is over', () => {
  it('is a pending value that is shown, or that is not wanted any more', () => {
    const left = (value: string, current: Account) => stillPending({ Title: { value, sentAt: null } }, wanted, current);
    const old = { ...settled, attributes: { ...settled.attributes, Title: 'Clerk' } };
    expect(left('Engineer', old)).toEqual({ Title: { value: 'Engineer', sentAt: null } });
    expect(left('Engineer', settled)).toEqual({});
    expect(left('Director', old)).toEqual({});
  });

  it('is a grant that the account does not hold', () => {
    expect(takenEntitlements([set('Console'), set('Reports')], settled)).toEqual([set('Reports')]);
  });
});

describe('records of a person', () => {
  const transfer = [{ objects: ['Account'], to: ['manager'] }];

  it('go to others after the freeze and before the account is closed', () => {
    const operations = plan({
      cause: 'leaver',
      wanted: 'absent',
      current: settled,
      managed: [set('Console')],
      transfer,
    });
    expect(kinds(operations)).toEqual(['freeze', 'transfer', 'revoke', 'deactivate']);
    expect(operations[1]?.transfer).toEqual(transfer);
  });

  it('come back last, to somebody who joins again and to nobody else', () => {
    const current: Account = { ...settled, status: 'inactive', entitlements: [profile('Sales User')] };
    expect(kinds(plan({ current, recorded: 'inactive', returnable: 3 }))).toEqual(['reactivate', 'grant', 'return']);
    expect(kinds(plan({ current, recorded: 'inactive' }))).toEqual(['reactivate', 'grant']);
    expect(kinds(plan({ cause: 'mover', current: settled, returnable: 3 }))).toEqual([]);
    expect(kinds(plan({ returnable: 3 }))).toEqual(['create', 'grant']);
  });
});

describe('an application that takes accounts away in its own manner', () => {
  const leaver = (removal: Omit<PlanInput['removal'], 'revoke'>) =>
    kinds(plan({ cause: 'leaver', wanted: 'absent', current: settled, removal: { ...removal, revoke: true } }));

  it.each([
    [{ freeze: false, scan: false, deactivate: true, delete: false }, ['deactivate']],
    [{ freeze: true, scan: true, deactivate: true, delete: false }, ['freeze', 'scan', 'deactivate']],
    [{ freeze: true, scan: true, deactivate: false, delete: true }, ['freeze', 'delete']],
    [{ freeze: false, scan: false, deactivate: false, delete: true }, ['delete']],
    [{ freeze: true, scan: false, deactivate: true, delete: true }, ['freeze', 'deactivate', 'delete']],
  ])('%j: %j', (removal, expected) => {
    expect(leaver(removal)).toEqual(expected);
  });
});

describe('an attribute whose value is empty', () => {
  const emptied = (leaveWhenEmpty: boolean) =>
    plan({
      cause: 'mover',
      current: settled,
      wanted: {
        ...wanted,
        attributes: [
          { attribute: 'Title', value: null, onCreateOnly: false, alternatives: [], leaveWhenEmpty, rule: 'title' },
        ],
      },
    });

  it('is cleared, or left where the mapping says so', () => {
    expect(emptied(false)).toMatchObject([
      { kind: 'update', changes: [{ attribute: 'Title', old: 'Engineer', new: null }] },
    ]);
    expect(emptied(true)).toEqual([]);
  });
});
