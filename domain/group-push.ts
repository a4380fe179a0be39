/** Group push: groups that are made in an application as entitlements, held there by the members they have here. */
export interface GroupPush {
  /** Names of groups; `*` stands for any characters. */
  groups: string[];
  /** The type of entitlement, such as `public-group`. */
  type: string;
  /** An expression over `group` and `label` that names the entitlement. */
  name: string;
}
