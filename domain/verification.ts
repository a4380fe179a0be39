/** Verification: what an application says of itself and of us when it is asked. */

interface Capacity {
  name: string;
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
  usage: { used: number; total: number };
}
