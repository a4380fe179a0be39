/** What an application says of itself, as far as rules can be checked against it. */
import type { Entitlement, EntitlementType } from './account.ts';

export interface SchemaAttribute {
  name: string;
  label: string;
  type: 'string' | 'number' | 'boolean' | 'date' | 'reference' | 'picklist';
  /** A new account can not be without it. */
  required: boolean;
  unique: boolean;
  writable: boolean;
  /** An account that is there takes another value of it. */
  changeable: boolean;
  /** Accounts that are read show it. */
  read: boolean;
  length?: number;
  /** The values it takes, where it takes no others. */
  picklist?: string[];
  /** The type of entitlement that sets it: no mapping does. */
  entitlementType?: string;
}

export interface Schema {
  accountType: string;
  attributes: readonly SchemaAttribute[];
  entitlementTypes: readonly EntitlementType[];
  /** What can be granted there; absent where it can not be listed. */
  entitlements?: readonly (Entitlement & { label: string })[];
}
