/** Salesforce: the shared contract, and what is peculiar to it. Real jsforce against the simulator over HTTP. */
import { generateKeyPairSync } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Connector } from '#connectors/connector.ts';
import { callFailure, refusal } from '#connectors/salesforce/failures.ts';
import { salesforce } from '#connectors/salesforce/index.ts';
import { NoAnswer } from '#connectors/salesforce/transport.ts';
import { connectorContract } from '../support/connector-contract.ts';
import type { Part } from '../support/connector-trial.ts';
import { startSimulatedOrg, type SimulatedOrg } from '../support/simulator.ts';
import { connect, failureOf, newAccount, onlyId, TIMEOUT_MS } from './salesforce-org.ts';

const CREATE = { method: 'POST', path: '/composite/sobjects' };

const PARTS: Part[] = [
  'status',
  'entitlements',
  'licences',
  'blockers',
  'ownership',
  'definitions',
  'lists',
  'estimates',
  'self',
  'bulk',
  'wholes',
];

connectorContract('salesforce', PARTS, async () => {
  const org = await startSimulatedOrg();
  return {
    connector: connect(org),
    newAccount,
    correlation: (number) => ({ attribute: 'EmployeeNumber', value: `N${number}` }),
    unknownId: '005000000000000AAA',
    plainAttribute: 'Title',
    entitlements: [
      { type: 'permission-set', name: 'Sales_Console' },
      { type: 'permission-set', name: 'Forecast_Editor' },
    ],
    licensed: {
      licence: { type: 'permission-set-license', name: 'EinsteinAnalyticsPlusPsl' },
      needs: { type: 'permission-set', name: 'Analytics_Plus' },
    },
    definable: { type: 'public-group', name: 'Sales_EMEA' },
    owned: {
      object: 'Account',
      make: ({ attributes }, count) =>
        org.makeRecords({ object: 'Account', count, owner: String(attributes['Username']) }),
    },
    loseAnswerOfNextCreate: async () =>
      void (await org.addFault({ match: CREATE, action: { kind: 'cut', when: 'after-commit' } })),
    stallNextAnswer: async () => {
      const fault = await org.addFault({ match: { path: '/composite' }, action: { kind: 'stall-body' } });
      return { reached: () => fault.hit() };
    },
    timeoutMs: TIMEOUT_MS,
    close: () => org.close(),
  };
});

describe('salesforce', () => {
  let org: SimulatedOrg;
  let connector: Required<Connector>;
  beforeEach(async () => {
    org = await startSimulatedOrg();
    connector = connect(org);
  });
  afterEach(async () => {
    vi.useRealTimers();
    await org.close();
  });

  const findNobody = () => connector.find([{ attribute: 'EmployeeNumber', values: ['nobody'] }]);
  const logins = async () => (await org.requests()).filter(({ path }) => path.includes('/oauth2/token')).length;

  describe('signs in', () => {
    it('with a JWT, signed by the key the connected app knows', async () => {
      const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
      await org.saveConnectedApp({
        clientId: 'jwt-app',
        certificate: publicKey.export({ type: 'spki', format: 'pem' }),
        authorizedUsers: ['integration@joinery-demo.example'],
      });
      const pem = privateKey.export({ type: 'pkcs8', format: 'pem' });
      const settings = { login: 'jwt-bearer', clientId: 'jwt-app', username: 'integration@joinery-demo.example' };
      expect((await connect(org, settings, { privateKey: pem }).verify()).identity).toContain(
        'integration@joinery-demo.example',
      );

      const stranger = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({
        type: 'pkcs8',
        format: 'pem',
      });
      expect(await failureOf(connect(org, settings, { privateKey: stranger }).verify())).toMatchObject({
        kind: 'auth',
      });
    });

    it('with username, password and token', async () => {
      const [outcome] = await connector.create([newAccount(1)]);
      if (!outcome?.ok) throw new Error('not created');
      await org.setPassword(outcome.nativeId, 'Correct-horse-9');
      const settings = { login: 'password', username: 'person1@joinery-demo.example' };
      const secret = { clientSecret: 'joinery-demo-secret', password: 'Correct-horse-9' };
      // A sales user may sign in, and is told that it may not use the API: proof of the login, and of who it is.
      const error = await failureOf(connect(org, settings, secret).verify());
      expect(error.kind).not.toBe('auth');
      const wrong = await failureOf(connect(org, settings, { ...secret, password: 'Wrong-horse-9' }).verify());
      expect(wrong).toMatchObject({ kind: 'auth', code: 'invalid_grant' });
      expect(wrong.message).not.toContain('horse');
    });

    it('never without what the login needs, and names it', async () => {
      const error = await failureOf(connect(org, { login: 'jwt-bearer' }, {}).verify());
      expect(error).toMatchObject({ kind: 'auth', message: expect.stringContaining('username, privateKey') });
    });

    it('once for many calls at the same time', async () => {
      await Promise.all(Array.from({ length: 10 }, findNobody));
      expect(await logins()).toBe(1);
    });

    it('again, once, when the session has expired, whoever notices', async () => {
      await findNobody();
      await org.addFault({ match: { path: '/composite' }, action: { kind: 'expire-session' } });
      await Promise.all(Array.from({ length: 10 }, findNobody));
      expect(await logins()).toBe(2);
    });

    it('and gives up at once when every session is refused', async () => {
      const body = [{ message: 'Session expired or invalid', errorCode: 'INVALID_SESSION_ID' }];
      await org.addFault({
        match: { path: '/composite' },
        times: 'always',
        action: { kind: 'status', status: 401, body },
      });
      expect(await failureOf(findNobody())).toMatchObject({ kind: 'auth', code: 'INVALID_SESSION_ID' });
      expect(await logins()).toBe(2);
    });

    it('half a minute after a refused login as if nothing had been', async () => {
      await org.addFault({
        match: { path: '/oauth2/token' },
        action: {
          kind: 'status',
          status: 400,
          body: { error: 'invalid_client', error_description: 'invalid client credentials' },
        },
      });
      expect(await failureOf(findNobody())).toMatchObject({
        kind: 'auth',
        remedy: expect.stringContaining('client secret'),
      });
      vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 31_000 });
      expect(await findNobody()).toEqual([]);
    });
  });

  describe('says what went wrong', () => {
    it('when the answer is a page instead of JSON', async () => {
      const page = { kind: 'status', status: 503, body: '<html>down</html>', contentType: 'text/html' };
      await org.addFault({ match: { path: '/composite' }, action: page });
      expect(await failureOf(findNobody())).toMatchObject({ kind: 'transient' });
      await connector.listEntitlements();
      await org.addFault({ match: CREATE, action: page });
      expect(await failureOf(connector.create([newAccount(1)]))).toMatchObject({ kind: 'unknown-outcome' });
    });

    it('when the connection breaks in the middle of an answer', async () => {
      await org.addFault({ match: { path: '/composite' }, action: { kind: 'reset-mid-body' } });
      expect(await failureOf(findNobody())).toMatchObject({ kind: 'transient' });
    });

    it('when nobody listens', async () => {
      await org.close();
      expect(await failureOf(findNobody())).toMatchObject({ kind: 'transient', code: 'ECONNREFUSED' });
      org = await startSimulatedOrg();
    });

    it('when the daily limit is used up: wait long', async () => {
      await org.setLimits({ dailyApiRequests: 0 });
      const error = await failureOf(findNobody());
      expect(error.kind).toBe('throttled');
      expect(error.retryAfterMs).toBeGreaterThanOrEqual(60_000);
    });

    it('when a licence is missing: which remedy there is', async () => {
      await org.setLicence('Identity', 0);
      const [outcome] = await connector.create([
        { ...newAccount(1), entitlements: [{ type: 'profile', name: 'Identity User' }] },
      ]);
      expect(outcome).toMatchObject({
        ok: false,
        error: { kind: 'capacity', remedy: expect.stringContaining('free a licence') },
      });
    });

    it('when a user can not be deactivated: blocked, with Salesforce’s own words', async () => {
      const [outcome] = await connector.create([newAccount(1)]);
      if (!outcome?.ok) throw new Error('not created');
      await org.block('person1@joinery-demo.example', 'default-case-owner');
      expect(await connector.deactivate([outcome.nativeId])).toMatchObject([
        { ok: false, error: { kind: 'blocked', message: expect.stringContaining('default owner of cases') } },
      ]);
    });

    it('when a profile does not exist: what there is instead', async () => {
      const [outcome] = await connector.create([
        { ...newAccount(1), entitlements: [{ type: 'profile', name: 'Sales' }] },
      ]);
      expect(outcome).toMatchObject({
        ok: false,
        error: { kind: 'invalid-data', remedy: expect.stringContaining('Sales User') },
      });
    });

    it('never with the secret in it', async () => {
      const error = await failureOf(connect(org, {}, { clientSecret: 'hunter2-hunter2' }).verify());
      expect(JSON.stringify([error.message, error.remedy, error.code, String(error.cause)])).not.toContain('hunter2');
    });
  });

  describe('verifies', () => {
    it('what the org is, who we are, what is used and what is left', async () => {
      const verification = await connector.verify();
      expect(verification).toMatchObject({
        product: 'Salesforce',
        edition: 'Enterprise Edition',
        organisation: expect.stringContaining('Joinery Demo') as string,
        identity: 'integration@joinery-demo.example, System Administrator',
        missingPermissions: [],
      });
      const resources = verification.capacity.map(({ resource }) => resource);
      expect(resources).toEqual(
        expect.arrayContaining([
          'user-license Salesforce',
          'permission-set-license SalesConsoleUser',
          'package-license quoteit',
        ]),
      );
      const calls = verification.limits.find(({ resource }) => resource === 'DailyApiRequests');
      expect(calls?.total).toBe(verification.usage.total);
      expect(calls?.used).toBeGreaterThan(0);
      const sets = verification.limits.find(({ resource }) => resource === 'PermissionSets');
      expect(sets?.used).toBeGreaterThan(10);
    });

    it('as somebody who may do little: which permissions are missing, without a limit we may not see', async () => {
      onlyId(
        await connector.create([{ ...newAccount(1), entitlements: [{ type: 'profile', name: 'Standard User' }] }]),
      );
      const runAs = 'person1@joinery-demo.example';
      await org.saveConnectedApp({ clientId: 'little', clientSecret: 's', runAs });
      const little = connect(org, { clientId: 'little' }, { clientSecret: 's' });
      const { missingPermissions, limits } = await little.verify();
      expect(missingPermissions.map((says) => says.split(' (')[0])).toEqual([
        'Manage Users',
        'Manage Internal Users',
        'Assign Permission Sets',
        'View Setup and Configuration',
        'View Roles and Role Hierarchy',
      ]);
      expect(limits).toEqual([]);
    });
  });

  it('names many people in a bounded number of calls', async () => {
    await connector.create(Array.from({ length: 200 }, (_, index) => newAccount(index)));
    await org.clearLog();
    const values = Array.from({ length: 450 }, (_, index) => `N${index}`);
    expect(await connector.find([{ attribute: 'EmployeeNumber', values }])).toHaveLength(200);
    expect((await org.apiCalls()).length).toBeLessThanOrEqual(6);
  });

  it('refuses an address that is not https, except on this machine', () => {
    const form = { login: 'client-credentials', clientId: 'x' };
    expect(salesforce.settings.safeParse({ ...form, loginUrl: 'http://acme.my.salesforce.com' }).success).toBe(false);
    expect(salesforce.settings.safeParse({ ...form, loginUrl: 'https://acme.my.salesforce.com' }).success).toBe(true);
  });
});

describe('Salesforce’s codes', () => {
  it.each([
    ['UNABLE_TO_LOCK_ROW', 'transient'],
    ['QUERY_TIMEOUT', 'transient'],
    ['LICENSE_LIMIT_EXCEEDED', 'capacity'],
    ['DUPLICATE_USERNAME', 'conflict'],
    ['DUPLICATES_DETECTED', 'conflict'],
    ['REQUIRED_FIELD_MISSING', 'invalid-data'],
    ['FIELD_CUSTOM_VALIDATION_EXCEPTION', 'invalid-data'],
    ['INSUFFICIENT_ACCESS_OR_READONLY', 'permission'],
    ['INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY', 'permission'],
    ['METHOD_NOT_ALLOWED', 'permission'],
    ['ENTITY_IS_DELETED', 'not-found'],
    ['MIXED_DML_OPERATION', 'bug'],
    ['INVALID_SESSION_ID', 'auth'],
    ['ORG_IN_MAINTENANCE', 'throttled'],
  ])('%s is %s, in a row and in a call', (code, kind) => {
    const attempt = { action: 'try', status: 400 };
    expect(refusal({ statusCode: code, message: 'x' }, attempt).kind).toBe(kind);
    expect(refusal({ errorCode: code, message: 'x' }, attempt).kind).toBe(kind);
  });

  it.each([
    ['TotalRequests Limit exceeded.', 900_000],
    ['ConcurrentPerOrgLongTxn Limit exceeded.', 15_000],
  ])('%s waits %s ms', (message, wait) => {
    expect(refusal({ errorCode: 'REQUEST_LIMIT_EXCEEDED', message }, { action: 'try', status: 403 }).retryAfterMs).toBe(
      wait,
    );
  });

  it('a lost answer is unknown for a create and transient for what is safe to repeat', () => {
    expect(callFailure(new NoAnswer('the connection broke'), { action: 'create', unrepeatable: true }).kind).toBe(
      'unknown-outcome',
    );
    expect(callFailure(new NoAnswer('the connection broke'), { action: 'update' }).kind).toBe('transient');
    expect(
      refusal({ errorCode: 'UNKNOWN_EXCEPTION' }, { action: 'create', unrepeatable: true, status: 500 }).kind,
    ).toBe('unknown-outcome');
  });
});
