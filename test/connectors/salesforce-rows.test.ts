/** Salesforce, row by row: ids in both forms and in none, users that are gone, names that are gone, fields of one's own. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Connector } from '#connectors/connector.ts';
import { startSimulatedOrg, type SimulatedOrg } from '../support/simulator.ts';
import { connect, failureOf, newAccount, onlyId, permissionSet } from './salesforce-org.ts';

const NOBODY = '005000000000000AAA';

describe('salesforce', () => {
  let org: SimulatedOrg;
  let connector: Required<Connector>;
  let id: string;
  beforeEach(async () => {
    org = await startSimulatedOrg();
    connector = connect(org);
    id = onlyId(await connector.create([newAccount(1)]));
  });
  afterEach(() => org.close());

  describe('takes ids as people have them', () => {
    it('in the short form', async () => {
      const short = id.slice(0, 15);
      expect((await connector.read([short]))[0]?.nativeId).toBe(id);
      expect(await connector.freeze([short])).toEqual([{ ok: true, nativeId: id }]);
      onlyId(await connector.grant([{ nativeId: short, entitlement: permissionSet('Sales_Console') }]));
      onlyId(await connector.revoke([{ nativeId: short, entitlement: permissionSet('Sales_Console') }]));
      expect(await org.permissionSetsOf(id)).toEqual([]);
    });

    it('and what is no id harms no other row', async () => {
      expect((await connector.read(['garbage', id])).map((account) => account?.nativeId)).toEqual([undefined, id]);
      const entitlement = permissionSet('Sales_Console');
      const outcomes = [
        await connector.freeze(['garbage', id]),
        await connector.unfreeze(['garbage', id]),
        await connector.update(['garbage', id].map((nativeId) => ({ nativeId, attributes: {}, entitlements: [] }))),
        await connector.grant(['garbage', id].map((nativeId) => ({ nativeId, entitlement }))),
        await connector.revoke(['garbage', id].map((nativeId) => ({ nativeId, entitlement }))),
        await connector.deactivate(['garbage', id]),
        await connector.reactivate(['garbage', id]),
      ];
      for (const pair of outcomes) {
        expect(pair).toMatchObject([
          { ok: false, error: { kind: 'not-found' } },
          { ok: true, nativeId: id },
        ]);
      }
    });

    it('and no ids at all are no call', async () => {
      await org.clearLog();
      expect(await connector.read([])).toEqual([]);
      for (const step of ['freeze', 'unfreeze', 'deactivate', 'reactivate'] as const)
        expect(await connector[step]([])).toEqual([]);
      expect(await org.apiCalls()).toEqual([]);
    });
  });

  it('says of a user that is not there that it is not there, whatever was tried', async () => {
    const change = { nativeId: NOBODY, attributes: { Title: 'X' }, entitlements: [] };
    for (const [outcome] of [
      await connector.update([change]),
      await connector.freeze([NOBODY]),
      await connector.deactivate([NOBODY]),
      await connector.reactivate([NOBODY]),
    ]) {
      expect(outcome).toMatchObject({ ok: false, error: { kind: 'not-found' } });
    }
  });

  it('does not take a manager that is not there for the user', async () => {
    const change = { nativeId: id, attributes: { ManagerId: '005000000000999AAA' }, entitlements: [] };
    expect(await connector.update([change])).toMatchObject([{ ok: false, error: { kind: 'invalid-data' } }]);
  });

  it('revokes what no longer exists by finding it not held', async () => {
    expect(await connector.revoke([{ nativeId: id, entitlement: permissionSet('Deleted_Last_Week') }])).toEqual([
      { ok: true, nativeId: id },
    ]);
  });

  it('offers no permission set that stands for a group or a profile', async () => {
    const listed = await connector.listEntitlements();
    const names = listed.filter(({ type }) => type === 'permission-set').map(({ name }) => name);
    expect(names).toContain('Sales_Console');
    expect(names).not.toContain('Sales_Bundle');
  });

  it('suggests the names nearest to one that is not there', async () => {
    const [outcome] = await connector.grant([{ nativeId: id, entitlement: permissionSet('Sales_Consle') }]);
    expect(outcome).toMatchObject({
      ok: false,
      error: { kind: 'invalid-data', remedy: expect.stringMatching(/^did you mean Sales_Console/) },
    });
  });

  describe('finds', () => {
    it('nobody by an empty value, which to SOQL would equal every empty field', async () => {
      await org.clearLog();
      expect(await connector.find([{ attribute: 'FederationIdentifier', values: ['', ' '] }])).toEqual([]);
      expect(await org.apiCalls()).toEqual([]);
    });

    it('by any text, a reference to an earlier query included', async () => {
      for (const value of ['@{users.records[0].Id}', "\\' OR Id != null", 'é😀%_'])
        expect(await connector.find([{ attribute: 'EmployeeNumber', values: [value] }])).toEqual([]);
    });

    it('by no attribute that can not be one, and says so', async () => {
      expect(await failureOf(connector.find([{ attribute: 'Id FROM User --', values: ['x'] }]))).toMatchObject({
        kind: 'invalid-data',
      });
    });

    it('who is frozen among many', async () => {
      const two = onlyId(await connector.create([newAccount(2)]));
      onlyId(await connector.freeze([two]));
      const found = await connector.find([{ attribute: 'EmployeeNumber', values: ['N1', 'N2'] }]);
      expect(new Map(found.map(({ nativeId, status }) => [nativeId, status]))).toEqual(
        new Map([
          [id, 'active'],
          [two, 'frozen'],
        ]),
      );
    });
  });

  it('reads the further fields that the settings name', async () => {
    await addField('Cost_Centre__c');
    const wide = connect(org, { extraFields: ['Cost_Centre__c'] });
    onlyId(await wide.update([{ nativeId: id, attributes: { Cost_Centre__c: 'CC-7' }, entitlements: [] }]));
    expect((await wide.read([id]))[0]?.attributes).toMatchObject({ Cost_Centre__c: 'CC-7' });
    expect(await failureOf(connect(org, { extraFields: ['Typo__c'] }).read([id]))).toMatchObject({
      kind: 'invalid-data',
      message: expect.stringContaining('Typo__c'),
    });
  });

  async function addField(name: string): Promise<void> {
    const body = JSON.stringify({ object: 'User', name });
    await fetch(`${org.url}/simulator/fields`, { method: 'POST', body });
  }
});
