/** Users: found, read, made and changed. */
import type { Account, Attributes, AttributeValue, Entitlement } from '#domain/account.ts';
import type {
  AccountChange,
  CallContext,
  Connector,
  Correlation,
  NewAccount,
  RowOutcome,
} from '#connectors/connector.ts';
import { ConnectorError } from '#connectors/errors.ts';
import type { Fields } from './describe.ts';
import { readHoldings, type UserHoldings } from './holdings.ts';
import { fullUserId, isRecordId } from './ids.ts';
import { naming } from './licences.ts';
import { changeRows, namesNobody, noSuchUser, type RowResult } from './rows.ts';
import type { Names } from './names.ts';
import { queryAll } from './query.ts';
import { textAt } from './seen.ts';
import type { Session } from './session.ts';
import { fitting, oneOf, slices } from './soql.ts';
import { USER_FIELDS } from './user-fields.ts';

/** Two hundred 18-character ids and the field list stay below the longest URL Salesforce takes. */
const SLICE = 200;
/** Salesforce takes URLs of 16,384 bytes; the field list and the rest of the query need some of them. */
const LONGEST_VALUES = 12_000;

type Users = Pick<Connector, 'find' | 'read'> & Required<Pick<Connector, 'create' | 'update'>>;

/**
 * The part of the connector that deals with user records. Each costs one API call, unless a search is very long, and one
 * more to see whether a new e-mail address has to be confirmed.
 */
export function createUsers(session: Session, names: Names, fields: Fields): Users {
  const more = [...new Set([...USER_FIELDS, ...session.settings.extraFields])];
  const fetchWhose = async (whose: (field: string) => string, action: string, context: CallContext | undefined) => {
    const described = await fields(Infinity, context);
    const { users } = await session.call({ action }, context, (org, call) =>
      readHoldings(org, call, { described, more }, whose),
    );
    return users.map((user) => toAccount(user, more));
  };

  return {
    async find(correlations, context) {
      const found = new Map<string, Account>();
      for (const where of conditions(correlations)) {
        const whose = (field: string) => (field === 'Id' ? where : `${field} IN (SELECT Id FROM User WHERE ${where})`);
        for (const account of await fetchWhose(whose, 'find accounts', context)) found.set(account.nativeId, account);
      }
      return [...found.values()];
    },

    async read(nativeIds, context) {
      const found = new Map<string, Account>();
      const fullIds = nativeIds.map(fullUserId);
      const known = [...new Set(fullIds.filter((id) => id !== undefined))];
      for (const ids of slices(known, SLICE)) {
        for (const account of await fetchWhose((field) => oneOf(field, ids), 'read accounts', context))
          found.set(account.nativeId, account);
      }
      return fullIds.map((id) => (id === undefined ? undefined : found.get(id)));
    },

    async create(accounts, context) {
      const made = await Promise.all(accounts.map((account) => record(account, names, context)));
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
        (org, records) => org.sobject('User').create(records, { allOrNone: false }),
      );
    },

    async update(changes, context) {
      const changed = await Promise.all(changes.map((change) => changedRecord(change, names, context)));
      const labels = changes.map(({ nativeId }) => `update account ${nativeId}`);
      const rows = changed.map(({ row }) => row);
      const reinterpret = (error: ConnectorError, index: number) =>
        namesNobody(error) && !namesOthers(rows[index] ?? {})
          ? noSuchUser('update account', changes[index]?.nativeId ?? '')
          : naming(error, changed[index]?.licence);
      const outcomes = await changeRows(
        session,
        context,
        { rows, labels, reinterpret },
        { action: 'update accounts' },
        (org, records) => org.sobject('User').update(records as { Id: string }[], { allOrNone: false }),
      );
      return unconfirmed(session, context, changes, outcomes);
    },
  };
}

function toAccount({ user, frozen, holdings }: UserHoldings, fields: readonly string[]): Account {
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

/** Conditions that together cover the correlations: one when the values are few, several when the URL would grow long. */
function conditions(correlations: Correlation[]): string[] {
  const wanted = correlations.flatMap(({ attribute, values }) =>
    // An empty value would not find nobody: to SOQL it equals every empty field.
    [...new Set(values)].filter((value) => value.trim() !== '').map((value) => ({ attribute, value })),
  );
  return fitting(wanted, ({ value }) => value, LONGEST_VALUES).map((part) => {
    const valuesOf = (attribute: string) => part.filter((one) => one.attribute === attribute).map(({ value }) => value);
    const attributes = [...new Set(part.map(({ attribute }) => attribute))];
    return attributes.map((attribute) => oneOf(attribute, valuesOf(attribute))).join(' OR ');
  });
}

/** A row to write, or why it can not be written; and the licence that its profile takes. */
interface Prepared {
  row: RowResult;
  licence?: string;
}

async function record(account: NewAccount, names: Names, context: CallContext | undefined): Promise<Prepared> {
  const row: Record<string, unknown> = { ...account.attributes };
  let licence: string | undefined;
  for (const entitlement of account.entitlements) {
    const { type, name } = entitlement;
    if (type !== 'profile')
      return { row: new ConnectorError('bug', `salesforce: ${type} ${name} is granted, not carried`) };
    const profile = await names.find(entitlement, context);
    if (profile instanceof ConnectorError) return { row: profile };
    row['ProfileId'] = profile.id;
    licence = profile.licence?.name;
  }
  return licence === undefined ? { row } : { row, licence: `user-license ${licence}` };
}

async function changedRecord(change: AccountChange, names: Names, context: CallContext | undefined): Promise<Prepared> {
  const id = fullUserId(change.nativeId);
  if (id === undefined) return { row: noSuchUser('update account', change.nativeId) };
  const prepared = await record(change, names, context);
  return prepared.row instanceof ConnectorError ? prepared : { ...prepared, row: { Id: id, ...prepared.row } };
}

/** Says of a new e-mail address that is not shown yet that it is pending: somebody has to confirm it. */
async function unconfirmed(
  session: Session,
  context: CallContext | undefined,
  changes: AccountChange[],
  outcomes: RowOutcome[],
): Promise<RowOutcome[]> {
  const sent = (index: number) => changes[index]?.attributes['Email'] ?? undefined;
  const moved = outcomes.flatMap((outcome, index) => (outcome.ok && sent(index) ? [outcome.nativeId] : []));
  if (moved.length === 0) return outcomes;
  const rows = await session.call({ action: 'read back e-mail addresses' }, context, (org) =>
    queryAll(org, `SELECT Id, Email FROM User WHERE ${oneOf('Id', moved)}`),
  );
  const shown = new Map(rows.map((row) => [row.Id, String(row['Email']).toLowerCase()]));
  return outcomes.map((outcome, index) =>
    outcome.ok && sent(index) && shown.get(outcome.nativeId) !== String(sent(index)).toLowerCase()
      ? { ...outcome, pending: ['Email'] }
      : outcome,
  );
}

/** Whether the row itself refers to somebody or something else that may not be there, such as the manager. */
function namesOthers(row: object): boolean {
  return Object.entries(row).some(([field, value]) => field !== 'Id' && typeof value === 'string' && isRecordId(value));
}
