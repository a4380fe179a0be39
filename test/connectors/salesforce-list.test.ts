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
