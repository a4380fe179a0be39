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
import type { ApplicationSchema } from '#domain/application-schema.ts';
import type { Account, Attributes, Entitlement, EntitlementType, LabelledEntitlement } from '#domain/account.ts';
import type { Blocker } from '#domain/blocker.ts';
import type { Capacity } from '#domain/capacity.ts';
import type { Operation } from '#domain/plan.ts';
import type { Usage, Verification } from '#domain/verification.ts';
import type { ConnectorError } from '#connectors/errors.ts';

/**
 * Handed to every call. Aborting the signal ends the call at once; calls of others that travelled with it go on.
 * Urgent calls, such as those that lock a leaver out, go before all others and wait for nobody's company. Bulk calls let
 * everybody else go first, and leave some room to them at any time.
 */
export interface CallContext {
  signal?: AbortSignal;
  urgent?: boolean;
  bulk?: boolean;
}

/**
 * How one row went. `pending`: attributes that the application took and was not seen to show yet, such as an e-mail address
 * that somebody has to confirm. `freed`: licences given back, as `Capacity.resource` names them.
 */
export type RowOutcome =
  | { ok: true; nativeId: string; pending?: string[]; freed?: string[] }
  | { ok: false; error: ConnectorError };

/**
 * Where a bulk job stands. `job`: what an earlier try told of it. `onJob` is told what to go on with before a row is handed
 * over, and again where the rows need another job; what it throws ends the call. `stop`: the job is to be ended, and
 * only what it has done is told.
 */
export interface BulkProgress {
  job?: string;
  onJob: (job: string) => Promise<void>;
  stop?: boolean;
}

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

/** Some of an application's accounts; `next` asks for those after them, absent after the last. */
interface AccountPage {
  accounts: Account[];
  next?: string;
}

/** What a plan is about to do to one account. */
export interface IntendedChange {
  /** Absent: it is about to be made. */
  account?: Account;
  /** Those about to be set. */
  attributes: Attributes;
  /** Those about to be set or granted. */
  entitlements: Entitlement[];
  /** An inactive account is about to be brought back, and takes its licence again. */
  reactivates: boolean;
}

/** What would come of it, as far as can be told without writing: what would be refused, and which licences it would take. */
export interface Foresight {
  faults: ConnectorError[];
  takes: Capacity[];
}

export interface OwnedRecord {
  id: string;
  name: string;
}

export interface Connector {
  /** What an account is here: how many rows one call takes, what it can hold, who its manager is. */
  readonly manifest: Manifest;
  /** Proves that we can sign in and do what is enabled. Reads only; safe to repeat. */
  verify(context?: CallContext): Promise<Verification>;
  /** The account's attributes with types, lengths, picklists. Reads only; safe to repeat. */
  describe(context?: CallContext): Promise<ApplicationSchema>;
  /** Every account that matches any of the correlations, each once, with its entitlements. Reads only. */
  find(correlations: Correlation[], context?: CallContext): Promise<Account[]>;
  /** The accounts with these native ids in the same order; undefined where there is none. Reads only. */
  read(nativeIds: string[], context?: CallContext): Promise<(Account | undefined)[]>;
  /** The entitlements that can be given, by type and name, with the label people know them by. Reads only. */
  listEntitlements?(context?: CallContext): Promise<LabelledEntitlement[]>;
  /**
   * The accounts in the order of their ids, page by page, each with its entitlements; without a cursor from the first. One
   * that is made or changed meanwhile may be missed or told as it was. Reads only.
   */
  list?(cursor: string | undefined, context?: CallContext): Promise<AccountPage>;
  /**
   * Every account in the order of their ids, as `list` gives them, in the way that is cheapest for so many; one that is
   * made or changed meanwhile may be missed or told as it was. Begun anew after a failure. Reads only.
   */
  listAll?(context?: CallContext): AsyncIterable<Account[]>;
  /**
   * The native id of the account that we sign in with; undefined where it is none. Signs in if need be, and asks nothing
   * after. That account is never ours to change: freeze, deactivate, update, revoke and delete refuse it as `blocked`.
   */
  self?(context?: CallContext): Promise<string | undefined>;
  /**
   * The API calls that these operations on one account cost by themselves, once the names they use are known; together with
   * others they cost less. Records that change hands count as one page of each type, and what a plan can not see, such as
   * a grant that has expired and is renewed, as nothing. Asks nobody.
   */
  estimate?(operations: Operation[]): number;
  /** What an intended change would meet. Reads only. */
  foresee?(intended: IntendedChange, context?: CallContext): Promise<Foresight>;
  /** Licences in use and total, by resource. Reads only. */
  capacity?(context?: CallContext): Promise<Capacity[]>;
  /** API calls used as the application last said; undefined before it said so. Asks nobody. */
  usage?(): Usage | undefined;

  /** Makes accounts. NOT safe to repeat blindly: after `unknown-outcome`, find first. A taken name is `conflict`. */
  create?(accounts: NewAccount[], context?: CallContext): Promise<RowOutcome[]>;
  /**
   * Makes thousands of accounts by a job of the application's own, which goes on whatever becomes of us: rows that it did
   * not come to are `transient`, and those of which nobody can tell are `unknown-outcome`. Safe to repeat with the same
   * accounts and the job that was told; without it, find first. Aborting the signal leaves the job at work.
   */
  createInBulk?(accounts: NewAccount[], progress: BulkProgress, context?: CallContext): Promise<RowOutcome[]>;
  /** Takes a bulk job away with all it holds, once its outcomes are safe; one at work is ended. Safe to repeat. */
  forgetBulk?(job: string, context?: CallContext): Promise<void>;
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
  /** Removes accounts for good, where the application has no other way to take one away. Gone already is success. */
  delete?(nativeIds: string[], context?: CallContext): Promise<RowOutcome[]>;
  /** What keeps each of these accounts from being deactivated, or breaks when it is: what can be told. Reads only. */
  blockers?(nativeIds: string[], context?: CallContext): Promise<Blocker[][]>;
  /** Gives assigned entitlements. Held already is success: safe to repeat. */
  grant?(changes: EntitlementChange[], context?: CallContext): Promise<RowOutcome[]>;
  /** Takes assigned entitlements. Not held is success: safe to repeat. */
  revoke?(changes: EntitlementChange[], context?: CallContext): Promise<RowOutcome[]>;
  /**
   * Makes entitlements that are not there, and renames those that have another label; of types that are `definable`.
   * `nativeId` of an outcome is the entitlement's. There already is success: safe to repeat.
   */
  defineEntitlements?(wanted: LabelledEntitlement[], context?: CallContext): Promise<RowOutcome[]>;
  /** Why an entitlement of such a type, name or label can not be made; undefined where nothing is known against it. Asks nobody. */
  definitionFault?(wanted: LabelledEntitlement): ConnectorError | undefined;
  /** Records that people own, and leave behind. */
  ownership?: Ownership;
}

export interface Ownership {
  /** The next records of this type (at most `pageSize`, by id, after `after`) that the account owns and that can change hands. Reads only. */
  owned(object: string, of: { owner: string; after?: string }, context?: CallContext): Promise<OwnedRecord[]>;
  /** Who owns these records now, in the same order; undefined where there is none. Reads only. */
  owners(object: string, recordIds: string[], context?: CallContext): Promise<(string | undefined)[]>;
  /** Gives each record its new owner. The same again is success: safe to repeat. `nativeId` of an outcome is the record's. */
  move(object: string, moves: { recordId: string; owner: string }[], context?: CallContext): Promise<RowOutcome[]>;
  /** The native id of an owner by name, or an `invalid-data` error that says who may be meant. Reads only. */
  findOwner(owner: { by: 'user' | 'queue'; name: string }, context?: CallContext): Promise<string | ConnectorError>;
  /** Whether an owner can own records of this type: queues own only some. Reads only. */
  canOwn(object: string, owner: string, context?: CallContext): Promise<boolean>;
}

export interface Manifest {
  /** `User`, `Contact` */
  accountType: string;
  /** Rows that one call takes. */
  pageSize: number;
  /** New accounts from which on `createInBulk` is to make them; absent: only where it is asked for. */
  bulkFrom?: number;
  entitlementTypes: EntitlementType[];
  /** The attribute that takes the native id of the manager's account, if there is one. */
  managerAttribute?: string;
}

/** How one kind of application is set up: its form, and how to open a connection. */
export interface ConnectorType<Settings = unknown, Secret = unknown> {
  /** The word in `application.connector`, such as `salesforce`. */
  name: string;
  label: string;
  /** Checked before it is stored; renders the settings form. */
  settings: z.ZodType<Settings>;
  /** Stored sealed, opened only to connect. */
  secret: z.ZodType<Secret>;
  /** Opens nothing yet: the first call signs in. The connector keeps its session for as long as it lives. */
  connect(settings: Settings, secret: Secret): Connector;
}
