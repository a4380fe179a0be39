/** A model of people, policies and accounts for property tests: what is decided, and what applying it makes of an account. */
import fc from 'fast-check';
import { sameEntitlement, type Account, type AccountStatus, type Entitlement } from '#domain/account.ts';
import { wantedAccount, type Application, type RemovalPolicy, type Toggles } from '#domain/application.ts';
import { decide } from '#domain/decision.ts';
import { createExpressions } from '#domain/expression.ts';
import type { ChangeType } from '#domain/hr-event.ts';
import type { Person } from '#domain/person.ts';
import type { Operation, OperationKind } from '#domain/plan.ts';
import { removalFor, type RemovalAbilities } from '#domain/removal.ts';
import type { Decision } from '#domain/toggles.ts';
import { PLAIN_APPLICATION } from '../support/plain-application.ts';

const TYPES = [
  { type: 'profile', label: 'Profile', carried: true },
  { type: 'role', label: 'Role', carried: false, single: true },
  { type: 'permission-set', label: 'Permission set', carried: false },
];
export const language = createExpressions([
  { name: 'department', type: 'text' },
  { name: 'title', type: 'text' },
]);

/** One account in the application, and what the directory remembers of it. */
export interface State {
  account: Account | undefined;
  recorded: AccountStatus | undefined;
  managed: Entitlement[];
}

export interface Case {
  person: Person;
  policy: Application;
  abilities: RemovalAbilities;
  cause: ChangeType;
}

export const entitlement = fc.record({
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
export const person: fc.Arbitrary<Person> = fc.record({
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
export const cases: fc.Arbitrary<Case> = fc.record({
  person,
  policy,
  abilities,
  cause: fc.constantFrom<ChangeType>('joiner', 'mover', 'leaver'),
});

const PLAIN: Application = {
  ...PLAIN_APPLICATION,
  connector: 'crm',
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
export const states: fc.Arbitrary<State> = fc
  .record({
    account: fc.option(account, { nil: undefined }),
    recorded: fc.constantFrom<(AccountStatus | undefined)[]>('active', 'frozen', 'inactive', undefined),
    managed: fc.uniqueArray(entitlement, { comparator: sameEntitlement, maxLength: 4 }),
  })
  .map((state) => (state.account && state.recorded ? state : { ...state, recorded: undefined, managed: [] }));

export function decided(
  { person: who, policy: application, abilities: can, cause }: Case,
  state: State,
  more = {},
): Decision {
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
export function beside(held: Entitlement[], given: Entitlement[]): Entitlement[] {
  return held.filter(
    (one) => !given.some((other) => sameEntitlement(one, other) || (one.type === 'role' && other.type === 'role')),
  );
}

export function includes(all: Entitlement[], one: Entitlement): boolean {
  return all.some((other) => sameEntitlement(one, other));
}

export const run = (one: Case, state: State): State =>
  decided(one, state).operations.reduce((now, operation) => applied(one.cause, now, operation), state);
export const kinds = ({ operations }: Decision): OperationKind[] => operations.map(({ kind }) => kind);

/** What people see of an account, in no order; empty is empty. */
export function shown({ account: seen }: State): unknown {
  const attributes = Object.entries(seen?.attributes ?? {}).filter(([, value]) => value !== null && value !== '');
  return (
    seen && {
      status: seen.status,
      attributes: attributes.map(([name, value]) => `${name} ${String(value)}`).toSorted(),
      entitlements: seen.entitlements.map(({ type, name }) => `${type} ${name}`).toSorted(),
    }
  );
}

export const RUNS = { numRuns: 3_000 };
