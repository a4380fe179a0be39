/** Of what is planned afresh, only what stands in the plan that was read. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { approvedOnly, type Planned } from '#domain/approval.ts';
import type { Operation, OperationKind } from '#domain/plan.ts';

const account = { nativeId: '005A', username: 'ada@example.com', status: 'active' as const };
const step = (kind: OperationKind, more: Partial<Operation> = {}): Operation => ({
  kind,
  changes: [],
  entitlements: [],
  reason: '',
  ...more,
});
const set = (name: string) => ({ type: 'permission-set', name });
const plan = (...operations: Operation[]): Planned => ({ account, operations, skipped: [] });
const department = (old: string | null, value: string) =>
  step('update', { changes: [{ attribute: 'Department', old, new: value }] });

describe('an approved plan', () => {
  it('allows what stands in it', () => {
    const planned = plan(department('Sales', 'IT'), step('grant', { entitlements: [set('Console')] }));
    expect(approvedOnly(planned, planned)).toEqual({ operations: planned.operations, refused: [], needless: [] });
  });

  it('refuses what starts from another value, and says which', () => {
    const { operations, refused } = approvedOnly(plan(department('Marketing', 'IT')), plan(department('Sales', 'IT')));
    expect(operations).toEqual([]);
    expect(refused[0]?.why).toBe('Department was Sales when the plan was made and is Marketing now');
  });

  it('refuses what would lead elsewhere, and says where', () => {
    const { refused } = approvedOnly(plan(department('Sales', 'Legal')), plan(department('Sales', 'IT')));
    expect(refused[0]?.why).toBe('Department would now become Legal, and IT by the plan');
  });

  it('refuses a change of more, or of less', () => {
    const title = { attribute: 'Title', old: null, new: 'Chief' };
    const both = step('update', { changes: [...department('Sales', 'IT').changes, title] });
    expect(approvedOnly(plan(both), plan(department('Sales', 'IT'))).refused[0]?.why).toBe(
      'Title would now become Chief as well',
    );
    expect(approvedOnly(plan(department('Sales', 'IT')), plan(both)).refused[0]?.why).toBe(
      'Title would no longer become Chief',
    );
  });

  it('refuses a carried entitlement that is another', () => {
    const profile = (name: string) => step('update', { entitlements: [{ type: 'profile', name }] });
    const { refused } = approvedOnly(plan(profile('Admin')), plan(profile('User')));
    expect(refused[0]?.why).toBe('it would now give profile Admin; it would no longer give profile User');
  });

  it('refuses other names to try, and other owners of records', () => {
    const named = (names: string[]) => step('update', { ...department('Sales', 'IT'), alternatives: { Alias: names } });
    expect(approvedOnly(plan(named(['a'])), plan(named(['b']))).refused[0]?.why).toBe(
      'what is tried when a name is taken has changed',
    );
    const rule = (object: string) => step('transfer', { transfer: [{ objects: [object], to: ['manager'] }] });
    expect(approvedOnly(plan(rule('Case')), plan(rule('Account'))).refused[0]?.why).toBe(
      'which records go to whom has changed',
    );
  });

  it('does not mind in which order a store keeps keys', () => {
    const rule = { objects: ['Case'], to: ['manager' as const] };
    const stored = { to: ['manager' as const], objects: ['Case'] };
    expect(
      approvedOnly(plan(step('transfer', { transfer: [rule] })), plan(step('transfer', { transfer: [stored] })))
        .refused,
    ).toEqual([]);
  });

  it('allows of a grant what it names, and refuses the rest', () => {
    const now = plan(step('grant', { entitlements: [set('Console'), set('Reports')] }));
    const { operations, refused } = approvedOnly(
      now,
      plan(step('grant', { entitlements: [set('console'), set('Old')] })),
    );
    expect(operations).toEqual([step('grant', { entitlements: [set('Console')] })]);
    expect(refused).toEqual([{ operation: step('grant', { entitlements: [set('Reports')] }), why: 'not in the plan' }]);
  });

  it('tells what is not needed any more, unless it is skipped now', () => {
    const then = plan(department('Sales', 'IT'), step('grant', { entitlements: [set('Console'), set('Reports')] }));
    const skipped = [{ operation: department('Sales', 'IT'), why: 'Edit User is off' }];
    const now = { account, skipped, operations: [step('grant', { entitlements: [set('Reports')] })] };
    expect(approvedOnly(now, then).needless).toEqual([step('grant', { entitlements: [set('Console')] })]);
    expect(approvedOnly(plan(), then).needless).toEqual(then.operations);
  });

  it.each(['create', 'link', 'reactivate'] as const)('refuses what builds on a refused %s', (kind) => {
    const grant = step('grant', { entitlements: [set('Console')] });
    const now = { operations: [step(kind), grant], skipped: [], ...(kind === 'create' ? {} : { account }) };
    const { operations, refused } = approvedOnly(now, plan(grant));
    expect(operations).toEqual([]);
    expect(refused.map(({ why }) => why)).toEqual([
      'not in the plan',
      `builds on ${kind}, which is refused: not in the plan`,
    ]);
  });

  it('goes on past a refused update', () => {
    const grant = step('grant', { entitlements: [set('Console')] });
    expect(
      approvedOnly(plan(department('Sales', 'Legal'), grant), plan(department('Sales', 'IT'), grant)).operations,
    ).toEqual([grant]);
  });

  it('is for one account only', () => {
    const other = { ...account, nativeId: '005B', username: 'ada2@example.com' };
    const now = { ...plan(department('Sales', 'IT')), account: other };
    expect(approvedOnly(now, plan(department('Sales', 'IT'))).refused[0]?.why).toBe(
      'the account was ada@example.com (005A) when the plan was made and is ada2@example.com (005B) now',
    );
  });

  it('goes on with the account that it made, not with one that was found', () => {
    const grant = step('grant', { entitlements: [set('Console')] });
    const then: Planned = { operations: [step('create'), grant], skipped: [] };
    expect(approvedOnly(plan(grant), then)).toEqual({ operations: [grant], refused: [], needless: [step('create')] });
    const found = approvedOnly(plan(step('link'), grant), then);
    expect(found.operations).toEqual([]);
    expect(found.refused[0]?.why).toBe(
      'there was no account when the plan was made, and now there is ada@example.com (005A)',
    );
  });
});

const KINDS: OperationKind[] = [
  'create',
  'link',
  'reactivate',
  'unfreeze',
  'revoke',
  'update',
  'grant',
  'freeze',
  'deactivate',
];
const change = fc.record({
  attribute: fc.constantFrom('A', 'B'),
  old: fc.constantFrom(null, 'x'),
  new: fc.constantFrom('x', 'y'),
});
const changes = fc.uniqueArray(change, { maxLength: 2, selector: ({ attribute }) => attribute });
const entitlements = fc.uniqueArray(fc.constantFrom(set('p'), set('q'), set('r')), {
  minLength: 1,
  selector: ({ name }) => name,
});
const operation = (kind: OperationKind): fc.Arbitrary<Operation> => {
  if (kind === 'update' || kind === 'create') return changes.map((some) => step(kind, { changes: some }));
  if (kind === 'grant' || kind === 'revoke') return entitlements.map((some) => step(kind, { entitlements: some }));
  return fc.constant(step(kind));
};
const operations = fc.subarray(KINDS).chain((kinds) => fc.tuple(...kinds.map(operation)));
const planned: fc.Arbitrary<Planned> = fc.record(
  { operations, skipped: fc.constant([]), account: fc.constantFrom(account, { ...account, nativeId: '005B' }) },
  { requiredKeys: ['operations', 'skipped'] },
);

/** What an operation does, each by itself. */
const parts = ({ kind, changes: some, entitlements: given }: Operation): string[] =>
  given.length > 0 ? given.map(({ name }) => `${kind} ${name}`) : [`${kind} ${JSON.stringify(some)}`];

describe('of any two plans', () => {
  it('carries out nothing that the approved one does not name', () => {
    fc.assert(
      fc.property(planned, planned, (fresh, approved) => {
        const named = approved.operations.flatMap(parts);
        for (const part of approvedOnly(fresh, approved).operations.flatMap(parts)) expect(named).toContain(part);
      }),
    );
  });

  it('accounts for every planned operation, once and in order', () => {
    fc.assert(
      fc.property(planned, planned, (fresh, approved) => {
        const { operations: allowed, refused } = approvedOnly(fresh, approved);
        const told = [...allowed, ...refused.map((one) => one.operation)].flatMap(parts);
        expect(told.toSorted()).toEqual(fresh.operations.flatMap(parts).toSorted());
        const order = fresh.operations.map(({ kind }) => kind);
        expect(allowed.map(({ kind }) => order.indexOf(kind))).toEqual(
          allowed.map(({ kind }) => order.indexOf(kind)).toSorted((a, b) => a - b),
        );
      }),
    );
  });

  it('accounts for every approved operation: carried out, refused for a difference, or needless', () => {
    fc.assert(
      fc.property(planned, planned, (fresh, approved) => {
        const due = fresh.operations.flatMap((one) => (one.entitlements.length > 0 ? parts(one) : [one.kind]));
        const needless = approvedOnly(fresh, approved).needless.flatMap(parts);
        for (const one of approved.operations)
          for (const part of parts(one))
            expect(needless.includes(part)).toBe(!due.includes(one.entitlements.length > 0 ? part : one.kind));
      }),
    );
  });

  it('allows the whole of itself, and of what it allowed once the same again', () => {
    fc.assert(
      fc.property(planned, planned, (fresh, approved) => {
        expect(approvedOnly(fresh, fresh)).toEqual({ operations: fresh.operations, refused: [], needless: [] });
        const { operations: allowed } = approvedOnly(fresh, approved);
        expect(approvedOnly({ ...fresh, operations: allowed }, approved).operations).toEqual(allowed);
      }),
    );
  });

  it('does nothing after a step that was refused and that the rest builds on', () => {
    fc.assert(
      fc.property(planned, planned, (fresh, approved) => {
        const { operations: allowed, refused } = approvedOnly(fresh, approved);
        const order = fresh.operations.map(({ kind }) => kind);
        const broken = refused.filter(({ operation: { kind } }) => ['create', 'link', 'reactivate'].includes(kind));
        for (const {
          operation: { kind },
        } of broken)
          for (const one of allowed) expect(order.indexOf(one.kind)).toBeLessThan(order.indexOf(kind));
      }),
    );
  });

  it('never touches another account than the one that was planned for', () => {
    fc.assert(
      fc.property(planned, planned, (fresh, approved) => {
        fc.pre(
          fresh.account !== undefined &&
            approved.account !== undefined &&
            fresh.account.nativeId !== approved.account.nativeId,
        );
        expect(approvedOnly(fresh, approved).operations).toEqual([]);
      }),
    );
  });
});
