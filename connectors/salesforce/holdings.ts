/** What users hold: read with them in one API call, with the records that say so. */
import type { ConnectorError } from '#connectors/errors.ts';
import { featureFlags, type Field } from './describe.ts';
import type { KnownType } from './entitlement-types.ts';
import { queryTogether, type Row } from './query.ts';
import { fullName, needed, seen, textAt } from './seen.ts';
import type { Org } from './session.ts';
import { onceEach } from './soql.ts';
import type { Call } from './transport.ts';

/** `recordId`: the record that gives it; a role's or a feature's is the user. `alias` is another name of the same. */
export interface Holding {
  type: KnownType;
  name: string;
  alias?: string;
  recordId: string;
  /** It is still recorded, and no longer in force. */
  expired?: boolean;
}

export interface UserHoldings {
  user: Row;
  frozen: boolean;
  holdings: Holding[];
}

/** `unseen`: types of which nothing could be seen, and why. */
export interface Holdings {
  users: UserHoldings[];
  unseen: Map<KnownType, ConnectorError>;
}

interface Part {
  types: KnownType[];
  user: string;
  soql: (whose: string) => string;
  holding: (row: Row) => Omit<Holding, 'recordId'> | undefined;
}

const ACTION = 'read accounts';

/** Beside the users themselves, who bring their permission sets with them. A composite call takes five queries. */
const PARTS: Record<string, Part> = {
  memberships: {
    types: ['public-group', 'queue'],
    user: 'UserOrGroupId',
    soql: (whose) =>
      `SELECT Id, UserOrGroupId, Group.DeveloperName, Group.Type FROM GroupMember WHERE Group.Type IN ('Regular', 'Queue') AND ${whose}`,
    holding: (row) =>
      held(textAt(row, 'Group.Type') === 'Queue' ? 'queue' : 'public-group', row, 'Group.DeveloperName'),
  },
  setLicences: {
    types: ['permission-set-license'],
    user: 'AssigneeId',
    soql: (whose) =>
      `SELECT Id, AssigneeId, PermissionSetLicense.DeveloperName FROM PermissionSetLicenseAssign WHERE ${whose}`,
    holding: (row) => held('permission-set-license', row, 'PermissionSetLicense.DeveloperName'),
  },
  packageLicences: {
    types: ['package-license'],
    user: 'UserId',
    soql: (whose) => `SELECT Id, UserId, PackageLicense.NamespacePrefix FROM UserPackageLicense WHERE ${whose}`,
    holding: (row) => held('package-license', row, 'PackageLicense.NamespacePrefix'),
  },
};

const SETS =
  'SELECT Id, PermissionSet.Name, PermissionSet.NamespacePrefix, PermissionSetGroupId, PermissionSetGroup.DeveloperName, PermissionSetGroup.NamespacePrefix, ExpirationDate FROM PermissionSetAssignments WHERE PermissionSet.IsOwnedByProfile = false';

/**
 * One API call. `whose` says by which users a field may point to: `Id` of User itself, `UserId` and the like elsewhere.
 * Rows of users that are not there are left out.
 */
export async function readHoldings(
  org: Org,
  call: Call,
  fields: { described: Field[]; more: readonly string[] },
  whose: (field: string) => string,
): Promise<Holdings> {
  const flags = featureFlags(fields.described);
  const hasRoles = fields.described.some(({ name }) => name === 'UserRoleId');
  const columns = onceEach([
    'Id',
    'IsActive',
    'Profile.Name',
    ...(hasRoles ? ['UserRole.DeveloperName', 'UserRole.Name'] : []),
    ...fields.more,
    ...flags.map(({ name }) => name),
  ]);
  const { users, frozen, ...parts } = await queryTogether(org, call, {
    users: `SELECT ${columns.join(', ')}, (${SETS}) FROM User WHERE ${whose('Id')}`,
    frozen: `SELECT Id, UserId FROM UserLogin WHERE IsFrozen = true AND ${whose('UserId')}`,
    ...Object.fromEntries(Object.entries(PARTS).map(([part, { soql, user }]) => [part, soql(whose(user))])),
  });
  const frozenIds = new Set(needed(frozen, ACTION).map((login) => login['UserId']));
  const elsewhere = new Map<unknown, Holding[]>();
  const unseen: Holdings['unseen'] = new Map();
  for (const [name, { types, user, holding }] of Object.entries(PARTS)) {
    const rows = seen(parts[name], ACTION);
    if (!Array.isArray(rows)) {
      for (const type of types) unseen.set(type, rows);
      continue;
    }
    for (const row of rows) {
      const found = holding(row);
      if (found) elsewhere.set(row[user], [...(elsewhere.get(row[user]) ?? []), { ...found, recordId: row.Id }]);
    }
  }
  return {
    users: needed(users, ACTION).map((user) => ({
      user,
      frozen: frozenIds.has(user.Id),
      holdings: [
        ...ownRole(user),
        ...flags.filter(({ name }) => user[name] === true).map(({ name, label }) => feature(user, name, label)),
        ...assignedSets(user),
        ...(elsewhere.get(user.Id) ?? []),
      ],
    })),
    unseen,
  };
}

function held(type: KnownType, row: Row, path: string, nameAt = textAt): Omit<Holding, 'recordId'> | undefined {
  const name = nameAt(row, path);
  return name === undefined ? undefined : { type, name };
}

function ownRole(user: Row): Holding[] {
  const name = textAt(user, 'UserRole.DeveloperName');
  const alias = textAt(user, 'UserRole.Name');
  return name === undefined ? [] : [{ type: 'role', name, ...(alias ? { alias } : {}), recordId: user.Id }];
}

function feature(user: Row, name: string, alias: string): Holding {
  return { type: 'feature-license', name, alias, recordId: user.Id };
}

/** An assignment of a group is one of the group alone: the sets in it are not held by themselves. */
function assignedSets(user: Row): Holding[] {
  const assignments = (user['PermissionSetAssignments'] as { records: Row[] } | null)?.records ?? [];
  return assignments.flatMap((row): Holding[] => {
    const found =
      typeof row['PermissionSetGroupId'] === 'string'
        ? held('permission-set-group', row, 'PermissionSetGroup.DeveloperName', fullName)
        : held('permission-set', row, 'PermissionSet.Name', fullName);
    const expires = textAt(row, 'ExpirationDate');
    const expired = expires !== undefined && Date.parse(expires) <= Date.now();
    return found ? [{ ...found, recordId: row.Id, expired }] : [];
  });
}
