/** What an administrator gives in Salesforce: every type granted, shown, revoked and listed, against the org itself. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Connector, EntitlementChange } from '#connectors/connector.ts';
import type { Entitlement } from '#domain/account.ts';
import { startSimulatedOrg, type SimulatedOrg } from '../support/simulator.ts';
import { connect, newAccount, onlyId, order, permissionSet, query } from './salesforce-org.ts';

/** Each with what proves in the org itself that a user has it. */
const EACH: [Entitlement, (user: string) => string][] = [
  [
    { type: 'role', name: 'Sales_Rep' },
    (user) => `SELECT Id FROM User WHERE Id = '${user}' AND UserRole.DeveloperName = 'Sales_Rep'`,
  ],
  [
    permissionSet('Sales_Console'),
    (user) =>
      `SELECT Id FROM PermissionSetAssignment WHERE AssigneeId = '${user}' AND PermissionSet.Name = 'Sales_Console'`,
  ],
  [
    { type: 'permission-set-group', name: 'Service_Bundle' },
    (user) =>
      `SELECT Id FROM PermissionSetAssignment WHERE AssigneeId = '${user}' AND PermissionSetGroup.DeveloperName = 'Service_Bundle'`,
  ],
  [
    { type: 'permission-set-license', name: 'SalesConsoleUser' },
    (user) =>
      `SELECT Id FROM PermissionSetLicenseAssign WHERE AssigneeId = '${user}' AND PermissionSetLicense.DeveloperName = 'SalesConsoleUser'`,
  ],
  [
    { type: 'public-group', name: 'All_Staff' },
    (user) => `SELECT Id FROM GroupMember WHERE UserOrGroupId = '${user}' AND Group.DeveloperName = 'All_Staff'`,
  ],
  [
    { type: 'queue', name: 'Inbound_Leads' },
    (user) => `SELECT Id FROM GroupMember WHERE UserOrGroupId = '${user}' AND Group.DeveloperName = 'Inbound_Leads'`,
  ],
  [
    { type: 'feature-license', name: 'UserPermissionsMarketingUser' },
    (user) => `SELECT Id FROM User WHERE Id = '${user}' AND UserPermissionsMarketingUser = true`,
  ],
  [
    { type: 'package-license', name: 'quoteit' },
    (user) =>
      `SELECT Id FROM UserPackageLicense WHERE UserId = '${user}' AND PackageLicense.NamespacePrefix = 'quoteit'`,
  ],
];
const ALL = EACH.map(([entitlement]) => entitlement);

describe('salesforce entitlements', () => {
  let org: SimulatedOrg;
  let connector: Required<Connector>;
  let nativeId: string;
  beforeEach(async () => {
    org = await startSimulatedOrg();
    connector = connect(org);
    nativeId = onlyId(await connector.create([newAccount(1)]));
  });
  afterEach(() => org.close());

  const change = (entitlement: Entitlement): EntitlementChange => ({ nativeId, entitlement });
  const grant = async (...entitlements: Entitlement[]) => {
    for (const outcome of await connector.grant(entitlements.map(change))) onlyId([outcome]);
  };
  const revoke = async (...entitlements: Entitlement[]) => {
    for (const outcome of await connector.revoke(entitlements.map(change))) onlyId([outcome]);
  };
  const held = async () =>
    ((await connector.read([nativeId]))[0]?.entitlements ?? []).filter(({ type }) => type !== 'profile');
  const there = async (soql: string) => (await query(org, soql)).length;

  describe.each(EACH)('$type', (entitlement, proof) => {
    it('is given, shown, taken and gone, as often as it is asked for', async () => {
      await grant(entitlement);
      await grant(entitlement);
      expect(await there(proof(nativeId))).toBe(1);
      expect(await held()).toEqual([entitlement]);
      expect(await connector.find([{ attribute: 'EmployeeNumber', values: ['N1'] }])).toMatchObject([
        { entitlements: expect.arrayContaining([entitlement]) as Entitlement[] },
      ]);
      await revoke(entitlement);
      await revoke(entitlement);
      expect(await there(proof(nativeId))).toBe(0);
      expect(await held()).toEqual([]);
    });

    it('is a row of its own, beside one that does not exist', async () => {
      const outcomes = await connector.grant([change({ ...entitlement, name: 'No_Such_Thing' }), change(entitlement)]);
      expect(outcomes).toMatchObject([
        { ok: false, error: { kind: 'invalid-data', remedy: expect.stringContaining('did you mean') as string } },
        { ok: true, nativeId },
      ]);
    });

    it('is found by its name in any case, and listed with a label', async () => {
      await grant({ ...entitlement, name: entitlement.name.toUpperCase() });
      expect(await held()).toEqual([entitlement]);
      expect(await connector.listEntitlements()).toContainEqual({
        ...entitlement,
        label: expect.stringMatching(/\w/) as string,
      });
    });
  });

  it('of all types are given and taken together', async () => {
    await grant(...ALL);
    expect(await held()).toHaveLength(ALL.length);
    expect(await held()).toEqual(expect.arrayContaining(ALL));
    await revoke(...ALL);
    expect(await held()).toEqual([]);
  });

  it('of many people are given together, each person their own', async () => {
    const outcomes = await connector.create([2, 3, 4].map(newAccount));
    const people = outcomes.flatMap((outcome) => (outcome.ok ? [outcome.nativeId] : []));
    const changes = people.flatMap((id, index) =>
      ALL.slice(index).map((entitlement) => ({ nativeId: id, entitlement })),
    );
    expect((await connector.grant(changes)).every(({ ok }) => ok)).toBe(true);
    const accounts = await connector.read(people);
    expect(accounts.map((account) => (account?.entitlements.length ?? 0) - 1)).toEqual([
      ALL.length,
      ALL.length - 1,
      ALL.length - 2,
    ]);
    expect((await connector.revoke(changes)).every(({ ok }) => ok)).toBe(true);
    for (const account of await connector.read(people)) expect(account?.entitlements).toHaveLength(1);
  });

  it('are listed by the labels people know them by, a profile with its user licence', async () => {
    const labels = new Map(
      (await connector.listEntitlements()).map(({ type, name, label }) => [`${type} ${name}`, label]),
    );
    expect(labels.get('profile Standard User')).toBe('Standard User (Salesforce)');
    expect(labels.get('profile Identity User')).toBe('Identity User (Identity)');
    expect(labels.get('permission-set Sales_Console')).toBe('Sales Console');
    expect(labels.get('role VP_Sales')).toBe('VP Sales');
    expect(labels.get('permission-set-license HighVelocitySalesUser')).toBe('Sales Engagement User');
    expect(labels.get('queue Back_Office_Tasks')).toBe('Back Office Tasks');
    expect(labels.get('feature-license UserPermissionsSupportUser')).toBe('Service Cloud User');
    expect([...labels.keys()]).not.toContain('public-group AllInternalUsers');
  });

  describe('a role', () => {
    const role = (name: string): Entitlement => ({ type: 'role', name });

    it('takes the place of the one before, and is taken only while it is still that one', async () => {
      await grant(role('Sales_Rep'));
      await grant(role('VP_Sales'));
      expect(await held()).toEqual([role('VP_Sales')]);
      await revoke(role('Sales_Rep'));
      expect(await held()).toEqual([role('VP_Sales')]);
    });

    it('can be named as people name it', async () => {
      await grant(role('Sales Rep'));
      expect(await held()).toEqual([role('Sales_Rep')]);
      await revoke(role('Sales Rep'));
      expect(await held()).toEqual([]);
    });
  });

  describe('a feature licence', () => {
    it('can be named as people name it', async () => {
      await grant({ type: 'feature-license', name: 'Marketing User' });
      expect(await held()).toEqual([{ type: 'feature-license', name: 'UserPermissionsMarketingUser' }]);
      await revoke({ type: 'feature-license', name: 'Marketing User' });
      expect(await held()).toEqual([]);
    });

    it('that has no seat left is refused by itself, beside another of the same user', async () => {
      await org.setLicence('UserPermissionsMarketingUser', 0);
      const outcomes = await connector.grant([
        change({ type: 'feature-license', name: 'UserPermissionsMarketingUser' }),
        change({ type: 'feature-license', name: 'UserPermissionsSupportUser' }),
      ]);
      expect(outcomes).toMatchObject([{ ok: false, error: { kind: 'capacity' } }, { ok: true }]);
    });
  });

  it('of more kinds than one call takes are all given', async () => {
    const flags = (await connector.listEntitlements()).filter(({ type }) => type === 'feature-license');
    expect(flags.length).toBeGreaterThan(5);
    await org.clearLog();
    await grant(...flags.map(({ type, name }) => ({ type, name })));
    expect(await held()).toHaveLength(flags.length);
    // Salesforce refuses a collection that names a record twice.
    for (const { body } of await org.requests()) {
      for (const collection of body.split('"records"').slice(1)) expect(collection.split(nativeId)).toHaveLength(2);
    }
  });

  it('that come through a permission set group are not held by themselves', async () => {
    const bundle = { type: 'permission-set-group', name: 'Sales_Bundle' };
    await grant(bundle);
    expect(await held()).toEqual([bundle]);
    await revoke(permissionSet('Sales_Console'));
    expect(await held()).toEqual([bundle]);
    await grant(permissionSet('Sales_Console'));
    await revoke(bundle);
    expect(await held()).toEqual([permissionSet('Sales_Console')]);
  });

  it('that have expired are not held, and are renewed when they are granted again', async () => {
    const sets = [permissionSet('Sales_Console'), { type: 'permission-set-group', name: 'Service_Bundle' }];
    await grant(...sets);
    for (const { Id } of await query<{ Id: string }>(
      org,
      `SELECT Id FROM PermissionSetAssignment WHERE AssigneeId = '${nativeId}' AND PermissionSet.IsOwnedByProfile = false`,
    ))
      await order(org, '/expired-assignments', { id: Id });
    expect(await held()).toEqual([]);
    await grant(...sets);
    expect(await held()).toEqual(expect.arrayContaining(sets));
  });

  it('of a licence given back are told as freed, and what was not held is not', async () => {
    const seat = { type: 'package-license', name: 'signdesk' };
    await grant(seat);
    expect(await connector.revoke([change(seat)])).toEqual([
      { ok: true, nativeId, freed: ['package-license signdesk'] },
    ]);
    expect(await connector.revoke([change(seat)])).toEqual([{ ok: true, nativeId }]);
  });

  describe('of which some need others', () => {
    const LICENCE = { type: 'permission-set-license', name: 'EinsteinAnalyticsPlusPsl' };
    const both = () => [permissionSet('Analytics_Plus'), LICENCE].map(change);

    it('wait for the licence together when it ran out', async () => {
      await org.setLicence(LICENCE.name, 0);
      const waiting = { kind: 'capacity', resource: `${LICENCE.type} ${LICENCE.name}` };
      expect(await connector.grant(both())).toMatchObject([
        { ok: false, error: { ...waiting, remedy: expect.stringContaining('mend first what was refused before it') } },
        { ok: false, error: waiting },
      ]);
      await org.setLicence(LICENCE.name, 1);
      await grant(permissionSet('Analytics_Plus'), LICENCE);
    });

    it('are told apart when the second call fails: what the first did is done', async () => {
      const lose = (match: object, skip: number) =>
        org.addFault({ match, skip, action: { kind: 'cut', when: 'before-commit' } });
      await lose({ method: 'POST', path: '/composite/sobjects' }, 1);
      expect(await connector.grant(both())).toMatchObject([
        { ok: false, error: { kind: 'transient' } },
        { ok: true, nativeId },
      ]);
      await grant(permissionSet('Analytics_Plus'), LICENCE);
      await lose({ method: 'DELETE', path: '/composite/sobjects' }, 1);
      expect(await connector.revoke(both())).toMatchObject([
        { ok: true, nativeId },
        { ok: false, error: { kind: 'transient' } },
      ]);
    });
  });

  it('leave alone what a profile brings', async () => {
    const [profile] = await query<{ Name: string }>(
      org,
      "SELECT Name FROM PermissionSet WHERE IsOwnedByProfile = true AND Label = 'Sales User'",
    );
    await revoke(permissionSet(profile?.Name ?? ''));
    expect(
      await there(
        `SELECT Id FROM PermissionSetAssignment WHERE AssigneeId = '${nativeId}' AND PermissionSet.IsOwnedByProfile = true`,
      ),
    ).toBe(1);
    expect(await connector.grant([change({ type: 'profile', name: 'Sales User' })])).toMatchObject([
      { ok: false, error: { kind: 'invalid-data' } },
    ]);
  });

  it('of a type that there is not are refused, with the types that there are', async () => {
    expect(await connector.grant([change({ type: 'team', name: 'Sales' })])).toMatchObject([
      { ok: false, error: { kind: 'invalid-data', remedy: expect.stringContaining('public-group') as string } },
    ]);
  });

  describe('that we may not see', () => {
    const NOT_SEEN = {
      httpStatusCode: 400,
      httpHeaders: {},
      body: [{ errorCode: 'INVALID_TYPE', message: "sObject type 'GroupMember' is not supported." }],
    };
    /** Makes the next composite answer these references, and refuse those. */
    const refuseOnce = (answers: string[], refusals: string[], refusal: object = NOT_SEEN) =>
      org.addFault({
        match: { method: 'POST', path: '/composite$' },
        action: {
          kind: 'status',
          status: 200,
          body: {
            compositeResponse: [
              ...answers.map((referenceId) => ({ ...answer(referenceId), referenceId })),
              ...refusals.map((referenceId) => ({ ...refusal, referenceId })),
            ],
          },
        },
      });
    const answer = (referenceId: string) => ({
      httpStatusCode: 200,
      httpHeaders: {},
      body: { done: true, records: referenceId === 'users' ? [{ Id: nativeId, Username: 'x', IsActive: true }] : [] },
    });
    const PARTS = ['memberships', 'setLicences', 'packageLicences'];

    it('count as none when an account is read', async () => {
      await refuseOnce(['users', 'frozen'], PARTS);
      expect(await connector.read([nativeId])).toMatchObject([{ nativeId, entitlements: [] }]);
    });

    it('are no answer when waiting mends it, and neither are users or who is frozen', async () => {
      const busy = { ...NOT_SEEN, body: [{ errorCode: 'QUERY_TIMEOUT', message: 'too slow' }] };
      await refuseOnce(['users', 'frozen', 'setLicences', 'packageLicences'], ['memberships'], busy);
      await expect(connector.read([nativeId])).rejects.toMatchObject({ kind: 'transient' });
      for (const part of ['users', 'frozen']) {
        await refuseOnce(
          ['users', 'frozen', ...PARTS].filter((one) => one !== part),
          [part],
        );
        await expect(connector.read([nativeId])).rejects.toMatchObject({ kind: 'permission' });
      }
    });

    it('can not be revoked: that they are not held is not known', async () => {
      await connector.describe();
      await refuseOnce(['users', 'frozen'], PARTS);
      expect(
        await connector.revoke([
          change({ type: 'queue', name: 'Inbound_Leads' }),
          change({ type: 'role', name: 'CEO' }),
        ]),
      ).toMatchObject([{ ok: false, error: { kind: 'permission' } }, { ok: true }]);
    });

    it('are told of when somebody asks for such a name', async () => {
      const fresh = connect(org);
      await refuseOnce(['profiles', 'roles', 'sets', 'setGroups'], ['groups']);
      await fresh.listEntitlements();
      await refuseOnce(['profiles', 'roles', 'sets', 'setGroups'], ['groups']);
      expect(await fresh.grant([change({ type: 'queue', name: 'Inbound_Leads' })])).toMatchObject([
        { ok: false, error: { kind: 'permission', message: expect.stringContaining('can not see') as string } },
      ]);
    });
  });
});
