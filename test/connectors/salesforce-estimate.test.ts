/** The API calls that operations are said to cost, against those that they do cost. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Connector, RowOutcome } from '#connectors/connector.ts';
import type { Entitlement } from '#domain/account.ts';
import type { AttributeChange, Operation, OperationKind } from '#domain/plan.ts';
import { startSimulatedOrg, type SimulatedOrg } from '../support/simulator.ts';
import { connect, newAccount, onlyId, permissionSet } from './salesforce-org.ts';

const FEATURES = ['Marketing', 'Support', 'Interaction', 'Offline', 'Mobile', 'Knowledge'].map((name): Entitlement => ({
  type: 'feature-license',
  name: `UserPermissions${name}User`,
}));
const ROLE = { type: 'role', name: 'Sales_Rep' };
const GROUP = { type: 'public-group', name: 'All_Staff' };
const QUEUE = { type: 'queue', name: 'Inbound_Leads' };
const SET = permissionSet('Sales_Console');
const LICENCE = { type: 'permission-set-license', name: 'SalesConsoleUser' };
const PACKAGE = { type: 'package-license', name: 'quoteit' };
const HELD: Entitlement[] = [ROLE, GROUP, QUEUE, SET, LICENCE, PACKAGE];

const change = (attribute: string, value: string | null): AttributeChange => ({ attribute, old: null, new: value });
const operation = (kind: OperationKind, more: Partial<Operation> = {}): Operation => ({
  kind,
  changes: [],
  entitlements: [],
  reason: 'tried',
  ...more,
});
const create = operation('create', {
  changes: Object.entries(newAccount(1).attributes).map(([attribute, value]) => change(attribute, String(value))),
  entitlements: newAccount(1).entitlements,
});
const update = (...changes: AttributeChange[]) => operation('update', { changes });
const grant = (...entitlements: Entitlement[]) => operation('grant', { entitlements });
const revoke = (...entitlements: Entitlement[]) => operation('revoke', { entitlements });
const transfer = operation('transfer', { transfer: [{ objects: ['Account', 'Contact'], to: ['user:x'] }] });

/** The people that operations are tried on, as they are before. */
type State = 'nobody' | 'active' | 'holding' | 'owning' | 'frozen' | 'inactive';

describe('salesforce estimates no fewer API calls than it takes, and at most twice as many, of', () => {
  let org: SimulatedOrg;
  let connector: Required<Connector>;
  beforeEach(async () => {
    org = await startSimulatedOrg();
    connector = connect(org);
    await Promise.all([connector.listEntitlements(), connector.describe()]);
  });
  afterEach(() => org.close());

  it.each<[string, State, Operation[]]>([
    ['create', 'nobody', [create]],
    ['update', 'active', [update(change('Title', 'Lead'), change('City', 'Bonn'))]],
    ['update of the e-mail address', 'active', [update(change('Email', 'new@joinery-demo.example'))]],
    [
      'update of the profile',
      'active',
      [operation('update', { entitlements: [{ type: 'profile', name: 'Standard User' }] })],
    ],
    ['freeze', 'active', [operation('freeze')]],
    ['unfreeze', 'frozen', [operation('unfreeze')]],
    ['scan', 'active', [operation('scan')]],
    ['deactivate', 'active', [operation('deactivate')]],
    ['reactivate', 'inactive', [operation('reactivate')]],
    ['transfer', 'owning', [transfer]],
    ['grant a role', 'active', [grant(ROLE)]],
    ['grant a permission set', 'active', [grant(SET)]],
    ['grant groups', 'active', [grant(GROUP, QUEUE)]],
    ['grant a licence', 'active', [grant(LICENCE)]],
    ['grant all kinds', 'active', [grant(...HELD, ...FEATURES.slice(0, 2))]],
    ['grant many changes of the user', 'active', [grant(...FEATURES, LICENCE)]],
    ['revoke a role', 'holding', [revoke(ROLE)]],
    ['revoke a permission set', 'holding', [revoke(SET)]],
    ['revoke a licence', 'holding', [revoke(PACKAGE)]],
    ['revoke all kinds', 'holding', [revoke(...HELD)]],
    ['joiner', 'nobody', [create, grant(ROLE, SET, GROUP)]],
    ['joiner who is back', 'inactive', [operation('reactivate'), update(change('Title', 'Lead')), grant(SET)]],
    [
      'mover',
      'holding',
      [revoke(SET, QUEUE), update(change('Title', 'Lead')), grant(permissionSet('Forecast_Editor'))],
    ],
    ['leaver', 'holding', [operation('freeze'), operation('scan'), revoke(...HELD), operation('deactivate')]],
  ])('%s', async (_, state, operations) => {
    const nativeId = state === 'nobody' ? '' : await somebody(state);
    await org.clearLog();
    await carryOut(nativeId, operations);
    const taken = (await org.apiCalls()).length;
    expect(taken).toBeGreaterThan(0);
    expect(connector.estimate(operations)).toBeGreaterThanOrEqual(taken);
    expect(connector.estimate(operations)).toBeLessThanOrEqual(2 * taken);
  });

  it('the return of records', async () => {
    const [owner, heir] = [await somebody('owning'), onlyId(await connector.create([newAccount(2)]))];
    const records = await connector.ownership.owned('Account', { owner });
    await org.clearLog();
    const ids = records.map(({ id }) => id);
    await connector.ownership.owners('Account', ids);
    await connector.ownership.move(
      'Account',
      ids.map((recordId) => ({ recordId, owner: heir })),
    );
    expect((await org.apiCalls()).length).toBe(connector.estimate([operation('return')]));
  });

  it('nothing where nothing is asked of it', () => {
    expect(connector.estimate([])).toBe(0);
    expect(connector.estimate([operation('link')])).toBe(0);
  });

  it.each(['Contact', 'Lead'] as const)('a %s', async (object) => {
    const records = connect(org, { object });
    const attributes = { LastName: 'Person', ...(object === 'Lead' ? { Company: 'Acme' } : {}) };
    let nativeId = '';
    const steps: [Operation, () => Promise<RowOutcome[]>][] = [
      [operation('create'), () => records.create([{ attributes, entitlements: [] }])],
      [
        update(change('Title', 'X')),
        () => records.update([{ nativeId, attributes: { Title: 'X' }, entitlements: [] }]),
      ],
      [operation('delete'), () => records.delete([nativeId])],
    ];
    for (const [step, carry] of steps) {
      await org.clearLog();
      nativeId = onlyId(await carry());
      expect(records.estimate([step]), step.kind).toBe((await org.apiCalls()).length);
    }
  });

  async function somebody(state: State): Promise<string> {
    const id = onlyId(await connector.create([newAccount(1)]));
    if (state === 'holding') await carryOut(id, [grant(...HELD)]);
    if (state === 'frozen') onlyId(await connector.freeze([id]));
    if (state === 'inactive') onlyId(await connector.deactivate([id]));
    if (state === 'owning') {
      const owner = String(newAccount(1).attributes['Username']);
      for (const object of ['Account', 'Contact']) await org.makeRecords({ object, count: 3, owner });
    }
    return id;
  }

  /** As activities do it, for one account. */
  async function carryOut(who: string, operations: Operation[]): Promise<void> {
    let id = who;
    for (const { kind, changes, entitlements, transfer: rules = [] } of operations) {
      const attributes = Object.fromEntries(changes.map((one) => [one.attribute, one.new]));
      const rows = entitlements.map((entitlement) => ({ nativeId: id, entitlement }));
      switch (kind) {
        case 'create':
          id = onlyId(await connector.create([{ attributes, entitlements }]));
          break;
        case 'update':
          onlyId(await connector.update([{ nativeId: id, attributes, entitlements }]));
          break;
        case 'grant':
        case 'revoke':
          for (const outcome of await connector[kind](rows)) onlyId([outcome]);
          break;
        case 'freeze':
        case 'unfreeze':
        case 'deactivate':
        case 'reactivate':
          onlyId(await connector[kind]([id]));
          break;
        case 'scan':
          await connector.blockers([id]);
          break;
        case 'transfer':
          for (const object of rules.flatMap(({ objects }) => objects)) await moveAll(object, id);
          break;
        case 'link':
        case 'delete':
        case 'return':
          throw new Error(`no way to carry out ${kind}`);
      }
    }
  }

  async function moveAll(object: string, owner: string): Promise<void> {
    const { ownership } = connector;
    let after = '';
    for (;;) {
      const records = await ownership.owned(object, { owner, ...(after ? { after } : {}) });
      if (records.length === 0) return;
      after = records.at(-1)?.id ?? '';
      const heir = await ownership.findOwner({ by: 'user', name: 'admin@joinery-demo.example' });
      const moves = records.map(({ id: recordId }) => ({ recordId, owner: String(heir) }));
      for (const outcome of await ownership.move(object, moves)) onlyId([outcome]);
    }
  }
});
