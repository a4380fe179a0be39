/** Verify: who we are in this org, what it is, what is left of it, and what we may not do. Reads only. */
import type { CallContext, Connector } from '#connectors/connector.ts';
import { ConnectorError } from '#connectors/errors.ts';
import type { Capacity } from '#domain/capacity.ts';
import { mendsByWaiting } from '#domain/failure.ts';
import type { Verification } from '#domain/verification.ts';
import type { Licences } from './licences.ts';
import { queryTogether, type Row } from './query.ts';
import { needed, shown, textAt } from './seen.ts';
import type { Session } from './session.ts';
import { literal } from './soql.ts';

/** What the connector's capabilities need, as a permission set tells it. Not describe: that differs by licence too. */
const NEEDED = {
  PermissionsManageUsers: 'Manage Users (create, change, freeze and deactivate users; roles, public groups and queues)',
  PermissionsManageInternalUsers: 'Manage Internal Users (grant and revoke permission set licences)',
  PermissionsAssignPermissionSets: 'Assign Permission Sets (grant and revoke permission sets and groups of them)',
  PermissionsViewSetup: 'View Setup and Configuration (see profiles, permission sets, licences and limits)',
  PermissionsViewRoles: 'View Roles and Role Hierarchy (see roles)',
};

/** Of the many limits that Salesforce tells of, those that provisioning uses up or that stop it. */
const LIMITS = ['DailyApiRequests', 'DailyBulkV2QueryJobs', 'SingleEmail', 'PermissionSets', 'DataStorageMB'];

const ACTION = 'verify';

/** `verify` of the connector: three API calls. */
export function createVerify(session: Session, licences: Licences): Pick<Connector, 'verify'> {
  const identify = async (context: CallContext | undefined) => {
    const userId = literal(await session.userId(context));
    return session.call({ action: ACTION }, context, async (org, call) => {
      const { organisation, me, rights } = await queryTogether(org, call, {
        organisation: 'SELECT Id, Name, OrganizationType, IsSandbox FROM Organization',
        me: `SELECT Id, Username, Profile.Name FROM User WHERE Id = ${userId}`,
        rights: `SELECT Id, ${Object.keys(NEEDED).join(', ')} FROM PermissionSet WHERE Id IN (SELECT PermissionSetId FROM PermissionSetAssignment WHERE AssigneeId = ${userId})`,
      });
      const [company] = needed(organisation, ACTION);
      const [self] = needed(me, ACTION);
      // Every answer's Sforce-Limit-Info says it, to those too who may not see the limits.
      const usage = org.limitInfo.apiUsage;
      return {
        product: 'Salesforce',
        edition: `${String(company?.['OrganizationType'])}${company?.['IsSandbox'] === true ? ' (sandbox)' : ''}`,
        organisation: `${String(company?.['Name'])} (${String(company?.Id)})`,
        identity: `${String(self?.['Username'])}, ${(self && textAt(self, 'Profile.Name')) ?? 'no profile'}`,
        simulated: call.simulated ?? false,
        missingPermissions: missing(shown(rights, ACTION)),
        usage: { used: usage?.used ?? 0, total: usage?.limit ?? 0 },
      };
    });
  };

  const limits = async (context: CallContext | undefined): Promise<Capacity[]> => {
    const all = await session
      .call({ action: 'read limits' }, context, (org) => org.requestGet<Limits>('/limits'))
      .catch(unlessItMends);
    return LIMITS.flatMap((name) => {
      const limit = all[name];
      return limit ? [{ resource: name, used: limit.Max - limit.Remaining, total: limit.Max }] : [];
    });
  };

  return {
    async verify(context): Promise<Verification> {
      const [identity, capacity, others] = await Promise.all([
        identify(context),
        licences.capacity(context),
        limits(context),
      ]);
      return { ...identity, capacity, limits: others };
    },
  };
}

type Limits = Record<string, { Max: number; Remaining: number } | undefined>;

/** What we may not see is a finding of verify, not its failure. */
function unlessItMends(error: unknown): Limits {
  if (error instanceof ConnectorError && !mendsByWaiting(error.kind)) return {};
  throw error;
}

/** A right that none of our permission sets has, the profile's own included; all of them if we may not even look. */
function missing(permissionSets: Row[]): string[] {
  return Object.entries(NEEDED).flatMap(([right, says]) =>
    permissionSets.some((set) => set[right] === true) ? [] : [says],
  );
}
