/** Salesforce: records that a leaver owns are found page by page, given to others, and found again with their new owner. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Connector, Ownership, RowOutcome } from '#connectors/connector.ts';
import type { ConnectorError } from '#connectors/errors.ts';
import { startSimulatedOrg, type SimulatedOrg } from '../support/simulator.ts';
import { connect, failureOf, newAccount, onlyId } from './salesforce-org.ts';

const LEAVER = 'person1@joinery-demo.example';
const SUCCESSOR = 'person2@joinery-demo.example';

describe('salesforce ownership', () => {
  let org: SimulatedOrg;
  let connector: Required<Connector>;
  let ownership: Ownership;
  let leaver: string;
  let successor: string;
  beforeEach(async () => {
    org = await startSimulatedOrg();
    connector = connect(org);
    ({ ownership } = connector);
    leaver = onlyId(await connector.create([standardUser(1)]));
    successor = onlyId(await connector.create([standardUser(2)]));
  });
  afterEach(async () => {
    vi.useRealTimers();
    await org.close();
  });

  const everything = async (object: string): Promise<string[]> => {
    const ids: string[] = [];
    for (;;) {
      const after = ids.at(-1);
      const page = await ownership.owned(object, { owner: leaver, ...(after ? { after } : {}) });
      if (page.length === 0) return ids;
      ids.push(...page.map(({ id }) => id));
    }
  };
  const give = (object: string, ids: string[], owner = successor) =>
    ownership.move(
      object,
      ids.map((recordId) => ({ recordId, owner })),
    );

  describe('finds what somebody owns', () => {
    it('page by page in the order of ids, each record once', async () => {
      const made = await org.makeRecords({ object: 'Account', count: 450, owner: LEAVER });
      await org.makeRecords({ object: 'Account', count: 3, owner: SUCCESSOR });
      const first = await ownership.owned('Account', { owner: leaver });
      expect(first).toHaveLength(connector.manifest.pageSize);
      expect(first[0]).toEqual({ id: made[0], name: 'Account 1' });
      expect(await everything('Account')).toEqual(made.toSorted());
    });

    it.each([
      ['Lead', 'Seeded Lead 1'],
      ['Contact', 'Seeded Contact 1'],
      ['Opportunity', 'Opportunity 1'],
      ['Case', '00001001'],
      ['Task', 'Task 1'],
      ['case', '00001001'],
    ])('by the name that people know a %s by: %s', async (object, name) => {
      await org.makeRecords({ object, count: 1, owner: LEAVER });
      expect(await ownership.owned(object, { owner: leaver })).toMatchObject([{ name }]);
    });

    it('without what can not change hands: converted leads and closed tasks', async () => {
      const [open, converted] = await org.makeRecords({ object: 'Lead', count: 2, owner: LEAVER });
      await org.tell('/converted-leads', { id: converted });
      expect((await ownership.owned('Lead', { owner: leaver })).map(({ id }) => id)).toEqual([open]);
      await org.makeRecords({ object: 'Task', count: 1, owner: LEAVER, fields: { Status: 'Completed' } });
      expect(await ownership.owned('Task', { owner: leaver })).toEqual([]);
    });

    it('cases that are closed included', async () => {
      await org.makeRecords({ object: 'Case', count: 2, owner: LEAVER, fields: { Status: 'Closed' } });
      expect(await ownership.owned('Case', { owner: leaver })).toHaveLength(2);
    });

    it('in the short form of an id as well, and nothing for what is no id', async () => {
      await org.makeRecords({ object: 'Account', count: 1, owner: LEAVER });
      expect(await ownership.owned('Account', { owner: leaver.slice(0, 15) })).toHaveLength(1);
      expect(await ownership.owned('Account', { owner: "x' OR Name != '" })).toEqual([]);
    });

    it('and says what is wrong with an object that is none, or has no owner', async () => {
      const ask = (object: string) => failureOf(ownership.owned(object, { owner: leaver }));
      expect(await ask('Acount')).toMatchObject({
        code: 'INVALID_TYPE',
        remedy: expect.stringContaining('check the name Acount in the transfer rules'),
      });
      expect(await ask('Profile')).toMatchObject({
        kind: 'invalid-data',
        remedy: expect.stringContaining('no owner of their own'),
      });
      await org.clearLog();
      expect(await ask('Account WHERE Id != null --')).toMatchObject({ kind: 'invalid-data' });
      expect(await org.apiCalls()).toEqual([]);
    });
  });

  describe('moves', () => {
    it('a page in one call, and the same again is success', async () => {
      const ids = await org.makeRecords({ object: 'Account', count: 200, owner: LEAVER });
      await org.clearLog();
      const outcomes = await give('Account', ids);
      expect(await org.apiCalls()).toHaveLength(1);
      expect(outcomes).toEqual(ids.map((nativeId) => ({ ok: true, nativeId })));
      expect(await give('Account', ids)).toEqual(outcomes);
      expect(new Set(await ownership.owners('Account', ids))).toEqual(new Set([successor]));
      expect(await everything('Account')).toEqual([]);
    });

    it('nothing in no call', async () => {
      await org.clearLog();
      expect(await give('Account', [])).toEqual([]);
      expect(await ownership.owners('Account', [])).toEqual([]);
      expect(await org.apiCalls()).toEqual([]);
    });

    it('back to the former owner', async () => {
      const ids = await org.makeRecords({ object: 'Opportunity', count: 3, owner: LEAVER });
      await give('Opportunity', ids);
      await give('Opportunity', ids, leaver);
      expect(await everything('Opportunity')).toEqual(ids);
    });

    it('to a queue that is set up for the object', async () => {
      const ids = await org.makeRecords({ object: 'Lead', count: 2, owner: LEAVER });
      const queue = await ownership.findOwner({ by: 'queue', name: 'Inbound_Leads' });
      if (typeof queue !== 'string') throw queue;
      expect((await give('Lead', ids, queue)).every(({ ok }) => ok)).toBe(true);
      expect(await ownership.owners('Lead', ids)).toEqual([queue, queue]);
    });

    it('records under one parent one after the other, whatever their ids are, and answers in the order asked', async () => {
      const [one, two] = await org.makeRecords({ object: 'Account', count: 2 });
      const made: string[] = [];
      for (const AccountId of [two, one, two, one])
        made.push(
          ...(await org.makeRecords({
            object: 'Contact',
            count: 1,
            owner: LEAVER,
            fields: { AccountId: AccountId ?? '' },
          })),
        );
      const ids = (await ownership.owned('Contact', { owner: leaver })).map(({ id }) => id);
      await org.clearLog();
      expect(await give('Contact', ids)).toEqual(ids.map((nativeId) => ({ ok: true, nativeId })));
      const [{ body } = { body: '' }] = await org.apiCalls();
      const sent = (JSON.parse(body) as { records: { id: string }[] }).records.map(({ id }) => id);
      expect(sent).toEqual([made[1], made[3], made[0], made[2]]);
    });

    it('all rows but those that are refused, and says of each what to do', async () => {
      const ids = await org.makeRecords({ object: 'Account', count: 3, owner: LEAVER });
      const [gone = '', locked = '', fine = ''] = ids;
      await org.asAdministrator(`/sobjects/Account/${gone}`, { method: 'DELETE' });
      await org.addFault({
        match: { method: 'PATCH', path: '/composite/sobjects' },
        action: {
          kind: 'row-error',
          id: locked,
          statusCode: 'UNABLE_TO_LOCK_ROW',
          message: 'unable to obtain exclusive access',
        },
      });
      expect(summary(await give('Account', ids))).toEqual(['not-found', 'transient', fine]);
      expect(await ownership.owners('Account', ids)).toEqual([undefined, leaver, successor]);
    });

    it('to nobody who is inactive, may not read the object, or is not there', async () => {
      const [id = ''] = await org.makeRecords({ object: 'Case', count: 1, owner: LEAVER });
      await connector.deactivate([successor]);
      const salesUser = onlyId(await connector.create([newAccount(3)]));
      const queue = await ownership.findOwner({ by: 'queue', name: 'Inbound Leads' });
      if (typeof queue !== 'string') throw queue;
      const refusal = async (owner: string) => error(await give('Case', [id], owner));
      expect(await refusal(successor)).toMatchObject({
        kind: 'invalid-data',
        remedy: expect.stringContaining('the new owner is inactive'),
      });
      expect(await refusal(salesUser)).toMatchObject({
        kind: 'permission',
        remedy: expect.stringContaining('give the new owner read access to Case'),
      });
      expect(await refusal(queue)).toMatchObject({
        kind: 'invalid-data',
        remedy: expect.stringContaining('Setup, Queues'),
      });
      expect(await refusal('005000000000999AAA')).toMatchObject({
        kind: 'invalid-data',
        remedy: expect.stringContaining('there is no owner 005000000000999AAA'),
      });
      expect(await refusal('somebody')).toMatchObject({ kind: 'invalid-data' });
    });

    it('tells a record that never was from an owner who is not there', async () => {
      const [id = ''] = await org.makeRecords({ object: 'Account', count: 1, owner: LEAVER });
      const outcomes = await ownership.move('Account', [
        { recordId: '001000000000999AAA', owner: successor },
        { recordId: id, owner: '005000000000999AAA' },
        { recordId: 'garbage', owner: successor },
      ]);
      expect(summary(outcomes)).toEqual(['not-found', 'invalid-data', 'not-found']);
    });

    it('no lead that was converted meanwhile', async () => {
      const [id = ''] = await org.makeRecords({ object: 'Lead', count: 1, owner: LEAVER });
      await org.tell('/converted-leads', { id });
      expect(error(await give('Lead', [id]))).toMatchObject({
        kind: 'invalid-data',
        remedy: expect.stringContaining('converted meanwhile'),
      });
    });

    it('with the permission that it takes', async () => {
      const [id = ''] = await org.makeRecords({ object: 'Account', count: 1, owner: LEAVER });
      await org.addFault({
        match: { method: 'PATCH' },
        action: {
          kind: 'row-error',
          row: 0,
          statusCode: 'INSUFFICIENT_ACCESS_OR_READONLY',
          message: 'insufficient access rights on object id',
        },
      });
      expect(error(await give('Account', [id]))).toMatchObject({
        kind: 'permission',
        remedy: expect.stringContaining('Transfer Record'),
      });
    });
  });

  it('says who owns records, undefined where there is none', async () => {
    const [one = '', two = ''] = await org.makeRecords({ object: 'Task', count: 2, owner: LEAVER });
    await org.asAdministrator(`/sobjects/Task/${two}`, { method: 'DELETE' });
    expect(await ownership.owners('Task', [two, one.slice(0, 15), 'garbage'])).toEqual([undefined, leaver, undefined]);
  });

  describe('finds an owner', () => {
    const find = (by: 'user' | 'queue', name: string) => ownership.findOwner({ by, name });

    it('by username, whatever its case, in one call', async () => {
      await org.clearLog();
      expect(await find('user', SUCCESSOR.toUpperCase())).toBe(successor);
      expect(await org.apiCalls()).toHaveLength(1);
    });

    it('not by the username of somebody inactive, and says who may be meant', async () => {
      await connector.deactivate([successor]);
      expect(await find('user', SUCCESSOR)).toMatchObject({
        kind: 'invalid-data',
        message: expect.stringContaining('is not active'),
        remedy: expect.stringContaining(LEAVER),
      });
      expect(await find('user', 'persn1@joinery-demo.example')).toMatchObject({
        remedy: expect.stringMatching(new RegExp(`^did you mean ${LEAVER}`)),
      });
      expect(await find('user', '%')).toMatchObject({ remedy: 'name an active user of this org by username' });
    });

    it('by the API name of a queue or its label', async () => {
      const queue = await find('queue', 'support_queue');
      expect(queue).toMatch(/^00G/);
      expect(await find('queue', 'Support Queue')).toBe(queue);
      expect(await find('queue', 'Suport_Queue')).toMatchObject({
        kind: 'invalid-data',
        remedy: expect.stringMatching(/^did you mean Support_Queue/),
      });
      expect(await find('queue', 'Sales_Team')).toMatchObject({
        message: expect.stringContaining('no queue "Sales_Team"'),
      });
    });

    it('not by a label that several queues have', async () => {
      const body = JSON.stringify({ Name: 'Support Queue', DeveloperName: 'Support_Queue_2', Type: 'Queue' });
      await org.asAdministrator('/sobjects/Group', { method: 'POST', body });
      expect(await find('queue', 'Support Queue')).toMatchObject({
        message: expect.stringContaining('several queues'),
        remedy: 'did you mean Support_Queue, Support_Queue_2?',
      });
    });
  });

  it('knows what a queue can own, and asks again only for what is new', async () => {
    const queue = await ownership.findOwner({ by: 'queue', name: 'Support_Queue' });
    if (typeof queue !== 'string') throw queue;
    expect(await ownership.canOwn('Account', leaver)).toBe(true);
    await org.clearLog();
    expect(await ownership.canOwn('case', queue)).toBe(true);
    expect(await ownership.canOwn('Lead', queue)).toBe(false);
    expect(await org.apiCalls()).toEqual([]);
    const body = JSON.stringify({ QueueId: queue, SobjectType: 'Lead' });
    await org.asAdministrator('/sobjects/QueueSobject', { method: 'POST', body });
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 60_000 });
    expect(await ownership.canOwn('Lead', queue)).toBe(true);
  });
});

function standardUser(number: number) {
  return { ...newAccount(number), entitlements: [{ type: 'profile', name: 'Standard User' }] };
}

function summary(outcomes: RowOutcome[]): string[] {
  return outcomes.map((outcome) => (outcome.ok ? outcome.nativeId : outcome.error.kind));
}

function error([outcome]: RowOutcome[]): ConnectorError | undefined {
  return outcome?.ok === false ? outcome.error : undefined;
}
