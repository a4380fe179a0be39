/** All accounts of an org, page by page. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Connector } from '#connectors/connector.ts';
import type { Account } from '#domain/account.ts';
import { startSimulatedOrg, type SimulatedOrg } from '../support/simulator.ts';
import { connect, failureOf, newAccount, onlyId, permissionSet } from './salesforce-org.ts';

describe('salesforce lists', () => {
  let org: SimulatedOrg;
  let connector: Required<Connector>;
  beforeEach(async () => {
    org = await startSimulatedOrg();
    // Long enough that no answer counts as slow, after which less would be asked at a time.
    connector = connect(org, { timeoutMs: 30_000 });
  });
  afterEach(() => org.close());

  /** `between` is called after each page. */
  const pagesOf = async (connector: Required<Connector>, between = () => Promise.resolve()): Promise<Account[][]> => {
    const pages: Account[][] = [];
    let next: string | undefined;
    do {
      const page = await connector.list(next);
      pages.push(page.accounts);
      next = page.next;
      await between();
    } while (next !== undefined);
    return pages;
  };
  const users = (where = "UserType IN ('Standard', 'CsnOnly')") =>
    org.query<{ Id: string; Username: string }>(`SELECT Id, Username FROM User WHERE ${where} ORDER BY Id`);

  it('every internal user once, as read tells them, at most 200 a page, for two calls each', async () => {
    await org.setLicence('Salesforce', 1_000);
    await org.makeRecords({ object: 'User', count: 450 });
    const nativeId = onlyId(await connector.create([newAccount(1)]));
    onlyId(await connector.grant([{ nativeId, entitlement: permissionSet('Sales_Console') }]));
    onlyId(await connector.freeze([nativeId]));
    await connector.describe();
    await org.clearLog();
    const pages = await pagesOf(connector);
    const calls = (await org.apiCalls()).length;
    const all = (await users()).map(({ Id }) => Id);
    expect(pages.map(({ length }) => length)).toEqual([200, 200, all.length - 400]);
    expect(pages.flat().map((account) => account.nativeId)).toEqual(all);
    expect(calls).toBe(6);
    const listed = pages.flat().find((account) => account.nativeId === nativeId);
    expect(listed).toMatchObject({ status: 'frozen' });
    expect(listed).toEqual((await connector.read([nativeId]))[0]);
  });

  it('neither twice nor past anybody, whoever is made between two pages', async () => {
    await org.setLicence('Salesforce', 1_000);
    await org.makeRecords({ object: 'User', count: 250 });
    const before = (await users()).map(({ Id }) => Id);
    const listed = (await pagesOf(connector, async () => void (await org.makeRecords({ object: 'User', count: 3 }))))
      .flat()
      .map((account) => account.nativeId);
    expect(new Set(listed).size).toBe(listed.length);
    expect(listed).toEqual(expect.arrayContaining(before));
  });

  describe('all of thousands by jobs', () => {
    const all = async (asked = connector): Promise<Account[]> => {
      const accounts: Account[] = [];
      for await (const some of asked.listAll()) accounts.push(...some);
      return accounts;
    };
    const jobs = async () => (await org.requests()).filter(({ path }) => path.includes('/jobs/query'));
    beforeEach(async () => {
      await org.setLicence('Salesforce', 10_000);
      await org.makeRecords({ object: 'User', count: 2_100 });
    });

    it('as list tells them, with all they hold, for a tenth of the calls', async () => {
      connector = connect(org, { timeoutMs: 30_000, extraFields: ['LastModifiedDate', 'ForecastEnabled', 'AboutMe'] });
      const made = await connector.create([1, 2, 3].map(newAccount));
      const [first = '', second = '', third = ''] = made.map((outcome) => onlyId([outcome]));
      // Whatever there is to hold; some of it needs a licence or excludes another.
      const entitlements = (await connector.listEntitlements()).filter(({ type }) => type !== 'profile');
      await connector.grant(entitlements.map(({ type, name }) => ({ nativeId: first, entitlement: { type, name } })));
      onlyId(await connector.grant([{ nativeId: third, entitlement: permissionSet('Sales_Console') }]));
      onlyId(await connector.freeze([second]));
      await connector.update([{ nativeId: third, attributes: { Title: 'a "b", c\nd' }, entitlements: [] }]);
      const listed = (await pagesOf(connector)).flat();
      await org.clearLog();
      expect(await all()).toEqual(listed);
      const calls = (await org.apiCalls()).length;
      expect(calls).toBeLessThanOrEqual(26 + 6);
      expect(listed.find(({ nativeId }) => nativeId === second)?.status).toBe('frozen');
      const held = listed.find(({ nativeId }) => nativeId === first)?.entitlements ?? [];
      expect(new Set(held.map(({ type }) => type))).toEqual(
        new Set(connector.manifest.entitlementTypes.map(({ type }) => type)),
      );
    });

    it('and leaves none of the jobs behind, even when one is not read to its end', async () => {
      for await (const some of connector.listAll()) {
        expect(some.length).toBeGreaterThan(0);
        break;
      }
      const begun = (await jobs()).filter(({ method }) => method === 'POST').length;
      expect((await jobs()).filter(({ method }) => method === 'DELETE')).toHaveLength(begun);
    });

    it('but fewer page by page', async () => {
      const others = await startSimulatedOrg();
      try {
        const few = connect(others);
        expect((await all(few)).length).toBeGreaterThan(0);
        expect((await others.requests()).filter(({ path }) => path.includes('/jobs/'))).toEqual([]);
      } finally {
        await others.close();
      }
    });

    it.each(['/jobs/query', '/results'])(
      'never as if somebody held nothing, when %s fails on the way',
      async (path) => {
        await connector.describe();
        const body = [{ errorCode: 'SERVER_UNAVAILABLE', message: 'down' }];
        await org.addFault({ match: { path }, skip: 3, action: { kind: 'status', status: 503, body } });
        expect(await failureOf(all())).toMatchObject({ kind: 'transient' });
      },
    );
  });

  it('users who can do nothing but chat too, since they are found by correlation rules', async () => {
    const [profile] = await org.query<{ Id: string }>("SELECT Id FROM Profile WHERE Name = 'Chatter Free User'");
    const chatter = await org.createUser({ Username: 'chatter@joinery-demo.example', ProfileId: profile?.Id });
    const listed = (await pagesOf(connector)).flat().map((account) => account.nativeId);
    expect(listed).toContain(chatter);
    const found = await connector.find([{ attribute: 'Username', values: ['chatter@joinery-demo.example'] }]);
    expect(found).toMatchObject([{ nativeId: chatter }]);
  });

  it('contacts, 2,000 a page for one call, and none twice', async () => {
    await org.makeRecords({ object: 'Contact', count: 2_100 });
    const contacts = connect(org, { object: 'Contact' });
    await org.clearLog();
    const pages = await pagesOf(contacts);
    expect((await org.apiCalls()).length).toBe(2);
    expect(pages.map(({ length }) => length)).toEqual([2_000, 100]);
    expect(new Set(pages.flat().map((account) => account.nativeId)).size).toBe(2_100);
  });

  it('leads that are not converted, and none where there are none', async () => {
    const leads = connect(org, { object: 'Lead' });
    expect(await leads.list(undefined)).toEqual({ accounts: [] });
    await org.makeRecords({ object: 'Lead', count: 2 });
    const [first] = (await leads.list(undefined)).accounts;
    expect((await leads.list(first?.nativeId)).accounts).toHaveLength(1);
  });

  it('from no cursor that is not one', async () => {
    for (const cursor of ["' OR Id != null OR Id > '", '', '%'])
      expect(await failureOf(connector.list(cursor))).toMatchObject({ kind: 'invalid-data' });
  });
});
