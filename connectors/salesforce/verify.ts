/** Verify: who we are in this org, what it is, what is left of it, and what we may not do. Reads only. */
import type { Verification } from '#domain/verification.ts';
import type { Connector } from '#connectors/connector.ts';
import { queryTogether, type Row } from './query.ts';
import { refusal } from './failures.ts';
import type { Org, Session } from './session.ts';
import { literal } from './soql.ts';

/** What the connector's capabilities need, object by object. */
const NEEDED = {
  User: ['createable', 'updateable'],
  UserLogin: ['updateable'],
  PermissionSetAssignment: ['createable', 'deletable'],
} as const;

/** `verify` of the connector: five API calls. */
export function createVerify(session: Session): Pick<Connector, 'verify'> {
  return {
    async verify(context): Promise<Verification> {
      const userId = await session.userId();
      return session.call({ action: 'verify' }, context, async (org, call) => {
        const { organisation, me, licences } = await queryTogether(org, call, {
          organisation: 'SELECT Id, Name, OrganizationType, IsSandbox FROM Organization',
          me: `SELECT Id, Username, Profile.Name FROM User WHERE Id = ${literal(userId)}`,
          licences: 'SELECT Id, Name, TotalLicenses, UsedLicenses FROM UserLicense ORDER BY Name',
        });
        const [company] = rows(organisation);
        const [self] = rows(me);
        const { DailyApiRequests } = (await org.requestGet('/limits')) as {
          DailyApiRequests: { Max: number; Remaining: number };
        };
        const missingPermissions = await missing(org);
        return {
          product: 'Salesforce',
          edition: `${String(company?.['OrganizationType'])}${company?.['IsSandbox'] === true ? ' (sandbox)' : ''}`,
          organisation: `${String(company?.['Name'])} (${String(company?.Id)})`,
          identity: `${String(self?.['Username'])}, ${(self?.['Profile'] as { Name: string } | undefined)?.Name ?? 'no profile'}`,
          simulated: call.simulated ?? false,
          missingPermissions,
          capacity: rows(licences).map((licence) => ({
            name: String(licence['Name']),
            used: Number(licence['UsedLicenses']),
            total: Number(licence['TotalLicenses']),
          })),
          usage: { used: DailyApiRequests.Max - DailyApiRequests.Remaining, total: DailyApiRequests.Max },
        };
      });
    },
  };
}

async function missing(org: Org): Promise<string[]> {
  const lacks: string[] = [];
  for (const [name, needs] of Object.entries(NEEDED)) {
    const described = (await org.sobject(name).describe()) as unknown as Record<string, unknown>;
    lacks.push(...needs.filter((need) => described[need] !== true).map((need) => `${name} is not ${need}`));
  }
  return lacks;
}

function rows(result: Row[] | object | undefined): Row[] {
  if (Array.isArray(result)) return result as Row[];
  throw refusal(result ?? {}, { action: 'verify' });
}
