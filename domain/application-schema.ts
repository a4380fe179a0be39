/** What an application says of itself, as far as rules can be checked against it. */
import type { Entitlement, EntitlementType } from './account.ts';

/** What an account holds under one name. */
export interface AttributeDescription {
  name: string;
  label: string;
  type: 'string' | 'number' | 'boolean' | 'date' | 'reference' | 'picklist';
  /** A new account can not be without it. */
  required: boolean;
  unique: boolean;
  writable: boolean;
  /** An account that is there takes another value of it; what is not changeable is set when the account is made, or never. */
  changeable: boolean;
  /** Accounts that are read show it; a plan can not tell whether it changed otherwise. */
  read: boolean;
  length?: number;
  /** The values it takes, where it takes no others. */
  picklist?: string[];
  /** The type of entitlement that sets it: no mapping does. */
  entitlementType?: string;
}

export interface ApplicationSchema {
  accountType: string;
  attributes: readonly AttributeDescription[];
  entitlementTypes: readonly EntitlementType[];
}

/** With what rules grant by name. */
export interface Schema extends ApplicationSchema {
  /** What can be granted there; absent where it can not be listed. */
  entitlements?: readonly (Entitlement & { label: string })[];
}
