/** The entitlements that an administrator gives in Salesforce, and the record that says who has one. */
import type { EntitlementType } from '#domain/account.ts';

export const ENTITLEMENT_TYPES = [
  { type: 'profile', label: 'Profile', carried: true },
  { type: 'role', label: 'Role', carried: false, single: true },
  { type: 'permission-set', label: 'Permission set', carried: false },
  { type: 'permission-set-group', label: 'Permission set group', carried: false },
  { type: 'permission-set-license', label: 'Permission set licence', carried: false },
  { type: 'public-group', label: 'Public group', carried: false, definable: true },
  { type: 'queue', label: 'Queue', carried: false },
  { type: 'feature-license', label: 'Feature licence', carried: false },
  { type: 'package-license', label: 'Package licence', carried: false },
] as const satisfies EntitlementType[];

export type KnownType = (typeof ENTITLEMENT_TYPES)[number]['type'];

/** Whether entitlements of this type can be made by name. */
export function isDefinable(type: string): boolean {
  return ENTITLEMENT_TYPES.some((one) => one.type === type && 'definable' in one);
}

/** A row to create, or, where it has an `Id`, to update. */
export type SetupRow = { attributes: { type: string } } & Record<string, unknown>;

interface AssignedType {
  /** Licences come first and go last: permission sets may need them. */
  licence: boolean;
  /** The row that gives the entitlement with this id to a user. */
  give: (user: string, id: string) => SetupRow;
  /** The row that takes it, where that is not deleting `give`'s. */
  take?: (user: string, id: string) => SetupRow;
}

/** Whether entitlements of this type are given one by one. */
export function isAssignedType(type: string): type is keyof typeof ASSIGNED {
  return type in ASSIGNED;
}

export const ASSIGNED: Record<Exclude<KnownType, 'profile'>, AssignedType> = {
  role: {
    licence: false,
    give: (user, id) => of('User', { Id: user, UserRoleId: id }),
    take: (user) => of('User', { Id: user, UserRoleId: null }),
  },
  'permission-set': {
    licence: false,
    give: (user, id) => of('PermissionSetAssignment', { AssigneeId: user, PermissionSetId: id }),
  },
  'permission-set-group': {
    licence: false,
    give: (user, id) => of('PermissionSetAssignment', { AssigneeId: user, PermissionSetGroupId: id }),
  },
  'permission-set-license': {
    licence: true,
    give: (user, id) => of('PermissionSetLicenseAssign', { AssigneeId: user, PermissionSetLicenseId: id }),
  },
  'public-group': { licence: false, give: membership },
  queue: { licence: false, give: membership },
  'feature-license': {
    licence: true,
    give: (user, flag) => of('User', { Id: user, [flag]: true }),
    take: (user, flag) => of('User', { Id: user, [flag]: false }),
  },
  'package-license': {
    licence: true,
    give: (user, id) => of('UserPackageLicense', { UserId: user, PackageLicenseId: id }),
  },
};

function membership(user: string, group: string): SetupRow {
  return of('GroupMember', { UserOrGroupId: user, GroupId: group });
}

function of(type: string, fields: Record<string, unknown>): SetupRow {
  return { attributes: { type }, ...fields };
}
