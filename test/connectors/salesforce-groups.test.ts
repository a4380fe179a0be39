/** Public groups, made and renamed by name. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Connector } from '#connectors/connector.ts';
import { startSimulatedOrg, type SimulatedOrg } from '../support/simulator.ts';
import { connect, failureOf, newAccount, onlyId } from './salesforce-org.ts';

describe('salesforce, of public groups', () => {
  let org: SimulatedOrg;
  let connector: Required<Connector>;
  beforeEach(async () => {
    org = await startSimulatedOrg();
    // Long enough that no answer counts as slow, after which less would be asked at a time.
    connector = connect(org, { timeoutMs: 30_000 });
  });
  afterEach(() => org.close());

  const group = (name: string, label = name) => ({ type: 'public-group', name, label });
  const define = (...wanted: ReturnType<typeof group>[]) => connector.defineEntitlements(wanted);
  const groups = (name: string) =>
    org.query<{ Id: string; DeveloperName: string; Name: string; Type: string }>(
      `SELECT Id, DeveloperName, Name, Type FROM Group WHERE DeveloperName = '${name}'`,
    );
  const callsOf = async (work: () => Promise<unknown>): Promise<number> => {
    await org.clearLog();
    await work();
    return (await org.apiCalls()).length;
  };

  it('makes those that are missing, which can be given at once', async () => {
    await connector.listEntitlements();
    const nativeId = onlyId(await connector.create([newAccount(1)]));
    const id = onlyId(await define(group('Sales_EMEA', 'Sales, EMEA')));
    expect(await groups('Sales_EMEA')).toMatchObject([{ Id: id, Name: 'Sales, EMEA', Type: 'Regular' }]);
    const entitlement = { type: 'public-group', name: 'Sales_EMEA' };
    onlyId(await connector.grant([{ nativeId, entitlement }]));
    expect((await connector.read([nativeId]))[0]?.entitlements).toContainEqual(entitlement);
  });

  it('says which types can be made', () => {
    const definable = connector.manifest.entitlementTypes.filter((type) => type.definable);
    expect(definable.map(({ type }) => type)).toEqual(['public-group']);
  });

  it('renames the label of one that is there, by its name in any case, and leaves one alone that has it', async () => {
    const before = await groups('All_Staff');
    expect(before[0]?.Name).toBe('All Staff');
    expect(onlyId(await define(group('all_staff', 'Everybody')))).toBe(before[0]?.Id);
    expect(await groups('All_Staff')).toMatchObject([
      { Id: before[0]?.Id, DeveloperName: 'All_Staff', Name: 'Everybody' },
    ]);
    expect(await callsOf(() => define(group('All_Staff', ' Everybody ')))).toBe(1);
  });

  it('takes many in two calls, and in one when they are all there', async () => {
    const many = Array.from({ length: 120 }, (_, index) => group(`Team_${index}`, `Team ${index}`));
    expect(await callsOf(() => define(...many, group('All_Staff', 'Everybody')))).toBe(2);
    expect(await callsOf(() => define(...many))).toBe(1);
  });

  it('makes none twice when the answer gets lost, and when several are at it', async () => {
    await org.addFault({
      match: { method: 'POST', path: '/composite/sobjects' },
      action: { kind: 'cut', when: 'after-commit' },
    });
    expect(await failureOf(define(group('Lost')))).toMatchObject({ kind: 'transient' });
    const again = onlyId(await define(group('Lost')));
    expect((await groups('Lost')).map(({ Id }) => Id)).toEqual([again]);
  });

  it('takes the one that somebody made between the look and the write, by the label that is wanted', async () => {
    const held = await org.addFault({ match: { method: 'GET', path: '/query' }, action: { kind: 'hold' } });
    const defining = define(group('Raced', 'Ours'), group('Alone'));
    await held.hit();
    const body = JSON.stringify({ Type: 'Regular', DeveloperName: 'raced', Name: 'Theirs' });
    await org.asAdministrator('/sobjects/Group', { method: 'POST', body });
    await held.release();
    const outcomes = await defining;
    expect(outcomes.map(({ ok }) => ok)).toEqual([true, true]);
    expect(await groups('Raced')).toMatchObject([{ Name: 'Ours' }]);
  });

  it('does not take a queue of that name for a group', async () => {
    const id = onlyId(await define(group('Inbound_Leads', 'Inbound')));
    expect((await groups('Inbound_Leads')).map(({ Type }) => Type).toSorted()).toEqual(['Queue', 'Regular']);
    expect((await org.query<{ Name: string }>(`SELECT Name FROM Group WHERE Id = '${id}'`))[0]?.Name).toBe('Inbound');
  });

  it.each([
    ['1st', 'x', 'begin with a letter'],
    ['_x', 'x', 'begin with a letter'],
    ['Two__Lines', 'x', 'single underscores'],
    ['Ends_', 'x', 'none at its end'],
    ['With space', 'x', 'only letters'],
    ['Zürich', 'x', 'only letters'],
    ['', 'x', 'begin with a letter'],
    ['A'.repeat(81), 'x', 'at most 80'],
    ['Fine', 'x'.repeat(41), 'at most 40'],
    ['Fine', ' ', 'label is empty'],
  ])('refuses what Salesforce would, before it asks: %s, %s', async (name, label, says) => {
    await connector.listEntitlements();
    const calls = await callsOf(async () => {
      expect(await define(group(name, label))).toMatchObject([
        {
          ok: false,
          error: {
            kind: 'invalid-data',
            message: expect.stringContaining(says),
            entitlement: { type: 'public-group', name },
          },
        },
      ]);
    });
    expect(calls).toBe(0);
    const body = JSON.stringify({ Type: 'Regular', DeveloperName: name || '-', Name: label });
    await expect(org.asAdministrator('/sobjects/Group', { method: 'POST', body })).rejects.toThrow(/: 400 /);
  });

  it('refuses types that can not be made, and goes on with the others', async () => {
    const outcomes = await connector.defineEntitlements([
      { type: 'queue', name: 'New_Queue', label: 'New' },
      group('New_Group'),
    ]);
    expect(outcomes).toMatchObject([
      { ok: false, error: { kind: 'invalid-data', message: expect.stringContaining('queue New_Queue') } },
      { ok: true },
    ]);
    expect(await groups('New_Queue')).toEqual([]);
  });

  it('tells whoever plans with one that is not made yet how it is made, and of other types no such thing', async () => {
    const remedyFor = async (entitlement: { type: string; name: string }) => {
      const intended = { attributes: {}, entitlements: [entitlement], reactivates: false };
      const { faults } = await connector.foresee(intended);
      return faults.find(({ message }) => message.includes(entitlement.name))?.remedy;
    };
    expect(await remedyFor({ type: 'public-group', name: 'Not_Made_Yet' })).toContain('joinery group push');
    expect(await remedyFor({ type: 'queue', name: 'Not_Made_Yet' })).not.toContain('joinery group push');
  });
});
