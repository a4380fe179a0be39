/** Permission sets: granted, revoked, listed. What a profile brings with it is never touched. */
import type { CallContext, Connector, EntitlementChange } from '#connectors/connector.ts';
import { ConnectorError } from '#connectors/errors.ts';
import { type Entitlement, entitlementLabel } from '#domain/account.ts';
import type { Names } from './names.ts';
import { queryAll } from './query.ts';
import { fullUserId } from './ids.ts';
import { changeRows, noSuchUser, type RowResult } from './rows.ts';
import type { Session } from './session.ts';
import { oneOf } from './soql.ts';

type Entitlements = Required<Pick<Connector, 'listEntitlements' | 'grant' | 'revoke'>>;

/** The part of the connector that gives and takes entitlements. Granting costs one API call, revoking two. */
export function createEntitlements(session: Session, names: Names): Entitlements {
  const setOf = async (
    { entitlement }: EntitlementChange,
    context: CallContext | undefined,
  ): Promise<string | ConnectorError> => {
    if (entitlement.type === 'permission-set') return names.find('permission-set', entitlement.name, context);
    return notOneByOne(entitlement);
  };
  const label =
    (verb: string) =>
    ({ nativeId, entitlement }: EntitlementChange) =>
      `${verb} ${entitlementLabel(entitlement)}, account ${nativeId}`;

  return {
    async listEntitlements(context) {
      const profiles = await names.list('profile', context);
      const sets = await names.list('permission-set', context);
      return [
        ...profiles.map((name) => ({ type: 'profile', name, label: name })),
        ...sets.map((name) => ({ type: 'permission-set', name, label: name })),
      ];
    },

    async grant(changes, context) {
      const sets = await Promise.all(changes.map((change) => setOf(change, context)));
      const users = changes.map(({ nativeId }) => fullUserId(nativeId));
      const rows = changes.map((change, index): RowResult => {
        const [set, AssigneeId] = [sets[index], users[index]];
        if (AssigneeId === undefined)
          return noSuchUser(`grant ${entitlementLabel(change.entitlement)} to`, change.nativeId);
        return typeof set === 'string'
          ? { AssigneeId, PermissionSetId: set }
          : (set ?? new ConnectorError('bug', 'no permission set'));
      });
      const outcomes = await changeRows(
        session,
        context,
        // Assigned already is what we want; that makes a grant safe to repeat after a lost answer, too.
        {
          rows,
          labels: changes.map(label('grant')),
          alreadyDone: (error, index) => (isDuplicate(error) ? users[index] : undefined),
        },
        { action: 'grant permission sets' },
        { verb: 'create', object: 'PermissionSetAssignment' },
      );
      return outcomes.map((outcome, index) => (outcome.ok ? { ok: true, nativeId: users[index] ?? '' } : outcome));
    },

    async revoke(changes, context) {
      const users = changes.map(({ nativeId }) => fullUserId(nativeId));
      const held = await assignments(session, context, [...new Set(users.filter((id) => id !== undefined))]);
      const rows = changes.map((change, index): RowResult => {
        const { entitlement } = change;
        const user = users[index];
        if (user === undefined) return noSuchUser(`revoke ${entitlementLabel(entitlement)} from`, change.nativeId);
        if (entitlement.type !== 'permission-set') return notOneByOne(entitlement);
        const id = held.get(heldKey(user, entitlement.name));
        return id === undefined ? NOT_HELD : { Id: id };
      });
      const outcomes = await changeRows(
        session,
        context,
        {
          rows,
          labels: changes.map(label('revoke')),
          alreadyDone: (error, index) => (error.kind === 'not-found' ? users[index] : undefined),
        },
        { action: 'revoke permission sets' },
        { verb: 'delete', object: 'PermissionSetAssignment' },
      );
      return outcomes.map((outcome, index) =>
        outcome.ok || outcome.error === NOT_HELD ? { ok: true, nativeId: users[index] ?? '' } : outcome,
      );
    },
  };
}

const NOT_HELD = new ConnectorError('not-found', 'salesforce: not assigned');

function notOneByOne(entitlement: Entitlement): ConnectorError {
  return new ConnectorError('invalid-data', `salesforce: ${entitlementLabel(entitlement)} is not granted one by one`);
}

function isDuplicate(error: ConnectorError): boolean {
  return error.kind === 'conflict' || /duplicate permissionsetassignment/i.test(error.message);
}

/** What these users hold, by `heldKey`. By name, not id: a permission set that was deleted is simply held by nobody. */
async function assignments(
  session: Session,
  context: CallContext | undefined,
  users: string[],
): Promise<Map<string, string>> {
  if (users.length === 0) return new Map();
  const rows = await session.call({ action: 'look up permission set assignments' }, context, (org) =>
    queryAll(
      org,
      `SELECT Id, AssigneeId, PermissionSet.Name FROM PermissionSetAssignment WHERE ${oneOf('AssigneeId', users)} AND PermissionSet.IsOwnedByProfile = false AND PermissionSetGroupId = null`,
    ),
  );
  return new Map(
    rows.map((row) => [heldKey(String(row['AssigneeId']), (row['PermissionSet'] as { Name: string }).Name), row.Id]),
  );
}

function heldKey(user: string, permissionSet: string): string {
  return `${user} ${permissionSet.toLowerCase()}`;
}
