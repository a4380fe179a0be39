/** Verification: what an application says of itself and of us when it is asked. */
import type { Capacity } from './capacity.ts';

/** API calls used and allowed, in whatever time the application counts. */
export interface Usage {
  used: number;
  total: number;
}

/** What an administrator wants to know before trusting a connection. */
export interface Verification {
  /** Product, edition and organisation there, as it names itself. */
  product: string;
  edition: string;
  organisation: string;
  /** Who we are there. */
  identity: string;
  /** True when the other side is a simulator; said wherever the result is shown. */
  simulated: boolean;
  /** What the enabled capabilities need and we lack; empty means ready. */
  missingPermissions: string[];
  capacity: Capacity[];
  usage: Usage;
  /** Further limits the application tells of, such as daily mails or bulk jobs. */
  limits: Capacity[];
}
