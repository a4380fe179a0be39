/**
 * Plan: what has to change in one account, decided before anything is changed. Desired state, not commands: planning
 * again after a plan was applied gives no operations.
 */
import {
  entitlementLabel,
  sameEntitlement,
  type Account,
  type AccountStatus,
  type AttributeValue,
  type Entitlement,
  type EntitlementType,
} from './account.ts';
import type { ChangeType } from './hr-event.ts';
import type { TransferRule } from './ownership.ts';

export type OperationKind =
  | 'create'
  | 'link'
  | 'reactivate'
  | 'unfreeze'
  | 'update'
  | 'freeze'
  | 'revoke'
  | 'grant'
  | 'scan'
  | 'transfer'
  | 'deactivate'
  | 'delete'
  | 'return';

export interface AttributeChange {
  attribute: string;
  old: AttributeValue;
  new: AttributeValue;
}

/**
 * One item of a plan. `entitlements`: those it grants or revokes; with create and update, the carried ones it sets.
 * `alternatives`: by attribute, the values to try in order when the one in `changes` is taken. `transfer`: which records
 * go to whom. `deleteAfterDays`: how long the deactivated account stays until it is deleted.
 */
export interface Operation {
  kind: OperationKind;
  changes: AttributeChange[];
  entitlements: Entitlement[];
  reason: string;
  alternatives?: Record<string, AttributeValue[]>;
  transfer?: TransferRule[];
  deleteAfterDays?: number;
}

/**
 * `alternatives`: values that serve as well, tried in order when the first is taken; an account that has one keeps it.
 * `rule`: where the value comes from, such as `field title`. `leaveWhenEmpty`: an account keeps what it has where the value is null.
 */
export interface WantedAttribute {
  attribute: string;
  value: AttributeValue;
  onCreateOnly: boolean;
  alternatives: AttributeValue[];
  rule: string;
  leaveWhenEmpty: boolean;
}

/** `reason`: the rule that gives it, such as `birthright "Sales": department == "Sales"`. */
export interface WantedEntitlement {
  entitlement: Entitlement;
  reason: string;
}

/** An entitlement that a rule gives and a person does not get, since an account has only one of its type. `by`: the rule that won. */
export interface OutrankedEntitlement extends WantedEntitlement {
  by: string;
}

/** What a person's account should be, by mappings, birthrights and pushed groups. */
export interface WantedAccount {
  username: string;
  attributes: WantedAttribute[];
  entitlements: WantedEntitlement[];
  outranked: OutrankedEntitlement[];
}

/** A value that was sent and that the application holds back until somebody confirms it. `sentAt`: ISO instant; null: unknown. */
export interface PendingValue {
  value: AttributeValue;
  sentAt: string | null;
}

/** By attribute. */
export type PendingValues = Record<string, PendingValue>;

export interface PlanInput {
  cause: ChangeType;
  /** `absent`: the person must have no access in this application. */
  wanted: WantedAccount | 'absent';
  current: Account | undefined;
  /** The status Joinery left the account in, `active` where others closed it; undefined when it is not recorded as this person's. */
  recorded: AccountStatus | undefined;
  /** What Joinery granted to this account; only this is ours to revoke. */
  managed: Entitlement[];
  entitlementTypes: readonly EntitlementType[];
  /** Values that were sent and that the application does not show yet. */
  pending: PendingValues;
  /** When the plan is made, in milliseconds: what has been pending for a week is sent once more. */
  now: number;
  /** How far the account is taken away where it has to go (domain/removal.ts). */
  removal: Removal;
  /** Which of a leaver's records go to whom; empty where nothing is transferred. */
  transfer: TransferRule[];
  /** Records of this person that went to others at an earlier leave and were not given back. */
  returnable: number;
}

/** The steps by which an account is taken away. */
export interface Removal {
  freeze: boolean;
  /** Look first for what keeps it from being deactivated. */
  scan: boolean;
  /** What Joinery granted. */
  revoke: boolean;
  deactivate: boolean;
  delete: boolean;
  /** How many days after it was deactivated the account is deleted; absent when it is not, or now. */
  deleteAfterDays?: number;
}

/** The operations, in the order in which they must be applied. Empty when nothing has to change. */
export function planAccount(input: PlanInput): Operation[] {
  return input.wanted === 'absent' ? planAbsence(input) : planPresence(input, input.wanted);
}

/** Of what Joinery granted, what the account does not hold any more: given again by hand, it would not be ours. */
export function takenEntitlements(managed: Entitlement[], current: Account): Entitlement[] {
  return managed.filter((entitlement) => !holds(current, entitlement));
}

/** Of the pending values, those that are still wanted and that the application does not show yet. */
export function stillPending(pending: PendingValues, wanted: WantedAccount, current: Account): PendingValues {
  return Object.fromEntries(
    Object.entries(pending).filter(
      ([attribute, sent]) =>
        !sameValue(current.attributes[attribute] ?? null, sent.value) &&
        wanted.attributes.some((one) => one.attribute === attribute && serves(one, sent.value)),
    ),
  );
}

function planPresence(input: PlanInput, wanted: WantedAccount): Operation[] {
  const { current, cause, recorded } = input;
  const carried = wanted.entitlements.filter(({ entitlement }) => isCarried(input, entitlement));
  const assigned = wanted.entitlements.filter(({ entitlement }) => !isCarried(input, entitlement));
  if (!current) {
    const create: Operation = {
      kind: 'create',
      changes: wanted.attributes
        .filter(({ value }) => !isEmpty(value))
        .map(({ attribute, value }) => ({ attribute, old: null, new: value })),
      entitlements: carried.map(({ entitlement }) => entitlement),
      reason: 'no account yet',
      ...alternativesOf(wanted),
    };
    return [create, ...grants(assigned)];
  }
  // What Joinery closed, Joinery opens again; what an administrator closed stays so until the person joins again.
  const reopens = (status: AccountStatus) => current.status === status && (cause === 'joiner' || recorded === status);
  return [
    ...(reopens('inactive') ? [step('reactivate', 'the person is back')] : []),
    ...(reopens('frozen') ? [step('unfreeze', 'the person is back')] : []),
    ...revocations(
      input,
      assigned.map(({ entitlement }) => entitlement),
      'no longer follows from who the person is',
    ),
    ...update(input, current, wanted, carried),
    ...grants(assigned.filter(({ entitlement }) => !holds(current, entitlement))),
    ...(cause === 'joiner' && input.returnable > 0
      ? [step('return', `${input.returnable} records went to others when the person left`)]
      : []),
  ];
}

function planAbsence(input: PlanInput): Operation[] {
  const { current, recorded, cause } = input;
  // Only a leaver takes away an account that Joinery has never had in its hands.
  if (!current || (recorded === undefined && cause !== 'leaver')) return [];
  const { removal, transfer } = input;
  const reason = cause === 'leaver' ? 'the person has left' : 'the person is no longer in scope';
  return [
    ...(removal.freeze && current.status === 'active' ? [step('freeze', reason)] : []),
    ...(removal.scan && removal.deactivate && current.status !== 'inactive' ? [step('scan', reason)] : []),
    ...(transfer.length > 0 ? [{ ...step('transfer', reason), transfer }] : []),
    ...(removal.revoke ? revocations(input, [], reason) : []),
    ...(removal.deactivate && current.status !== 'inactive' ? [deactivation(removal, reason)] : []),
    ...(removal.delete ? [step('delete', reason)] : []),
  ];
}

function deactivation({ deleteAfterDays: days }: Removal, reason: string): Operation {
  const deactivate = step('deactivate', reason);
  if (days === undefined) return deactivate;
  return { ...deactivate, reason: `${reason}; deleted ${days} days later`, deleteAfterDays: days };
}

function update(
  { pending, now }: PlanInput,
  current: Account,
  wanted: WantedAccount,
  carried: WantedAccount['entitlements'],
): Operation[] {
  const changes = wanted.attributes
    .filter(({ onCreateOnly, value, leaveWhenEmpty }) => !onCreateOnly && !(leaveWhenEmpty && isEmpty(value)))
    .filter(
      ({ attribute, alternatives }) =>
        !alternatives.some((one) => sameName(one, current.attributes[attribute] ?? null)),
    )
    // Sent before, and waiting for somebody to confirm it: sending it again would only send another mail.
    .filter((one) => !isAwaited(one, pending[one.attribute], now))
    .map(({ attribute, value }) => ({ attribute, old: current.attributes[attribute] ?? null, new: value }))
    .filter((change) => !sameValue(change.old, change.new));
  const moved = carried.filter(({ entitlement }) => !holds(current, entitlement));
  if (changes.length === 0 && moved.length === 0) return [];
  const reason =
    moved.length > 0
      ? moved.map((item) => `${entitlementLabel(item.entitlement)}: ${item.reason}`).join('; ')
      : 'the profile differs';
  return [
    {
      kind: 'update',
      changes,
      entitlements: moved.map(({ entitlement }) => entitlement),
      reason,
      ...alternativesOf(wanted, changes),
    },
  ];
}

/** Nobody confirms a mail that is a week old: it may be lost, or its link no longer valid. */
const CONFIRMED_WITHIN_MS = 7 * 86_400_000;

function isAwaited(wanted: WantedAttribute, sent: PendingValue | undefined, now: number): boolean {
  if (!sent || sent.sentAt === null || !serves(wanted, sent.value)) return false;
  return now - Date.parse(sent.sentAt) < CONFIRMED_WITHIN_MS;
}

function serves({ value, alternatives }: WantedAttribute, sent: AttributeValue): boolean {
  return [value, ...alternatives].some((one) => sameValue(one, sent));
}

/** The alternatives of the attributes that are written; without `written`, of all. */
export function alternativesOf(
  { attributes }: WantedAccount,
  written?: AttributeChange[],
): Pick<Operation, 'alternatives'> {
  const offered = attributes.filter(
    ({ attribute, alternatives }) =>
      alternatives.length > 0 && (written === undefined || written.some((change) => change.attribute === attribute)),
  );
  if (offered.length === 0) return {};
  return { alternatives: Object.fromEntries(offered.map(({ attribute, alternatives }) => [attribute, alternatives])) };
}

function grants(wanted: WantedAccount['entitlements']): Operation[] {
  if (wanted.length === 0) return [];
  return [
    { kind: 'grant', changes: [], entitlements: wanted.map(({ entitlement }) => entitlement), reason: reasons(wanted) },
  ];
}

function revocations(input: PlanInput, keep: Entitlement[], reason: string): Operation[] {
  const entitlements = input.managed.filter(
    (held) =>
      !isCarried(input, held) &&
      input.current !== undefined &&
      holds(input.current, held) &&
      !keep.some((wanted) => sameEntitlement(wanted, held) || (isSingle(input, held) && wanted.type === held.type)),
  );
  return entitlements.length === 0 ? [] : [{ kind: 'revoke', changes: [], entitlements, reason }];
}

function reasons(wanted: WantedAccount['entitlements']): string {
  return [...new Set(wanted.map(({ reason }) => reason))].join('; ');
}

function step(kind: OperationKind, reason: string): Operation {
  return { kind, changes: [], entitlements: [], reason };
}

function isCarried(input: PlanInput, entitlement: Entitlement): boolean {
  return input.entitlementTypes.some(({ type, carried }) => carried && type === entitlement.type);
}

/** Granting another of a single type replaces what is held: nothing has to be revoked first. */
function isSingle({ entitlementTypes }: PlanInput, { type: held }: Entitlement): boolean {
  return entitlementTypes.some(({ type, single }) => single === true && type === held);
}

function holds(account: Account, entitlement: Entitlement): boolean {
  return account.entitlements.some((held) => sameEntitlement(held, entitlement));
}

function sameValue(a: AttributeValue, b: AttributeValue): boolean {
  return (isEmpty(a) && isEmpty(b)) || a === b;
}

/** Applications may keep names in lower case. */
function sameName(a: AttributeValue, b: AttributeValue): boolean {
  return !isEmpty(a) && String(a).toLowerCase() === String(b).toLowerCase();
}

function isEmpty(value: AttributeValue): boolean {
  return value === null || value === '';
}
