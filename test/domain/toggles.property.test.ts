/** What holds of every plan for an account or an application in which not everything may be done. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ALL_TOGGLES, type Toggles } from '#domain/application.ts';
import type { Operation, OperationKind } from '#domain/plan.ts';
import type { Decision } from '#domain/toggles.ts';
import { cases, decided, kinds, language, RUNS, states } from './plan-model.ts';

describe('an account that is closed and stays so', () => {
  it('is given nothing, and each grant says why; all else is done as if it were open', () => {
    fc.assert(
      fc.property(cases, states, (one, state) => {
        const decision = decided(one, state);
        const ends = one.cause === 'leaver' || !language.holds(one.policy.scope, one.person);
        fc.pre(state.account?.status === 'inactive' && !ends && !kinds(decision).includes('reactivate'));
        expect(kinds(decision)).not.toContain('grant');
        for (const { operation, why } of decision.skipped) if (operation.kind === 'grant') expect(why).not.toBe('');
        const open = decided(one, { ...state, account: { ...state.account, status: 'active' } });
        const others = (all: Operation[]) => all.filter(({ kind }) => kind !== 'grant');
        expect(others(decision.operations)).toEqual(others(open.operations));
      }),
      RUNS,
    );
  });
});

describe('what is switched off', () => {
  const OFF: [keyof Toggles, OperationKind[]][] = [
    ['importUsers', ['link']],
    ['createUser', ['create', 'reactivate', 'unfreeze', 'return']],
    ['editUser', ['update']],
    ['deleteUser', ['freeze', 'scan', 'transfer', 'deactivate', 'delete']],
  ];

  it.each(OFF)('%s: none of %j', (toggle, covered) => {
    fc.assert(
      fc.property(cases, states, (one, state) => {
        const off = { ...one, policy: { ...one.policy, toggles: { ...one.policy.toggles, [toggle]: false } } };
        const decision = decided(off, state, { returnable: 1 });
        expect(kinds(decision).filter((kind) => covered.includes(kind))).toEqual([]);
        for (const { why } of decision.skipped) expect(why).not.toBe('');
      }),
      RUNS,
    );
  });

  it('a grant is of the account’s beginning where it is made or brought back, and an edit otherwise', () => {
    fc.assert(
      fc.property(cases, states, (one, state) => {
        const found = kinds(decided(one, state));
        const begins = found.includes('create') || found.includes('reactivate');
        if (found.includes('grant')) expect(one.policy.toggles[begins ? 'createUser' : 'editUser']).toBe(true);
        const ends = one.cause === 'leaver' || !language.holds(one.policy.scope, one.person);
        if (found.includes('revoke')) expect(one.policy.toggles[ends ? 'deleteUser' : 'editUser']).toBe(true);
      }),
      RUNS,
    );
  });

  it('without the account nothing is done to it: what comes after a link or creation that is skipped is skipped', () => {
    const needed: OperationKind[] = ['link', 'create'];
    fc.assert(
      fc.property(cases, states, (one, state) => {
        const everything = { ...one, policy: { ...one.policy, mode: 'provision' as const, toggles: ALL_TOGGLES } };
        const due = kinds(decided(everything, state));
        const { operations, skipped } = decided(one, state);
        const missing = due.findIndex(
          (kind) => needed.includes(kind) && skipped.some((other) => other.operation.kind === kind),
        );
        const after = missing === -1 ? [] : due.slice(missing);
        expect(operations.filter(({ kind }) => after.includes(kind))).toEqual([]);
      }),
      RUNS,
    );
  });

  it('what is no longer the person’s is taken from an account that may not be brought back', () => {
    fc.assert(
      fc.property(cases, states, (one, state) => {
        const toggled = (createUser: boolean) => ({
          ...one,
          policy: { ...one.policy, mode: 'provision' as const, toggles: { ...ALL_TOGGLES, createUser } },
        });
        const revoked = (decision: Decision) => decision.operations.filter(({ kind }) => kind === 'revoke');
        expect(revoked(decided(toggled(false), state))).toEqual(revoked(decided(toggled(true), state)));
      }),
      RUNS,
    );
  });

  it('an application that only links has no operation but the link', () => {
    fc.assert(
      fc.property(cases, states, (one, state) => {
        const found = kinds(decided({ ...one, policy: { ...one.policy, mode: 'link-only' } }, state));
        expect(found.filter((kind) => kind !== 'link')).toEqual([]);
      }),
      RUNS,
    );
  });

  it('a protected account is left alone, and each operation says so', () => {
    fc.assert(
      fc.property(cases, states, (one, state) => {
        fc.pre(state.account !== undefined);
        const { operations, skipped } = decided(one, state, { protectedBy: 'username == "ada"' });
        expect(operations).toEqual([]);
        for (const { why } of skipped) expect(why).toBe('ada is protected: username == "ada"');
      }),
      RUNS,
    );
  });

  it('an account whose person fell out of scope stays as it is where the policy says keep', () => {
    fc.assert(
      fc.property(cases, states, (one, state) => {
        const kept = { ...one.policy, scope: 'false', removal: { ...one.policy.removal, outOfScope: 'keep' as const } };
        const { operations, skipped } = decided({ ...one, policy: kept, cause: 'mover' }, state);
        expect([...operations, ...skipped]).toEqual([]);
      }),
      RUNS,
    );
  });
});
