/** Licences: counted, given back, missing; and what an intended change would take or meet. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Connector, Foresight, IntendedChange } from '#connectors/connector.ts';
import type { Attributes, Entitlement } from '#domain/account.ts';
import { startSimulatedOrg, type SimulatedOrg } from '../support/simulator.ts';
import { connect, newAccount, onlyId, order, permissionSet } from './salesforce-org.ts';

const ANALYTICS = { type: 'permission-set-license', name: 'EinsteinAnalyticsPlusPsl' };
const SIGNDESK = { type: 'package-license', name: 'signdesk' };
const profile = (name: string): Entitlement => ({ type: 'profile', name });

describe('salesforce licences', () => {
  let org: SimulatedOrg;
  let connector: Required<Connector>;
  beforeEach(async () => {
    org = await startSimulatedOrg();
    connector = connect(org);
  });
  afterEach(() => org.close());

  const make = async (number: number) => onlyId(await connector.create([newAccount(number)]));
  const identity = (number: number) => ({ ...newAccount(number), entitlements: [profile('Identity User')] });

  it('of all kinds are counted, but for those that everybody may have', async () => {
    onlyId(await connector.grant([{ nativeId: await make(1), entitlement: SIGNDESK }]));
    const capacity = await connect(org).capacity();
    expect(capacity).toContainEqual({ resource: 'user-license Identity', used: 0, total: 3 });
    expect(capacity).toContainEqual({ resource: 'permission-set-license EinsteinAnalyticsPlusPsl', used: 0, total: 2 });
    expect(capacity).toContainEqual({ resource: 'package-license signdesk', used: 1, total: 2 });
    expect(capacity.map(({ resource }) => resource)).not.toContain('package-license mapview');
  });

  it('are given back by deactivating, as they are named in the count', async () => {
    const id = onlyId(await connector.create([identity(1)]));
    expect(await connector.deactivate([id])).toEqual([{ ok: true, nativeId: id, freed: ['user-license Identity'] }]);
  });

  describe('that ran out are named', () => {
    it('when an account is created', async () => {
      await org.setLicence('Identity', 0);
      expect(await connector.create([identity(1)])).toMatchObject([
        { ok: false, error: { kind: 'capacity', resource: 'user-license Identity' } },
      ]);
    });

    it('when a profile is changed to one of another licence', async () => {
      await org.setLicence('Identity', 0);
      const change = { nativeId: await make(1), attributes: {}, entitlements: [profile('Identity User')] };
      expect(await connector.update([change])).toMatchObject([
        { ok: false, error: { kind: 'capacity', resource: 'user-license Identity' } },
      ]);
    });

    it('when an account is reactivated', async () => {
      const id = onlyId(await connector.create([identity(1)]));
      onlyId(await connector.deactivate([id]));
      await org.setLicence('Identity', 0);
      expect(await connector.reactivate([id])).toMatchObject([
        { ok: false, error: { kind: 'capacity', resource: 'user-license Identity' } },
      ]);
    });

    it.each([ANALYTICS, SIGNDESK])('when $type is granted', async (entitlement) => {
      await org.setLicence(entitlement.name, 0);
      expect(await connector.grant([{ nativeId: await make(1), entitlement }])).toMatchObject([
        { ok: false, error: { kind: 'capacity', resource: `${entitlement.type} ${entitlement.name}` } },
      ]);
    });
  });
});

describe('salesforce foresees', () => {
  let org: SimulatedOrg;
  let connector: Required<Connector>;
  beforeEach(async () => {
    org = await startSimulatedOrg();
    connector = connect(org);
  });
  afterEach(() => org.close());

  const joiner = (attributes: Attributes = {}, ...entitlements: Entitlement[]): IntendedChange => ({
    attributes: { ...newAccount(1).attributes, ...attributes },
    entitlements: [profile('Sales User'), ...entitlements],
    reactivates: false,
  });
  const existing = async (...granted: Entitlement[]) => {
    const nativeId = onlyId(await connector.create([newAccount(1)]));
    for (const outcome of await connector.grant(granted.map((entitlement) => ({ nativeId, entitlement }))))
      onlyId([outcome]);
    const [account] = await connector.read([nativeId]);
    if (!account) throw new Error('not created');
    return account;
  };
  const mover = async (more: Partial<IntendedChange>, ...granted: Entitlement[]): Promise<IntendedChange> => ({
    account: await existing(...granted),
    attributes: {},
    entitlements: [],
    reactivates: false,
    ...more,
  });
  const read = async (number: number) => {
    const [account] = await connector.find([{ attribute: 'EmployeeNumber', values: [`N${number}`] }]);
    if (!account) throw new Error('not there');
    return account;
  };
  const resources = ({ takes }: Foresight) => takes.map(({ resource }) => resource);

  it('no fault in what Salesforce then takes', async () => {
    const intended = joiner({ Title: 'Analyst' }, ANALYTICS, permissionSet('Analytics_Plus'));
    expect((await connector.foresee(intended)).faults).toEqual([]);
    const nativeId = onlyId(
      await connector.create([{ attributes: intended.attributes, entitlements: [profile('Sales User')] }]),
    );
    for (const entitlement of intended.entitlements.slice(1))
      onlyId(await connector.grant([{ nativeId, entitlement }]));
  });

  describe('what would be refused:', () => {
    it.each([
      [{ TimeZoneSidKey: 'Europe/Berln' }, 'TimeZoneSidKey', 'Europe/Berlin'],
      [{ LocaleSidKey: 'de_XX' }, 'LocaleSidKey', 'de_DE'],
      [{ LanguageLocaleKey: 'en_USA' }, 'LanguageLocaleKey', 'en_US'],
      [{ EmailEncodingKey: 'UTF8' }, 'EmailEncodingKey', 'UTF-8'],
      [{ DigestFrequency: 'Q' }, 'DigestFrequency', 'D'],
      [{ Alias: 'much too long' }, 'Alias', 'shorten'],
      [{ LastName: null }, 'LastName', 'map it'],
      [{ Titel: 'Dr.' }, 'Titel', 'Title'],
      [{ Name: 'Ada Lovelace' }, 'Name', 'take it out'],
      [{ ManagerId: '00Q000000000001' }, 'ManagerId', 'correct'],
      [{ SenderEmail: ' ' }, 'SenderEmail', 'correct'],
    ])('%j', async (attributes: Attributes, field, remedy) => {
      const { faults } = await connector.foresee(joiner(attributes));
      expect(faults).toMatchObject([
        {
          kind: 'invalid-data',
          fields: [field],
          message: expect.stringContaining(field) as string,
          remedy: expect.stringContaining(remedy) as string,
        },
      ]);
      const value = Object.values(attributes)[0];
      if (value !== null && field !== 'Titel' && field !== 'Name') expect(faults[0]?.message).toContain(value);
      const [refused] = await connector.create([{ ...joiner(attributes), entitlements: [profile('Sales User')] }]);
      expect(refused?.ok).toBe(false);
    });

    it('a new account without what every user needs, its profile included', async () => {
      const { faults } = await connector.foresee({ attributes: {}, entitlements: [], reactivates: false });
      expect(faults.flatMap(({ fields }) => fields).toSorted()).toEqual([
        'Alias',
        'Email',
        'EmailEncodingKey',
        'LanguageLocaleKey',
        'LastName',
        'LocaleSidKey',
        'ProfileId',
        'TimeZoneSidKey',
        'Username',
      ]);
    });

    it('but of an account that is there nothing that is left as it is', async () => {
      const intended = await mover({ attributes: { Title: 'X' } });
      expect((await connector.foresee(intended)).faults).toEqual([]);
      const { faults } = await connector.foresee({ ...intended, attributes: { LastName: null } });
      expect(faults).toMatchObject([{ fields: ['LastName'] }]);
    });

    it('a field emptied that Salesforce fills for a new account only', async () => {
      const intended = await mover({ attributes: { DigestFrequency: null } });
      expect((await connector.foresee(intended)).faults).toMatchObject([{ fields: ['DigestFrequency'] }]);
    });

    it('a number in place of an id, though it has as many digits', async () => {
      const { faults } = await connector.foresee(joiner({ ManagerId: 123456789012345 }));
      expect(faults).toMatchObject([{ fields: ['ManagerId'] }]);
    });

    it('names that are not there, each with those that may have been meant', async () => {
      const names = [
        permissionSet('Sales_Consol'),
        { type: 'queue', name: 'Inbound_Lead' },
        { type: 'role', name: 'Sales_Reps' },
      ];
      const { faults } = await connector.foresee(joiner({}, ...names));
      expect(faults.map(({ kind, remedy }) => [kind, remedy?.split(/[ ,?]+/)[3]])).toEqual([
        ['invalid-data', 'Sales_Console'],
        ['invalid-data', 'Inbound_Leads'],
        ['invalid-data', 'Sales_Rep'],
      ]);
    });

    it('a permission set of another user licence than the profile’s', async () => {
      const { faults } = await connector.foresee(joiner({}, permissionSet('Platform_App')));
      expect(faults).toMatchObject([
        { kind: 'invalid-data', message: expect.stringContaining('Platform_App') as string },
      ]);
      const platform = {
        ...joiner(),
        entitlements: [profile('Standard Platform User'), permissionSet('Platform_App')],
      };
      expect((await connector.foresee(platform)).faults).toEqual([]);
    });

    it.each([permissionSet('Analytics_Plus'), { type: 'permission-set-group', name: 'Analytics_Bundle' }])(
      '$type $name without the licence that it needs',
      async (wanted) => {
        const needs = { kind: 'invalid-data', message: expect.stringContaining(ANALYTICS.name) as string };
        expect((await connector.foresee(joiner({}, wanted))).faults).toMatchObject([needs]);
        expect((await connector.foresee(joiner({}, wanted, ANALYTICS))).faults).toEqual([]);
        const holder = await mover({ entitlements: [wanted] }, ANALYTICS);
        expect((await connector.foresee(holder)).faults).toEqual([]);
      },
    );
  });

  describe('the licences a change takes:', () => {
    it('those of a joiner’s profile and grants, with what is left of them', async () => {
      const foresight = await connector.foresee(
        joiner({}, ANALYTICS, SIGNDESK, { type: 'package-license', name: 'mapview' }),
      );
      expect(foresight.takes).toEqual([
        { resource: 'user-license Salesforce', used: 2, total: 500 },
        { resource: 'permission-set-license EinsteinAnalyticsPlusPsl', used: 0, total: 2 },
        { resource: 'package-license signdesk', used: 0, total: 2 },
      ]);
    });

    it('none for a change within a licence, none for what is held', async () => {
      const intended = await mover({ entitlements: [profile('Support User'), SIGNDESK] }, SIGNDESK);
      expect(resources(await connector.foresee(intended))).toEqual([]);
    });

    it('that of another profile when it is of another licence', async () => {
      const intended = await mover({ entitlements: [profile('Identity User')] });
      expect(resources(await connector.foresee(intended))).toEqual(['user-license Identity']);
    });

    it('that of the profile again when an account is brought back, and not before', async () => {
      const active = await existing(SIGNDESK);
      onlyId(await connector.deactivate([active.nativeId]));
      const back = { account: await read(1), attributes: {}, entitlements: [SIGNDESK], reactivates: true };
      expect(resources(await connector.foresee(back))).toEqual(['user-license Salesforce']);
      expect(resources(await connector.foresee({ ...back, reactivates: false }))).toEqual([]);
    });
  });
});

describe('salesforce, in an org that has new e-mail addresses confirmed,', () => {
  let org: SimulatedOrg;
  beforeEach(async () => {
    org = await startSimulatedOrg();
  });
  afterEach(() => org.close());

  it('says of an address that it is pending until it is confirmed', async () => {
    const connector = connect(org);
    const [one, two] = (await connector.create([newAccount(1), newAccount(2)])).map((outcome) => onlyId([outcome]));
    if (!one || !two) throw new Error('not created');
    const change = (nativeId: string, attributes: Attributes) => ({ nativeId, attributes, entitlements: [] });
    const Email = 'new@joinery-demo.example';
    await order(org, '/email-confirmation', { on: true });
    expect(await connector.update([change(one, { Email, Title: 'X' }), change(two, { Title: 'X' })])).toEqual([
      { ok: true, nativeId: one, pending: ['Email'] },
      { ok: true, nativeId: two },
    ]);
    await order(org, '/email-confirmation/confirm', { username: 'person1@joinery-demo.example' });
    expect(await connector.update([change(one, { Email })])).toEqual([{ ok: true, nativeId: one }]);
  });
});
