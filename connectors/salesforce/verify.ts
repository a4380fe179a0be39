/** Verify: who we are in this org, what it is, what is left of it, and what we may not do. Reads only. */
import type { Verification } from '#domain/verification.ts';
import type { Connector } from '#connectors/connector.ts';
import type { NativeError } from './failures.ts';
import { refusal } from './failures.ts';
import { queryTogether, type Row } from './query.ts';
import type { Session } from './session.ts';
import { literal } from './soql.ts';

/** What the connector's capabilities need, as a permission set tells it. Not describe: that differs by licence too. */
const NEEDED = {
  PermissionsManageUsers: 'Manage Users (create, change, freeze and deactivate users)',
  PermissionsAssignPermissionSets: 'Assign Permission Sets (grant and revoke)',
  PermissionsViewSetup: 'View Setup and Configuration (see profiles, permission sets and licences)',
};

/** `verify` of the connector: one API call. */
export function createVerify(session: Session): Pick<Connector, 'verify'> {
  return {
    async verify(context): Promise<Verification> {
      const userId = literal(await session.userId(context));
      return session.call({ action: 'verify' }, context, async (org, call) => {
        const { organisation, me, rights, licences } = await queryTogether(org, call, {
          organisation: 'SELECT Id, Name, OrganizationType, IsSandbox FROM Organization',
          me: `SELECT Id, Username, Profile.Name FROM User WHERE Id = ${userId}`,
          rights: `SELECT Id, ${Object.keys(NEEDED).join(', ')} FROM PermissionSet WHERE Id IN (SELECT PermissionSetId FROM PermissionSetAssignment WHERE AssigneeId = ${userId})`,
          licences: 'SELECT Id, Name, TotalLicenses, UsedLicenses FROM UserLicense ORDER BY Name',
        });
        const [company] = needed(organisation);
        const [self] = needed(me);
        // Every answer's Sforce-Limit-Info says it; /limits would need another call, and a right of its own.
        const usage = org.limitInfo.apiUsage;
        return {
          product: 'Salesforce',
          edition: `${String(company?.['OrganizationType'])}${company?.['IsSandbox'] === true ? ' (sandbox)' : ''}`,
          organisation: `${String(company?.['Name'])} (${String(company?.Id)})`,
          identity: `${String(self?.['Username'])}, ${(self?.['Profile'] as { Name: string } | undefined)?.Name ?? 'no profile'}`,
          simulated: call.simulated ?? false,
          missingPermissions: missing(shown(rights)),
          capacity: shown(licences).map((licence) => ({
            resource: `user-license ${String(licence['Name'])}`,
            used: Number(licence['UsedLicenses']),
            total: Number(licence['TotalLicenses']),
          })),
          usage: { used: usage?.used ?? 0, total: usage?.limit ?? 0 },
          limits: [],
        };
      });
    },
  };
}

/** A right that none of our permission sets has, the profile's own included; all of them if we may not even look. */
function missing(permissionSets: Row[]): string[] {
  return Object.entries(NEEDED).flatMap(([right, says]) =>
    permissionSets.some((set) => set[right] === true) ? [] : [says],
  );
}

/** What we may not see is a finding of verify, not its failure. */
function shown(result: Row[] | NativeError | undefined): Row[] {
  return Array.isArray(result) ? result : [];
}

function needed(result: Row[] | NativeError | undefined): Row[] {
  if (Array.isArray(result)) return result;
  throw refusal(result ?? {}, { action: 'verify' });
}
