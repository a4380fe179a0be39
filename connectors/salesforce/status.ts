/** Whether somebody can sign in: frozen (UserLogin), deactivated (User.IsActive), and back. */
import type { CallContext, Connector, RowOutcome } from '#connectors/connector.ts';
import { ConnectorError } from '#connectors/errors.ts';
import { asBlocked } from './blocked.ts';
import { queryAll } from './query.ts';
import { fullUserId } from './ids.ts';
import { changeRows, namesNobody, noSuchUser } from './rows.ts';
import type { Session } from './session.ts';
import { oneOf } from './soql.ts';

type Status = Required<Pick<Connector, 'freeze' | 'unfreeze' | 'deactivate' | 'reactivate'>>;

/** The part of the connector that opens and closes accounts. Two API calls each, three to reactivate. */
export function createStatus(session: Session): Status {
  const setFrozen = async (
    nativeIds: string[],
    frozen: boolean,
    context: CallContext | undefined,
  ): Promise<RowOutcome[]> => {
    const action = frozen ? 'freeze account' : 'unfreeze account';
    const ids = nativeIds.map(fullUserId);
    const known = [...new Set(ids.filter((id) => id !== undefined))];
    const logins =
      known.length === 0
        ? []
        : await session.call({ action }, context, (org) =>
            queryAll(org, `SELECT Id, UserId FROM UserLogin WHERE ${oneOf('UserId', known)}`),
          );
    const loginOf = new Map(logins.map((login) => [login['UserId'], login.Id]));
    const rows = ids.map((id, index) => {
      const login = loginOf.get(id);
      return login ? { Id: login, IsFrozen: frozen } : noSuchUser(action, nativeIds[index] ?? '');
    });
    const labels = nativeIds.map((id) => `${action} ${id}`);
    const outcomes = await changeRows(session, context, { rows, labels }, { action }, (org, records) =>
      org.sobject('UserLogin').update(records as { Id: string }[], { allOrNone: false }),
    );
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
    return changeRows(session, context, { rows, labels, reinterpret }, { action }, (org, records) =>
      org.sobject('User').update(records as { Id: string }[], { allOrNone: false }),
    );
  };

  return {
    freeze: (nativeIds, context) => setFrozen(nativeIds, true, context),
    unfreeze: (nativeIds, context) => setFrozen(nativeIds, false, context),

    /** Reads back what Salesforce says it did: a trigger or flow may have put the user back. */
    async deactivate(nativeIds, context) {
      const outcomes = await setActive(nativeIds, false, context);
      const done = outcomes.flatMap((outcome) => (outcome.ok ? [outcome.nativeId] : []));
      if (done.length === 0) return outcomes;
      const still = await session.call({ action: 'verify deactivation' }, context, (org) =>
        queryAll(org, `SELECT Id FROM User WHERE IsActive = true AND ${oneOf('Id', done)}`),
      );
      const active = new Set(still.map(({ Id }) => Id));
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

function putBack(nativeId: string): ConnectorError {
  return new ConnectorError(
    'blocked',
    `salesforce: deactivate account ${nativeId}: the user is active again right after`,
    {
      remedy: 'a trigger or flow on User reactivates the user: find it in Setup',
    },
  );
}
