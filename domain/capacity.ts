/** Capacity: how many licences of one kind an application has, and how many are taken. */

export interface Capacity {
  /** `user-license Salesforce`: the type and name by which waiting and counting agree. */
  resource: string;
  used: number;
  total: number;
}

/** How many can still be taken by somebody before whom `ahead` others wait. */
export function freeFor({ used, total }: Capacity, ahead: number): number {
  return Math.max(0, total - used - ahead);
}
