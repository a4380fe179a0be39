/** Users: found, read, made and changed. */
import type { Account, Attributes, AttributeValue, Entitlement } from '#domain/account.ts';
import type { AccountChange, CallContext, Connector, NewAccount } from '#connectors/connector.ts';
import { ConnectorError } from '#connectors/errors.ts';
import { refusal } from './failures.ts';
import { fullUserId, isRecordId } from './ids.ts';
import { changeRows, namesNobody, noSuchUser, type RowResult } from './rows.ts';
import type { Names } from './names.ts';
import { queryTogether, type Row } from './query.ts';
import { createSearch } from './search.ts';
import type { Org, Session } from './session.ts';
import type { Call } from './transport.ts';
import { USER_FIELDS } from './user-fields.ts';

const SETS =
  'SELECT PermissionSet.Name FROM PermissionSetAssignments WHERE PermissionSet.IsOwnedByProfile = false AND PermissionSetGroupId = null';

type Users = Pick<Connector, 'find' | 'read'> & Required<Pick<Connector, 'create' | 'update'>>;

/** The part of the connector that deals with user records. Each costs one API call, unless a search is very long. */
export function createUsers(session: Session, names: Names): Users {
  const fields = [...new Set([...USER_FIELDS, ...session.settings.extraFields])];

  return {
    ...createSearch(session, fields, (where, org, call) => fetchUsers(org, call, fields, where)),

    async create(accounts, context) {
      const rows = await Promise.all(accounts.map((account) => record(account, names, context)));
      const labels = accounts.map(({ attributes }) => `create account ${String(attributes['Username'] ?? '')}`);
      return changeRows(
        session,
        context,
        { rows, labels },
        { action: 'create accounts', unrepeatable: true },
        { verb: 'create', object: 'User' },
      );
    },

    async update(changes, context) {
      const rows = await Promise.all(changes.map((change) => changedRecord(change, names, context)));
      const labels = changes.map(({ nativeId }) => `update account ${nativeId}`);
      const reinterpret = (error: ConnectorError, index: number) =>
        namesNobody(error) && !namesOthers(rows[index] ?? {})
          ? noSuchUser('update account', changes[index]?.nativeId ?? '')
          : error;
      return changeRows(
        session,
        context,
        { rows, labels, reinterpret },
        { action: 'update accounts' },
        { verb: 'update', object: 'User' },
      );
    },
  };
}

/** One API call: the users, and which of them are frozen. */
async function fetchUsers(org: Org, call: Call, fields: string[], where: string): Promise<Account[]> {
  const { users, frozen } = await queryTogether(org, call, {
    users: `SELECT Id, IsActive, Profile.Name, ${fields.join(', ')}, (${SETS}) FROM User WHERE ${where}`,
    frozen: `SELECT Id, UserId FROM UserLogin WHERE IsFrozen = true AND UserId IN (SELECT Id FROM User WHERE ${where})`,
  });
  if (!Array.isArray(users)) throw refusal(users ?? {}, { action: 'find accounts' });
  if (!Array.isArray(frozen)) throw refusal(frozen ?? {}, { action: 'find out who is frozen' });
  const frozenIds = new Set(frozen.map((login) => login['UserId']));
  return users.map((user) => toAccount(user, fields, frozenIds.has(user.Id)));
}

function toAccount(user: Row, fields: string[], frozen: boolean): Account {
  const attributes: Attributes = {};
  for (const field of fields) attributes[field] = (user[field] ?? null) as AttributeValue;
  const profile = (user['Profile'] as { Name: string } | null)?.Name;
  const assigned =
    (user['PermissionSetAssignments'] as { records: { PermissionSet: { Name: string } }[] } | null)?.records ?? [];
  const entitlements: Entitlement[] = assigned.map(({ PermissionSet }) => ({
    type: 'permission-set',
    name: PermissionSet.Name,
  }));
  if (profile) entitlements.push({ type: 'profile', name: profile });
  return {
    nativeId: user.Id,
    username: String(user['Username']),
    status: user['IsActive'] === true ? (frozen ? 'frozen' : 'active') : 'inactive',
    attributes,
    entitlements,
  };
}

/** A row to write, or why it can not be written. */
async function record(account: NewAccount, names: Names, context: CallContext | undefined): Promise<RowResult> {
  const row: Record<string, unknown> = { ...account.attributes };
  for (const { type, name } of account.entitlements) {
    if (type !== 'profile') return new ConnectorError('bug', `salesforce: ${type} ${name} is granted, not carried`);
    const id = await names.find('profile', name, context);
    if (id instanceof ConnectorError) return id;
    row['ProfileId'] = id;
  }
  return row;
}

async function changedRecord(
  change: AccountChange,
  names: Names,
  context: CallContext | undefined,
): Promise<RowResult> {
  const id = fullUserId(change.nativeId);
  if (id === undefined) return noSuchUser('update account', change.nativeId);
  const row = await record(change, names, context);
  return row instanceof ConnectorError ? row : { Id: id, ...row };
}

/** Whether the row itself refers to somebody or something else that may not be there, such as the manager. */
function namesOthers(row: object): boolean {
  return Object.entries(row).some(([field, value]) => field !== 'Id' && typeof value === 'string' && isRecordId(value));
}
