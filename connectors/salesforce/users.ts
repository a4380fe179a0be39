/** Users: found, read, made and changed. */
import type { Account, Attributes, AttributeValue, Entitlement } from '#domain/account.ts';
import type { AccountChange, CallContext, Connector, Correlation, NewAccount } from '#connectors/connector.ts';
import { ConnectorError } from '#connectors/errors.ts';
import { refusal } from './failures.ts';
import { changeRows, type RowResult } from './rows.ts';
import type { Names } from './names.ts';
import { queryAll, queryTogether, type Row } from './query.ts';
import type { Org, Session } from './session.ts';
import { oneOf, slices } from './soql.ts';
import type { Call } from './transport.ts';
import { USER_FIELDS } from './user-fields.ts';

const SELECT = `SELECT Id, IsActive, Profile.Name, ${USER_FIELDS.join(', ')}, (SELECT PermissionSet.Name FROM PermissionSetAssignments WHERE PermissionSet.IsOwnedByProfile = false AND PermissionSetGroupId = null) FROM User`;

/** Two hundred 18-character ids and the field list stay below the longest URL Salesforce takes. */
const SLICE = 200;

type Users = Pick<Connector, 'find' | 'read'> & Required<Pick<Connector, 'create' | 'update'>>;

/** The part of the connector that deals with user records. `find` and `read` of one person cost one API call. */
export function createUsers(session: Session, names: Names): Users {
  const fetchWhere = (where: string, action: string, context: CallContext | undefined) =>
    session.call({ action }, context, (org, call) => fetchUsers(org, call, where));

  return {
    async find(correlations, context) {
      const found = new Map<string, Account>();
      for (const where of conditions(correlations)) {
        for (const account of await fetchWhere(where, 'find accounts', context)) found.set(account.nativeId, account);
      }
      return [...found.values()];
    },

    async read(nativeIds, context) {
      const found = new Map<string, Account>();
      for (const ids of slices([...new Set(nativeIds)], SLICE)) {
        for (const account of await fetchWhere(oneOf('Id', ids), 'read accounts', context))
          found.set(account.nativeId, account);
      }
      return nativeIds.map((id) => found.get(id));
    },

    async create(accounts, context) {
      const rows = await Promise.all(accounts.map((account) => record(account, names, context)));
      const labels = accounts.map(({ attributes }) => `create account ${String(attributes['Username'] ?? '')}`);
      return changeRows(
        session,
        context,
        { rows, labels },
        { action: 'create accounts', unrepeatable: true },
        (org, records) => org.sobject('User').create(records, { allOrNone: false }),
      );
    },

    async update(changes, context) {
      const rows = await Promise.all(changes.map((change) => changedRecord(change, names, context)));
      const labels = changes.map(({ nativeId }) => `update account ${nativeId}`);
      return changeRows(session, context, { rows, labels }, { action: 'update accounts' }, (org, records) =>
        org.sobject('User').update(records as { Id: string }[], { allOrNone: false }),
      );
    },
  };
}

/** One API call when one user or none matches: the second query names what the first one found. */
async function fetchUsers(org: Org, call: Call, where: string): Promise<Account[]> {
  const answer = await queryTogether(org, call, {
    users: `${SELECT} WHERE ${where}`,
    logins: "SELECT UserId, IsFrozen FROM UserLogin WHERE UserId = '@{users.records[0].Id}'",
  });
  const users = answer['users'];
  if (!Array.isArray(users)) throw refusal(users ?? {}, { action: 'find accounts' });
  const [first] = users;
  if (!first) return [];
  const logins = answer['logins'];
  const known = users.length === 1 && Array.isArray(logins) ? logins : await fetchLogins(org, users);
  const frozen = new Set(known.filter((login) => login['IsFrozen'] === true).map((login) => login['UserId']));
  return users.map((user) => toAccount(user, frozen.has(user.Id)));
}

async function fetchLogins(org: Org, users: Row[]): Promise<Row[]> {
  const pages = slices(
    users.map(({ Id }) => Id),
    SLICE,
  );
  return (
    await Promise.all(
      pages.map((ids) => queryAll(org, `SELECT UserId, IsFrozen FROM UserLogin WHERE ${oneOf('UserId', ids)}`)),
    )
  ).flat();
}

function toAccount(user: Row, frozen: boolean): Account {
  const attributes: Attributes = {};
  for (const field of USER_FIELDS) attributes[field] = (user[field] ?? null) as AttributeValue;
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

/** Conditions that together cover the correlations: one when the values are few, several when the URL would grow long. */
function conditions(correlations: Correlation[]): string[] {
  const few = correlations.filter(({ values }) => values.length > 0);
  if (few.length === 0) return [];
  if (few.reduce((sum, { values }) => sum + values.length, 0) <= SLICE) {
    return [
      few
        .map(({ attribute, values }) => oneOf(attribute, values))
        .map((condition) => `(${condition})`)
        .join(' OR '),
    ];
  }
  return few.flatMap(({ attribute, values }) => slices(values, SLICE).map((slice) => oneOf(attribute, slice)));
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
  const row = await record(change, names, context);
  if (row instanceof ConnectorError) return row;
  return { Id: change.nativeId, ...row };
}
