/** Whether somebody can sign in: frozen (UserLogin), deactivated (User.IsActive), and back. */
import type { CallContext, Connector, RowOutcome } from '#connectors/connector.ts';
import { ConnectorError } from '#connectors/errors.ts';
import { asBlocked } from './blocked.ts';
import { createSharedCall, everyResult } from './coalesce.ts';
import { fullUserId } from './ids.ts';
import { naming } from './licences.ts';
import { queryAll, type Row } from './query.ts';
import { changeRows, namesNobody, noSuchUser } from './rows.ts';
import { textAt } from './seen.ts';
import type { Session } from './session.ts';
import { oneOf } from './soql.ts';

type Status = Required<Pick<Connector, 'freeze' | 'unfreeze' | 'deactivate' | 'reactivate'>>;

/** Ids of this number stay below the longest URL Salesforce takes. */
const MOST_IDS = 200;

/**
 * The part of the connector that opens and closes accounts. Two API calls each, three to reactivate, and one more to say
 * which licence is missing.
 */
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
  const usersNow = createSharedCall<string, UserNow | undefined>(session, {
    room: MOST_IDS,
    sizeOf: () => 1,
    async send(userIds, org) {
      const rows = await queryAll(
        org,
        `SELECT Id, IsActive, Profile.UserLicense.Name FROM User WHERE ${oneOf('Id', userIds)}`,
      );
      const users = new Map(rows.map((row) => [row.Id, userNow(row)]));
      return userIds.map((id) => users.get(id));
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
    const users = everyResult(await usersNow.ride(short, { action: 'look up which licence is missing' }, context));
    return outcomes.map((outcome, index) =>
      outcome.ok ? outcome : { ok: false, error: naming(outcome.error, users[short.indexOf(idOf(index))]?.licence) },
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
      const users = everyResult(await usersNow.ride(done, { action: 'verify deactivation' }, context));
      return outcomes.map((outcome) => {
        const user = outcome.ok ? users[done.indexOf(outcome.nativeId)] : undefined;
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

/** `licence`: that of the profile, as `Capacity.resource` names it. */
interface UserNow {
  active: boolean;
  licence: string | undefined;
}

function userNow(row: Row): UserNow {
  const licence = textAt(row, 'Profile.UserLicense.Name');
  return { active: row['IsActive'] === true, licence: licence === undefined ? licence : `user-license ${licence}` };
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
