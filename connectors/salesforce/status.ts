/** Whether somebody can sign in: frozen (UserLogin), deactivated (User.IsActive), and back. */
import type { CallContext, Connector, RowOutcome } from '#connectors/connector.ts';
import { ConnectorError } from '#connectors/errors.ts';
import { mendsByWaiting } from '#domain/failure.ts';
import { createSharedCall, everyResult } from './coalesce.ts';
import { queryAll } from './query.ts';
import { fullUserId } from './ids.ts';
import { changeRows, namesNobody, noSuchUser } from './rows.ts';
import type { Session } from './session.ts';
import { oneOf } from './soql.ts';

/** Ids of this number stay below the longest URL Salesforce takes. */
const MOST_IDS = 200;

type Status = Required<Pick<Connector, 'freeze' | 'unfreeze' | 'deactivate' | 'reactivate'>>;

/** The part of the connector that opens and closes accounts. Two API calls each, three to reactivate. */
export function createStatus(session: Session): Status {
  const logins = createSharedCall<string, string | undefined>(session, {
    room: MOST_IDS,
    sizeOf: () => 1,
    async send(userIds, org) {
      const rows = await queryAll(org, `SELECT Id, UserId FROM UserLogin WHERE ${oneOf('UserId', userIds)}`);
      const loginOf = new Map(rows.map((login) => [login['UserId'], login.Id]));
      return userIds.map((id) => loginOf.get(id));
    },
  });
  const stillActive = createSharedCall<string, boolean>(session, {
    room: MOST_IDS,
    sizeOf: () => 1,
    async send(userIds, org) {
      const rows = await queryAll(org, `SELECT Id FROM User WHERE IsActive = true AND ${oneOf('Id', userIds)}`);
      const active = new Set(rows.map(({ Id }) => Id));
      return userIds.map((id) => active.has(id));
    },
  });

  const setFrozen = async (
    nativeIds: string[],
    frozen: boolean,
    context: CallContext | undefined,
  ): Promise<RowOutcome[]> => {
    const action = frozen ? 'freeze account' : 'unfreeze account';
    const ids = nativeIds.map(fullUserId);
    const known = [...new Set(ids.filter((id) => id !== undefined))];
    const found = everyResult(await logins.ride(known, { action }, context));
    const loginOf = new Map(known.map((id, index) => [id, found[index]]));
    const rows = ids.map((id, index) => {
      const login = id && loginOf.get(id);
      return login ? { Id: login, IsFrozen: frozen } : noSuchUser(action, nativeIds[index] ?? '');
    });
    const labels = nativeIds.map((id) => `${action} ${id}`);
    const write = { verb: 'update', object: 'UserLogin' } as const;
    const outcomes = await changeRows(session, context, { rows, labels }, { action }, write);
    return outcomes.map((outcome, index) => (outcome.ok ? { ok: true, nativeId: ids[index] ?? '' } : outcome));
  };

  const setActive = (nativeIds: string[], active: boolean, context: CallContext | undefined): Promise<RowOutcome[]> => {
    const action = active ? 'reactivate account' : 'deactivate account';
    const rows = nativeIds.map((id) => {
      const Id = fullUserId(id);
      return Id === undefined ? noSuchUser(action, id) : { Id, IsActive: active };
    });
    const labels = nativeIds.map((id) => `${action} ${id}`);
    const reinterpret = (error: ConnectorError, index: number) => {
      if (namesNobody(error)) return noSuchUser(action, nativeIds[index] ?? '');
      return active ? error : asBlocked(error);
    };
    const write = { verb: 'update', object: 'User' } as const;
    return changeRows(session, context, { rows, labels, reinterpret }, { action }, write);
  };

  return {
    freeze: (nativeIds, context) => setFrozen(nativeIds, true, context),
    unfreeze: (nativeIds, context) => setFrozen(nativeIds, false, context),

    /** Reads back what Salesforce says it did: a trigger or flow may have put the user back. */
    async deactivate(nativeIds, context) {
      const outcomes = await setActive(nativeIds, false, context);
      const done = outcomes.flatMap((outcome) => (outcome.ok ? [outcome.nativeId] : []));
      if (done.length === 0) return outcomes;
      const still = everyResult(await stillActive.ride(done, { action: 'verify deactivation' }, context));
      const active = new Set(done.filter((_, index) => still[index]));
      return outcomes.map((outcome) =>
        outcome.ok && active.has(outcome.nativeId) ? { ok: false, error: putBack(outcome.nativeId) } : outcome,
      );
    },

    async reactivate(nativeIds, context) {
      const outcomes = await setActive(nativeIds, true, context);
      const active = outcomes.flatMap((outcome) => (outcome.ok ? [outcome.nativeId] : []));
      if (active.length === 0) return outcomes;
      const thawed = new Map(
        (await setFrozen(active, false, context)).map((outcome, index) => [active[index], outcome]),
      );
      return outcomes.map((outcome) => (outcome.ok ? (thawed.get(outcome.nativeId) ?? outcome) : outcome));
    },
  };
}

/** Salesforce has no code of its own for "this user is still needed somewhere": any lasting refusal to deactivate is one. */
function asBlocked(error: ConnectorError): ConnectorError {
  if (mendsByWaiting(error.kind) || error.kind === 'bug') return error;
  if (error.kind === 'permission' && error.code !== 'CANNOT_DISABLE_LAST_ADMIN') return error;
  return new ConnectorError('blocked', error.message, {
    ...(error.code ? { code: error.code } : {}),
    fields: [...error.fields],
    remedy:
      'in Salesforce Setup, put somebody else where this user is still used (the message says where); the user stays frozen',
  });
}

function putBack(nativeId: string): ConnectorError {
  return new ConnectorError(
    'blocked',
    `salesforce: deactivate account ${nativeId}: the user is active again right after`,
    {
      remedy: 'a trigger or flow on User reactivates the user: find it in Setup',
    },
  );
}
