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

const SET_COLUMNS =
  'Id, PermissionSet.Name, PermissionSet.NamespacePrefix, PermissionSetGroupId, PermissionSetGroup.DeveloperName, PermissionSetGroup.NamespacePrefix, ExpirationDate';
/** Every user has one more, which stands for the profile. */
const ASSIGNED = 'PermissionSet.IsOwnedByProfile = false';

export interface UserColumns {
  described: Field[];
  more: readonly string[];
}

/** By which users a field may point to: `Id` of User itself, `UserId` and the like elsewhere. */
type Whose = (field: string) => string;

/** One API call. Rows of users that are not there are left out. */
export async function readHoldings(org: Org, call: Call, columns: UserColumns, whose: Whose): Promise<Holdings> {
  const sets = `SELECT ${SET_COLUMNS} FROM PermissionSetAssignments WHERE ${ASSIGNED}`;
  const { users, frozen, ...parts } = await queryTogether(org, call, {
    users: `SELECT ${columnsOf(columns).join(', ')}, (${sets}) FROM User WHERE ${whose('Id')}`,
    frozen: frozenLogins(whose),
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
        ...ofOwnRow(user, columns),
        ...assignments(user).flatMap(assignedSet),
        ...(elsewhere.get(user.Id) ?? []),
      ],
    })),
    unseen,
  };
}

/** The same as queries that each stand for themselves: of users alone, and of what is elsewhere, with whose it is. */
export interface SeparateQueries {
  users: string;
  frozen: { soql: string; user: string };
  parts: { soql: string; user: string; holdings: (row: Row) => Holding[] }[];
}

export function separateQueries(columns: UserColumns, whose: Whose): SeparateQueries {
  return {
    users: `SELECT ${columnsOf(columns).join(', ')} FROM User WHERE ${whose('Id')}`,
    frozen: { soql: frozenLogins(whose), user: 'UserId' },
    parts: [
      {
        soql: `SELECT AssigneeId, ${SET_COLUMNS} FROM PermissionSetAssignment WHERE ${ASSIGNED} AND ${whose('AssigneeId')}`,
        user: 'AssigneeId',
        holdings: assignedSet,
      },
      ...Object.values(PARTS).map(({ soql, user, holding }) => ({
        soql: soql(whose(user)),
        user,
        holdings: (row: Row) => {
          const found = holding(row);
          return found ? [{ ...found, recordId: row.Id }] : [];
        },
      })),
    ],
  };
}

function columnsOf({ described, more }: UserColumns): string[] {
  const hasRoles = described.some(({ name }) => name === 'UserRoleId');
  return onceEach([
    'Id',
    'IsActive',
    'Profile.Name',
    ...(hasRoles ? ['UserRole.DeveloperName', 'UserRole.Name'] : []),
    ...more,
    ...featureFlags(described).map(({ name }) => name),
  ]);
}

function frozenLogins(whose: Whose): string {
  return `SELECT Id, UserId FROM UserLogin WHERE IsFrozen = true AND ${whose('UserId')}`;
}

function held(type: KnownType, row: Row, path: string, nameAt = textAt): Omit<Holding, 'recordId'> | undefined {
  const name = nameAt(row, path);
  return name === undefined ? undefined : { type, name };
}

/** What the user's own row says: the role, and licences for features. */
export function ofOwnRow(user: Row, { described }: UserColumns): Holding[] {
  const flags = featureFlags(described).filter(({ name }) => user[name] === true);
  return [...ownRole(user), ...flags.map(({ name, label }) => feature(user, name, label))];
}

function ownRole(user: Row): Holding[] {
  const name = textAt(user, 'UserRole.DeveloperName');
  const alias = textAt(user, 'UserRole.Name');
  return name === undefined ? [] : [{ type: 'role', name, ...(alias ? { alias } : {}), recordId: user.Id }];
}

function feature(user: Row, name: string, alias: string): Holding {
  return { type: 'feature-license', name, alias, recordId: user.Id };
}

function assignments(user: Row): Row[] {
  return (user['PermissionSetAssignments'] as { records: Row[] } | null)?.records ?? [];
}

/** An assignment of a group is one of the group alone: the sets in it are not held by themselves. */
function assignedSet(row: Row): Holding[] {
  const found =
    typeof row['PermissionSetGroupId'] === 'string'
      ? held('permission-set-group', row, 'PermissionSetGroup.DeveloperName', fullName)
      : held('permission-set', row, 'PermissionSet.Name', fullName);
  const expires = textAt(row, 'ExpirationDate');
  const expired = expires !== undefined && Date.parse(expires) <= Date.now();
  return found ? [{ ...found, recordId: row.Id, expired }] : [];
}
