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

/** What people should know of a policy before anybody is taken away by it. */
export function removalWarnings(policy: RemovalPolicy, can: RemovalAbilities): string[] {
  const causes: ChangeType[] = ['leaver', 'mover'];
  const warnings = causes.flatMap((cause) => removalFor(policy, can, { cause, deletionDue: false }).warnings);
  const deletes = policy.leaver === 'delete' || policy.outOfScope === 'delete';
  if (policy.deleteAfterDays > 0 && !deletes)
    warnings.push('deleteAfterDays says nothing: the removal policy deletes nobody');
  return [...new Set(warnings)];
}

/** What a connector with these capabilities can do. */
export function abilitiesOf(
  connector: Partial<Record<'freeze' | 'blockers' | 'deactivate' | 'delete', unknown>>,
): RemovalAbilities {
  return {
    freeze: connector.freeze !== undefined,
    scan: connector.blockers !== undefined,
    deactivate: connector.deactivate !== undefined,
    delete: connector.delete !== undefined,
  };
}

const NONE: Removal = { freeze: false, scan: false, revoke: false, deactivate: false, delete: false };
