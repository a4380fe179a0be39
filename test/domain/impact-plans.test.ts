/** What a change is said to touch is what plans show: before it there is nothing to do, after it exactly what was said. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { sameEntitlement, type Account } from '#domain/account.ts';
import { ALL_TOGGLES, wantedAccount, type Application } from '#domain/application.ts';
import { decide } from '#domain/decision.ts';
import { createExpressions } from '#domain/expression.ts';
import { impactOn } from '#domain/impact.ts';
import type { ApplicationKind } from '#domain/impact-due.ts';
import type { Person } from '#domain/person.ts';
import type { Operation, WantedEntitlement } from '#domain/plan.ts';
import { DEFAULT_PROFILE_FIELDS } from '#domain/profile-field.ts';
import { protectedBy } from '#domain/protection.ts';
import { removalFor } from '#domain/removal.ts';

const language = createExpressions(DEFAULT_PROFILE_FIELDS);
const kind: ApplicationKind = {
  entitlementTypes: [
    { type: 'profile', label: 'Profile', carried: true },
    { type: 'set', label: 'Set', carried: false },
  ],
  can: { freeze: true, scan: false, deactivate: true, delete: true },
};
const departments = ['Sales', 'IT', 'Legal'];
const people: Person[] = departments.flatMap((department) =>
  (['active', 'left', 'expected'] as const).map((status) => ({
    employeeNumber: `${department}-${status}`,
    status,
    profile: { familyName: department, email: `${department.toLowerCase()}@x.example`, department, title: 'Rep' },
  })),
);

const condition = fc.constantFrom('true', 'false', ...departments.map((one) => `department == "${one}"`));
const rules = fc.record({
  enabled: fc.constantFrom(true, true, true, false),
  mode: fc.constantFrom('provision', 'provision', 'link-only'),
  toggles: fc.record(
    Object.fromEntries(Object.keys(ALL_TOGGLES).map((name) => [name, fc.constantFrom(true, true, true, false)])),
  ) as unknown as fc.Arbitrary<typeof ALL_TOGGLES>,
  scope: condition,
  birthrights: fc.array(
    fc.record({
      when: condition,
      grant: fc.subarray(
        [
          { type: 'profile', name: 'Standard' },
          { type: 'set', name: 'A' },
          { type: 'set', name: 'B' },
        ],
        { minLength: 1 },
      ),
    }),
    { maxLength: 3 },
  ),
  removal: fc.record({
    leaver: fc.constantFrom('freeze', 'deactivate', 'delete'),
    outOfScope: fc.constantFrom('freeze', 'deactivate', 'delete', 'keep'),
    deleteAfterDays: fc.constantFrom(0, 30),
  }),
  protect: fc.constantFrom([], [], ['username.startsWith("it")']),
}) as fc.Arbitrary<Partial<Application>>;

function application(more: Partial<Application>, title = 'title'): Application {
  return {
    name: 'crm',
    label: 'CRM',
    connector: 'salesforce',
    settings: {},
    usernameAttribute: 'Username',
    usernameSuffix: '',
    correlation: [],
    groupPush: [],
    importMappings: [],
    transfer: [],
    apiReserve: 0,
    mappings: [
      { attribute: 'Username', expression: 'email', onCreateOnly: true },
      { attribute: 'Title', expression: title },
    ],
    ...more,
  } as Application;
}

/** An account in the application, with what Joinery granted to it. */
interface Held {
  account: Account;
  managed: WantedEntitlement[];
}

const wantedFor = (policy: Application, person: Person) =>
  person.status === 'left' || !language.holds(policy.scope, person)
    ? ('absent' as const)
    : wantedAccount(policy, kind.entitlementTypes, person, language);

/** A plan as the lanes make it. */
function planned(policy: Application, person: Person, held: Held | undefined) {
  if (!policy.enabled || person.status === 'expected') return { operations: [], skipped: [] };
  const cause = person.status === 'left' ? 'leaver' : 'mover';
  return decide(
    {
      cause,
      wanted: wantedFor(policy, person),
      current: held?.account,
      recorded: held?.account.status,
      managed: (held?.managed ?? []).map(({ entitlement }) => entitlement),
      entitlementTypes: kind.entitlementTypes,
      pending: {},
      now: 0,
      removal: removalFor(policy.removal, kind.can, { cause, deletionDue: false }).removal,
      transfer: [],
      returnable: 0,
      protectedBy: held && protectedBy(policy, held.account, language),
    },
    policy,
  );
}

/** What an application makes of operations. */
function carriedOut(operations: Operation[], policy: Application, person: Person, before: Held | undefined) {
  return operations.reduce<Held | undefined>((held, operation) => {
    const wanted = wantedFor(policy, person);
    if (operation.kind === 'create' && wanted !== 'absent') return exactly(policy, person);
    if (!held || operation.kind === 'delete') return undefined;
    const { account } = held;
    const status = { freeze: 'frozen', deactivate: 'inactive', reactivate: 'active', unfreeze: 'active' } as const;
    const now = (status as Record<string, Account['status']>)[operation.kind] ?? account.status;
    const gone = operation.kind === 'revoke' ? operation.entitlements : [];
    const managed = held.managed.filter((one) => !gone.some((other) => sameEntitlement(one.entitlement, other)));
    return {
      account: { ...account, status: now, entitlements: managed.map(({ entitlement }) => entitlement) },
      managed,
    };
  }, before);
}

/** The account just as the policy wants it. */
function exactly(policy: Application, person: Person): Held | undefined {
  const wanted = wantedFor(policy, person);
  if (wanted === 'absent') return undefined;
  return {
    account: {
      nativeId: '1',
      username: wanted.username,
      status: 'active',
      attributes: Object.fromEntries(wanted.attributes.map(({ attribute, value }) => [attribute, value])),
      entitlements: wanted.entitlements.map(({ entitlement }) => entitlement),
    },
    managed: wanted.entitlements,
  };
}

/** What a history of two policies leaves of somebody, where the second has done all it may. */
function leftBy(first: Application, second: Application, person: Person): Held | undefined {
  const employed: Person = { ...person, status: person.status === 'left' ? 'active' : person.status };
  const began = carriedOut(planned(first, employed, undefined).operations, first, employed, undefined);
  const after = carriedOut(planned(second, person, began).operations, second, person, began);
  const isWanted = second.enabled && after !== undefined && wantedFor(second, person) !== 'absent';
  return isWanted ? exactly(second, person) : after;
}

it('whatever changes, it tells the operations that a plan has after the change and did not have before', () => {
  const seen = new Map<string, number>();
  fc.assert(
    fc.property(rules, rules, rules, fc.constantFrom('title', 'upper(title)'), (first, second, third, title) => {
      const [old, now] = [application(second), application(third, title)];
      for (const person of people) {
        const held = leftBy(application(first), old, person);
        const told = impactOn('crm', {
          before: person,
          after: person,
          old: { application: old, expressions: language },
          new: { application: now, expressions: language },
          kind,
          recorded: held && {
            username: held.account.username,
            status: held.account.status,
            managed: held.managed,
            deletion: 'none',
          },
        });
        const [before, after] = [planned(old, person, held), planned(now, person, held)];
        expect(before.operations).toEqual([]);
        expect(told?.operations ?? []).toEqual(after.operations.map((operation) => operation.kind));
        expect(told?.attributes ?? []).toMatchObject(after.operations.flatMap(({ changes }) => changes));
        const revoked = after.operations.filter((operation) => operation.kind === 'revoke');
        expect(told?.revokes.map(({ entitlement }) => entitlement) ?? []).toEqual(
          expect.arrayContaining(revoked.flatMap(({ entitlements }) => entitlements.map(({ name }) => `set ${name}`))),
        );
        seen.set(told?.kind ?? 'nobody', (seen.get(told?.kind ?? 'nobody') ?? 0) + 1);
      }
    }),
    { numRuns: 1_000 },
  );
  // Each of them was there often enough to be tried.
  for (const outcome of ['nobody', 'gains', 'loses', 'changes', 'released', 'skipped'])
    expect(seen.get(outcome) ?? 0, outcome).toBeGreaterThan(20);
});
