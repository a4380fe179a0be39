/** The user that Joinery signs in as: nothing is done to it, so that nobody locks Joinery out of the org through Joinery. */
import type { CallContext, Connector, RowOutcome } from '#connectors/connector.ts';
import { ConnectorError } from '#connectors/errors.ts';
import { fullUserId } from './ids.ts';
import type { Session } from './session.ts';

type Spared = Required<Pick<Connector, 'freeze' | 'deactivate' | 'update' | 'revoke'>>;

type Change<Row> = (rows: Row[], context?: CallContext) => Promise<RowOutcome[]>;

/** `self` of the connector: known from the sign-in. */
export function createSelf(session: Session): Required<Pick<Connector, 'self'>> {
  return { self: async (context) => fullUserId(await session.userId(context)) };
}

/** The same methods, but for our own user, whose rows they refuse without sending them. */
export function sparingSelf(session: Session, { freeze, deactivate, update, revoke }: Spared): Spared {
  const { self } = createSelf(session);
  const sparing =
    <Row>(action: string, idOf: (row: Row) => string, change: Change<Row>): Change<Row> =>
    async (rows, context) => {
      const own = rows.length > 0 ? await self(context) : undefined;
      const isOwn = (row: Row): boolean => own !== undefined && fullUserId(idOf(row)) === own;
      if (!rows.some(isOwn)) return change(rows, context);
      const others = rows.filter((row) => !isOwn(row));
      const outcomes = others.length > 0 ? await change(others, context) : [];
      let next = 0;
      return rows.flatMap((row) =>
        isOwn(row) ? { ok: false, error: isOurs(action, idOf(row)) } : (outcomes[next++] ?? []),
      );
    };
  const byId = (id: string): string => id;
  const byRow = ({ nativeId }: { nativeId: string }): string => nativeId;
  return {
    freeze: sparing('freeze account', byId, freeze),
    deactivate: sparing('deactivate account', byId, deactivate),
    update: sparing('update account', byRow, update),
    revoke: sparing('revoke entitlements, account', byRow, revoke),
  };
}

function isOurs(action: string, id: string): ConnectorError {
  return new ConnectorError(
    'blocked',
    `salesforce: ${action} ${id}: this is the user that Joinery itself signs in as`,
    {
      remedy:
        'let Joinery sign in as a user of its own (Setup, App Manager, Run As), or link the person to another user',
    },
  );
}
