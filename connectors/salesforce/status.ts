/** Whether somebody can sign in: frozen (UserLogin), deactivated (User.IsActive), and back. */
import type { CallContext, Connector, RowOutcome } from '#connectors/connector.ts';
import { ConnectorError } from '#connectors/errors.ts';
import { asBlocked } from './blocked.ts';
import { fullUserId } from './ids.ts';
import { naming } from './licences.ts';
import { queryAll } from './query.ts';
import { changeRows, namesNobody, noSuchUser } from './rows.ts';
import { textAt } from './seen.ts';
import type { Session } from './session.ts';
import { oneOf } from './soql.ts';

type Status = Required<Pick<Connector, 'freeze' | 'unfreeze' | 'deactivate' | 'reactivate'>>;

/**
 * The part of the connector that opens and closes accounts. Two API calls each, three to reactivate, and one more to say
 * which licence is missing.
 */
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

  /** Whether each user is active, and the licence of their profile, as `Capacity.resource` names it. */
  const usersNow = async (ids: string[], action: string, context: CallContext | undefined) => {
    const users = await session.call({ action }, context, (org) =>
      queryAll(org, `SELECT Id, IsActive, Profile.UserLicense.Name FROM User WHERE ${oneOf('Id', ids)}`),
    );
    return new Map(
      users.map((user) => {
        const licence = textAt(user, 'Profile.UserLicense.Name');
        return [
          user.Id,
          { active: user['IsActive'] === true, licence: licence === undefined ? licence : `user-license ${licence}` },
        ];
      }),
    );
  };

  /** Says which licence it was that ran out. */
  const withLicences = async (
    nativeIds: string[],
    outcomes: RowOutcome[],
    context: CallContext | undefined,
  ): Promise<RowOutcome[]> => {
    const idOf = (index: number) => fullUserId(nativeIds[index] ?? '') ?? '';
    const short = outcomes.flatMap((outcome, index) =>
      !outcome.ok && outcome.error.kind === 'capacity' ? [idOf(index)] : [],
    );
    if (short.length === 0) return outcomes;
    const users = await usersNow(short, 'look up which licence is missing', context);
    return outcomes.map((outcome, index) =>
      outcome.ok ? outcome : { ok: false, error: naming(outcome.error, users.get(idOf(index))?.licence) },
    );
  };

  return {
    freeze: (nativeIds, context) => setFrozen(nativeIds, true, context),
    unfreeze: (nativeIds, context) => setFrozen(nativeIds, false, context),

    /** Reads back what Salesforce says it did: a trigger or flow may have put the user back. Frees the profile's licence. */
    async deactivate(nativeIds, context) {
      const outcomes = await setActive(nativeIds, false, context);
      const done = outcomes.flatMap((outcome) => (outcome.ok ? [outcome.nativeId] : []));
      if (done.length === 0) return outcomes;
      const users = await usersNow(done, 'verify deactivation', context);
      return outcomes.map((outcome) => {
        const user = outcome.ok ? users.get(outcome.nativeId) : undefined;
        if (!outcome.ok || !user) return outcome;
        if (user.active) return { ok: false, error: putBack(outcome.nativeId) };
        return user.licence === undefined ? outcome : { ...outcome, freed: [user.licence] };
      });
    },

    async reactivate(nativeIds, context) {
      const outcomes = await withLicences(nativeIds, await setActive(nativeIds, true, context), context);
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
