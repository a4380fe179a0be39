/** Ownership: the records that somebody owns, given to somebody else; of any object whose records have an owner. */
import type { CallContext, Connector, OwnedRecord, Ownership, RowOutcome } from '#connectors/connector.ts';
import { ConnectorError } from '#connectors/errors.ts';
import { explained } from './explained.ts';
import { fullId } from './ids.ts';
import { createOwners } from './owners.ts';
import { queryAll, type Row } from './query.ts';
import { changeRows, noSuchRecord, type RowResult } from './rows.ts';
import { textAt } from './seen.ts';
import type { Session } from './session.ts';
import { MOST_ROWS } from './writes.ts';
import { apiName, literal, oneOf, slices } from './soql.ts';

interface Kind {
  /** The field people know a record by. */
  name: string;
  /** The field that names the record which Salesforce locks when this one changes. */
  parent?: string;
  /** Which records can change hands; all, when it is not said. */
  only?: string;
}

type Move = Parameters<Ownership['move']>[1][number];

/** Objects with something of their own. Records of the others, custom ones included, are known by their Name. */
const KINDS: Record<string, Kind> = {
  lead: { name: 'Name', only: 'IsConverted = false' },
  contact: { name: 'Name', parent: 'AccountId' },
  opportunity: { name: 'Name', parent: 'AccountId' },
  asset: { name: 'Name', parent: 'AccountId' },
  case: { name: 'CaseNumber', parent: 'AccountId' },
  contract: { name: 'ContractNumber', parent: 'AccountId' },
  order: { name: 'OrderNumber', parent: 'AccountId' },
  task: { name: 'Subject', parent: 'WhatId', only: 'IsClosed = false' },
  event: { name: 'Subject', parent: 'WhatId', only: 'IsChild = false' },
};

/** Pages of records whose parents are remembered: what was read is moved soon. */
const LAST_PAGES = 50;

/** One API call each, and one more for a move in which Salesforce leaves open what is missing. */
export function createOwnership(session: Session): Required<Pick<Connector, 'ownership'>> {
  const pages: Map<string, string>[] = [];

  const query = async (object: string, action: string, soql: string, context: CallContext | undefined) =>
    session
      .call({ action }, context, (org) => queryAll(org, soql))
      .catch((error: unknown) => {
        throw error instanceof ConnectorError ? notOwnable(object, error) : error;
      });

  const remember = (rows: Row[], { parent }: Kind): void => {
    if (parent === undefined || rows.length === 0) return;
    pages.unshift(new Map(rows.map((row) => [row.Id, textAt(row, parent) ?? ''])));
    pages.splice(LAST_PAGES);
  };
  const parentOf = (recordId: string): string => pages.find((page) => page.has(recordId))?.get(recordId) ?? '';

  const owners: Ownership['owners'] = async (object, recordIds, context) => {
    const ids = recordIds.map((id) => fullId(id));
    const found = new Map<string, string>();
    for (const some of slices([...new Set(ids.filter((id) => id !== undefined))], MOST_ROWS)) {
      const soql = `SELECT Id, OwnerId FROM ${objectName(object)} WHERE ${oneOf('Id', some)}`;
      for (const row of await query(object, `read owners of ${object}`, soql, context))
        found.set(row.Id, String(row['OwnerId']));
    }
    return ids.map((id) => (id === undefined ? undefined : found.get(id)));
  };

  /** Salesforce says the same of a record that is gone and of an owner that is not there. */
  const clear = async (
    object: string,
    moves: Move[],
    outcomes: RowOutcome[],
    context: CallContext | undefined,
  ): Promise<RowOutcome[]> => {
    const isUnclear = (index: number): boolean => {
      const outcome = outcomes[index];
      return outcome?.ok === false && outcome.error.code === 'INVALID_CROSS_REFERENCE_KEY';
    };
    const unclear = moves.filter((_, index) => isUnclear(index)).map(({ recordId }) => recordId);
    if (unclear.length === 0) return outcomes;
    const now = await owners(object, unclear, context);
    const there = new Set(unclear.filter((_, index) => now[index] !== undefined));
    return outcomes.map((outcome, index): RowOutcome => {
      const { recordId = '', owner = '' } = moves[index] ?? {};
      if (outcome.ok || !isUnclear(index)) return outcome;
      const error = there.has(recordId)
        ? explained(outcome.error, `there is no owner ${owner} in this org: name another one`)
        : noSuchRecord(object, GIVE, recordId);
      return { ok: false, error };
    });
  };

  return {
    ownership: {
      async owned(object, { owner, after }, context) {
        const kind = kindOf(object);
        const ownerId = fullId(owner);
        if (ownerId === undefined) return [];
        const fields = ['Id', kind.name, ...(kind.parent ? [kind.parent] : [])];
        const conditions = [
          `OwnerId = ${literal(ownerId)}`,
          ...(kind.only ? [kind.only] : []),
          ...(after ? [`Id > ${literal(after)}`] : []),
        ];
        const soql = `SELECT ${fields.join(', ')} FROM ${objectName(object)} WHERE ${conditions.join(' AND ')} ORDER BY Id LIMIT ${MOST_ROWS}`;
        const rows = await query(object, `read ${object} records of owner ${owner}`, soql, context);
        remember(rows, kind);
        return rows.map((row): OwnedRecord => ({ id: row.Id, name: textAt(row, kind.name) ?? row.Id }));
      },

      owners,

      /** In the order of their parents, so that who moves others under the same ones waits for a lock instead of crossing it. */
      async move(object, moves, context) {
        const sent = moves
          .map((move, place) => ({ ...move, place, parent: parentOf(move.recordId) }))
          .toSorted((a, b) => (a.parent < b.parent ? -1 : a.parent > b.parent ? 1 : 0));
        const moved = await changeRows(
          session,
          context,
          {
            rows: sent.map((move) => ownerRow(object, move)),
            labels: sent.map(({ recordId, owner }) => `${GIVE} ${object} ${recordId} to ${owner}`),
            reinterpret: (error, index) => notMoved(object, sent[index]?.recordId ?? '', error),
          },
          { action: `${GIVE} ${object} records to others` },
          { verb: 'update', object: objectName(object) },
        );
        const outcomes: RowOutcome[] = [];
        for (const [index, outcome] of moved.entries()) outcomes[sent[index]?.place ?? index] = outcome;
        return clear(object, moves, outcomes, context);
      },

      ...createOwners(session),
    },
  };
}

const GIVE = 'give';

function kindOf(object: string): Kind {
  return KINDS[object.toLowerCase()] ?? { name: 'Name' };
}

function objectName(object: string): string {
  return apiName(object, 'correct the transfer rules: they name objects such as Opportunity or Project__c');
}

function ownerRow(object: string, { recordId, owner }: Move): RowResult {
  const [Id, OwnerId] = [fullId(recordId), fullId(owner)];
  if (Id === undefined) return noSuchRecord(object, GIVE, recordId);
  if (OwnerId !== undefined) return { Id, OwnerId };
  return new ConnectorError('invalid-data', `salesforce: ${GIVE} ${object} ${recordId}: ${owner} is no owner`, {
    remedy: 'name a user or a queue of this org',
  });
}

function notMoved(object: string, recordId: string, error: ConnectorError): ConnectorError {
  if (error.code === 'ENTITY_IS_DELETED' || error.code === 'NOT_FOUND') return noSuchRecord(object, GIVE, recordId);
  const remedy = REMEDIES[error.code ?? '']?.(object);
  return remedy ? explained(error, remedy) : error;
}

/** What to do about a row's refusal, by Salesforce's code. */
const REMEDIES: Record<string, (object: string) => string> = {
  INACTIVE_OWNER_OR_USER: () =>
    'the new owner is inactive: activate that user, or name another owner in the transfer rules',
  TRANSFER_REQUIRES_READ: (object) =>
    `give the new owner read access to ${object} (Setup, Profiles or Permission Sets), or name another owner in the transfer rules`,
  INVALID_OPERATION: (object) =>
    `let the queue own ${object} (Setup, Queues, Supported Objects), or name another owner in the transfer rules`,
  CANNOT_UPDATE_CONVERTED_LEAD: () =>
    'the lead was converted meanwhile: what it became has owners of its own, leave it as it is',
  INSUFFICIENT_ACCESS_OR_READONLY: transferRights,
  INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY: transferRights,
};

function transferRights(object: string): string {
  return `give the user we run as the permission Transfer Record and Edit on ${object} (Setup, Permission Sets)`;
}

/** Why records of this object can not be looked at by owner, if that is what the refusal says. */
function notOwnable(object: string, error: ConnectorError): ConnectorError {
  if (error.code === 'INVALID_TYPE')
    return explained(
      error,
      `check the name ${object} in the transfer rules (a custom object ends in __c), and that the user we run as can read it`,
    );
  if (error.code === 'INVALID_FIELD' && /OwnerId/.test(error.message))
    return explained(error, `records of ${object} have no owner of their own: take it out of the transfer rules`);
  return error;
}
