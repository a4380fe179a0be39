/** Removal: how far an account is taken away, as the application's policy says and as far as the application can. */
import type { RemovalPolicy } from './application.ts';
import type { ChangeType } from './hr-event.ts';
import type { Removal } from './plan.ts';

/** What an application can do to an account that is to go. `scan`: tell what keeps it from being deactivated. */
export type RemovalAbilities = Pick<Removal, 'freeze' | 'scan' | 'deactivate' | 'delete'>;

/** What is due, and what people should know of it. */
interface RemovalPlan {
  removal: Removal;
  warnings: string[];
}

/**
 * How an account is taken away. `deletionDue`: its days of being deactivated are over. Where an application can not
 * deactivate, deleting stands for it.
 */
export function removalFor(
  policy: RemovalPolicy,
  can: RemovalAbilities,
  { cause, deletionDue }: { cause: ChangeType; deletionDue: boolean },
): RemovalPlan {
  const depth = cause === 'leaver' ? policy.leaver : policy.outOfScope;
  if (depth === 'keep') return { removal: NONE, warnings: [] };
  if (depth === 'freeze')
    return {
      removal: { ...NONE, freeze: can.freeze },
      warnings: can.freeze ? [] : ['the removal policy says freeze, and the application can not freeze accounts'],
    };
  const waits = depth === 'delete' && can.delete && policy.deleteAfterDays > 0 && !deletionDue;
  return {
    removal: {
      ...can,
      revoke: true,
      delete: can.delete && (depth === 'delete' ? !waits : !can.deactivate),
      ...(waits ? { deleteAfterDays: policy.deleteAfterDays } : {}),
    },
    warnings:
      depth === 'delete' && !can.delete
        ? ['the removal policy says delete, and the application can not delete accounts: they are deactivated']
        : [],
  };
}

const NONE: Removal = { freeze: false, scan: false, revoke: false, deactivate: false, delete: false };
