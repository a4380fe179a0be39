/** Salesforce when things go wrong: what each failure is taken for, since that decides whether it is tried again. */
import { generateKeyPairSync } from 'node:crypto';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Connector } from '#connectors/connector.ts';
import { refusal } from '#connectors/salesforce/failures.ts';
import { salesforce } from '#connectors/salesforce/index.ts';
import { startSimulatedOrg, type SimulatedOrg } from '../support/simulator.ts';
import { connect, failureOf, newAccount, onlyId, TIMEOUT_MS } from './salesforce-org.ts';

const CREATE = { method: 'POST', path: '/composite/sobjects' };

describe('salesforce', () => {
  let org: SimulatedOrg;
  let connector: Required<Connector>;
  beforeEach(async () => {
    org = await startSimulatedOrg();
    connector = connect(org);
  });
  afterEach(() => org.close());

  const findNobody = (signal?: AbortSignal) =>
    connector.find([{ attribute: 'EmployeeNumber', values: ['nobody'] }], signal ? { signal } : {});
  const stall = (path: string) => org.addFault({ match: { path }, action: { kind: 'stall-body' } });

  describe('waits for nothing longer than it must', () => {
    it('keeps the deadline even when memory is collected meanwhile', async () => {
      setFlagsFromString('--expose-gc');
      const collect = runInNewContext('gc') as () => void;
      await stall('/composite');
      const collecting = setInterval(collect, 50);
      try {
        // A deadline that was collected would let this wait until the test's own ends.
        expect(await failureOf(findNobody())).toMatchObject({ kind: 'transient' });
      } finally {
        clearInterval(collecting);
      }
    });

    it.each([
      ['a stalled answer', '/composite'],
      ['a stalled login', '/oauth2/token'],
    ])('ends an aborted call at once: %s', async (_, path) => {
      const fault = await stall(path);
      const stop = new AbortController();
      // Only the signal can end it: the deadline is later than the test's own.
      const patient = connect(org, { timeoutMs: 120_000 });
      const question = [{ attribute: 'EmployeeNumber', values: ['nobody'] }];
      const call = failureOf(patient.find(question, { signal: stop.signal }));
      await fault.hit();
      stop.abort();
      expect((await call).message).not.toContain('120000');
    });

    it('lets others go on when one of them gives up waiting for the common login', async () => {
      const login = await org.addFault({ match: { path: '/oauth2/token' }, action: { kind: 'hold' } });
      const stop = new AbortController();
      const [impatient, patient] = [failureOf(findNobody(stop.signal)), findNobody()];
      await login.hit();
      stop.abort();
      await impatient;
      await login.release();
      expect(await patient).toEqual([]);
    });
  });

  it('says that an answer did not come in time, not that it was wrong', async () => {
    await stall('/composite');
    expect((await failureOf(findNobody())).message).toBe(
      `salesforce: find accounts: no whole answer within ${TIMEOUT_MS} ms`,
    );
  });

  it.each([
    ['a broken gateway', 502, [{ errorCode: 'BAD_GATEWAY', message: 'x' }]],
    ['a timeout inside', 500, [{ errorCode: 'QUERY_TIMEOUT', message: 'x' }]],
  ])('does not know whether a create was done after %s', async (_, status, body) => {
    await connector.listEntitlements();
    await org.addFault({ match: CREATE, action: { kind: 'status', status, body } });
    expect(await failureOf(connector.create([newAccount(1)]))).toMatchObject({ kind: 'unknown-outcome' });
  });

  it('does not take a word in somebody’s data for the org being in maintenance', async () => {
    const { attributes, entitlements } = newAccount(1);
    const wrong = { attributes: { ...attributes, TimeZoneSidKey: 'Maintenance' }, entitlements };
    expect(await connector.create([wrong])).toMatchObject([{ ok: false, error: { kind: 'invalid-data' } }]);
  });

  it('says in short that a username is taken, and what to do', async () => {
    onlyId(await connector.create([newAccount(1)]));
    const [outcome] = await connector.create([newAccount(1)]);
    expect(outcome).toMatchObject({
      ok: false,
      error: {
        message:
          'salesforce: create account person1@joinery-demo.example: username is already taken (DUPLICATE_USERNAME)',
        remedy: expect.stringContaining('deactivated user'),
      },
    });
  });

  it.each([
    ['INVALID_TYPE', "sObject type 'UserLogin' is not supported.", 'permission'],
    ['API_CURRENTLY_DISABLED', 'API is disabled for this User', 'permission'],
    ['API_CURRENTLY_DISABLED', 'API is currently disabled', 'throttled'],
    ['JSON_PARSER_ERROR', 'Cannot deserialize instance of boolean', 'invalid-data'],
  ])('%s with "%s" is %s', (errorCode, message, kind) => {
    expect(refusal({ errorCode, message }, { action: 'try', status: 400 }).kind).toBe(kind);
  });

  describe('tells what is wrong with the settings', () => {
    const username = 'integration@joinery-demo.example';

    it('with a key in the older PEM form: nothing', async () => {
      const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
      const certificate = publicKey.export({ type: 'spki', format: 'pem' });
      await org.saveConnectedApp({ clientId: 'jwt-app', certificate, authorizedUsers: [username] });
      const older = privateKey.export({ type: 'pkcs1', format: 'pem' });
      const form = { login: 'jwt-bearer', clientId: 'jwt-app', username };
      expect((await connect(org, form, { privateKey: older }).verify()).identity).toContain(username);
    });

    it('with what is no key at all', async () => {
      const privateKey = '-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----';
      const error = await failureOf(connect(org, { login: 'jwt-bearer', username }, { privateKey }).verify());
      expect(error).toMatchObject({ kind: 'auth', remedy: expect.stringContaining('PEM') });
      expect(`${error.message} ${error.remedy} ${String(error.cause)}`).not.toContain('c2VjcmV0');
    });

    it('when the address is not Salesforce’s', async () => {
      const action = { kind: 'status', status: 404, body: '<html>not here</html>', contentType: 'text/html' };
      await org.addFault({ match: { path: '/oauth2/token' }, action });
      expect(await failureOf(findNobody())).toMatchObject({
        kind: 'auth',
        remedy: expect.stringContaining('login URL'),
      });
    });

    it('when Salesforce refuses the login in words we do not know', async () => {
      const body = { error: 'brand_new_error', error_description: 'something new' };
      await org.addFault({ match: { path: '/oauth2/token' }, action: { kind: 'status', status: 400, body } });
      expect(await failureOf(findNobody())).toMatchObject({ kind: 'auth', code: 'brand_new_error' });
    });

    it('before a Lightning address is stored', () => {
      const form = { login: 'client-credentials', clientId: 'x', loginUrl: 'https://acme.lightning.force.com' };
      expect(salesforce.settings.safeParse(form).success).toBe(false);
    });
  });

  it('verify tells which permissions are missing instead of failing', async () => {
    const standard = { ...newAccount(1), entitlements: [{ type: 'profile', name: 'Standard User' }] };
    onlyId(await connector.create([standard]));
    await org.saveConnectedApp({ clientId: 'weak', clientSecret: 's', runAs: 'person1@joinery-demo.example' });
    const { missingPermissions } = await connect(org, { clientId: 'weak' }, { clientSecret: 's' }).verify();
    expect(missingPermissions.join()).toMatch(/Manage Users.*Assign Permission Sets.*View Setup/);
  });
});
