/** Verify: who we are in this org, what it is, what is left of it, and what we may not do. Reads only. */
import type { CallContext, Connector } from '#connectors/connector.ts';
import { ConnectorError } from '#connectors/errors.ts';
import type { Capacity } from '#domain/capacity.ts';
import { mendsByWaiting } from '#domain/failure.ts';
import type { Verification } from '#domain/verification.ts';
import { queryTogether, type Row } from './query.ts';
import { needed, shown, textAt } from './seen.ts';
import type { Session } from './session.ts';
import { literal } from './soql.ts';

/** What we must be allowed to do, and the query that shows it: any row that says true is enough. */
interface Rights {
  needed: Record<string, string>;
  soql: (userId: string) => string;
}

interface Verified {
  rights: Rights;
  capacity: (context: CallContext | undefined) => Promise<Capacity[]>;
}

const OUR_SETS = (userId: string) => `SELECT PermissionSetId FROM PermissionSetAssignment WHERE AssigneeId = ${userId}`;

/** What users need, as a permission set tells it. Not describe: that differs by licence too. */
const MANAGE_USERS = {
  PermissionsManageUsers: 'Manage Users (create, change, freeze and deactivate users; roles, public groups and queues)',
  PermissionsManageInternalUsers: 'Manage Internal Users (grant and revoke permission set licences)',
  PermissionsAssignPermissionSets: 'Assign Permission Sets (grant and revoke permission sets and groups of them)',
  PermissionsViewSetup: 'View Setup and Configuration (see profiles, permission sets, licences and limits)',
  PermissionsViewRoles: 'View Roles and Role Hierarchy (see roles)',
};

export const userRights: Rights = {
  needed: MANAGE_USERS,
  soql: (userId) =>
    `SELECT Id, ${Object.keys(MANAGE_USERS).join(', ')} FROM PermissionSet WHERE Id IN (${OUR_SETS(userId)})`,
};

/** What records of an object need. */
export function objectRights(object: string): Rights {
  const needed = {
    PermissionsRead: `Read on ${object}`,
    PermissionsCreate: `Create on ${object}`,
    PermissionsEdit: `Edit on ${object}`,
    PermissionsDelete: `Delete on ${object}`,
  };
  return {
    needed,
    soql: (userId) =>
      `SELECT Id, ${Object.keys(needed).join(', ')} FROM ObjectPermissions WHERE SobjectType = ${literal(object)} AND ParentId IN (${OUR_SETS(userId)})`,
  };
}

/** Of the many limits that Salesforce tells of, those that provisioning uses up or that stop it. */
const LIMITS = ['DailyApiRequests', 'DailyBulkV2QueryJobs', 'SingleEmail', 'PermissionSets', 'DataStorageMB'];

const ACTION = 'verify';

/** `verify` of the connector: three API calls. */
export function createVerify(
  session: Session,
  { rights: { needed: wanted, soql }, capacity: counted }: Verified,
): Pick<Connector, 'verify'> {
  const identify = async (context: CallContext | undefined) => {
    session.askAnew();
    const userId = literal(await session.userId(context));
    return session.call({ action: ACTION }, context, async (org, call) => {
      const { organisation, me, rights } = await queryTogether(org, call, {
        organisation: 'SELECT Id, Name, OrganizationType, IsSandbox FROM Organization',
        me: `SELECT Id, Username, Profile.Name FROM User WHERE Id = ${userId}`,
        rights: soql(userId),
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
        missingPermissions: missing(wanted, shown(rights, ACTION)),
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
      const [identity, capacity, others] = await Promise.all([identify(context), counted(context), limits(context)]);
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
function missing(wanted: Record<string, string>, permissionSets: Row[]): string[] {
  return Object.entries(wanted).flatMap(([right, says]) =>
    permissionSets.some((set) => set[right] === true) ? [] : [says],
  );
}
