/** The operations of the Salesforce connector that only read. */
import type { Entitlement } from '#domain/account.ts';
import { newAccount } from '../salesforce-org.ts';
import { byNumber, ids, type Reading } from './operations.ts';

const GIVEN: Entitlement[] = [
  { type: 'profile', name: 'Sales User' },
  { type: 'permission-set', name: 'Analytics_Plus' },
  { type: 'permission-set-license', name: 'EinsteinAnalyticsPlusPsl' },
];

export const READINGS: Reading[] = [
  {
    name: 'verify',
    calls: ['look', 'look', 'look'],
    prepare: (world) => Promise.resolve(world.nobody()),
    async ask(connector) {
      const { identity, missingPermissions, capacity, limits } = await connector.verify();
      return { identity, missingPermissions, counted: capacity.length > 0, limited: limits.length > 0 };
    },
    answer: () => ({
      identity: 'integration@joinery-demo.example, System Administrator',
      missingPermissions: [],
      counted: true,
      limited: true,
    }),
  },
  {
    name: 'describe',
    calls: ['look'],
    prepare: (world) => Promise.resolve(world.nobody()),
    ask: async (connector) => (await connector.describe()).attributes.find(({ name }) => name === 'Username')?.required,
    answer: () => true,
  },
  {
    name: 'find',
    calls: ['look', 'look'],
    prepare: (world) => world.user(),
    ask: async (connector, subjects) =>
      (await connector.find(byNumber(subjects))).map(({ nativeId }) => nativeId).toSorted(),
    answer: (subjects) => ids(subjects).toSorted(),
  },
  {
    name: 'read',
    calls: ['look', 'look'],
    prepare: (world) => world.user(),
    ask: async (connector, subjects) => (await connector.read(ids(subjects))).map((account) => account?.username),
    answer: (subjects) => subjects.map(({ username }) => username),
  },
  {
    name: 'list',
    calls: ['look', 'look', 'look'],
    prepare: (world) => world.user(),
    async ask(connector, subjects) {
      const listed = new Set((await connector.list(undefined)).accounts.map(({ nativeId }) => nativeId));
      return ids(subjects).filter((id) => listed.has(id));
    },
    answer: ids,
  },
  {
    name: 'listEntitlements',
    calls: ['look', 'look', 'look'],
    prepare: (world) => Promise.resolve(world.nobody()),
    async ask(connector) {
      const names = new Set((await connector.listEntitlements()).map(({ type, name }) => `${type} ${name}`));
      return GIVEN.filter(({ type, name }) => names.has(`${type} ${name}`));
    },
    answer: () => GIVEN,
  },
  {
    name: 'foresee',
    calls: ['look', 'look', 'look'],
    prepare: (world) => Promise.resolve(world.nobody()),
    async ask(connector) {
      const { attributes } = newAccount(0);
      const { faults, takes } = await connector.foresee({ attributes, entitlements: GIVEN, reactivates: false });
      return { faults, takes: takes.map(({ resource }) => resource) };
    },
    answer: () => ({
      faults: [],
      takes: ['user-license Salesforce', 'permission-set-license EinsteinAnalyticsPlusPsl'],
    }),
  },
  {
    name: 'capacity',
    calls: ['look'],
    prepare: (world) => Promise.resolve(world.nobody()),
    ask: async (connector) =>
      (await connector.capacity()).find(({ resource }) => resource === 'user-license Identity')?.total,
    answer: () => 3,
  },
  {
    name: 'blockers',
    calls: ['look', 'look'],
    async prepare(world) {
      const subject = await world.user();
      await world.org.makeRecords({ object: 'Dashboard', count: 1, owner: subject.username });
      return subject;
    },
    ask: async (connector, subjects) => (await connector.blockers(ids(subjects))).map((blockers) => blockers.length),
    answer: (subjects) => subjects.map(() => 1),
  },
  {
    name: 'ownership.owned',
    calls: ['look'],
    prepare: (world) => world.owner(),
    ask: async (connector, [subject]) =>
      (await connector.ownership.owned('Account', { owner: subject?.id ?? '' })).map(({ id }) => id),
    answer: ([subject]) => [subject?.record],
  },
  {
    name: 'ownership.owners',
    calls: ['look'],
    prepare: (world) => world.owner(),
    ask: (connector, subjects) =>
      connector.ownership.owners(
        'Account',
        subjects.map(({ record }) => record),
      ),
    answer: ids,
  },
  {
    name: 'ownership.findOwner, a user',
    calls: ['look'],
    prepare: (world) => world.user(),
    ask: (connector, [subject]) => connector.ownership.findOwner({ by: 'user', name: subject?.username ?? '' }),
    answer: ([subject]) => subject?.id,
  },
  {
    name: 'ownership.findOwner, a queue',
    calls: ['look'],
    prepare: (world) => Promise.resolve(world.nobody()),
    ask: async (connector) => typeof (await connector.ownership.findOwner({ by: 'queue', name: 'Inbound_Leads' })),
    answer: () => 'string',
  },
  {
    name: 'ownership.canOwn',
    calls: ['look'],
    async prepare(world) {
      const [queue] = await world.query<{ Id: string }>("SELECT Id FROM Group WHERE DeveloperName = 'Inbound_Leads'");
      return { ...world.nobody(), id: queue?.Id ?? '' };
    },
    ask: (connector, [queue]) => connector.ownership.canOwn('Lead', queue?.id ?? ''),
    answer: () => true,
  },
];
