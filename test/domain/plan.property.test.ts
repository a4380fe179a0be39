/** What holds of every plan, whatever the policy and whoever the person: found by applying plans to a model of an account. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sameEntitlement } from '#domain/account.ts';
import { ALL_TOGGLES, type Application } from '#domain/application.ts';
import type { Person } from '#domain/person.ts';
import {
  beside,
  cases,
  decided,
  entitlement,
  includes,
  kinds,
  language,
  person,
  run,
  RUNS,
  shown,
  states,
  type State,
} from './plan-model.ts';

describe('every plan', () => {
  it('changes nothing when it is applied a second time', () => {
    fc.assert(
      fc.property(cases, states, (one, state) => {
        const after = run(one, state);
        expect(kinds(decided(one, after))).toEqual([]);
      }),
      RUNS,
    );
  });

  it('leads to the same account by way of another as directly', () => {
    fc.assert(
      fc.property(
        cases,
        person,
        person,
        fc.uniqueArray(entitlement, { comparator: sameEntitlement, maxLength: 2 }),
        (one, between, last, byHand) => {
          const policyOf = (application: Application): Application => ({
            ...application,
            mode: 'provision',
            toggles: ALL_TOGGLES,
            // What is left when it is empty is what was there before: of that the way matters.
            mappings: application.mappings.map((some) => ({ ...some, whenEmpty: 'clear' as const })),
            // Everybody has a profile; a deletion loses what was given by hand.
            birthrights: [...application.birthrights, { when: 'true', grant: [{ type: 'profile', name: 'A' }] }],
            removal: {
              leaver: 'deactivate',
              outOfScope: application.removal.outOfScope === 'delete' ? 'deactivate' : application.removal.outOfScope,
              deleteAfterDays: 0,
            },
          });
          const stay = {
            ...one,
            policy: policyOf(one.policy),
            abilities: { ...one.abilities, deactivate: true, delete: false },
          };
          const move = (who: Person, state: State) => {
            const mover = { ...stay, person: who, cause: 'mover' as const };
            return run(mover, state);
          };
          fc.pre(language.holds(stay.policy.scope, one.person) && language.holds(stay.policy.scope, last));
          const empty: State = { account: undefined, recorded: undefined, managed: [] };
          const joined = run({ ...stay, cause: 'joiner' }, empty);
          const sets = byHand.filter(({ type }) => type === 'permission-set');
          const begun = joined.account
            ? {
                ...joined,
                account: { ...joined.account, entitlements: [...beside(joined.account.entitlements, sets), ...sets] },
              }
            : joined;
          expect(shown(move(last, move(between, begun)))).toEqual(shown(move(last, begun)));
        },
      ),
      RUNS,
    );
  });

  it('revokes nothing that Joinery did not grant', () => {
    fc.assert(
      fc.property(cases, states, (one, state) => {
        const { operations } = decided(one, state);
        const revoked = operations.filter(({ kind }) => kind === 'revoke').flatMap(({ entitlements }) => entitlements);
        expect(revoked.filter((taken) => !includes(state.managed, taken))).toEqual([]);
      }),
      RUNS,
    );
  });

  it('tells of everything that is due: carried out or skipped, in the same order', () => {
    fc.assert(
      fc.property(cases, states, (one, state) => {
        const all = decided({ ...one, policy: { ...one.policy, mode: 'provision', toggles: ALL_TOGGLES } }, state);
        const { operations, skipped } = decided(one, state);
        const told = [...operations, ...skipped.map(({ operation }) => operation)];
        const due = [...all.operations, ...all.skipped.map(({ operation }) => operation)];
        expect(all.operations.filter((due) => operations.some((done) => done.kind === due.kind))).toEqual(operations);
        expect(told).toHaveLength(due.length);
        expect(told).toEqual(expect.arrayContaining(due));
      }),
      RUNS,
    );
  });
});
