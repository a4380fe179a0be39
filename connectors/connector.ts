/**
 * What Joinery needs of an application, as small capabilities that a connector has or lacks. Workflows and activities
 * know only this file; which application answers is decided by `registry.ts`.
 *
 * Methods that change something take many rows (at most `manifest.pageSize`) and answer one outcome per row in the same
 * order. They throw a `ConnectorError` only when no row was done or it is unknown which were (kinds `transient`,
 * `throttled`, `unknown-outcome`, `auth`, `permission`, `bug`); a row's own refusal is its outcome. Nothing is retried
 * underneath, except one new login after an expired session.
 */
import type { z } from 'zod';
import type { Account, Attributes, Entitlement, EntitlementType } from '#domain/account.ts';
import type { Verification } from '#domain/verification.ts';
import type { ConnectorError } from '#connectors/errors.ts';

/** Handed to every call: aborting the signal ends the call at once. */
export interface CallContext {
  signal?: AbortSignal;
}

export type RowOutcome = { ok: true; nativeId: string } | { ok: false; error: ConnectorError };

/** Accounts whose `attribute` equals one of `values`, compared as the application compares. */
export interface Correlation {
  attribute: string;
  values: string[];
}

/** `entitlements`: the carried ones only (see EntitlementType); the others go by grant and revoke. */
export interface NewAccount {
  attributes: Attributes;
  entitlements: Entitlement[];
}

export interface AccountChange extends NewAccount {
  nativeId: string;
}

export interface EntitlementChange {
  nativeId: string;
  entitlement: Entitlement;
}

export interface AttributeDescription {
  name: string;
  label: string;
  type: 'string' | 'number' | 'boolean' | 'date' | 'reference' | 'picklist';
  required: boolean;
  unique: boolean;
  writable: boolean;
  length?: number;
  picklist?: string[];
}

export interface ApplicationSchema {
  accountType: string;
  attributes: AttributeDescription[];
  entitlementTypes: EntitlementType[];
}

export interface Connector {
  /** Proves that we can sign in and do what is enabled. Reads only; safe to repeat. */
  verify(context?: CallContext): Promise<Verification>;
  /** The account's attributes with types, lengths, picklists. Reads only; safe to repeat. */
  describe(context?: CallContext): Promise<ApplicationSchema>;
  /** Every account that matches any of the correlations, each once, with its entitlements. Reads only. */
  find(correlations: Correlation[], context?: CallContext): Promise<Account[]>;
  /** The accounts with these native ids in the same order; undefined where there is none. Reads only. */
  read(nativeIds: string[], context?: CallContext): Promise<(Account | undefined)[]>;
  /** The entitlements that can be given, by type and name. Reads only. */
  listEntitlements?(context?: CallContext): Promise<Entitlement[]>;

  /** Makes accounts. NOT safe to repeat blindly: after `unknown-outcome`, find first. A taken name is `conflict`. */
  create?(accounts: NewAccount[], context?: CallContext): Promise<RowOutcome[]>;
  /** Sets attributes and carried entitlements; null clears. Safe to repeat. */
  update?(changes: AccountChange[], context?: CallContext): Promise<RowOutcome[]>;
  /** Stops sign-in at once, keeps everything else. Frozen already is success: safe to repeat. */
  freeze?(nativeIds: string[], context?: CallContext): Promise<RowOutcome[]>;
  /** Undoes freeze. Safe to repeat. */
  unfreeze?(nativeIds: string[], context?: CallContext): Promise<RowOutcome[]>;
  /** Takes the account out of use and frees its licence. Inactive already is success. A refusal is `blocked`. */
  deactivate?(nativeIds: string[], context?: CallContext): Promise<RowOutcome[]>;
  /** Brings a deactivated account back, unfrozen. Needs a licence (`capacity`). Safe to repeat. */
  reactivate?(nativeIds: string[], context?: CallContext): Promise<RowOutcome[]>;
  /** Gives assigned entitlements. Held already is success: safe to repeat. */
  grant?(changes: EntitlementChange[], context?: CallContext): Promise<RowOutcome[]>;
  /** Takes assigned entitlements. Not held is success: safe to repeat. */
  revoke?(changes: EntitlementChange[], context?: CallContext): Promise<RowOutcome[]>;
}

/** How one kind of application is set up: its form, its page size, and how to open a connection. */
export interface ConnectorType<Settings = unknown, Secret = unknown> {
  /** The word in `application.connector`, such as `salesforce`. */
  name: string;
  label: string;
  pageSize: number;
  entitlementTypes: EntitlementType[];
  /** The attribute that takes the native id of the manager's account, if there is one. */
  managerAttribute?: string;
  /** Checked before it is stored; renders the settings form. */
  settings: z.ZodType<Settings>;
  /** Stored sealed, opened only to connect. */
  secret: z.ZodType<Secret>;
  /** Opens nothing yet: the first call signs in. The connector keeps its session for as long as it lives. */
  connect(settings: Settings, secret: Secret): Connector;
}
