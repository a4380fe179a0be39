/** Lasting access: who has left and can still sign in is told of as a failure, whatever the reason that nothing is done. */
import type { AccountIdentity } from '#domain/account.ts';
import type { Failure } from '#domain/failure.ts';
import type { Operation, OperationKind } from '#domain/plan.ts';
import type { Skipped } from '#domain/plan-item.ts';
import { OWN_ACCOUNT } from '#domain/protection.ts';
import type { ReportSubject } from '#domain/report-entry.ts';

/** What of a leaver's plan keeps an account open that is open now; undefined when the plan closes it. */
export function accessFault(
  { application, employeeNumber, person }: ReportSubject,
  { username, status }: AccountIdentity,
  operations: readonly Operation[],
  undone: readonly Skipped[],
): Failure | undefined {
  if (status !== 'active' || operations.some(({ kind }) => CLOSING.has(kind))) return undefined;
  const why =
    undone.find(({ operation }) => CLOSING.has(operation.kind))?.why ?? 'the application can not close accounts';
  const first = why.endsWith(OWN_ACCOUNT)
    ? 'change its password, let Joinery sign in with an account of its own'
    : `close it in ${application} by hand, or let Joinery do so`;
  return {
    kind: 'blocked',
    message: `${application}: ${person} (${employeeNumber}) has left and can still sign in as ${username}: ${why}`,
    remedy: `${first}, then: joinery plan --person ${employeeNumber}`,
  };
}

const CLOSING = new Set<OperationKind>(['freeze', 'deactivate', 'delete']);
