/** Application: one configured place that people get accounts in, and the rules that say who gets what there. */
import type { Account, AttributeValue, Entitlement, EntitlementType } from './account.ts';
import type { Expressions } from './expression.ts';
import type { TransferRule } from './ownership.ts';
import type { Person } from './person.ts';
import type { WantedAccount, WantedAttribute } from './plan.ts';

/**
 * Attribute mapping: an application's attribute and what gives it, exactly one of `field` (a profile field as it is),
 * `constant` and `expression`.
 */
export interface AttributeMapping {
  attribute: string;
  field?: string | undefined;
  constant?: AttributeValue | undefined;
  expression?: string | undefined;
  /** The value when there is none. */
  default?: AttributeValue | undefined;
  /** What happens to an account's value when there is none here: `clear` (also when absent) or `leave`. */
  whenEmpty?: 'clear' | 'leave' | undefined;
  /** Set when the account is made, never changed after. */
  onCreateOnly?: boolean | undefined;
  /**
   * Expressions for values that serve as well, tried in order when the one before is taken. One that says `number` stands
   * for a row of values, with 2, 3, … 20 in its place. At most 30 values count.
   */
  alternatives?: string[] | undefined;
}

/** Correlation rule: an account belongs to a person when its attribute equals the expression's value. */
interface CorrelationRule {
  attribute: string;
  expression: string;
}

/** Birthright: entitlements that follow from who somebody is. Of types held once the first rule that holds wins. */
export interface Birthright {
  /** What people call the rule. */
  name?: string | undefined;
  when: string;
  grant: Entitlement[];
}

/** Which kinds of change Joinery may make in an application. What is off is reported as skipped. */
export interface Toggles {
  /** Take over accounts, and people, that are found there. */
  importUsers: boolean;
  /** Make accounts, bring them back, give them what they start with. */
  createUser: boolean;
  /** Change attributes and entitlements of accounts. */
  editUser: boolean;
  /** Freeze, empty, deactivate, delete accounts. */
  deleteUser: boolean;
  /** Set passwords. */
  passwordSync: boolean;
}

/** How far an account is taken away. Deactivating includes freezing, deleting includes both, each where the application can. */
export type RemovalDepth = 'freeze' | 'deactivate' | 'delete';

export interface RemovalPolicy {
  leaver: RemovalDepth;
  /** Of somebody who still works here and whom the application is not for any more; `keep`: the account stays as it is. */
  outOfScope: RemovalDepth | 'keep';
  /** How many days an account stays deactivated before it is deleted. */
  deleteAfterDays: number;
}

/** Groups that are made in an application as entitlements of a type, with the members they have here. */
export interface GroupPush {
  /** Names of groups; `*` stands for any characters. */
  groups: string[];
  /** The type of entitlement, such as `public-group`. */
  type: string;
  /** An expression over `group` and `label` that names the entitlement. */
  name: string;
}

export const ALL_TOGGLES: Toggles = {
  importUsers: true,
  createUser: true,
  editUser: true,
  deleteUser: true,
  passwordSync: true,
};

export const DEFAULT_REMOVAL: RemovalPolicy = { leaver: 'deactivate', outOfScope: 'deactivate', deleteAfterDays: 0 };

export interface Application {
  name: string;
  label: string;
  connector: string;
  settings: Record<string, unknown>;
  enabled: boolean;
  /** `link-only`: existing accounts are taken over, and nothing is changed in the application. */
  mode: 'provision' | 'link-only';
  toggles: Toggles;
  /** Whom the application is for. */
  scope: string;
  /** Which mapping gives the name people sign in with. */
  usernameAttribute: string;
  /** Put behind every username, such as `.uat` in a sandbox; usually empty. */
  usernameSuffix: string;
  mappings: AttributeMapping[];
  /** In order: the first rule that matches an account decides. */
  correlation: CorrelationRule[];
  birthrights: Birthright[];
  groupPush: GroupPush[];
  removal: RemovalPolicy;
  /** Conditions over an account (`username`, `status`, `attributes`, `entitlements`): one that meets any is never touched. */
  protect: string[];
  /** Which of a leaver's records go to whom. */
  transfer: TransferRule[];
  /** The share of the application's API calls, 0 to 1, that only leavers may touch. */
  apiReserve: number;
}

/** The account this person should have: every mapping computed, every birthright that holds. */
export function wantedAccount(
  application: Application,
  types: readonly EntitlementType[],
  person: Person,
  expressions: Expressions,
): WantedAccount {
  const attributes = application.mappings.map((mapping): WantedAttribute => {
    const complete = (value: AttributeValue) => withSuffix(application, mapping.attribute, emptyToNull(value));
    const value = complete(mappedValue(mapping, person, expressions));
    const alternatives = () => (mapping.alternatives ?? []).flatMap((one) => expressions.alternatives(one, person));
    return {
      attribute: mapping.attribute,
      value,
      onCreateOnly: mapping.onCreateOnly ?? false,
      rule: ruleOf(mapping),
      leaveWhenEmpty: mapping.whenEmpty === 'leave',
      alternatives: value === null ? [] : distinct(value, alternatives().map(complete)),
    };
  });
  const username = attributes.find(({ attribute }) => attribute === application.usernameAttribute)?.value ?? '';
  return { username: String(username), attributes, entitlements: birthrights(application, types, person, expressions) };
}

/** What the mapping gives for a person, before the username suffix. */
function mappedValue(mapping: AttributeMapping, person: Person, expressions: Expressions): AttributeValue {
  const given =
    mapping.expression !== undefined
      ? expressions.value(mapping.expression, person)
      : (mapping.constant ?? person.profile[mapping.field ?? ''] ?? null);
  return emptyToNull(given) ?? mapping.default ?? null;
}

/** Where a mapping takes its value from: `field title`, `constant`, `lower(email)`. */
function ruleOf({ field, constant, expression = '' }: AttributeMapping): string {
  if (field !== undefined) return `field ${field}`;
  return constant === undefined ? expression : 'constant';
}

/** One account is not worth more calls than this. */
const MOST_ALTERNATIVES = 30;

/** What stands for something else than the value and than what came before it; applications do not tell `Ada` from `ada`. */
function distinct(value: AttributeValue, alternatives: AttributeValue[]): AttributeValue[] {
  const seen = new Set(['', comparable(value)]);
  return alternatives
    .filter((one) => !seen.has(comparable(one)) && seen.add(comparable(one)))
    .slice(0, MOST_ALTERNATIVES);
}

/** The value with the username suffix behind it, once, where the attribute is the username. */
function withSuffix(
  { usernameAttribute, usernameSuffix }: Application,
  attribute: string,
  value: AttributeValue,
): AttributeValue {
  if (attribute !== usernameAttribute || value === null) return value;
  return comparable(value).endsWith(usernameSuffix.toLowerCase()) ? value : `${value}${usernameSuffix}`;
}

/** What a correlation rule looks for: the attribute and the value that this person's account has in it, perhaps empty. */
export function correlationValues(
  application: Application,
  person: Person,
  expressions: Expressions,
): { attribute: string; value: string }[] {
  return application.correlation.map(({ attribute, expression }) => {
    const value = emptyToNull(expressions.value(expression, person));
    return { attribute, value: String(withSuffix(application, attribute, value) ?? '') };
  });
}

export type Match = { found: 'none' } | { found: 'one'; account: Account } | { found: 'several'; accounts: Account[] };

/**
 * Which of the candidate accounts is the person's, by the first correlation rule that matches any. An account whose value
 * for an earlier rule is another person's (it carries another employee number) is not taken by a later, weaker rule.
 */
export function correlate(
  application: Application,
  candidates: Account[],
  person: Person,
  expressions: Expressions,
): Match {
  let unclaimed = candidates;
  for (const rule of correlationValues(application, person, expressions)) {
    const value = comparable(rule.value);
    const matches = unclaimed.filter(
      ({ attributes }) => value !== '' && comparable(attributes[rule.attribute]) === value,
    );
    const [account] = matches;
    if (matches.length > 1) return { found: 'several', accounts: matches };
    if (account) return { found: 'one', account };
    unclaimed = unclaimed.filter(({ attributes }) => value === '' || comparable(attributes[rule.attribute]) === '');
  }
  return { found: 'none' };
}

function comparable(value: AttributeValue | undefined): string {
  return String(value ?? '').toLowerCase();
}

function birthrights(
  application: Application,
  types: readonly EntitlementType[],
  person: Person,
  expressions: Expressions,
): WantedAccount['entitlements'] {
  const wanted: WantedAccount['entitlements'] = [];
  for (const rule of application.birthrights) {
    if (!expressions.holds(rule.when, person)) continue;
    for (const entitlement of rule.grant) {
      const isOnlyOne = types.some(({ type, carried, single }) => (carried || single) && type === entitlement.type);
      const taken = wanted.some(({ entitlement: other }) =>
        isOnlyOne
          ? other.type === entitlement.type
          : other.type === entitlement.type && other.name === entitlement.name,
      );
      if (!taken) wanted.push({ entitlement, reason: `birthright ${rule.when}` });
    }
  }
  return wanted;
}

function emptyToNull<T>(value: T | ''): T | null {
  return value === '' ? null : value;
}
