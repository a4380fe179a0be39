/** What holds of every plan, whatever the policy and whoever the person: found by applying plans to a model of an account. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sameEntitlement, type Account, type AccountStatus, type Entitlement } from '#domain/account.ts';
import { ALL_TOGGLES, wantedAccount, type Application, type RemovalPolicy, type Toggles } from '#domain/application.ts';
import { decide } from '#domain/decision.ts';
import { createExpressions } from '#domain/expression.ts';
import type { ChangeType } from '#domain/hr-event.ts';
import type { Person } from '#domain/person.ts';
import type { Operation, OperationKind } from '#domain/plan.ts';
import { removalFor, type RemovalAbilities } from '#domain/removal.ts';
import type { Decision } from '#domain/toggles.ts';

const TYPES = [
  { type: 'profile', label: 'Profile', carried: true },
  { type: 'role', label: 'Role', carried: false, single: true },
  { type: 'permission-set', label: 'Permission set', carried: false },
];
const language = createExpressions([
  { name: 'department', type: 'text' },
  { name: 'title', type: 'text' },
]);

/** One account in the application, and what the directory remembers of it. */
interface State {
  account: Account | undefined;
  recorded: AccountStatus | undefined;
  managed: Entitlement[];
}

interface Case {
  person: Person;
  policy: Application;
  abilities: RemovalAbilities;
  cause: ChangeType;
}

const entitlement = fc.record({
  type: fc.constantFrom('profile', 'role', 'permission-set'),
  name: fc.constantFrom('A', 'B', 'C'),
});
const condition = fc.constantFrom('true', 'department == "Sales"', 'title == "Boss"', 'department != "Sales"');
const mapping = fc.record({
  attribute: fc.constantFrom('Title', 'Department', 'Phone'),
  field: fc.constantFrom('title', 'department'),
  default: fc.constantFrom(undefined, 'none'),
  whenEmpty: fc.constantFrom(undefined, 'clear' as const, 'leave' as const),
  onCreateOnly: fc.boolean(),
});
const toggles: fc.Arbitrary<Toggles> = fc.record({
  importUsers: fc.boolean(),
  createUser: fc.boolean(),
  editUser: fc.boolean(),
  deleteUser: fc.boolean(),
  passwordSync: fc.boolean(),
});
const removal: fc.Arbitrary<RemovalPolicy> = fc.record({
  leaver: fc.constantFrom('freeze', 'deactivate', 'delete'),
  outOfScope: fc.constantFrom('freeze', 'deactivate', 'delete', 'keep'),
  deleteAfterDays: fc.constantFrom(0, 30),
});
const person: fc.Arbitrary<Person> = fc.record({
  employeeNumber: fc.constant('E1'),
  status: fc.constant('active' as const),
  profile: fc.record({
    department: fc.constantFrom('Sales', 'IT', ''),
    title: fc.constantFrom('Boss', 'Clerk', ''),
  }),
});
const policy: fc.Arbitrary<Application> = fc
  .record({
    mappings: fc.uniqueArray(mapping, { selector: ({ attribute }) => attribute, maxLength: 3 }),
    birthrights: fc.array(fc.record({ when: condition, grant: fc.array(entitlement, { maxLength: 3 }) }), {
      maxLength: 4,
    }),
    scope: condition,
    mode: fc.constantFrom('provision' as const, 'link-only' as const),
    toggles,
    removal,
  })
  .map((some) => ({ ...PLAIN, ...some }));
const abilities = fc.record({
  freeze: fc.boolean(),
  scan: fc.boolean(),
  deactivate: fc.boolean(),
  delete: fc.boolean(),
});
const cases: fc.Arbitrary<Case> = fc.record({
  person,
  policy,
  abilities,
  cause: fc.constantFrom<ChangeType>('joiner', 'mover', 'leaver'),
});

const PLAIN: Application = {
  name: 'crm',
  label: 'CRM',
  connector: 'crm',
  settings: {},
  enabled: true,
  mode: 'provision',
  toggles: ALL_TOGGLES,
  scope: 'true',
  usernameAttribute: 'Username',
  usernameSuffix: '',
  mappings: [],
  correlation: [],
  birthrights: [],
  groupPush: [],
  removal: { leaver: 'deactivate', outOfScope: 'deactivate', deleteAfterDays: 0 },
  protect: [],
  transfer: [],
  apiReserve: 0,
};

const account: fc.Arbitrary<Account> = fc.record({
  nativeId: fc.constant('1'),
  username: fc.constant('ada'),
  status: fc.constantFrom<AccountStatus>('active', 'frozen', 'inactive'),
  attributes: fc.record({
    Title: fc.constantFrom('Boss', 'Clerk', null),
    Department: fc.constantFrom('Sales', null),
    Phone: fc.constantFrom('1', null),
  }),
  entitlements: fc.uniqueArray(entitlement, {
    comparator: (a, b) => (a.type === 'permission-set' ? sameEntitlement(a, b) : a.type === b.type),
    maxLength: 5,
  }),
});
/** Of an account that is not recorded nothing is managed. */
const states: fc.Arbitrary<State> = fc
  .record({
    account: fc.option(account, { nil: undefined }),
    recorded: fc.constantFrom<(AccountStatus | undefined)[]>('active', 'frozen', 'inactive', undefined),
    managed: fc.uniqueArray(entitlement, { comparator: sameEntitlement, maxLength: 4 }),
  })
  .map((state) => (state.account && state.recorded ? state : { ...state, recorded: undefined, managed: [] }));

function decided({ person: who, policy: application, abilities: can, cause }: Case, state: State, more = {}): Decision {
  const isWanted = cause !== 'leaver' && language.holds(application.scope, who);
  return decide(
    {
      cause,
      wanted: isWanted ? wantedAccount(application, TYPES, who, language) : 'absent',
      current: state.account,
      recorded: state.recorded,
      managed: state.managed,
      entitlementTypes: TYPES,
      pending: {},
      now: 0,
      removal: removalFor(application.removal, can, { cause, deletionDue: false }).removal,
      transfer: [],
      returnable: 0,
      ...more,
    },
    application,
  );
}

/** What applying an operation makes of the account and of what is remembered. */
function applied(cause: ChangeType, state: State, operation: Operation): State {
  const { account: now, managed } = state;
  if (operation.kind === 'create')
    return {
      account: {
        nativeId: '1',
        username: 'ada',
        status: 'active',
        attributes: written(operation),
        entitlements: operation.entitlements,
      },
      recorded: 'active',
      managed: [],
    };
  if (!now) throw new Error(`${operation.kind} without an account`);
  const status = STATUS[operation.kind];
  if (status) return { ...state, account: { ...now, status }, recorded: status };
  switch (operation.kind) {
    case 'link':
      return { ...state, recorded: cause === 'joiner' ? now.status : 'active', managed: [] };
    case 'update': {
      const kept = now.entitlements.filter(({ type }) => !operation.entitlements.some((one) => one.type === type));
      const attributes = { ...now.attributes, ...written(operation) };
      return { ...state, account: { ...now, attributes, entitlements: [...kept, ...operation.entitlements] } };
    }
    case 'grant': {
      const given = operation.entitlements;
      return {
        ...state,
        account: { ...now, entitlements: [...beside(now.entitlements, given), ...given] },
        managed: [...beside(managed, given), ...given],
      };
    }
    case 'revoke': {
      const left = (all: Entitlement[]) => all.filter((held) => !includes(operation.entitlements, held));
      return { ...state, account: { ...now, entitlements: left(now.entitlements) }, managed: left(managed) };
    }
    case 'delete':
      return { account: undefined, recorded: undefined, managed: [] };
    case 'scan':
    case 'transfer':
    case 'return':
    case 'freeze':
    case 'unfreeze':
    case 'deactivate':
    case 'reactivate':
      return state;
  }
}

const STATUS: Partial<Record<OperationKind, AccountStatus>> = {
  reactivate: 'active',
  unfreeze: 'active',
  freeze: 'frozen',
  deactivate: 'inactive',
};

function written({ changes }: Operation): Account['attributes'] {
  return Object.fromEntries(changes.map((change) => [change.attribute, change.new]));
}

/** What stays beside what is granted: of single types nothing. */
function beside(held: Entitlement[], given: Entitlement[]): Entitlement[] {
  return held.filter(
    (one) => !given.some((other) => sameEntitlement(one, other) || (one.type === 'role' && other.type === 'role')),
  );
}

function includes(all: Entitlement[], one: Entitlement): boolean {
  return all.some((other) => sameEntitlement(one, other));
}

const run = (one: Case, state: State): State =>
  decided(one, state).operations.reduce((now, operation) => applied(one.cause, now, operation), state);
const kinds = ({ operations }: Decision): OperationKind[] => operations.map(({ kind }) => kind);

/** What people see of an account, in no order; empty is empty. */
function shown({ account: seen }: State): unknown {
  const attributes = Object.entries(seen?.attributes ?? {}).filter(([, value]) => value !== null && value !== '');
  return (
    seen && {
      status: seen.status,
      attributes: attributes.map(([name, value]) => `${name} ${String(value)}`).toSorted(),
      entitlements: seen.entitlements.map(({ type, name }) => `${type} ${name}`).toSorted(),
    }
  );
}

const RUNS = { numRuns: 3_000 };

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
