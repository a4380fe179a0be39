/**
 * Decision: what is done to one account, and what is due and not done. One function for the plan that people read, the
 * plan that is carried out, and the question what another policy would do.
 */
import type { Account } from './account.ts';
import type { Skipped } from './plan-item.ts';
import { planAccount, type Operation, type PlanInput } from './plan.ts';
import { permitted, type Decision, type Switches } from './toggles.ts';

export interface DecisionInput extends PlanInput {
  /** Why the account is kept from any change; absent when it is not. */
  protectedBy?: string | undefined;
}

/**
 * What has to change by the plan, with the link to an account that was found, as far as the application's mode, toggles
 * and protection let it, and as far as it can be done. The same again after it was applied gives no operations.
 */
export function decide(input: DecisionInput, switches: Switches): Decision {
  const planned = linked(input, planAccount(input));
  if (input.protectedBy !== undefined && input.current) {
    const why = `${input.current.username} is protected: ${input.protectedBy}`;
    return { operations: [], skipped: planned.map((operation) => ({ operation, why })) };
  }
  const [due, refused] = split(planned, isClosedForGood(input, planned));
  const { operations, skipped } = permitted(due, input.wanted === 'absent', switches);
  return { operations, skipped: [...skipped, ...refused] };
}

/** An application gives nothing to an account that is out of use; its attributes and what is taken from it are kept true. */
const CLOSED =
  'the account is closed, and not by Joinery: it is opened when the person joins again, or by hand, and gets this with the next plan';

function isClosedForGood({ current, wanted }: PlanInput, planned: Operation[]): boolean {
  return wanted !== 'absent' && current?.status === 'inactive' && !planned.some(({ kind }) => kind === 'reactivate');
}

/** What may be done, and the grants that a closed account does not get. */
function split(planned: Operation[], isClosed: boolean): [Operation[], Skipped[]] {
  const isRefused = ({ kind }: Operation): boolean => isClosed && kind === 'grant';
  return [
    planned.filter((operation) => !isRefused(operation)),
    planned.filter(isRefused).map((operation) => ({ operation, why: CLOSED })),
  ];
}

/** An account that is not recorded as this person's is linked before anything else is done to it; one to be left alone is not. */
function linked({ current, recorded, wanted }: PlanInput, operations: Operation[]): Operation[] {
  if (!current || recorded !== undefined) return operations;
  return wanted === 'absent' && operations.length === 0 ? [] : [link(current), ...operations];
}

function link({ username }: Account): Operation {
  return { kind: 'link', changes: [], entitlements: [], reason: `found ${username} by the correlation rules` };
}
