/**
 * Every promise of connectors/connector.ts, as a suite that each connector passes over its application's simulator, as far
 * as it has the capabilities.
 */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Account } from '#domain/account.ts';
import { correlate, given, kind, only, PARTS, type Part, type Trial } from './connector-trial.ts';

/** Runs the suite. `parts`: what the connector has beyond find, read, create, update and foresee. `open` gives a fresh application. */
export function connectorContract(name: string, parts: Part[], open: () => Promise<Trial>): void {
  const having = (...needed: Part[]) => it.runIf(needed.every((part) => parts.includes(part)));

  describe(`${name} keeps the connector's contract`, () => {
    let trial: Trial;
    beforeEach(async () => {
      trial = await open();
    });
    afterEach(async () => {
      vi.useRealTimers();
      await trial.close();
    });

    const find = (...numbers: number[]) => trial.connector.find(correlate(trial, numbers));
    const make = async (number: number) => only(await trial.connector.create([trial.newAccount(number)]));
    const read = async (id: string) => (await trial.connector.read([id]))[0] as Account;

    it('has the capabilities that it is said to have, and no others', () => {
      for (const [part, capabilities] of Object.entries(PARTS)) {
        for (const capability of capabilities)
          expect(trial.connector[capability] !== undefined, capability).toBe(parts.includes(part as Part));
      }
    });

    it('verify says who we are, and that this is a simulator', async () => {
      const verification = await trial.connector.verify();
      expect(verification).toMatchObject({ simulated: true, missingPermissions: [] });
      expect(verification.identity).not.toBe('');
      expect(verification.usage.total).toBeGreaterThan(0);
    });

    it('describe knows every attribute that a new account has', async () => {
      const { attributes } = await trial.connector.describe();
      const known = attributes.map((attribute) => attribute.name);
      expect(known).toEqual(expect.arrayContaining(Object.keys(trial.newAccount(1).attributes)));
    });

    having('entitlements')('listEntitlements names what can be granted', async () => {
      expect(await trial.connector.listEntitlements()).toEqual(
        expect.arrayContaining(given(trial.entitlements).map((entitlement) => expect.objectContaining(entitlement))),
      );
    });

    having('entitlements')('listEntitlements labels each, and is of types that the manifest tells', async () => {
      const types = trial.connector.manifest.entitlementTypes.map(({ type }) => type);
      for (const { type, label } of await trial.connector.listEntitlements()) {
        expect(types).toContain(type);
        expect(label).not.toBe('');
      }
    });

    it('foresee tells every fault of an account, and writes nothing', async () => {
      const { attributes, entitlements } = trial.newAccount(1);
      const intended = {
        attributes: { ...attributes, No_Such_Attribute: 'X', [trial.plainAttribute]: 'X'.repeat(100_000) },
        entitlements: [...entitlements, { type: trial.entitlements?.[0].type ?? 'any', name: 'No_Such_Thing' }],
        reactivates: false,
      };
      const { faults } = await trial.connector.foresee(intended);
      expect(faults.map((fault) => fault.kind)).toEqual(['invalid-data', 'invalid-data', 'invalid-data']);
      for (const { message, remedy } of faults) expect([message, remedy]).not.toContain(undefined);
      expect(await find(1)).toEqual([]);
    });

    having('entitlements', 'licences')(
      'foresee tells the licences that a change takes, and none for what is held already',
      async () => {
        const account = trial.newAccount(1);
        const entitlements = [...account.entitlements, given(trial.licensed).licence];
        const before = await trial.connector.foresee({ ...account, entitlements, reactivates: false });
        expect(before.faults).toEqual([]);
        expect(before.takes.length).toBeGreaterThanOrEqual(2);
        expect(await trial.connector.capacity()).toEqual(expect.arrayContaining(before.takes));
        const nativeId = await make(1);
        only(await trial.connector.grant([{ nativeId, entitlement: given(trial.licensed).licence }]));
        const after = { ...account, account: await read(nativeId), entitlements, reactivates: false };
        expect(await trial.connector.foresee(after)).toEqual({ faults: [], takes: [] });
      },
    );

    having('licences', 'status')(
      'capacity counts up with an account, and down with what deactivate says it freed',
      async () => {
        const counts = async () => new Map((await trial.connector.capacity()).map((one) => [one.resource, one.used]));
        const later = () => vi.setSystemTime(Date.now() + 10_000);
        vi.useFakeTimers({ toFake: ['Date'] });
        const before = await counts();
        const id = await make(1);
        later();
        const during = await counts();
        const [outcome] = await trial.connector.deactivate([id]);
        const freed = (outcome?.ok && outcome.freed) || [];
        expect(freed).not.toEqual([]);
        later();
        const after = await counts();
        for (const resource of freed) {
          expect(during.get(resource), resource).toBe((before.get(resource) ?? Number.NaN) + 1);
          expect(after.get(resource), resource).toBe(before.get(resource));
        }
      },
    );

    it('find answers none, one, several, and nothing for no question', async () => {
      expect(await find(1)).toEqual([]);
      await make(1);
      await make(2);
      expect(await find(1)).toHaveLength(1);
      expect(await find(1, 2, 3)).toHaveLength(2);
      expect(await trial.connector.find([])).toEqual([]);
      expect(await trial.connector.find([{ attribute: trial.correlation(1).attribute, values: [] }])).toEqual([]);
    });

    it('find takes any text as text', async () => {
      await make(1);
      const { attribute } = trial.correlation(1);
      for (const value of ["' OR Id != null --", "\\' OR Id != null --", '%', "a\nb'"]) {
        expect(await trial.connector.find([{ attribute, values: [value] }])).toEqual([]);
      }
    });

    it('create gives an active account with its attributes and carried entitlements', async () => {
      const wanted = trial.newAccount(1);
      const account = await read(await make(1));
      expect(account.status).toBe('active');
      expect(account.attributes).toMatchObject(wanted.attributes);
      expect(account.entitlements).toEqual(expect.arrayContaining(wanted.entitlements));
    });

    it('create answers row by row in order, and a bad row harms no other', async () => {
      const bad = { ...trial.newAccount(2), attributes: {} };
      const outcomes = await trial.connector.create([trial.newAccount(1), bad, trial.newAccount(3)]);
      expect(outcomes.map(({ ok }) => ok)).toEqual([true, false, true]);
      expect(kind(outcomes[1])).toBe('invalid-data');
      expect(await find(1, 3)).toHaveLength(2);
    });

    it('create of a taken name is a conflict', async () => {
      await make(1);
      const [outcome] = await trial.connector.create([trial.newAccount(1)]);
      expect(kind(outcome)).toBe('conflict');
    });

    it('create whose answer is lost has an unknown outcome, and find sees the account', async () => {
      await trial.loseAnswerOfNextCreate();
      await expect(make(1)).rejects.toMatchObject({ kind: 'unknown-outcome' });
      expect(await find(1)).toHaveLength(1);
    });

    it('read keeps the order and says undefined for who is not there', async () => {
      const [one, two] = [await make(1), await make(2)];
      const accounts = await trial.connector.read([two, trial.unknownId, one]);
      expect(accounts.map((account) => account?.nativeId)).toEqual([two, undefined, one]);
    });

    it('no rows are no outcomes', async () => {
      const { connector } = trial;
      expect(await connector.read([])).toEqual([]);
      for (const step of ['create', 'update'] as const) expect(await connector[step]([])).toEqual([]);
      if (parts.includes('status')) for (const step of PARTS.status) expect(await connector[step]([])).toEqual([]);
      if (parts.includes('deletion')) expect(await connector.delete([])).toEqual([]);
      if (parts.includes('blockers')) expect(await connector.blockers([])).toEqual([]);
      if (!parts.includes('entitlements')) return;
      for (const step of ['grant', 'revoke'] as const) expect(await connector[step]([])).toEqual([]);
    });

    it('update answers row by row, and says of nobody that it is nobody', async () => {
      const id = await make(1);
      const attributes = { [trial.plainAttribute]: 'X' };
      const rows = [trial.unknownId, id].map((nativeId) => ({ nativeId, attributes, entitlements: [] }));
      expect(await trial.connector.update(rows)).toMatchObject([
        { ok: false, error: { kind: 'not-found' } },
        { ok: true, nativeId: id },
      ]);
    });

    having('status')('every change of status answers row by row, and says of nobody that it is nobody', async () => {
      const id = await make(1);
      for (const step of PARTS.status) {
        expect(await trial.connector[step]([trial.unknownId, id]), step).toMatchObject([
          { ok: false, error: { kind: 'not-found' } },
          { ok: true, nativeId: id },
        ]);
      }
    });

    having('deletion')('delete removes, and gone already is success', async () => {
      const [one, two] = [await make(1), await make(2)];
      for (let again = 0; again < 2; again++) {
        expect(await trial.connector.delete([one, trial.unknownId])).toEqual([
          { ok: true, nativeId: one },
          { ok: true, nativeId: trial.unknownId },
        ]);
      }
      expect((await trial.connector.read([one, two])).map((account) => account?.nativeId)).toEqual([undefined, two]);
      expect(await find(1)).toEqual([]);
      expect(await make(1)).not.toBe(one);
    });

    having('blockers')('blockers answers a list for each account, empty where nothing needs it', async () => {
      const id = await make(1);
      expect(await trial.connector.blockers([trial.unknownId, id])).toEqual([[], []]);
    });

    having('ownership')('records go from owner to owner and back, as often as it is asked', async () => {
      const { ownership } = trial.connector;
      const { object, make: makeOwned } = given(trial.owned);
      const [leaver, heir] = [await make(1), await make(2)];
      const ids = (await makeOwned(trial.newAccount(1), 3)).toSorted();
      const after = ids[0] ?? '';
      expect((await ownership.owned(object, { owner: leaver })).map(({ id }) => id)).toEqual(ids);
      expect((await ownership.owned(object, { owner: leaver, after })).map(({ id }) => id)).toEqual(ids.slice(1));
      expect(await ownership.canOwn(object, heir)).toBe(true);
      for (const owner of [heir, heir, leaver]) {
        const outcomes = await ownership.move(
          object,
          ids.map((recordId) => ({ recordId, owner })),
        );
        expect(outcomes).toEqual(ids.map((nativeId) => ({ ok: true, nativeId })));
        expect(await ownership.owners(object, [...ids, 'nothing'])).toEqual([...ids.map(() => owner), undefined]);
        expect(await ownership.owned(object, { owner: heir })).toHaveLength(owner === heir ? 3 : 0);
      }
      const { username } = await read(heir);
      expect(await ownership.findOwner({ by: 'user', name: username })).toBe(heir);
      expect(await ownership.findOwner({ by: 'user', name: `not-${username}` })).toMatchObject({
        kind: 'invalid-data',
      });
    });

    having('definitions')('defineEntitlements makes, renames, and is safe to repeat', async () => {
      const { connector } = trial;
      const { type, name } = given(trial.definable);
      const labelOf = async () =>
        (await connector.listEntitlements()).find((one) => one.type === type && one.name === name)?.label;
      vi.useFakeTimers({ toFake: ['Date'] });
      const ids: string[] = [];
      for (const label of ['One', 'One', 'Two']) {
        ids.push(only(await connector.defineEntitlements([{ type, name, label }])));
        vi.setSystemTime(Date.now() + 60_000);
        expect(await labelOf()).toBe(label);
      }
      expect(new Set(ids).size).toBe(1);
    });

    having('definitions')('defineEntitlements refuses what can not be made, row by row and in order', async () => {
      const { type, name } = given(trial.definable);
      const fixed = trial.connector.manifest.entitlementTypes.find(({ definable }) => !definable)?.type ?? 'any';
      const wanted = [
        { type: fixed, name, label: 'One' },
        { type, name, label: 'One' },
        { type, name: '', label: 'Two' },
      ];
      const kinds = ['invalid-data', undefined, 'invalid-data'];
      expect(wanted.map((one) => trial.connector.definitionFault(one)?.kind)).toEqual(kinds);
      const outcomes = await trial.connector.defineEntitlements(wanted);
      expect(outcomes.map((outcome) => kind(outcome))).toEqual(kinds);
      expect(await trial.connector.defineEntitlements([])).toEqual([]);
    });

    having('lists')('list gives every account once, as read gives it', async () => {
      const made = [await make(1), await make(2), await make(3)];
      const listed: Account[] = [];
      let next: string | undefined;
      do {
        const page = await trial.connector.list(next);
        listed.push(...page.accounts);
        ({ next } = page);
      } while (next !== undefined);
      const idsOf = listed.map(({ nativeId }) => nativeId);
      expect(new Set(idsOf).size).toBe(idsOf.length);
      expect(idsOf).toEqual(expect.arrayContaining(made));
      expect(listed).toEqual(await trial.connector.read(idsOf));
    });

    having('lists', 'wholes')('listAll gives the same as list', async () => {
      await make(1);
      const all: Account[] = [];
      for await (const some of trial.connector.listAll()) all.push(...some);
      const { accounts } = await trial.connector.list(undefined);
      expect(all.slice(0, accounts.length)).toEqual(accounts);
    });

    having('estimates')('estimate adds up, and takes nothing for nothing', () => {
      const { connector } = trial;
      const { attributes, entitlements } = trial.newAccount(1);
      const changes = Object.entries(attributes).map(([attribute, value]) => ({ attribute, old: null, new: value }));
      const create = { kind: 'create' as const, changes, entitlements, reason: 'tried' };
      expect(connector.estimate([])).toBe(0);
      expect(connector.estimate([create])).toBeGreaterThan(0);
      expect(connector.estimate([create, create])).toBe(2 * connector.estimate([create]));
    });

    having(
      'self',
      'status',
      'entitlements',
    )('self is an account that nobody can take from us', async () => {
      const { connector } = trial;
      const own = (await connector.self()) ?? '';
      const before = await read(own);
      const takes = [
        connector.freeze([own]),
        connector.deactivate([own]),
        connector.update([{ nativeId: own, attributes: { [trial.plainAttribute]: 'X' }, entitlements: [] }]),
        connector.revoke([{ nativeId: own, entitlement: given(trial.entitlements)[0] }]),
      ];
      for (const [outcome] of await Promise.all(takes)) expect(kind(outcome)).toBe('blocked');
      expect(await read(own)).toEqual(before);
    });

    having('entitlements')('revoke of what does not exist finds it not held', async () => {
      const nativeId = await make(1);
      const [{ type }] = given(trial.entitlements);
      only(await trial.connector.revoke([{ nativeId, entitlement: { type, name: 'No_Such_Thing' } }]));
    });

    it('update sets, and null clears', async () => {
      const nativeId = await make(1);
      const set = (value: string | null) =>
        trial.connector.update([{ nativeId, attributes: { [trial.plainAttribute]: value }, entitlements: [] }]);
      only(await set('X'));
      expect((await read(nativeId)).attributes[trial.plainAttribute]).toBe('X');
      only(await set(null));
      expect((await read(nativeId)).attributes[trial.plainAttribute]).toBeNull();
    });

    having('status')('freeze, unfreeze, deactivate and reactivate are safe to repeat', async () => {
      const id = await make(1);
      const steps = [
        ['freeze', 'frozen'],
        ['unfreeze', 'active'],
        ['freeze', 'frozen'],
        ['deactivate', 'inactive'],
        ['reactivate', 'active'],
      ] as const;
      for (const [step, status] of steps) {
        only(await trial.connector[step]([id]));
        only(await trial.connector[step]([id]));
        expect((await read(id)).status, step).toBe(status);
      }
    });

    having('entitlements')('grant and revoke are safe to repeat, one by one', async () => {
      const nativeId = await make(1);
      const [first, second] = given(trial.entitlements);
      const both = [first, second].map((entitlement) => ({ nativeId, entitlement }));
      for (const outcome of [...(await trial.connector.grant(both)), ...(await trial.connector.grant(both))])
        expect(outcome.ok).toBe(true);
      expect((await read(nativeId)).entitlements).toEqual(expect.arrayContaining([first, second]));
      only(await trial.connector.revoke([{ nativeId, entitlement: first }]));
      only(await trial.connector.revoke([{ nativeId, entitlement: first }]));
      const left = (await read(nativeId)).entitlements;
      expect(left).toContainEqual(second);
      expect(left).not.toContainEqual(first);
    });

    having('entitlements', 'licences')(
      'grant gives licences before what needs them, and revoke takes them after, however they are ordered',
      async () => {
        const nativeId = await make(1);
        const { licence, needs } = given(trial.licensed);
        for (const outcome of await trial.connector.grant([
          { nativeId, entitlement: needs },
          { nativeId, entitlement: licence },
        ]))
          only([outcome]);
        expect((await read(nativeId)).entitlements).toEqual(expect.arrayContaining([licence, needs]));
        for (const outcome of await trial.connector.revoke([
          { nativeId, entitlement: licence },
          { nativeId, entitlement: needs },
        ]))
          only([outcome]);
        const left = (await read(nativeId)).entitlements;
        expect(left).not.toContainEqual(licence);
        expect(left).not.toContainEqual(needs);
      },
    );

    having('entitlements')('grant of what does not exist is one row’s refusal', async () => {
      const nativeId = await make(1);
      const [first] = given(trial.entitlements);
      const outcomes = await trial.connector.grant([
        { nativeId, entitlement: { type: first.type, name: 'No_Such_Thing' } },
        { nativeId, entitlement: first },
      ]);
      expect(outcomes.map(({ ok }) => ok)).toEqual([false, true]);
      expect(kind(outcomes[0])).toBe('invalid-data');
    });

    having('bulk')('createInBulk makes what can be made, one outcome a row in the same order', async () => {
      await make(2);
      const jobs: string[] = [];
      const progress = { onJob: async (job: string) => void jobs.push(job) };
      const accounts = [1, 2, 3].map((number) => trial.newAccount(number));
      const outcomes = await trial.connector.createInBulk(accounts, progress);
      expect(outcomes.map(({ ok }) => ok)).toEqual([true, false, true]);
      expect(kind(outcomes[1])).toBe('conflict');
      expect((await read(only(outcomes.slice(2)))).attributes).toMatchObject(trial.newAccount(3).attributes);
      expect(jobs).toHaveLength(1);
    });

    having('bulk')('createInBulk with the job of an earlier try makes nobody twice', async () => {
      let job = '';
      const accounts = [trial.newAccount(1), trial.newAccount(2)];
      const onJob = async (begun: string) => void (job = begun);
      const made = await trial.connector.createInBulk(accounts, { onJob });
      expect(await trial.connector.createInBulk(accounts, { job, onJob })).toEqual(made);
      expect(await find(1, 2)).toHaveLength(2);
      await trial.connector.forgetBulk(job);
      await trial.connector.forgetBulk(job);
      const outcomes = await trial.connector.createInBulk(accounts, { job, onJob });
      expect(outcomes.map(kind)).toEqual(['unknown-outcome', 'unknown-outcome']);
    });

    it('an aborted call ends at once', async () => {
      const id = await make(1);
      const stalled = await trial.stallNextAnswer();
      const stop = new AbortController();
      const call = expect(trial.connector.read([id], { signal: stop.signal })).rejects.toThrow();
      await stalled.reached();
      const start = performance.now();
      stop.abort();
      await call;
      expect(performance.now() - start).toBeLessThan(trial.timeoutMs / 2);
    });

    it('an answer that never ends is a transient failure, not a wait for ever', async () => {
      const id = await make(1);
      await trial.stallNextAnswer();
      await expect(read(id)).rejects.toMatchObject({ kind: 'transient' });
      expect((await read(id)).nativeId).toBe(id);
    });
  });
}
