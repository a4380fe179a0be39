/** Blocker: something that keeps an account from being deactivated, or that stops working once it is. */
export interface Blocker {
  /** Whether it keeps the account from being deactivated. */
  blocks: boolean;
  /** `approver of 3 pending approvals` */
  label: string;
  remedy: string;
}
