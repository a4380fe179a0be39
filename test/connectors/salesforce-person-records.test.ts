/** Salesforce: leads and contacts as accounts: the shared contract, and what is peculiar to each. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Attributes } from '#domain/account.ts';
import type { Connector, NewAccount, RowOutcome } from '#connectors/connector.ts';
import type { ConnectorError } from '#connectors/errors.ts';
import { connectorContract } from '../support/connector-contract.ts';
import { startSimulatedOrg, type SimulatedOrg } from '../support/simulator.ts';
import { connect, failureOf, onlyId, TIMEOUT_MS } from './salesforce-org.ts';

const CREATE = { method: 'POST', path: '/composite/sobjects' };

for (const [object, unknownId] of [
  ['Lead', '00Q000000000999EAA'],
  ['Contact', '003000000000999AAA'],
] as const) {
  connectorContract(`salesforce with ${object}`, ['deletion', 'lists', 'estimates'], async () => {
    const org = await startSimulatedOrg();
    await org.tell('/duplicate-rules', { object, on: true });
    return {
      connector: connect(org, { object }),
      newAccount: (number) => person(object, number),
      correlation: (number) => ({ attribute: 'Email', value: `person${number}@example.com` }),
      unknownId,
      plainAttribute: 'Title',
      loseAnswerOfNextCreate: async () =>
        void (await org.addFault({ match: CREATE, action: { kind: 'cut', when: 'after-commit' } })),
      stallNextAnswer: async () => {
        const fault = await org.addFault({ match: { path: '/query' }, action: { kind: 'stall-body' } });
        return { reached: () => fault.hit() };
      },
      timeoutMs: TIMEOUT_MS,
      close: () => org.close(),
    };
  });
}

describe('salesforce', () => {
  let org: SimulatedOrg;
  beforeEach(async () => {
    org = await startSimulatedOrg();
  });
  afterEach(() => org.close());

  const make = async (connector: Required<Connector>, account: NewAccount) => onlyId(await connector.create([account]));
  const callsOf = async (work: () => Promise<unknown>): Promise<number> => {
    await org.clearLog();
    await work();
    return (await org.apiCalls()).length;
  };

  describe('with leads', () => {
    let leads: Required<Connector>;
    beforeEach(() => {
      leads = connect(org, { object: 'Lead' });
    });

    it('says what an account is, and that nobody is its manager', async () => {
      expect(leads.manifest).toEqual({ accountType: 'Lead', pageSize: 200, entitlementTypes: [] });
      expect(await leads.describe()).toMatchObject({ accountType: 'Lead', entitlementTypes: [] });
    });

    it('calls an account by its e-mail address, or by its name where it has none', async () => {
      const named = await make(leads, { attributes: { LastName: 'Byron', Company: 'Analytical' }, entitlements: [] });
      const mailed = await make(leads, person('Lead', 1));
      expect((await leads.read([named, mailed])).map((account) => account?.username)).toEqual([
        'Byron',
        'person1@example.com',
      ]);
    });

    it('foresees what is missing, too long or not among the values, and the licences it takes: none', async () => {
      const attributes: Attributes = { Title: 'T'.repeat(129), GeocodeAccuracy: 'Nearly' };
      const { faults, takes } = await leads.foresee({ attributes, entitlements: [], reactivates: false });
      expect(faults.map(({ fields }) => fields[0])).toEqual(expect.arrayContaining(['Title', 'LastName', 'Company']));
      expect(takes).toEqual([]);
      const change = { account: (await leads.read([await make(leads, person('Lead', 1))]))[0] };
      if (!change.account) throw new Error('no account');
      expect(
        await leads.foresee({
          account: change.account,
          attributes: { Title: 'X' },
          entitlements: [],
          reactivates: false,
        }),
      ).toEqual({ faults: [], takes: [] });
    });

    it('creates, changes and deletes no entitlement, and says what to do', async () => {
      const entitlements = [{ type: 'profile', name: 'Sales User' }];
      const nativeId = await make(leads, person('Lead', 1));
      const outcomes = [
        ...(await leads.create([{ ...person('Lead', 2), entitlements }])),
        ...(await leads.update([{ nativeId, attributes: {}, entitlements }])),
      ];
      for (const outcome of outcomes) {
        expect(errorOf(outcome)).toMatchObject({
          kind: 'invalid-data',
          message: expect.stringContaining('holds no profile Sales User'),
          remedy: expect.stringContaining('birthrights'),
        });
      }
    });

    describe('that are converted', () => {
      let converted: string;
      beforeEach(async () => {
        converted = await make(leads, person('Lead', 1));
        await org.tell('/converted-leads', { id: converted });
      });

      it('are no accounts any more, whatever else they match', async () => {
        const other = await make(leads, person('Lead', 2));
        const values = ['person1@example.com', 'person2@example.com'];
        const found = await leads.find([
          { attribute: 'Email', values },
          { attribute: 'LastName', values: ['Person 1'] },
        ]);
        expect(found.map(({ nativeId }) => nativeId)).toEqual([other]);
        expect(await leads.read([converted])).toEqual([undefined]);
      });

      it('are not changed, and the refusal says what became of them', async () => {
        const [outcome] = await leads.update([{ nativeId: converted, attributes: { Title: 'X' }, entitlements: [] }]);
        expect(errorOf(outcome)).toMatchObject({
          kind: 'invalid-data',
          code: 'CANNOT_UPDATE_CONVERTED_LEAD',
          remedy: expect.stringContaining('has become a contact'),
        });
      });
    });

    it('sends no change to a lead that is deleted', async () => {
      const nativeId = await make(leads, person('Lead', 1));
      onlyId(await leads.delete([nativeId]));
      const [outcome] = await leads.update([{ nativeId, attributes: { Title: 'X' }, entitlements: [] }]);
      expect(errorOf(outcome)).toMatchObject({ kind: 'not-found', remedy: expect.stringContaining('recycle bin') });
    });

    it('leaves a deleted lead in the recycle bin', async () => {
      const nativeId = await make(leads, person('Lead', 1));
      onlyId(await leads.delete([nativeId.slice(0, 15)]));
      const soql = encodeURIComponent(`SELECT Id FROM Lead WHERE IsDeleted = true`);
      expect(await org.asAdministrator(`/queryAll?q=${soql}`, {})).toMatchObject({ records: [{ Id: nativeId }] });
    });

    it('takes ids of leads only', async () => {
      const user = '005000000000001AAA';
      await org.clearLog();
      expect(await leads.read([user])).toEqual([undefined]);
      const changes = [{ nativeId: user, attributes: { Title: 'X' }, entitlements: [] }];
      for (const [outcome] of [await leads.update(changes), await leads.delete([user])])
        expect(errorOf(outcome)).toMatchObject({ kind: 'not-found', message: expect.stringContaining('no such Lead') });
      expect(await org.apiCalls()).toEqual([]);
    });

    it('does not take an owner who is not there for the lead', async () => {
      const nativeId = await make(leads, person('Lead', 1));
      const change = { nativeId, attributes: { OwnerId: '005000000000999AAA' }, entitlements: [] };
      expect(errorOf((await leads.update([change]))[0])).toMatchObject({ kind: 'invalid-data' });
    });

    it('costs one call to find, read, create, change or delete up to 200, two to verify', async () => {
      await leads.verify();
      const many = Array.from({ length: 200 }, (_, index) => person('Lead', index));
      const created: string[] = [];
      const calls = [
        await callsOf(async () => created.push(...(await leads.create(many)).map((outcome) => onlyId([outcome])))),
        await callsOf(() =>
          leads.find([{ attribute: 'Email', values: ['person1@example.com', 'person7@example.com'] }]),
        ),
        await callsOf(() => leads.read(created)),
        await callsOf(() =>
          leads.update(created.map((nativeId) => ({ nativeId, attributes: { Title: 'X' }, entitlements: [] }))),
        ),
        await callsOf(() => leads.delete(created)),
      ];
      expect(calls).toEqual([1, 1, 1, 1, 1]);
      expect(await callsOf(() => leads.verify())).toBe(2);
    });

    it('verifies that leads may be read and written, and says which right is missing', async () => {
      expect((await leads.verify()).missingPermissions).toEqual([]);
      await org.makeRecords({ object: 'User', count: 1, fields: { Username: 'weak@x.example' } });
      await org.saveConnectedApp({ clientId: 'weak', clientSecret: 's', runAs: 'weak@x.example' });
      const weak = connect(org, { object: 'Lead', clientId: 'weak' }, { clientSecret: 's' });
      const [{ Id } = { Id: '' }] = await org.query<{ Id: string }>(
        "SELECT Id FROM ObjectPermissions WHERE SobjectType = 'Lead' AND Parent.Label = 'Standard User'",
      );
      const body = JSON.stringify({ PermissionsDelete: false });
      await org.asAdministrator(`/sobjects/ObjectPermissions/${Id}`, { method: 'PATCH', body });
      expect((await weak.verify()).missingPermissions).toEqual(['Delete on Lead']);
    });
  });

  describe('with contacts', () => {
    let contacts: Required<Connector>;
    beforeEach(() => {
      contacts = connect(org, { object: 'Contact' });
    });

    it('knows the manager as whom the contact reports to', async () => {
      expect(contacts.manifest).toMatchObject({ accountType: 'Contact', managerAttribute: 'ReportsToId' });
      const manager = await make(contacts, person('Contact', 1));
      const { attributes } = person('Contact', 2);
      const nativeId = await make(contacts, { attributes: { ...attributes, ReportsToId: manager }, entitlements: [] });
      expect((await contacts.read([nativeId]))[0]?.attributes['ReportsToId']).toBe(manager);
      await contacts.update([{ nativeId, attributes: { ReportsToId: null }, entitlements: [] }]);
      expect((await contacts.read([nativeId]))[0]?.attributes['ReportsToId']).toBeNull();
    });

    it('needs a last name and nothing else', async () => {
      const intended = (attributes: Attributes) => ({ attributes, entitlements: [], reactivates: false });
      expect((await contacts.foresee(intended({ LastName: 'Byron' }))).faults).toEqual([]);
      expect((await contacts.foresee(intended({}))).faults).toMatchObject([{ fields: ['LastName'] }]);
      expect(
        (await contacts.read([await make(contacts, { attributes: { LastName: 'Byron' }, entitlements: [] })]))[0],
      ).toMatchObject({ username: 'Byron' });
    });

    it('does not delete a contact that cases need: blocked, in Salesforce’s own words', async () => {
      const nativeId = await make(contacts, person('Contact', 1));
      await org.makeRecords({ object: 'Case', count: 1, fields: { ContactId: nativeId } });
      expect(errorOf((await contacts.delete([nativeId]))[0])).toMatchObject({
        kind: 'blocked',
        message: expect.stringContaining('associated with cases'),
        remedy: expect.stringContaining('then retry'),
      });
    });

    it('reads the further fields that the settings name', async () => {
      await org.tell('/fields', { object: 'Contact', name: 'Badge__c' });
      const wide = connect(org, { object: 'Contact', extraFields: ['Badge__c'] });
      const { attributes } = person('Contact', 1);
      const nativeId = await make(wide, { attributes: { ...attributes, Badge__c: 'B-7' }, entitlements: [] });
      expect((await wide.find([{ attribute: 'Badge__c', values: ['b-7'] }]))[0]).toMatchObject({ nativeId });
      expect(
        await failureOf(connect(org, { object: 'Contact', extraFields: ['Typo__c'] }).read([nativeId])),
      ).toMatchObject({
        kind: 'invalid-data',
        message: expect.stringContaining('Typo__c'),
      });
    });
  });

  describe('with a duplicate rule', () => {
    const twin = { ...person('Contact', 1), attributes: { ...person('Contact', 1).attributes, LastName: 'Twin' } };

    it('refuses a likely duplicate, names whom it looks like, and makes nothing', async () => {
      await org.tell('/duplicate-rules', { object: 'Contact', on: true, allowSave: true });
      const contacts = connect(org, { object: 'Contact' });
      const first = await make(contacts, person('Contact', 1));
      const outcomes = await contacts.create([twin, person('Contact', 2)]);
      expect(errorOf(outcomes[0])).toMatchObject({
        kind: 'conflict',
        code: 'DUPLICATES_DETECTED',
        matches: [first],
        message: expect.stringContaining('looks like one that is there already'),
        remedy: expect.stringContaining(`link the person to ${first}`),
      });
      expect(outcomes[1]?.ok).toBe(true);
      expect(await contacts.find([{ attribute: 'LastName', values: ['Twin'] }])).toEqual([]);
    });

    it('saves it where the settings say so and the rule allows it', async () => {
      await org.tell('/duplicate-rules', { object: 'Contact', on: true, allowSave: true });
      const contacts = connect(org, { object: 'Contact', duplicates: 'save' });
      await make(contacts, person('Contact', 1));
      const second = await make(contacts, twin);
      const change = { nativeId: second, attributes: { Email: 'other@example.com' }, entitlements: [] };
      onlyId(await contacts.update([change]));
      onlyId(await contacts.update([{ ...change, attributes: { Email: 'person1@example.com' } }]));
      expect(await contacts.find([{ attribute: 'Email', values: ['person1@example.com'] }])).toHaveLength(2);
    });

    it('does not save it where the rule does not allow it, whatever the settings say', async () => {
      await org.tell('/duplicate-rules', { object: 'Contact', on: true, allowSave: false });
      const contacts = connect(org, { object: 'Contact', duplicates: 'save' });
      await make(contacts, person('Contact', 1));
      expect(errorOf((await contacts.create([twin]))[0])).toMatchObject({ kind: 'conflict' });
    });
  });
});

function person(object: 'Lead' | 'Contact', number: number): NewAccount {
  const attributes = {
    FirstName: 'Test',
    LastName: `Person ${number}`,
    Email: `person${number}@example.com`,
    ...(object === 'Lead' ? { Company: 'Analytical Engines' } : {}),
  };
  return { attributes, entitlements: [] };
}

function errorOf(outcome: RowOutcome | undefined): ConnectorError | undefined {
  return outcome?.ok === false ? outcome.error : undefined;
}
