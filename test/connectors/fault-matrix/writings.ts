/** The operations of the Salesforce connector that change something. */
import type { Entitlement } from '#domain/account.ts';
import type { AccountChange, RowOutcome } from '#connectors/connector.ts';
import { newAccount, onlyId } from '../salesforce-org.ts';
import type { Purpose } from './faults.ts';
import { byEmail, byNumber, ids, type Whole, type Writing } from './operations.ts';
import { becomes, contacts, holdings, labels } from './states.ts';
import { contactFields, type Subject, type World } from './world.ts';

const LICENCE: Entitlement = { type: 'permission-set-license', name: 'EinsteinAnalyticsPlusPsl' };
const NEEDS_LICENCE: Entitlement = { type: 'permission-set', name: 'Analytics_Plus' };
const SINGLY: Entitlement[] = [
  { type: 'permission-set-license', name: 'SalesConsoleUser' },
  { type: 'permission-set', name: 'Sales_Console' },
  { type: 'queue', name: 'Inbound_Leads' },
  { type: 'role', name: 'Sales_Rep' },
];

const nobody = (world: World) => Promise.resolve(world.nobody());

const USERS: Writing[] = [
  {
    // Nobody was asked to create anything yet, and so the outcome of a create is known too.
    name: 'sign in, to create',
    calls: ['sign-in'],
    prepare: nobody,
    write: createUsers,
    ...becomes({}),
  },
  {
    name: 'create',
    calls: ['look', 'create'],
    prepare: nobody,
    write: createUsers,
    isMade: async (connector, subject) => (await connector.find(byNumber([subject]))).length > 0,
    ...becomes({}),
  },
  {
    name: 'update',
    calls: ['write'],
    prepare: (world) => world.user(),
    write: (connector, subjects) => connector.update(ids(subjects).map((id) => changed(id, { Title: 'Lead' }))),
    ...becomes({ Title: 'Lead' }),
  },
  {
    name: 'update, e-mail address',
    calls: ['write', 'read back'],
    prepare: (world) => world.user(),
    write: (connector, subjects) =>
      connector.update(
        subjects.map(({ id, number }) => changed(id, { Title: 'Lead', Email: `new${number}@x.example` })),
      ),
    ...becomes({ Title: 'Lead' }, ({ number }) => `new${number}@x.example`),
  },
  {
    name: 'freeze',
    calls: ['look', 'write'],
    prepare: (world) => world.user(),
    write: (connector, subjects) => connector.freeze(ids(subjects)),
    ...becomes({ IsFrozen: true }),
  },
  {
    name: 'unfreeze',
    calls: ['look', 'write'],
    prepare: after('freeze'),
    write: (connector, subjects) => connector.unfreeze(ids(subjects)),
    ...becomes({}),
  },
  {
    name: 'deactivate',
    calls: ['write', 'look'],
    prepare: (world) => world.user(),
    write: (connector, subjects) => connector.deactivate(ids(subjects)),
    ...becomes({ IsActive: false }),
  },
  {
    name: 'reactivate',
    calls: ['write', 'look', 'write'],
    prepare: after('freeze', 'deactivate'),
    write: (connector, subjects) => connector.reactivate(ids(subjects)),
    ...becomes({}),
  },
];

const ENTITLEMENTS: Writing[] = [
  ...SINGLY.flatMap((entitlement) => [
    granting([entitlement], ['look', 'write']),
    revoking([entitlement], ['look', 'look', 'write']),
  ]),
  granting([NEEDS_LICENCE, LICENCE], ['look', 'look', 'write', 'write']),
  revoking([LICENCE, NEEDS_LICENCE], ['look', 'look', 'write', 'write']),
];

const GROUPS: Writing[] = [
  {
    name: 'defineEntitlements',
    calls: ['look', 'write'],
    prepare: nobody,
    write: (connector, subjects) =>
      connector.defineEntitlements(
        subjects.map(({ number }) => ({ type: 'public-group', name: `Team_${number}`, label: `Team ${number}` })),
      ),
    state: async (world, { number }) =>
      (await world.query<{ Name: string }>(`SELECT Name FROM Group WHERE DeveloperName = 'Team_${number}'`)).map(
        ({ Name }) => Name,
      ),
    wanted: ({ number }) => [`Team ${number}`],
  },
];

const RECORDS: Writing[] = [
  {
    name: 'ownership.move',
    calls: ['write'],
    prepare: (world) => world.owner(),
    write: (connector, subjects) =>
      connector.ownership.move(
        'Account',
        subjects.map((subject) => ({ recordId: subject.record, owner: subject.heir })),
      ),
    state: async (world, subject) =>
      (await world.query<{ OwnerId: string }>(`SELECT OwnerId FROM Account WHERE Id = '${subject.record}'`)).map(
        ({ OwnerId }) => OwnerId,
      ),
    wanted: (subject) => [subject.heir],
  },
  {
    name: 'Contact: create',
    object: 'Contact',
    calls: ['create'],
    prepare: nobody,
    write: (connector, subjects) =>
      connector.create(subjects.map((subject) => ({ attributes: contactFields(subject), entitlements: [] }))),
    isMade: async (connector, subject) => (await connector.find(byEmail([subject]))).length > 0,
    state: contacts,
    wanted: () => [{ Title: null }],
  },
  {
    name: 'Contact: update',
    object: 'Contact',
    calls: ['write'],
    prepare: (world) => world.contact(),
    write: (connector, subjects) => connector.update(ids(subjects).map((id) => changed(id, { Title: 'Lead' }))),
    state: contacts,
    wanted: () => [{ Title: 'Lead' }],
  },
  {
    name: 'Contact: delete',
    object: 'Contact',
    calls: ['write'],
    prepare: (world) => world.contact(),
    write: (connector, subjects) => connector.delete(ids(subjects)),
    state: contacts,
    wanted: () => [],
  },
];

export const WRITINGS: Writing[] = [...USERS, ...ENTITLEMENTS, ...GROUPS, ...RECORDS];

function createUsers(connector: Whole, subjects: Subject[]): Promise<RowOutcome[]> {
  return connector.create(subjects.map(({ number }) => newAccount(number)));
}

function changed(nativeId: string, attributes: AccountChange['attributes']): AccountChange {
  return { nativeId, attributes, entitlements: [] };
}

/** A user whom the control connector has taken through these steps. */
function after(...steps: ('freeze' | 'deactivate')[]): Writing['prepare'] {
  return async (world) => {
    const subject = await world.user();
    for (const step of steps) onlyId(await world.control[step]([subject.id]));
    return subject;
  };
}

function granting(entitlements: Entitlement[], calls: Purpose[]): Writing {
  return {
    name: `grant ${named(entitlements)}`,
    calls,
    prepare: (world) => world.user(),
    write: (connector, subjects) => connector.grant(changesOf(subjects, entitlements)),
    state: holdings,
    wanted: () => labels(entitlements),
  };
}

function revoking(entitlements: Entitlement[], calls: Purpose[]): Writing {
  return {
    name: `revoke ${named(entitlements)}`,
    calls,
    async prepare(world) {
      const subject = await world.user();
      for (const outcome of await world.control.grant(changesOf([subject], entitlements))) onlyId([outcome]);
      return subject;
    },
    write: (connector, subjects) => connector.revoke(changesOf(subjects, entitlements)),
    state: holdings,
    wanted: () => [],
  };
}

function changesOf(subjects: Subject[], entitlements: Entitlement[]) {
  return subjects.flatMap(({ id }) => entitlements.map((entitlement) => ({ nativeId: id, entitlement })));
}

function named(entitlements: Entitlement[]): string {
  const [type = '', ...others] = entitlements.map(({ type }) =>
    type.replaceAll('-', ' ').replace('license', 'licence'),
  );
  return others.length > 0 ? 'a permission set and the licence it needs' : `a ${type}`;
}
