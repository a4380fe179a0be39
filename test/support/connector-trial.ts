/** What the connector contract is tried on: an application fresh for each test, and what is read off its answers. */
import type { Entitlement } from '#domain/account.ts';
import type { Connector, NewAccount, RowOutcome } from '#connectors/connector.ts';

/** Capabilities that a connector has together or lacks together. */
export const PARTS = {
  status: ['freeze', 'unfreeze', 'deactivate', 'reactivate'],
  entitlements: ['listEntitlements', 'grant', 'revoke'],
  licences: ['capacity'],
  deletion: ['delete'],
  blockers: ['blockers'],
  ownership: ['ownership'],
  definitions: ['defineEntitlements', 'definitionFault'],
  lists: ['list'],
  wholes: ['listAll'],
  estimates: ['estimate'],
  self: ['self'],
  bulk: ['createInBulk', 'forgetBulk'],
} as const satisfies Record<string, (keyof Connector)[]>;

export type Part = keyof typeof PARTS;

/** One application to try a connector on, fresh for each test. Only what the connector has is called. */
export interface Trial {
  connector: Required<Connector>;
  /** A valid account, another for each number. */
  newAccount(number: number): NewAccount;
  /** An attribute by which `newAccount(n)` is found, and its value. */
  correlation(number: number): { attribute: string; value: string };
  /** A native id that is well formed and belongs to nobody. */
  unknownId: string;
  /** A text attribute that can be changed and cleared. */
  plainAttribute: string;
  /** Two entitlements that are granted one by one; for `entitlements`. */
  entitlements?: [Entitlement, Entitlement];
  /** A licence of which there is a number, and an entitlement that only who has it can hold; for `licences`. */
  licensed?: { licence: Entitlement; needs: Entitlement };
  /** A type of entitlement that can be made, and a name that nothing has; for `definitions`. */
  definable?: Entitlement;
  /** A type of record, and a way to make some for an account: their ids; for `ownership`. */
  owned?: { object: string; make: (owner: NewAccount, count: number) => Promise<string[]> };
  /** Makes the next create commit, and its answer get lost. */
  loseAnswerOfNextCreate(): Promise<void>;
  /** Makes the next answer never end; `reached` resolves when that has begun. */
  stallNextAnswer(): Promise<{ reached(): Promise<void> }>;
  /** The connector's own deadline, to tell an abort from it. */
  timeoutMs: number;
  close(): Promise<void>;
}

/** What a trial has to bring for what the connector is said to have. */
export function given<T>(brought: T | undefined): T {
  if (brought === undefined) throw new Error('the trial lacks something that this capability is tried with');
  return brought;
}

export function correlate(trial: Trial, numbers: number[]) {
  return numbers.map((number) => {
    const { attribute, value } = trial.correlation(number);
    return { attribute, values: [value] };
  });
}

export function only(outcomes: RowOutcome[]): string {
  const [outcome] = outcomes;
  if (!outcome?.ok) throw outcome?.error ?? new Error('no outcome');
  return outcome.nativeId;
}

export function kind(outcome: RowOutcome | undefined): string | undefined {
  return outcome && !outcome.ok ? outcome.error.kind : undefined;
}
