/** Permission set assignments that have expired: they are still there, so that granting again has to renew them. */
import type { CallContext } from '#connectors/connector.ts';
import type { ConnectorError } from '#connectors/errors.ts';
import type { SetupRow } from './entitlement-types.ts';
import { queryAll, type Row } from './query.ts';
import { changeRows } from './rows.ts';
import type { Session } from './session.ts';
import { oneOf } from './soql.ts';

/**
 * Of these rows, which Salesforce has already, those that have expired are given without an end. Answers the refusals. One
 * API call when there are assignments among them, two when one has expired.
 */
export async function renewExpired(
  session: Session,
  rows: SetupRow[],
  context: CallContext | undefined,
): Promise<Map<SetupRow | undefined, ConnectorError>> {
  const assignments = rows.filter(({ attributes }) => attributes.type === 'PermissionSetAssignment');
  if (assignments.length === 0) return new Map();
  const users = [...new Set(assignments.map(({ AssigneeId }) => String(AssigneeId)))];
  const expired = await session.call({ action: 'look up expired assignments' }, context, (org) =>
    queryAll(
      org,
      `SELECT Id, AssigneeId, PermissionSetId, PermissionSetGroupId FROM PermissionSetAssignment WHERE ${oneOf('AssigneeId', users)} AND ExpirationDate <= ${new Date().toISOString()}`,
    ),
  );
  const renewed = assignments.flatMap((assignment) => {
    const row = expired.find((one) => isSame(one, assignment));
    return row ? [{ assignment, row: { attributes: assignment.attributes, Id: row.Id, ExpirationDate: null } }] : [];
  });
  if (renewed.length === 0) return new Map();
  const outcomes = await changeRows(
    session,
    context,
    {
      rows: renewed.map(({ row }) => row),
      labels: renewed.map(
        ({ assignment }) => `renew an expired assignment, account ${String(assignment['AssigneeId'])}`,
      ),
    },
    { action: 'renew expired assignments' },
    'setup',
  );
  return new Map(
    outcomes.flatMap((outcome, index) => (outcome.ok ? [] : [[renewed[index]?.assignment, outcome.error] as const])),
  );
}

function isSame(found: Row, wanted: SetupRow): boolean {
  if (found['AssigneeId'] !== wanted['AssigneeId']) return false;
  const group = found['PermissionSetGroupId'] ?? undefined;
  return group === undefined
    ? found['PermissionSetId'] === wanted['PermissionSetId']
    : group === wanted['PermissionSetGroupId'];
}
