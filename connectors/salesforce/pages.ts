/** All accounts of an org, page by page in the order of their ids: what is made or goes meanwhile shifts no page. */
import type { Account } from '#domain/account.ts';
import type { CallContext, Connector } from '#connectors/connector.ts';
import { ConnectorError } from '#connectors/errors.ts';
import { isRecordId } from './ids.ts';
import { queryAll, type Row } from './query.ts';
import type { Session } from './session.ts';
import { literal } from './soql.ts';

interface Paged {
  object: string;
  /** Read of each row; besides its `Id`. */
  columns: string[];
  /** Which rows are accounts; all, when it is not said. */
  only?: string | undefined;
  size: number;
  accountsOf: (rows: Row[], context: CallContext | undefined) => Promise<Account[]>;
}

/** `list` of the connector. One API call a page beside those of `accountsOf`. */
export function createPages(
  session: Session,
  { object, columns, only, size, accountsOf }: Paged,
): Required<Pick<Connector, 'list'>> {
  return {
    async list(cursor, context) {
      const action = `list ${object} accounts`;
      if (cursor !== undefined && !isRecordId(cursor)) {
        throw new ConnectorError(
          'invalid-data',
          `salesforce: ${action}: ${JSON.stringify(cursor)} is not the id of a record`,
          {
            remedy: 'go on from where the page before ended, or begin anew',
          },
        );
      }
      const conditions = [...(only ? [only] : []), ...(cursor === undefined ? [] : [`Id > ${literal(cursor)}`])];
      const where = conditions.length > 0 ? ` WHERE ${conditions.join(' AND ')}` : '';
      const soql = `SELECT ${['Id', ...columns].join(', ')} FROM ${object}${where} ORDER BY Id LIMIT ${size}`;
      const rows = await session.call({ action }, context, (org) => queryAll(org, soql));
      const last = rows.length === size ? rows.at(-1) : undefined;
      return { accounts: await accountsOf(rows, context), ...(last ? { next: last.Id } : {}) };
    },
  };
}
