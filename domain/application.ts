/** Application: one configured place that people get accounts in, and the rules that say who gets what there. */
import type { EntitlementType } from './account.ts';
import { birthrightEntitlements, byPrecedence, type Birthright } from './birthright.ts';
import type { CorrelatedApplication } from './correlation.ts';
import type { Expressions } from './expression.ts';
import { pushedEntitlements, type GroupPush } from './group-push.ts';
import type { ImportMapping } from './import-mapping.ts';
import { wantedAttribute, type AttributeMapping } from './mapping.ts';
import type { TransferRule } from './ownership.ts';
import type { Person } from './person.ts';
import type { WantedAccount } from './plan.ts';

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
type RemovalDepth = 'freeze' | 'deactivate' | 'delete';

export interface RemovalPolicy {
  leaver: RemovalDepth;
  /** Of somebody who still works here and whom the application is not for any more; `keep`: the account stays as it is. */
  outOfScope: RemovalDepth | 'keep';
  /** How many days an account stays deactivated before it is deleted. */
  deleteAfterDays: number;
}

export const ALL_TOGGLES: Toggles = {
  importUsers: true,
  createUser: true,
  editUser: true,
  deleteUser: true,
  passwordSync: true,
};

export const DEFAULT_REMOVAL: RemovalPolicy = { leaver: 'deactivate', outOfScope: 'deactivate', deleteAfterDays: 0 };

export interface Application extends CorrelatedApplication {
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
  mappings: AttributeMapping[];
  birthrights: Birthright[];
  groupPush: GroupPush[];
  removal: RemovalPolicy;
  /** Conditions over an account (`username`, `status`, `attributes`, `entitlements`): one that meets any is never touched. */
  protect: string[];
  /** What is known of people by their accounts, for imports; empty: `mappings` turned round (domain/import-mapping.ts). */
  importMappings: ImportMapping[];
  /** Which of a leaver's records go to whom. */
  transfer: TransferRule[];
  /** The share of the application's API calls, 0 to 1, that only leavers may touch. */
  apiReserve: number;
}

/** The account this person should have. Throws ExpressionError when a rule can not be computed. */
export function wantedAccount(
  application: Application,
  types: readonly EntitlementType[],
  person: Person,
  expressions: Expressions,
): WantedAccount {
  const attributes = application.mappings.map((mapping) => wantedAttribute(mapping, application, person, expressions));
  const username = attributes.find(({ attribute }) => attribute === application.usernameAttribute)?.value ?? '';
  const given = [
    ...application.birthrights.flatMap((rule) => birthrightEntitlements(rule, person, expressions)),
    ...application.groupPush.flatMap((rule) => pushedEntitlements(rule, person, expressions)),
  ];
  return { username: String(username), attributes, ...byPrecedence(given, types) };
}
