/** Application: one configured place that people get accounts in, and the rules that say who gets what there. */
import type { Account, AttributeValue, Entitlement, EntitlementType } from './account.ts';
import type { Expressions } from './expression.ts';
import type { TransferRule } from './ownership.ts';
import type { Person } from './person.ts';
import type { WantedAccount } from './plan.ts';

/** Attribute mapping: an application's attribute and the expression that gives it. */
interface AttributeMapping {
  attribute: string;
  expression: string;
  /** Set when the account is made, never changed after. */
  onCreateOnly?: boolean | undefined;
  /**
   * Expressions for values that serve as well, tried in order when the one before is taken. One that says `number` stands
   * for a row of values, with 2, 3, … in its place.
   */
  alternatives?: string[] | undefined;
}

/** Correlation rule: an account belongs to a person when its attribute equals the expression's value. */
interface CorrelationRule {
  attribute: string;
  expression: string;
}

/** Birthright: entitlements that follow from who somebody is. Of types held once the first rule that holds wins. */
interface Birthright {
  when: string;
  grant: Entitlement[];
}

export interface Application {
  name: string;
  label: string;
  connector: string;
  settings: Record<string, unknown>;
  enabled: boolean;
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
  const attributes = application.mappings.map(({ attribute, expression, onCreateOnly }) => ({
    attribute,
    value: emptyToNull(expressions.value(expression, person)),
    onCreateOnly: onCreateOnly ?? false,
    alternatives: [],
  }));
  const username = attributes.find(({ attribute }) => attribute === application.usernameAttribute)?.value ?? '';
  return { username: String(username), attributes, entitlements: birthrights(application, types, person, expressions) };
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
  for (const rule of application.correlation) {
    const value = comparable(expressions.value(rule.expression, person));
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
