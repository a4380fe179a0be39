/** Signing in to Salesforce when it does not want us: shared, remembered, and never a storm. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Connector } from '#connectors/connector.ts';
import { refusal } from '#connectors/salesforce/failures.ts';
import { startSimulatedOrg, type SimulatedOrg } from '../support/simulator.ts';
import { connect, failureOf, newAccount } from './salesforce-org.ts';

const SECOND = 1_000;
const UNKNOWN_SESSION = [{ message: 'Session expired or invalid', errorCode: 'INVALID_SESSION_ID' }];

describe('salesforce', () => {
  let org: SimulatedOrg;
  let connector: Required<Connector>;
  beforeEach(async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() });
    org = await startSimulatedOrg();
    connector = connect(org);
  });
  afterEach(async () => {
    vi.useRealTimers();
    await org.close();
  });

  const ask = () => connector.find([{ attribute: 'Name', values: ['nobody'] }]);
  const later = (ms: number) => vi.setSystemTime(Date.now() + ms);
  const logins = async () => (await org.requests()).filter(({ path }) => path.includes('/oauth2/token')).length;
  const answer = (path: string, status: number, body: unknown, times: number | 'always' = 'always') =>
    org.addFault({ match: { path }, times, action: { kind: 'status', status, body } });
  const kinds = async (calls: number) =>
    new Set((await Promise.all(Array.from({ length: calls }, () => failureOf(ask())))).map(({ kind }) => kind));

  it('that knows no session is told so by many callers with two logins, and then with one a second', async () => {
    await answer('/composite', 401, UNKNOWN_SESSION);
    expect(await kinds(200)).toEqual(new Set(['auth']));
    expect(await logins()).toBe(2);
    expect(await kinds(200)).toEqual(new Set(['auth']));
    expect(await logins()).toBe(2);
    later(SECOND);
    expect(await kinds(200)).toEqual(new Set(['auth']));
    expect(await logins()).toBe(3);
  });

  it('is asked nothing while its refusal is fresh', async () => {
    await answer('/composite', 401, UNKNOWN_SESSION);
    await failureOf(ask());
    await org.clearLog();
    await kinds(50);
    expect(await org.requests()).toEqual([]);
  });

  it('is signed in to again as soon as it wants us again', async () => {
    await answer('/composite', 401, UNKNOWN_SESSION, 2);
    await failureOf(ask());
    later(SECOND);
    expect(await ask()).toEqual([]);
  });

  it('ends sessions hours apart, and each is renewed by one login', async () => {
    for (let ended = 1; ended <= 3; ended += 1) {
      await ask();
      later(3_600 * SECOND);
      await org.addFault({ match: { path: '/composite' }, action: { kind: 'expire-session' } });
      await Promise.all(Array.from({ length: 50 }, ask));
      expect(await logins()).toBe(1 + ended);
    }
  });

  it('that refuses our credentials is asked once, however many want in, and again in half a minute', async () => {
    await answer('/oauth2/token', 400, { error: 'invalid_grant', error_description: 'authentication failure' });
    expect(await kinds(500)).toEqual(new Set(['auth']));
    later(29 * SECOND);
    expect(await kinds(500)).toEqual(new Set(['auth']));
    expect(await logins()).toBe(1);
    later(2 * SECOND);
    await kinds(500);
    expect(await logins()).toBe(2);
  });

  it('whose login is down for a moment is asked again after a second', async () => {
    await answer('/oauth2/token', 503, 'down', 1);
    expect(await kinds(20)).toEqual(new Set(['transient']));
    expect(await logins()).toBe(1);
    later(SECOND);
    expect(await ask()).toEqual([]);
  });

  it('did nothing of a create that it refused for want of a session', async () => {
    await connector.listEntitlements();
    await answer('/composite/sobjects', 401, UNKNOWN_SESSION);
    expect((await failureOf(connector.create([newAccount(1)]))).kind).toBe('auth');
  });
});

describe('what a duplicate rule found is told', () => {
  const found = {
    matchResults: [
      { matchRecords: [{ record: { Id: '00Q000000000001AAA' } }, { record: { Id: '00Q000000000002AAA' } }] },
      { matchRecords: [{ record: { Id: '00Q000000000001AAA' } }] },
    ],
  };
  const matches = ['00Q000000000001AAA', '00Q000000000002AAA'];

  it.each([
    ['a call, as Salesforce spells it', { errorCode: 'DUPLICATES_DETECTED', duplicateResut: found }, matches],
    ['a row, as one would spell it', { statusCode: 'DUPLICATES_DETECTED', duplicateResult: found }, matches],
    ['neither, where nothing is said', { statusCode: 'DUPLICATES_DETECTED' }, []],
  ])('in %s', (_, native, ids) => {
    expect(refusal({ message: 'Use one of these?', ...native }, { action: 'create', status: 400 })).toMatchObject({
      kind: 'conflict',
      matches: ids,
    });
  });

  it('through the wire, by jsforce, of a whole call and of a row', async () => {
    const org = await startSimulatedOrg();
    const connector = connect(org);
    await connector.listEntitlements();
    const create = { method: 'POST', path: '/composite/sobjects' };
    const error = { message: 'Use one of these?', fields: [] };
    const whole = [{ ...error, errorCode: 'DUPLICATES_DETECTED', duplicateResut: found }];
    await org.addFault({ match: create, action: { kind: 'status', status: 400, body: whole } });
    expect(await failureOf(connector.create([newAccount(1)]))).toMatchObject({ kind: 'conflict', matches });
    const errors = [{ ...error, statusCode: 'DUPLICATES_DETECTED', duplicateResult: found }];
    await org.addFault({ match: create, action: { kind: 'status', status: 200, body: [{ success: false, errors }] } });
    expect(await connector.create([newAccount(1)])).toMatchObject([
      { ok: false, error: { kind: 'conflict', matches } },
    ]);
    await org.close();
  });
});
