/** Users: found, read, made and changed. */
import type { Account, Attributes, AttributeValue, Entitlement } from '#domain/account.ts';
import type { AccountChange, CallContext, Connector, NewAccount, RowOutcome } from '#connectors/connector.ts';
import { ConnectorError } from '#connectors/errors.ts';
import { withFields, type Field, type Fields } from './describe.ts';
import { readHoldings, type UserHoldings } from './holdings.ts';
import { fullUserId } from './ids.ts';
import { naming } from './licences.ts';
import { changeRows, isGone, noSuchUser, type RowResult } from './rows.ts';
import { findEach, type Found, type Names } from './names.ts';
import { queryAll } from './query.ts';
import { createSearch } from './search.ts';
import { textAt } from './seen.ts';
import type { Session } from './session.ts';
import { onceEach, oneOf } from './soql.ts';
import { USER_FIELDS } from './user-fields.ts';

type Users = Pick<Connector, 'find' | 'read'> & Required<Pick<Connector, 'create' | 'update'>>;

/**
 * The part of the connector that deals with user records. Each costs one API call, unless a search is very long, and one
 * more to see whether a new e-mail address has to be confirmed.
 */
export function createUsers(session: Session, names: Names, fields: Fields): Users {
  const more = onceEach([...USER_FIELDS, ...session.settings.extraFields]);
  /** Known before anybody searches: a search may not wait for another call while it takes up one itself. */
  let described: Field[] = [];
  const search = createSearch(session, {
    fields: more,
    idOf: fullUserId,
    fetch: async (where, org, call) => {
      const whose = (field: string) => (field === 'Id' ? where : `${field} IN (SELECT Id FROM User WHERE ${where})`);
      const { users } = await readHoldings(org, call, { described, more }, whose);
      return users.map((user) => toAccount(user, more));
    },
  });

  return {
    async find(correlations, context) {
      const asks = correlations.some(({ values }) => values.some((value) => value.trim() !== ''));
      if (!asks) return [];
      return withFields(fields, context, (now) => {
        described = now;
        return search.find(correlations, context);
      });
    },

    async read(nativeIds, context) {
      if (nativeIds.length === 0) return [];
      return withFields(fields, context, (now) => {
        described = now;
        return search.read(nativeIds, context);
      });
    },

    async create(accounts, context) {
      const profiles = await profilesOf(accounts, names, context);
      const made = accounts.map((account) => userRow(account, profiles));
      const labels = accounts.map(({ attributes }) => `create account ${String(attributes['Username'] ?? '')}`);
      return changeRows(
        session,
        context,
        {
          rows: made.map(({ row }) => row),
          labels,
          reinterpret: (error, index) => naming(error, made[index]?.licence),
        },
        { action: 'create accounts', unrepeatable: true },
        { verb: 'create', object: 'User' },
      );
    },

    async update(changes, context) {
      const profiles = await profilesOf(changes, names, context);
      const changed = changes.map((change) => changedRecord(change, profiles));
      const labels = changes.map(({ nativeId }) => `update account ${nativeId}`);
      const rows = changed.map(({ row }) => row);
      const reinterpret = (error: ConnectorError, index: number) =>
        isGone(error, rows[index])
          ? noSuchUser('update account', changes[index]?.nativeId ?? '')
          : naming(error, changed[index]?.licence);
      const outcomes = await changeRows(
        session,
        context,
        { rows, labels, reinterpret },
        { action: 'update accounts' },
        { verb: 'update', object: 'User' },
      );
      return unconfirmed(session, context, changes, outcomes);
    },
  };
}

/** The account that a user is, with these fields of it. */
export function toAccount({ user, frozen, holdings }: UserHoldings, fields: readonly string[]): Account {
  const attributes: Attributes = {};
  for (const field of fields) attributes[field] = (user[field] ?? null) as AttributeValue;
  const profile = textAt(user, 'Profile.Name');
  const entitlements = holdings
    .filter(({ expired }) => expired !== true)
    .map(({ type, name }): Entitlement => ({ type, name }));
  return {
    nativeId: user.Id,
    username: String(user['Username']),
    status: user['IsActive'] === true ? (frozen ? 'frozen' : 'active') : 'inactive',
    attributes,
    entitlements: profile === undefined ? entitlements : [{ type: 'profile', name: profile }, ...entitlements],
  };
}

interface Prepared {
  row: RowResult;
  licence?: string;
}

/** Looks up the profiles that these accounts are to have. */
export function profilesOf(
  accounts: readonly NewAccount[],
  names: Names,
  context: CallContext | undefined,
): Promise<Found> {
  const carried = accounts.flatMap(({ entitlements }) => entitlements.filter(({ type }) => type === 'profile'));
  return findEach(names, carried, context);
}

/** The row to write for a user, or why it can not be written; and the licence that its profile takes. */
export function userRow(account: NewAccount, profiles: Found): Prepared {
  const row: Record<string, unknown> = { ...account.attributes };
  let licence: string | undefined;
  for (const entitlement of account.entitlements) {
    const { type, name } = entitlement;
    if (type !== 'profile')
      return { row: new ConnectorError('bug', `salesforce: ${type} ${name} is granted, not carried`) };
    const profile = profiles(entitlement);
    if (profile instanceof ConnectorError) return { row: profile };
    row['ProfileId'] = profile.id;
    licence = profile.licence?.name;
  }
  return licence === undefined ? { row } : { row, licence: `user-license ${licence}` };
}

function changedRecord(change: AccountChange, profiles: Found): Prepared {
  const id = fullUserId(change.nativeId);
  if (id === undefined) return { row: noSuchUser('update account', change.nativeId) };
  const prepared = userRow(change, profiles);
  return prepared.row instanceof ConnectorError ? prepared : { ...prepared, row: { Id: id, ...prepared.row } };
}

/**
 * Says of a new e-mail address that is not shown yet that it is pending: somebody has to confirm it. One that can not be
 * read back may be.
 */
async function unconfirmed(
  session: Session,
  context: CallContext | undefined,
  changes: AccountChange[],
  outcomes: RowOutcome[],
): Promise<RowOutcome[]> {
  const sent = (index: number) => changes[index]?.attributes['Email'] ?? undefined;
  const moved = outcomes.flatMap((outcome, index) => (outcome.ok && sent(index) ? [outcome.nativeId] : []));
  if (moved.length === 0) return outcomes;
  const shown = await shownEmails(session, context, moved);
  return outcomes.map((outcome, index) =>
    outcome.ok && sent(index) && shown.get(outcome.nativeId) !== String(sent(index)).toLowerCase()
      ? { ...outcome, pending: ['Email'] }
      : outcome,
  );
}

/** The addresses that Salesforce shows, in lower case, by user; none when it can not be asked now: the users are changed. */
async function shownEmails(
  session: Session,
  context: CallContext | undefined,
  ids: string[],
): Promise<Map<string, string>> {
  try {
    const rows = await session.call({ action: 'read back e-mail addresses' }, context, (org) =>
      queryAll(org, `SELECT Id, Email FROM User WHERE ${oneOf('Id', ids)}`),
    );
    return new Map(rows.map((row) => [row.Id, String(row['Email']).toLowerCase()]));
  } catch (error) {
    if (error instanceof ConnectorError) return new Map();
    throw error;
  }
}
