/** Plan item: what one application needs changed for one person, as people read it before it is applied. */
import type { AccountIdentity } from './account.ts';
import type { Failure } from './failure.ts';
import type { ChangeType } from './hr-event.ts';
import type { Operation } from './plan.ts';

/** An operation that is due and not carried out, and why: a toggle that is off, a protected account. */
export interface Skipped {
  operation: Operation;
  why: string;
}

export interface PlanItem {
  employeeNumber: string;
  person: string;
  application: string;
  /** `leaver` where the person must have no access. */
  cause: ChangeType;
  username: string;
  /** The account as it is now; absent when the person has none. */
  account?: AccountIdentity;
  /** In the order in which they are applied. Empty when nothing has to change. */
  operations: Operation[];
  skipped: Skipped[];
  /** By attribute: where its value comes from, such as `lower(email)` or `field title`. Of changed attributes only. */
  rules: Record<string, string>;
  /** Why nothing could be planned. */
  failure?: Failure;
  /** What the application would refuse, and what people should know. */
  warnings: string[];
  /** Licences it takes, as `Capacity.resource` names them. */
  licences: string[];
  /** API calls it costs when it is carried out by itself; together with others it may be fewer. */
  calls: number;
}
