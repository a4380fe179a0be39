/** The one error a connector throws: a kind that decides what happens next, a sentence, and the facts. */
import type { Entitlement } from '#domain/account.ts';
import type { FailureKind } from '#domain/failure.ts';

export interface ConnectorErrorFacts {
  /** The application's own code, such as `DUPLICATE_USERNAME`. */
  code?: string;
  /** The attributes the application complained about, by its own names. */
  fields?: string[];
  /** How long the application asks us to wait; kind `throttled`. */
  retryAfterMs?: number;
  /** What a person can do about it. */
  remedy?: string;
  /** The licence that ran out, as `Capacity.resource` names it; kind `capacity`. */
  resource?: string;
  /** The entitlement that can not be given, as it was asked for. */
  entitlement?: Entitlement;
  /** Native ids of what is there already and looks the same; kind `conflict`. */
  matches?: string[];
  cause?: unknown;
}

/** Thrown by every connector method. The message reads `salesforce: create account: …` and never holds a secret. */
export class ConnectorError extends Error {
  override readonly name = 'ConnectorError';
  readonly kind: FailureKind;
  readonly code: string | undefined;
  readonly fields: readonly string[];
  readonly retryAfterMs: number | undefined;
  readonly remedy: string | undefined;
  readonly resource: string | undefined;
  readonly entitlement: Entitlement | undefined;
  readonly matches: readonly string[];

  constructor(kind: FailureKind, message: string, facts: ConnectorErrorFacts = {}) {
    super(message, facts.cause === undefined ? undefined : { cause: facts.cause });
    this.kind = kind;
    this.code = facts.code;
    this.fields = facts.fields ?? [];
    this.retryAfterMs = facts.retryAfterMs;
    this.remedy = facts.remedy;
    this.resource = facts.resource;
    this.entitlement = facts.entitlement;
    this.matches = facts.matches ?? [];
  }
}
