/** The user Joinery signs in as: known, and never touched, so that nobody locks Joinery out through Joinery. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Connector, RowOutcome } from '#connectors/connector.ts';
import { startSimulatedOrg, type SimulatedOrg } from '../support/simulator.ts';
import { connect, newAccount, onlyId, permissionSet } from './salesforce-org.ts';

describe('salesforce, of the user that Joinery signs in as', () => {
  let org: SimulatedOrg;
  let connector: Required<Connector>;
  let own: string;
  beforeEach(async () => {
    org = await startSimulatedOrg();
    connector = connect(org);
    own = (await connector.self()) ?? '';
  });
  afterEach(() => org.close());

  const change = (nativeId: string) => ({ nativeId, attributes: { Title: 'X' }, entitlements: [] });
  const taking: [string, (ids: string[]) => Promise<RowOutcome[]>][] = [
    ['freeze', (ids) => connector.freeze(ids)],
    ['deactivate', (ids) => connector.deactivate(ids)],
    ['update', (ids) => connector.update(ids.map(change))],
    [
      'revoke',
      (ids) => connector.revoke(ids.map((nativeId) => ({ nativeId, entitlement: permissionSet('Sales_Console') }))),
    ],
  ];

  it('tells which it is, with no call beside the sign-in', async () => {
    const [user] = await org.query<{ Id: string }>(
      "SELECT Id FROM User WHERE Username = 'integration@joinery-demo.example'",
    );
    expect(own).toBe(user?.Id);
    await org.clearLog();
    expect(await connector.self()).toBe(own);
    expect(await org.requests()).toEqual([]);
  });

  it('tells none where people are records', () => {
    expect(connect(org, { object: 'Contact' })).not.toHaveProperty('self');
  });

  it.each(taking)('%s refuses it by its long and its short id, and sends nothing', async (_, take) => {
    await org.clearLog();
    for (const outcome of await take([own, own.slice(0, 15)])) {
      expect(outcome).toMatchObject({
        ok: false,
        error: { kind: 'blocked', message: expect.stringContaining('the user that Joinery itself signs in as') },
      });
    }
    expect(await org.apiCalls()).toEqual([]);
  });

  it.each(taking)('%s goes on with the others, in their order', async (_, take) => {
    const [one, two] = [1, 2].map(async (number) => onlyId(await connector.create([newAccount(number)])));
    const ids = [await one, own, await two].map(String);
    expect((await take(ids)).map((outcome) => (outcome.ok ? outcome.nativeId : outcome.error.kind))).toEqual([
      ids[0],
      'blocked',
      ids[2],
    ]);
    expect((await connector.read([own]))[0]?.status).toBe('active');
  });
});
