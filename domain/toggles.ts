/** Toggles: which operations of a plan an application's settings let through, and why the others are skipped. */
import type { Application, Toggles } from './application.ts';
import type { Skipped } from './plan-item.ts';
import type { Operation, OperationKind } from './plan.ts';

/** What is left of a plan, in its order, and what is not carried out. */
export interface Decision {
  operations: Operation[];
  skipped: Skipped[];
}

/** An application, as far as it says which kinds of change may be made in it. */
export type Switches = Pick<Application, 'mode' | 'toggles'>;

/**
 * What the application's mode and toggles leave of a plan. `absence`: the plan takes an account away. What builds on an
 * operation that is skipped is skipped with it.
 */
export function permitted(operations: readonly Operation[], absence: boolean, switches: Switches): Decision {
  const decision: Decision = { operations: [], skipped: [] };
  const comesBack = operations.some(({ kind }) => kind === 'create' || kind === 'reactivate');
  let missing: Skipped | undefined;
  for (const operation of operations) {
    const why = missing
      ? `needs ${missing.operation.kind}, which is skipped: ${missing.why}`
      : reasonToSkip(operation, { absence, comesBack }, switches);
    if (why === undefined) decision.operations.push(operation);
    else decision.skipped.push({ operation, why });
    if (why !== undefined && BUILT_ON.has(operation.kind)) missing ??= { operation, why };
  }
  return decision;
}

/**
 * Without these there is no account, or none that is ours to change. One that is not brought back is still kept true, and
 * what is no longer the person's is still taken.
 */
const BUILT_ON = new Set<OperationKind>(['link', 'create']);

const LABELS: Record<keyof Toggles, string> = {
  importUsers: 'Import Users',
  createUser: 'Create User',
  editUser: 'Edit User',
  deleteUser: 'Delete User',
  passwordSync: 'Password Sync',
};

interface Around {
  absence: boolean;
  /** The account is made or brought back in the same plan. */
  comesBack: boolean;
}

function reasonToSkip({ kind }: Operation, around: Around, { mode, toggles }: Switches): string | undefined {
  const toggle = toggleOf(kind, around);
  if (!toggles[toggle]) return `${LABELS[toggle]} is off`;
  if (mode === 'link-only' && kind !== 'link') return 'link-only: existing accounts are taken over and not changed';
  return undefined;
}

/** Which toggle covers the operation. */
function toggleOf(kind: OperationKind, { absence, comesBack }: Around): keyof Toggles {
  switch (kind) {
    case 'link':
      return 'importUsers';
    case 'create':
    case 'reactivate':
    case 'unfreeze':
    case 'return':
      return 'createUser';
    case 'grant':
      return comesBack ? 'createUser' : 'editUser';
    case 'update':
      return 'editUser';
    case 'revoke':
      return absence ? 'deleteUser' : 'editUser';
    case 'freeze':
    case 'scan':
    case 'transfer':
    case 'deactivate':
    case 'delete':
      return 'deleteUser';
  }
}
