/** Account: a person's record in one application. Entitlement: a right held by an account. */

/** Attribute values as applications take them; null clears. */
export type AttributeValue = string | number | boolean | null;
export type Attributes = Record<string, AttributeValue>;

export type AccountStatus = 'active' | 'frozen' | 'inactive';

/** An entitlement by the names people use: `{ type: 'permission-set', name: 'Sales_Console' }`. */
export interface Entitlement {
  type: string;
  name: string;
}

/** An entitlement with the label people know it by. */
export interface LabelledEntitlement extends Entitlement {
  label: string;
}

/** Which account it is, and whether it can be signed in to. */
export interface AccountIdentity {
  nativeId: string;
  username: string;
  status: AccountStatus;
}

/** An account as the application shows it now. `attributes` holds what was asked for, by the application's own names. */
export interface Account extends AccountIdentity {
  attributes: Attributes;
  entitlements: Entitlement[];
}

/**
 * How a type of entitlement is held. `carried`: part of the account itself, exactly one, set with create and update (a
 * Salesforce profile). Otherwise given and taken with grant and revoke (a permission set); `single`: at most one is held,
 * and granting another replaces it (a Salesforce role). `definable`: new ones of it can be made by name (a public group).
 */
export interface EntitlementType {
  type: string;
  label: string;
  carried: boolean;
  single?: boolean;
  definable?: boolean;
}

/** Whether two entitlements are the same right; names are compared as applications do, without regard to case. */
export function sameEntitlement(a: Entitlement, b: Entitlement): boolean {
  return a.type === b.type && a.name.toLowerCase() === b.name.toLowerCase();
}

/** `permission-set Sales_Console`, for messages and reports. */
export function entitlementLabel(entitlement: Entitlement): string {
  return `${entitlement.type} ${entitlement.name}`;
}
