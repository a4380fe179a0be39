/** All users of an org with what they hold, by query jobs that are read side by side. */
import type { Account } from '#domain/account.ts';
import type { CallContext, Connector } from '#connectors/connector.ts';
import { ConnectorError } from '#connectors/errors.ts';
import { mendsByWaiting } from '#domain/failure.ts';
import { queryInBulk } from './bulk-query.ts';
import { withFields, type Field, type Fields } from './describe.ts';
import { ofOwnRow, separateQueries, type Holding, type UserHoldings } from './holdings.ts';
import type { Row } from './query.ts';
import type { Session } from './session.ts';
import { onceEach } from './soql.ts';
import { toAccount } from './users.ts';
import { USER_FIELDS } from './user-fields.ts';

/** Jobs take seconds to begin, whatever they are for; pages of `list` take two calls each. */
const WORTH_JOBS = 2_000;

/** `listAll` of the connector. `list`: how fewer are listed. `only`: which users are accounts. */
export function createBulkList(
  session: Session,
  fields: Fields,
  { list, only }: { list: NonNullable<Connector['list']>; only: string },
): Required<Pick<Connector, 'listAll'>> {
  const more = onceEach([...USER_FIELDS, ...session.settings.extraFields]);

  const count = (context: CallContext | undefined): Promise<number> =>
    session.call({ action: 'count User accounts' }, context, async (org) => {
      const { totalSize } = await org.query(`SELECT COUNT() FROM User WHERE ${only}`);
      return totalSize;
    });

  async function* inPages(context: CallContext | undefined): AsyncGenerator<Account[]> {
    let cursor: string | undefined;
    do {
      const { accounts, next } = await list(cursor, context);
      yield accounts;
      cursor = next;
    } while (cursor !== undefined);
  }

  async function* byJobs(context: CallContext | undefined): AsyncGenerator<Account[]> {
    const columns = { described: await withFields(fields, context, (now) => Promise.resolve(now)), more };
    const whose = (field: string) => (field === 'Id' ? only : `${field} IN (SELECT Id FROM User WHERE ${only})`);
    const { users, frozen, parts } = separateQueries(columns, whose);
    const inOrder = ({ soql, user }: { soql: string; user: string }): AsyncGenerator<Row[]> =>
      queryInBulk(session, { object: 'User', soql: `${soql} ORDER BY ${user}` }, context);
    const logins = sideBySide(inOrder(frozen), frozen.user);
    const elsewhere = parts.map((part) => ({ ...part, rows: sideBySide(whatIsSeen(inOrder(part)), part.user) }));
    const typed = typing(columns.described);
    try {
      for await (const page of inOrder({ soql: users, user: 'Id' })) {
        const accounts: Account[] = [];
        for (const user of page.map(typed)) {
          const held: Holding[] = [];
          for (const { rows, holdings } of elsewhere) held.push(...(await rows.of(user.Id)).flatMap(holdings));
          const isFrozen = (await logins.of(user.Id)).length > 0;
          const read: UserHoldings = { user, frozen: isFrozen, holdings: [...ofOwnRow(user, columns), ...held] };
          accounts.push(toAccount(read, more));
        }
        yield accounts;
      }
    } finally {
      await Promise.all([logins, ...elsewhere.map(({ rows }) => rows)].map((rows) => rows.end()));
    }
  }

  return {
    async *listAll(context) {
      yield* (await count(context)) < WORTH_JOBS ? inPages(context) : byJobs(context);
    },
  };
}

/** Rows of what this org may not have, or that we may not see: none. What waiting mends is thrown. */
async function* whatIsSeen(pages: AsyncGenerator<Row[]>): AsyncGenerator<Row[]> {
  try {
    yield* pages;
  } catch (error) {
    if (!(error instanceof ConnectorError) || mendsByWaiting(error.kind)) throw error;
  }
}

interface SideBySide {
  /** The rows of this user. Users are asked for in the order of their ids, each once. */
  of(userId: string): Promise<Row[]>;
  /** No more are needed. */
  end(): Promise<unknown>;
}

/** Rows in the order of the user that this column names, begun at once, read as far as they are needed. */
function sideBySide(pages: AsyncGenerator<Row[]>, user: string): SideBySide {
  let rows: Row[] = [];
  let at = 0;
  let coming: Promise<IteratorResult<Row[]>> | undefined = pages.next();
  // It may fail before anybody asks for it, and is thrown to whoever does.
  coming.catch(() => undefined);
  const next = async (): Promise<Row | undefined> => {
    while (at === rows.length) {
      const page = await (coming ?? pages.next());
      coming = undefined;
      if (page.done) return undefined;
      rows = page.value;
      at = 0;
    }
    return rows[at];
  };
  return {
    async of(userId) {
      const found: Row[] = [];
      for (let row = await next(); row && String(row[user]) <= userId; row = await next()) {
        if (row[user] === userId) found.push(row);
        at += 1;
      }
      return found;
    },
    end: () => pages.return(undefined),
  };
}

const NUMBERS = new Set(['int', 'double', 'currency', 'percent']);

/** Gives the values of a user the types that a single query gives them. */
function typing(described: Field[]): (row: Row) => Row {
  const types = new Map(described.map(({ name, type }) => [name, type]));
  return (row) =>
    Object.fromEntries(
      Object.entries(row).map(([name, value]) => [
        name,
        typeof value === 'string' ? typedValue(value, types.get(name)) : value,
      ]),
    ) as Row;
}

function typedValue(text: string, type: string | undefined): unknown {
  if (type === 'boolean') return text === 'true';
  if (type === 'datetime') return text.replace(/Z$/, '+0000');
  return type !== undefined && NUMBERS.has(type) ? Number(text) : text;
}
