/** Leads and contacts as accounts: found, read, made, changed and deleted. They are always active; nobody signs in as one. */
import {
  entitlementLabel,
  type Account,
  type Attributes,
  type AttributeValue,
  type Entitlement,
} from '#domain/account.ts';
import type { Connector, Manifest, NewAccount } from '#connectors/connector.ts';
import { ConnectorError } from '#connectors/errors.ts';
import { attributeFaults } from './attribute-faults.ts';
import { createDescribe, createFields } from './describe.ts';
import { estimateRecords } from './estimate.ts';
import { explained } from './explained.ts';
import { fullId } from './ids.ts';
import { KEEP_MS } from './kept.ts';
import { createPages } from './pages.ts';
import { queryAll, type Row } from './query.ts';
import { changeRows, isGone, namesNobody, noSuchRecord, type RowResult } from './rows.ts';
import { createSearch } from './search.ts';
import { textAt } from './seen.ts';
import type { Session } from './session.ts';
import { MOST_ROWS } from './writes.ts';
import { onceEach } from './soql.ts';
import { createVerify, objectRights } from './verify.ts';

export type PersonObject = 'Lead' | 'Contact';

interface Kind {
  prefix: string;
  /** Those that are read, so that a plan can compare them. */
  fields: string[];
  /** Which records are accounts; all, when it is not said. */
  only?: string;
  managerAttribute?: string;
}

const COMMON = ['FirstName', 'LastName', 'Email', 'Title', 'Phone', 'MobilePhone', 'LeadSource', 'OwnerId'];
const KINDS: Record<PersonObject, Kind> = {
  Lead: {
    prefix: '00Q',
    fields: [...COMMON, 'Company', 'Status', 'Street', 'City', 'State', 'PostalCode', 'Country'],
    // A converted lead has become a contact, and can not be changed.
    only: 'IsConverted = false',
  },
  Contact: {
    prefix: '003',
    fields: [
      ...COMMON,
      'Department',
      'AccountId',
      'ReportsToId',
      'MailingStreet',
      'MailingCity',
      'MailingState',
      'MailingPostalCode',
      'MailingCountry',
    ],
    managerAttribute: 'ReportsToId',
  },
};

/** Rows that Salesforce answers at once. */
const MOST_LISTED = 2_000;

/** The connector for people who are records only. One API call each for up to 200, unless a search is very long. */
export function createPersonRecords(session: Session, object: PersonObject): Connector {
  const { prefix, only, managerAttribute, ...kind } = KINDS[object];
  const fields = onceEach([...kind.fields, ...session.settings.extraFields]);
  const described = createFields(session, object);
  const idOf = (id: string) => fullId(id, prefix);
  const headers: Record<string, string> =
    session.settings.duplicates === 'save' ? { 'Sforce-Duplicate-Rule-Header': 'allowSave=true' } : {};
  const manifest: Manifest = {
    accountType: object,
    pageSize: MOST_ROWS,
    entitlementTypes: [],
    ...(managerAttribute ? { managerAttribute } : {}),
  };

  return {
    manifest,
    usage: () => session.usage(),
    ...estimateRecords,
    ...createVerify(session, { rights: objectRights(object), capacity: () => Promise.resolve([]) }),
    ...createDescribe(described, manifest, fields),
    ...createSearch(session, {
      fields,
      idOf,
      fetch: async (where, org) => {
        const which = only ? `(${where}) AND ${only}` : where;
        const rows = await queryAll(org, `SELECT Id, Name, ${fields.join(', ')} FROM ${object} WHERE ${which}`);
        return rows.map((row) => toAccount(row, fields));
      },
    }),

    ...createPages(session, {
      object,
      columns: ['Name', ...fields],
      only,
      size: MOST_LISTED,
      accountsOf: (rows) => Promise.resolve(rows.map((row) => toAccount(row, fields))),
    }),

    async foresee(intended, context) {
      const held = intended.entitlements.map((entitlement) => notHeld(object, entitlement));
      return { faults: [...attributeFaults(intended, await described(KEEP_MS, context)), ...held], takes: [] };
    },

    create(accounts, context) {
      const labels = accounts.map(({ attributes }) => `create ${object} ${nameOf(attributes)}`);
      return changeRows(
        session,
        context,
        { rows: accounts.map((account) => fieldsOf(object, account)), labels, reinterpret: told },
        { action: `create ${object} accounts`, unrepeatable: true },
        { verb: 'create', object, headers },
      );
    },

    update(changes, context) {
      const action = `update ${object}`;
      const rows = changes.map((change): RowResult => {
        const Id = idOf(change.nativeId);
        if (Id === undefined) return noSuchRecord(object, action, change.nativeId);
        const row = fieldsOf(object, change);
        return row instanceof ConnectorError ? row : { Id, ...row };
      });
      const labels = changes.map(({ nativeId }) => `${action} ${nativeId}`);
      const reinterpret = (error: ConnectorError, index: number) =>
        isGone(error, rows[index]) ? noSuchRecord(object, action, changes[index]?.nativeId ?? '') : told(error);
      return changeRows(
        session,
        context,
        { rows, labels, reinterpret },
        { action },
        { verb: 'update', object, headers },
      );
    },

    /** Into the recycle bin, from which somebody can take it back for fifteen days. */
    delete(nativeIds, context) {
      const action = `delete ${object}`;
      const ids = nativeIds.map(idOf);
      const rows = ids.map((Id, index) => (Id ? { Id } : noSuchRecord(object, action, nativeIds[index] ?? '')));
      const labels = nativeIds.map((id) => `${action} ${id}`);
      const alreadyDone = (error: ConnectorError, index: number) => (namesNobody(error) ? ids[index] : undefined);
      return changeRows(
        session,
        context,
        { rows, labels, alreadyDone, reinterpret: told },
        { action },
        { verb: 'delete', object },
      );
    },
  };
}

function toAccount(row: Row, fields: string[]): Account {
  const attributes: Attributes = {};
  for (const field of fields) attributes[field] = (row[field] ?? null) as AttributeValue;
  const username = textAt(row, 'Email') ?? textAt(row, 'Name') ?? row.Id;
  return { nativeId: row.Id, username, status: 'active', attributes, entitlements: [] };
}

function fieldsOf(object: PersonObject, { attributes, entitlements: [first] }: NewAccount): RowResult {
  return first ? notHeld(object, first) : { ...attributes };
}

function notHeld(object: PersonObject, entitlement: Entitlement): ConnectorError {
  return new ConnectorError('invalid-data', `salesforce: a ${object} holds no ${entitlementLabel(entitlement)}`, {
    remedy: 'take it out of the birthrights of this application',
  });
}

function nameOf(attributes: Attributes): string {
  return String(attributes['Email'] ?? attributes['LastName'] ?? '');
}

/** A refusal with what it means for records like these. */
function told(error: ConnectorError): ConnectorError {
  return TOLD[error.code ?? '']?.(error) ?? error;
}

const TOLD: Record<string, (error: ConnectorError) => ConnectorError> = {
  DUPLICATES_DETECTED: (error) =>
    explained(
      error,
      `link the person to ${error.matches.join(' or ') || 'it'}, merge the two in Salesforce, or set "duplicates" to "save", which works where the duplicate rule allows it`,
    ),
  CANNOT_UPDATE_CONVERTED_LEAD: (error) =>
    explained(error, 'the lead has become a contact: change the contact, or take the person out of the scope'),
  DELETE_FAILED: (error) =>
    explained(error, 'delete or move what the message names in Salesforce, then retry', { kind: 'blocked' }),
};
