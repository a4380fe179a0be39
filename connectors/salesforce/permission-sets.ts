/** Permission sets: granted, revoked, listed. What a profile brings with it is never touched. */
import type { CallContext, Connector, EntitlementChange } from '#connectors/connector.ts';
import { ConnectorError } from '#connectors/errors.ts';
import { entitlementLabel } from '#domain/account.ts';
import type { Names } from './names.ts';
import { queryAll } from './query.ts';
import { changeRows, type RowResult } from './rows.ts';
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
    return new ConnectorError('invalid-data', `salesforce: ${entitlementLabel(entitlement)} is not granted one by one`);
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
        ...profiles.map((name) => ({ type: 'profile', name })),
        ...sets.map((name) => ({ type: 'permission-set', name })),
      ];
    },

    async grant(changes, context) {
      const sets = await Promise.all(changes.map((change) => setOf(change, context)));
      const rows = changes.map(({ nativeId }, index): RowResult => {
        const set = sets[index];
        return typeof set === 'string'
          ? { AssigneeId: nativeId, PermissionSetId: set }
          : (set ?? new ConnectorError('bug', 'no permission set'));
      });
      const outcomes = await changeRows(
        session,
        context,
        // Assigned already is what we want; that makes a grant safe to repeat after a lost answer, too.
        {
          rows,
          labels: changes.map(label('grant')),
          alreadyDone: (error, index) => (isDuplicate(error) ? changes[index]?.nativeId : undefined),
        },
        { action: 'grant permission sets' },
        (org, records) => org.sobject('PermissionSetAssignment').create(records, { allOrNone: false }),
      );
      return outcomes.map((outcome, index) =>
        outcome.ok ? { ok: true, nativeId: changes[index]?.nativeId ?? '' } : outcome,
      );
    },

    async revoke(changes, context) {
      const sets = await Promise.all(changes.map((change) => setOf(change, context)));
      const known = sets.filter((set) => typeof set === 'string');
      const held = known.length === 0 ? new Map<string, string>() : await assignments(session, context, changes, known);
      const rows = changes.map(({ nativeId }, index): RowResult => {
        const set = sets[index];
        if (typeof set !== 'string') return set ?? new ConnectorError('bug', 'no permission set');
        const id = held.get(`${nativeId} ${set}`);
        return id === undefined ? NOT_HELD : { Id: id };
      });
      const outcomes = await changeRows(
        session,
        context,
        {
          rows,
          labels: changes.map(label('revoke')),
          alreadyDone: (error, index) => (error.kind === 'not-found' ? changes[index]?.nativeId : undefined),
        },
        { action: 'revoke permission sets' },
        (org, records) =>
          org.sobject('PermissionSetAssignment').destroy(
            records.map(({ Id }) => String(Id)),
            { allOrNone: false },
          ),
      );
      return outcomes.map((outcome, index) =>
        outcome.ok || outcome.error === NOT_HELD ? { ok: true, nativeId: changes[index]?.nativeId ?? '' } : outcome,
      );
    },
  };
}

const NOT_HELD = new ConnectorError('not-found', 'salesforce: not assigned');

function isDuplicate(error: ConnectorError): boolean {
  return error.kind === 'conflict' || /duplicate permissionsetassignment/i.test(error.message);
}

/** Assignment ids by `<user> <permission set>`. */
async function assignments(
  session: Session,
  context: CallContext | undefined,
  changes: EntitlementChange[],
  sets: string[],
): Promise<Map<string, string>> {
  const users = [...new Set(changes.map(({ nativeId }) => nativeId))];
  const rows = await session.call({ action: 'look up permission set assignments' }, context, (org) =>
    queryAll(
      org,
      `SELECT Id, AssigneeId, PermissionSetId FROM PermissionSetAssignment WHERE ${oneOf('AssigneeId', users)} AND ${oneOf('PermissionSetId', [...new Set(sets)])} AND PermissionSet.IsOwnedByProfile = false AND PermissionSetGroupId = null`,
    ),
  );
  return new Map(rows.map((row) => [`${String(row['AssigneeId'])} ${String(row['PermissionSetId'])}`, row.Id]));
}
