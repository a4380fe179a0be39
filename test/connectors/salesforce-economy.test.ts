/** How many API calls Salesforce is asked for: an org has a daily number of them, shared with everybody else. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Connector, RowOutcome } from '#connectors/connector.ts';
import type { Attributes, Entitlement } from '#domain/account.ts';
import { startSimulatedOrg, type SimulatedOrg } from '../support/simulator.ts';
import { connect, newAccount, onlyId, permissionSet } from './salesforce-org.ts';

const MINUTE = 60_000;
const ACCESS: Entitlement[] = [
  { type: 'role', name: 'Sales_Rep' },
  { type: 'permission-set', name: 'Sales_Console' },
  { type: 'permission-set-group', name: 'Service_Bundle' },
  { type: 'public-group', name: 'All_Staff' },
  { type: 'queue', name: 'Inbound_Leads' },
];
const LICENCES: Entitlement[] = [
  { type: 'permission-set-license', name: 'SalesConsoleUser' },
  { type: 'package-license', name: 'quoteit' },
  { type: 'feature-license', name: 'UserPermissionsMarketingUser' },
  { type: 'feature-license', name: 'UserPermissionsSupportUser' },
];

describe('salesforce asks for', () => {
  let org: SimulatedOrg;
  let connector: Required<Connector>;
  beforeEach(async () => {
    org = await startSimulatedOrg();
    connector = connect(org);
  });
  afterEach(async () => {
    vi.useRealTimers();
    await org.close();
  });

  const find = (...numbers: number[]) =>
    connector.find([{ attribute: 'EmployeeNumber', values: numbers.map((number) => `N${number}`) }]);
  const callsOf = async (work: () => Promise<unknown>): Promise<number> => {
    await org.clearLog();
    await work();
    return (await org.apiCalls()).length;
  };
  const sets = ['Sales_Console', 'Forecast_Editor'].map(permissionSet);

  it('one call each for what a person needs, once the names are known', async () => {
    await connector.listEntitlements();
    await connector.describe();
    expect(await callsOf(() => find(1))).toBe(1);
    let nativeId = '';
    expect(await callsOf(async () => void (nativeId = onlyId(await connector.create([newAccount(1)]))))).toBe(1);
    const one = (work: () => Promise<RowOutcome[]>) => callsOf(async () => void onlyId(await work()));
    expect(await one(() => connector.grant(sets.map((entitlement) => ({ nativeId, entitlement }))))).toBe(1);
    expect(await one(() => connector.update([{ nativeId, attributes: { Title: 'X' }, entitlements: [] }]))).toBe(1);
    expect(await callsOf(() => connector.read([nativeId]))).toBe(1);
    expect(await one(() => connector.revoke([{ nativeId, entitlement: permissionSet('Sales_Console') }]))).toBe(2);
    expect(await one(() => connector.freeze([nativeId]))).toBeLessThanOrEqual(2);
    expect(await one(() => connector.deactivate([nativeId]))).toBe(2);
    expect(await one(() => connector.reactivate([nativeId]))).toBeLessThanOrEqual(3);
  });

  it('one call to find many, frozen or not', async () => {
    const outcomes = await connector.create([1, 2, 3].map(newAccount));
    await connector.describe();
    await connector.freeze(outcomes.flatMap((outcome) => (outcome.ok ? [outcome.nativeId] : [])));
    expect(await callsOf(() => find(1, 2, 3))).toBe(1);
  });

  it('five calls for a joiner, seven for a mover, eight for a leaver, from a cold start', async () => {
    const [first, second] = ['Sales_Console', 'Service_Console'].map(permissionSet) as [Entitlement, Entitlement];
    let nativeId = '';
    const joiner = await callsOf(async () => {
      expect(await find(1)).toEqual([]);
      nativeId = onlyId(await connector.create([newAccount(1)]));
      onlyId(await connector.grant([{ nativeId, entitlement: first }]));
    });
    connector = connect(org);
    const mover = await callsOf(async () => {
      expect(await find(1)).toHaveLength(1);
      const entitlements = [{ type: 'profile', name: 'Standard User' }];
      onlyId(await connector.update([{ nativeId, attributes: { Title: 'Lead' }, entitlements }]));
      onlyId(await connector.grant([{ nativeId, entitlement: second }]));
      onlyId(await connector.revoke([{ nativeId, entitlement: first }]));
    });
    connector = connect(org);
    const leaver = await callsOf(async () => {
      onlyId(await connector.freeze([nativeId]));
      expect(await find(1)).toHaveLength(1);
      onlyId(await connector.revoke([{ nativeId, entitlement: second }]));
      onlyId(await connector.deactivate([nativeId]));
    });
    expect({ joiner, mover, leaver }).toEqual({ joiner: 5, mover: 7, leaver: 8 });
    expect(await find(1)).toMatchObject([{ status: 'inactive', attributes: { Title: 'Lead' } }]);
  });

  it('the names once for a whole page of rows, however old or unknown they are', async () => {
    await connector.listEntitlements();
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 11 * MINUTE });
    const page = Array.from({ length: 50 }, (_, index) => newAccount(index));
    expect(await callsOf(() => connector.create(page))).toBe(2);
    vi.setSystemTime(Date.now() + MINUTE);
    const nativeId = (await find(1))[0]?.nativeId ?? '';
    const unknown = page.map(() => ({ nativeId, entitlement: permissionSet('Nowhere') }));
    expect(await callsOf(() => connector.grant(unknown))).toBe(1);
  });

  it('three calls to verify: who we are, the licences, the limits', async () => {
    await find(1);
    expect(await callsOf(() => connector.verify())).toBe(3);
  });

  it('one call to grant whatever it is, two when there are licences beside others', async () => {
    const nativeId = onlyId(await connector.create([newAccount(1)]));
    await connector.listEntitlements();
    const grant = (...entitlements: Entitlement[]) =>
      callsOf(async () => {
        const changes = entitlements.map((entitlement) => ({ nativeId, entitlement }));
        for (const outcome of await connector.grant(changes)) onlyId([outcome]);
      });
    expect(await grant(...ACCESS)).toBe(1);
    expect(await grant(...LICENCES)).toBe(1);
    const other = onlyId(await connector.create([newAccount(2)]));
    const all = [...ACCESS, ...LICENCES].map((entitlement) => ({ nativeId: other, entitlement }));
    expect(await callsOf(() => connector.grant(all))).toBe(2);
    expect(await callsOf(() => connector.read([other]))).toBe(1);
    expect(await callsOf(() => connector.revoke(all))).toBe(3);
    expect((await connector.read([other]))[0]?.entitlements).toEqual([{ type: 'profile', name: 'Sales User' }]);
  });

  it('nothing to foresee a change, and one call to count when it takes licences', async () => {
    await connector.listEntitlements();
    const nativeId = onlyId(await connector.create([newAccount(1)]));
    const [account] = await connector.read([nativeId]);
    const intended = { attributes: { Title: 'X' }, entitlements: sets, reactivates: false };
    expect(await callsOf(() => connector.foresee({ ...intended, ...(account ? { account } : {}) }))).toBe(0);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 6_000 });
    const joiner = { ...newAccount(2), reactivates: false };
    expect(await callsOf(() => connector.foresee(joiner))).toBe(1);
  });

  it('one call for all who ask for the capacity at once, and for a crowd who foresee within five seconds', async () => {
    const ask = () => Promise.all(Array.from({ length: 20 }, () => connector.capacity()));
    expect(await callsOf(ask)).toBe(1);
    expect(await callsOf(ask)).toBe(1);
    const { attributes, entitlements } = newAccount(1);
    const foresee = () =>
      Promise.all(
        Array.from({ length: 20 }, () => connector.foresee({ attributes, entitlements, reactivates: false })),
      );
    await foresee();
    expect(await callsOf(foresee)).toBe(0);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 5_001 });
    expect(await callsOf(foresee)).toBe(1);
  });

  it('one more call to see whether a new e-mail address holds, and only then', async () => {
    const nativeId = onlyId(await connector.create([newAccount(1)]));
    const update = (attributes: Attributes) =>
      callsOf(async () => void onlyId(await connector.update([{ nativeId, attributes, entitlements: [] }])));
    expect(await update({ Email: 'new@joinery-demo.example' })).toBe(2);
    expect(await update({ Title: 'X' })).toBe(1);
  });

  it('no more than a URL can carry, when the values are long', async () => {
    const values = Array.from(
      { length: 200 },
      (_, index) => `${'person.with.a.long.name+'.repeat(3)}${index}@x.example`,
    );
    await connector.describe();
    await org.clearLog();
    await connector.find([{ attribute: 'Username', values }]);
    const bodies = (await org.apiCalls()).map(
      ({ body }) => JSON.parse(body) as { compositeRequest: { url: string }[] },
    );
    const longest = Math.max(
      ...bodies.flatMap(({ compositeRequest }) => compositeRequest.map(({ url }) => url.length)),
    );
    expect(longest).toBeLessThan(16_384);
  });
});
