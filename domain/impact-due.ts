/** What is due: what a policy would do to a person's account, as far as it follows from what the old policy has left. */
import type { Account, EntitlementType } from './account.ts';
import { wantedAccount, type Application } from './application.ts';
import { canonical } from './canonical.ts';
import { decide } from './decision.ts';
import type { Expressions } from './expression.ts';
import type { Person } from './person.ts';
import type { WantedAccount, WantedAttribute, WantedEntitlement } from './plan.ts';
import { protectedBy } from './protection.ts';
import { removalFor, type RemovalAbilities } from './removal.ts';
import type { Decision } from './toggles.ts';

/** One policy, as far as it is about one application. `application` is undefined where there is none. */
interface PolicySide {
  application: Application | undefined;
  expressions: Expressions;
}

/** What the application can hold and be asked for. */
export interface ApplicationKind {
  entitlementTypes: readonly EntitlementType[];
  can: RemovalAbilities;
}

/** What the directory remembers of an account: how it was left, and what Joinery granted to it and why. */
export interface RecordedAccount extends Pick<Account, 'username' | 'status'> {
  managed: WantedEntitlement[];
  /** Whether it is noted that the account will be deleted; `due`: the day has come. */
  deletion: 'none' | 'noted' | 'due';
}

export interface ImpactInput {
  /** The person with the groups that name them, before and after. */
  before: Person;
  after: Person;
  old: PolicySide;
  new: PolicySide;
  kind: ApplicationKind;
  recorded: RecordedAccount | undefined;
}

/** The account that the policy wants for the person. Throws ExpressionError when a rule can not be computed. */
export function wantedBy({ application, expressions }: PolicySide, person: Person, kind: ApplicationKind) {
  if (!application?.enabled || person.status === 'left' || !expressions.holds(application.scope, person))
    return 'absent' as const;
  return wantedAccount(application, kind.entitlementTypes, person, expressions);
}

/** An account as the old policy has left it. */
export interface Held {
  account: Account;
  attributes: WantedAttribute[];
  managed: WantedEntitlement[];
  /** The old policy wants it, and it is just that. */
  isWanted: boolean;
}

/** The account that `wanted`, by the old policy, has led to; undefined where there is none. Throws likewise. */
export function heldBy(wanted: WantedAccount | 'absent', input: ImpactInput): Held | undefined {
  const { old, recorded } = input;
  if (wanted !== 'absent' && old.application && (recorded || makes(old.application, old, wanted, input))) {
    const { username, attributes, entitlements } = wanted;
    return {
      account: accountOf({ username, status: 'active' }, attributes, entitlements),
      attributes,
      managed: entitlements,
      isWanted: true,
    };
  }
  if (wanted !== 'absent' || !recorded) return undefined;
  const attributes = presumed(input);
  return {
    account: accountOf(recorded, attributes, recorded.managed),
    attributes,
    managed: recorded.managed,
    isWanted: false,
  };
}

/** Whether the policy lets an account be made where there is none. */
function makes(application: Application, side: PolicySide, wanted: WantedAccount, input: ImpactInput): boolean {
  const { operations } = dueUnder(application, side, undefined, wanted, input);
  return operations.some(({ kind }) => kind === 'create');
}

/** What the attributes of an account that the old policy does not want are likely to be: what its mappings gave. */
function presumed({ before, old, new: now, kind }: ImpactInput): WantedAttribute[] {
  const side = old.application ? old : now;
  if (!side.application) return [];
  return wantedAccount(side.application, kind.entitlementTypes, before, side.expressions).attributes;
}

function accountOf(
  { username, status }: Pick<Account, 'username' | 'status'>,
  attributes: readonly WantedAttribute[],
  entitlements: readonly WantedEntitlement[],
): Account {
  return {
    nativeId: '',
    username,
    status,
    attributes: Object.fromEntries(attributes.map(({ attribute, value }) => [attribute, value])),
    entitlements: entitlements.map(({ entitlement }) => entitlement),
  };
}

export interface Due extends Decision {
  deleteInDays?: number;
}

const NOTHING: Due = { operations: [], skipped: [] };

/** What is due for the account under one policy, as activities/planning.ts decides it. Throws likewise. */
export function dueUnder(
  application: Application,
  { expressions }: PolicySide,
  held: Held | undefined,
  wanted: WantedAccount | 'absent',
  { after, kind, recorded }: ImpactInput,
): Due {
  const cause = after.status === 'left' ? 'leaver' : 'mover';
  const deletion = recorded?.deletion ?? 'none';
  const { removal } = removalFor(application.removal, kind.can, { cause, deletionDue: deletion === 'due' });
  const current = held?.account;
  const protection = current && protectedBy(application, current, expressions);
  const decision = decide(
    {
      cause,
      wanted,
      current,
      recorded: current?.status,
      managed: current?.entitlements ?? [],
      entitlementTypes: kind.entitlementTypes,
      pending: {},
      now: 0,
      removal,
      transfer: cause === 'leaver' ? application.transfer : [],
      returnable: 0,
      protectedBy: protection,
    },
    application,
  );
  const isOutOfUse =
    wanted === 'absent' && current?.status === 'inactive' && deletion === 'none' && decision.skipped.length === 0;
  const deleteInDays = isOutOfUse && protection === undefined ? removal.deleteAfterDays : undefined;
  return { ...decision, ...(deleteInDays === undefined ? {} : { deleteInDays }) };
}

/** What the old policy would do to the account that it has left; to one that is just what it wants, nothing. */
export function dueBefore(held: Held | undefined, input: ImpactInput): Due {
  const { before, old, kind } = input;
  if (held?.isWanted || !old.application?.enabled) return NOTHING;
  return dueUnder(old.application, old, held, wantedBy(old, before, kind), input);
}

/** Why something is skipped may be said in other words. */
export function sameDue(a: Due, b: Due): boolean {
  const told = ({ operations, skipped, deleteInDays }: Due) =>
    canonical([operations, skipped.map(({ operation }) => operation.kind), deleteInDays ?? null]);
  return told(a) === told(b);
}
