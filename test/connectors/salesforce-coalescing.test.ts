/** Callers of one Salesforce org ride in one call: what each of them sees, and what Salesforce is asked. */
import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Connector, RowOutcome } from '#connectors/connector.ts';
import type { ConnectorError } from '#connectors/errors.ts';
import { startSimulatedOrg, type SimulatedOrg } from '../support/simulator.ts';
import { connect, failureOf, newAccount, onlyId, permissionSet } from './salesforce-org.ts';

const CREATE = { method: 'POST', path: '/composite/sobjects', sobject: 'User' };
const UPDATE = { method: 'PATCH', path: '/composite/sobjects' };

describe('salesforce: concurrent callers', () => {
  let org: SimulatedOrg;
  let connector: Required<Connector>;
  beforeEach(async () => {
    org = await startSimulatedOrg();
    connector = connect(org);
    await connector.listEntitlements();
    await org.clearLog();
  });
  afterEach(() => org.close());

  const create = (number: number, signal?: AbortSignal) =>
    connector.create([newAccount(number)], signal ? { signal } : {});
  const find = (...numbers: number[]) =>
    connector.find([{ attribute: 'EmployeeNumber', values: numbers.map((number) => `N${number}`) }]);
  const retitle = (nativeId: string, Title: string) =>
    connector.update([{ nativeId, attributes: { Title }, entitlements: [] }]);
  const calls = async (method: string) => (await org.apiCalls()).filter((call) => call.method === method);
  const creates = async () => (await calls('POST')).filter(({ path }) => path.endsWith('/composite/sobjects'));
  const rowsIn = ({ body }: { body: string }) => (JSON.parse(body) as { records: Record<string, unknown>[] }).records;

  describe('who create', () => {
    it('ride together, and each is answered for its own', async () => {
      const outcomes = await Promise.all(range(200).map((number) => create(number)));
      const accounts = await connector.read(outcomes.map(onlyId));
      expect(accounts.map((account) => account?.username)).toEqual(
        range(200).map((number) => newAccount(number).attributes['Username']),
      );
      expect((await creates()).length).toBeLessThanOrEqual(3);
    });

    it('are a thousand in at most sixty calls, and find in as few, however they take turns', async () => {
      await org.setLicence('Salesforce', 2_000);
      const numbers = range(1_000);
      const caller = async () => {
        for (let number = numbers.pop(); number !== undefined; number = numbers.pop()) {
          expect(await find(number)).toEqual([]);
          onlyId(await create(number));
        }
      };
      await Promise.all(range(100).map(caller));
      expect((await creates()).length).toBeLessThanOrEqual(60);
      expect((await org.apiCalls()).length).toBeLessThanOrEqual(120);
    });

    it('are told each its own refusal, in its own order', async () => {
      onlyId(await create(1));
      const nameless = { ...newAccount(2), attributes: {} };
      const [first, second, third] = await Promise.all([
        connector.create([newAccount(3), nameless]),
        create(1),
        connector.create([nameless, newAccount(4), newAccount(1)]),
      ]);
      expect(first.map(kindOf)).toEqual(['done', 'invalid-data']);
      expect(second).toMatchObject([{ error: { kind: 'conflict', message: expect.stringContaining('person1@') } }]);
      expect(third.map(kindOf)).toEqual(['invalid-data', 'done', 'conflict']);
      expect(await creates()).toHaveLength(2);
    });

    it('are more than one call takes, and go in several', async () => {
      const pages = await Promise.all(
        range(3).map((page) => connector.create(range(150).map((number) => newAccount(page * 150 + number)))),
      );
      expect(pages.flat().map(kindOf)).toEqual(Array.from({ length: 450 }, () => 'done'));
      const sizes = (await creates()).map((call) => rowsIn(call).length);
      expect(sizes.toSorted((a, b) => b - a)).toEqual([200, 200, 50]);
    });

    it('ride in smaller calls once a large one took long, and in larger ones again', async () => {
      connector = connect(org, { timeoutMs: 6_000 });
      await connector.listEntitlements();
      const storm = (page: number) =>
        Promise.all(range(150).map(async (number) => onlyId(await create(page * 150 + number))));
      await org.addFault({ match: CREATE, action: { kind: 'delay', ms: 2_500 } });
      for (const page of range(3)) await storm(page);
      expect((await creates()).map((call) => rowsIn(call).length)).toEqual([150, 100, 50, 150]);
    });

    it('do not know, all of them, what became of a call whose answer was lost, and find what it made', async () => {
      await org.addFault({ match: CREATE, action: { kind: 'cut', when: 'after-commit' } });
      const failures = await Promise.all([1, 2, 3].map((number) => failureOf(create(number))));
      expect(failures.map(({ kind }) => kind)).toEqual(['unknown-outcome', 'unknown-outcome', 'unknown-outcome']);
      expect(await creates()).toHaveLength(1);
      expect(await find(1, 2, 3)).toHaveLength(3);
    });

    it.each([
      ['a page that says 503', 503, '<html>down</html>', 'text/html'],
      ['an edge that can not route', 420, '', 'text/html'],
      ['an error that says 420', 420, [{ errorCode: 'SERVER_UNAVAILABLE', message: 'x' }], 'application/json'],
    ])('do not know it after %s either', async (_, status, body, contentType) => {
      await org.addFault({ match: CREATE, action: { kind: 'status', status, body, contentType } });
      expect((await failureOf(create(1))).kind).toBe('unknown-outcome');
    });
  });

  describe('of whom one asks what no call can hold', () => {
    const refuseCallsWith = (number: number) =>
      org.addFault({
        match: { ...CREATE, body: `person${number}@` },
        times: 'always',
        action: {
          kind: 'status',
          status: 400,
          body: [{ errorCode: 'JSON_PARSER_ERROR', message: 'Cannot deserialize instance of boolean from value "x"' }],
        },
      });

    it('are not refused for it, and cost a few calls more', async () => {
      await refuseCallsWith(13);
      const kinds = await Promise.all(
        range(50).map((number) =>
          create(number).then(
            (outcomes) => outcomes.map(kindOf).join(),
            (error: ConnectorError) => error.kind,
          ),
        ),
      );
      expect(kinds).toEqual(range(50).map((number) => (number === 13 ? 'invalid-data' : 'done')));
      expect((await creates()).length).toBeLessThanOrEqual(13);
      expect(await find(...range(50))).toHaveLength(49);
    });

    it('can give up until they are asked for again', async () => {
      const stop = new AbortController();
      await refuseCallsWith(1);
      const held = await org.addFault({ match: CREATE, action: { kind: 'hold' } });
      const bad = failureOf(create(1));
      const [first, leaving, last] = [create(2), failureOf(create(3, stop.signal)), create(4)];
      await bad;
      await held.hit();
      stop.abort();
      expect(await leaving).toMatchObject({ message: expect.stringContaining('before anything was sent') });
      await held.release();
      onlyId(await first);
      onlyId(await last);
      expect(await find(1, 2, 3, 4)).toHaveLength(2);
    });
  });

  it('whose session expires are not made to do what one of them has given up meanwhile', async () => {
    await org.addFault({ match: CREATE, action: { kind: 'expire-session' } });
    const login = await org.addFault({ match: { path: '/oauth2/token' }, action: { kind: 'hold' } });
    const stop = new AbortController();
    const [leaving, staying] = [failureOf(create(1, stop.signal)), create(2)];
    await login.hit();
    stop.abort();
    await leaving;
    await login.release();
    onlyId(await staying);
    expect((await find(1, 2)).map(({ attributes }) => attributes['EmployeeNumber'])).toEqual(['N2']);
  });

  describe('who give up', () => {
    it('before their rows were sent take them out, and nothing of them is done', async () => {
      const held = await org.addFault({ match: CREATE, action: { kind: 'hold' } });
      const stop = new AbortController();
      const first = create(1);
      await held.hit();
      const [leaving, staying] = [failureOf(create(2, stop.signal)), create(3)];
      // Both are waiting for the next call by now.
      await setImmediate();
      stop.abort();
      expect(await leaving).toMatchObject({
        kind: 'transient',
        message: 'salesforce: create accounts: cancelled before anything was sent',
      });
      await held.release();
      onlyId(await first);
      onlyId(await staying);
      expect((await find(1, 2, 3)).map(({ username }) => username).toSorted()).toEqual(
        [1, 3].map((number) => newAccount(number).attributes['Username']),
      );
    });

    it('before they began are told so as well', async () => {
      expect(await failureOf(create(1, AbortSignal.abort()))).toMatchObject({
        kind: 'transient',
        message: expect.stringContaining('before anything was sent'),
      });
      expect(await creates()).toEqual([]);
    });

    it('afterwards stop waiting at once, and those who rode with them go on', async () => {
      const held = await org.addFault({ match: CREATE, action: { kind: 'hold' } });
      const stop = new AbortController();
      const [leaving, staying] = [failureOf(create(1, stop.signal)), create(2)];
      await held.hit();
      stop.abort();
      expect((await leaving).kind).toBe('unknown-outcome');
      await held.release();
      onlyId(await staying);
      expect(await creates()).toMatchObject([{ status: 200 }]);
      expect(await find(1, 2)).toHaveLength(2);
    });

    it('all of them end the call itself', async () => {
      const held = await org.addFault({ match: CREATE, action: { kind: 'hold' } });
      const stop = new AbortController();
      const leaving = [1, 2].map((number) => failureOf(create(number, stop.signal)));
      await held.hit();
      stop.abort();
      expect((await Promise.all(leaving)).map(({ kind }) => kind)).toEqual(['unknown-outcome', 'unknown-outcome']);
      // A call that went on would keep its place until somebody let it go.
      await expect.poll(async () => (await heldNow(org)).length).toBe(0);
    });
  });

  describe('who change', () => {
    it('the same user do not meet in one call, and the later one wins', async () => {
      const [one, two] = (await connector.create([newAccount(1), newAccount(2)])).map((outcome) => onlyId([outcome]));
      await Promise.all([
        retitle(one ?? '', 'First'),
        retitle(one ?? '', 'Second'),
        retitle(two ?? '', 'Other'),
        retitle(one ?? '', 'Third'),
      ]);
      const updates = await calls('PATCH');
      expect(updates.map((call) => rowsIn(call).map(({ Title }) => Title))).toEqual([
        ['First', 'Other'],
        ['Second'],
        ['Third'],
      ]);
      expect((await org.usersOf('N1'))[0]?.Title).toBe('Third');
    });

    it('several users at once freeze and deactivate them in two calls each', async () => {
      const ids = (await connector.create(range(50).map(newAccount))).map((outcome) => onlyId([outcome]));
      await org.clearLog();
      await Promise.all(ids.map(async (id) => onlyId(await connector.freeze([id]))));
      expect(await org.apiCalls()).toHaveLength(2);
      await Promise.all(ids.map(async (id) => onlyId(await connector.deactivate([id]))));
      expect(await org.apiCalls()).toHaveLength(4);
      expect(new Set((await connector.read(ids)).map((account) => account?.status))).toEqual(new Set(['inactive']));
    });

    it('say each what it tried, though one answer failed for all', async () => {
      const [one, two] = (await connector.create([newAccount(1), newAccount(2)])).map((outcome) => onlyId([outcome]));
      await org.addFault({ match: UPDATE, action: { kind: 'reset-mid-body' } });
      const [update, deactivate] = await Promise.all([
        failureOf(retitle(one ?? '', 'X')),
        failureOf(connector.deactivate([two ?? ''])),
      ]);
      expect(await calls('PATCH')).toHaveLength(1);
      expect(update).toMatchObject({ kind: 'transient', message: expect.stringContaining(': update accounts: ') });
      expect(deactivate).toMatchObject({
        kind: 'transient',
        message: expect.stringContaining(': deactivate account: '),
      });
    });

    it('are given and lose the same thing in one call each', async () => {
      const ids = (await connector.create(range(20).map(newAccount))).map((outcome) => onlyId([outcome]));
      const held = ids.map((nativeId) => ({ nativeId, entitlement: permissionSet('Sales_Console') }));
      await org.clearLog();
      await Promise.all(held.map(async (change) => onlyId(await connector.grant([change]))));
      expect(await creates()).toHaveLength(1);
      await Promise.all(held.map(async (change) => onlyId(await connector.revoke([change]))));
      expect((await calls('DELETE')).length).toBeLessThanOrEqual(2);
      expect(await org.permissionSetsOf(ids[7] ?? '')).toEqual([]);
    });
  });

  describe('who look', () => {
    beforeEach(async () => {
      await connector.create(range(20).map(newAccount));
      await org.clearLog();
    });

    it('each find their own, in one call, whatever the case', async () => {
      const found = await Promise.all([
        find(3),
        connector.find([{ attribute: 'EmployeeNumber', values: ['n4', 'N5'] }]),
        connector.find([{ attribute: 'Username', values: ['PERSON3@joinery-demo.example'] }]),
        find(99),
        connector.find([
          { attribute: 'EmployeeNumber', values: ['N6'] },
          { attribute: 'Email', values: ['person6@joinery-demo.example', 'person7@joinery-demo.example'] },
        ]),
      ]);
      expect(
        found.map((accounts) => accounts.map(({ attributes }) => String(attributes['EmployeeNumber'])).toSorted()),
      ).toEqual([['N3'], ['N4', 'N5'], ['N3'], [], ['N6', 'N7']]);
      expect(await org.apiCalls()).toHaveLength(1);
    });

    it('by what only case tells apart ask again alone, since some fields heed case', async () => {
      const found = await Promise.all(
        ['N3', 'n3'].map((value) => connector.find([{ attribute: 'EmployeeNumber', values: [value] }])),
      );
      expect(found.map((accounts) => accounts.length)).toEqual([1, 1]);
      expect(await org.apiCalls()).toHaveLength(3);
    });

    it('by what we can not compare for certain ask alone from the start', async () => {
      const found = await Promise.all([
        find(3),
        connector.find([{ attribute: 'LastName', values: ['Pérson 4'] }]),
        connector.find([{ attribute: 'Name', values: ['Person 5'] }]),
      ]);
      expect(found.map((accounts) => accounts.length)).toEqual([1, 0, 1]);
      expect(await org.apiCalls()).toHaveLength(3);
    });

    it('are not harmed by one whose question is refused', async () => {
      const [good, bad] = await Promise.all([
        find(3),
        failureOf(connector.find([{ attribute: 'No_Such_Field__c', values: ['x'] }])),
      ]);
      expect(good).toHaveLength(1);
      expect(bad.kind).toBe('invalid-data');
    });

    it('read their own in their own order, in one call', async () => {
      const ids = (await find(...range(20))).map(({ nativeId }) => nativeId);
      await org.clearLog();
      const pairs = await Promise.all(
        ids.map((id, index) => connector.read([ids[(index + 1) % 20] ?? '', '005000000000000AAA', id])),
      );
      expect(pairs.map((accounts) => accounts.map((account) => account?.nativeId))).toEqual(
        ids.map((id, index) => [ids[(index + 1) % 20], undefined, id]),
      );
      expect(await org.apiCalls()).toHaveLength(1);
    });
  });
});

function range(length: number): number[] {
  return Array.from({ length }, (_, index) => index);
}

function kindOf(outcome: RowOutcome): string {
  return outcome.ok ? 'done' : outcome.error.kind;
}

/** The faults that hold a request now. */
async function heldNow({ url }: SimulatedOrg): Promise<unknown[]> {
  const { faults } = (await (await fetch(`${url}/simulator/faults`)).json()) as { faults: { held: number }[] };
  return faults.filter(({ held }) => held > 0);
}
