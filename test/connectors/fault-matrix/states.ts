/** What an administrator finds in the org of what the operations of the fault matrix change. */
import { entitlementLabel, type Entitlement } from '#domain/account.ts';
import { newAccount } from '../salesforce-org.ts';
import type { Writing } from './operations.ts';
import { contactFields, type Subject, type World } from './world.ts';

/** One user, as new but for this. */
export function becomes(different: object, email?: (subject: Subject) => string): Pick<Writing, 'state' | 'wanted'> {
  return {
    async state({ query }, { number }) {
      const [users, logins] = await Promise.all([
        query<SeenUser>(
          `SELECT Username, LastName, Title, Email, IsActive, Profile.Name FROM User WHERE EmployeeNumber = 'N${number}'`,
        ),
        query<{ IsFrozen: boolean }>(
          `SELECT IsFrozen FROM UserLogin WHERE UserId IN (SELECT Id FROM User WHERE EmployeeNumber = 'N${number}')`,
        ),
      ]);
      return users.map(({ Profile, ...user }, index) => ({
        ...pick(user),
        IsFrozen: logins[index]?.IsFrozen,
        profile: Profile.Name,
      }));
    },
    wanted(subject) {
      const { Username, LastName, Email } = newAccount(subject.number).attributes;
      const asNew = { Username, LastName, Title: null, Email, IsActive: true, IsFrozen: false, profile: 'Sales User' };
      return [{ ...asNew, ...different, ...(email ? { Email: email(subject) } : {}) }];
    },
  };
}

function pick({ Username, LastName, Title, Email, IsActive }: Omit<SeenUser, 'Profile'>) {
  return { Username, LastName, Title, Email, IsActive };
}

type SeenUser = Record<'Username' | 'LastName' | 'Title' | 'Email' | 'IsActive', unknown> & {
  Profile: { Name: string };
};

export function labels(entitlements: Entitlement[]): string[] {
  return entitlements.map(entitlementLabel).toSorted();
}

/** What a user holds beside the profile, as often as there is a row that says so. */
export async function holdings({ query }: World, { id }: Subject): Promise<string[]> {
  const [sets, licences, memberships, roles] = await Promise.all([
    query<{ PermissionSet: { Name: string } }>(
      `SELECT PermissionSet.Name FROM PermissionSetAssignment WHERE AssigneeId = '${id}' AND PermissionSet.IsOwnedByProfile = false`,
    ),
    query<{ PermissionSetLicense: { DeveloperName: string } }>(
      `SELECT PermissionSetLicense.DeveloperName FROM PermissionSetLicenseAssign WHERE AssigneeId = '${id}'`,
    ),
    query<{ Group: { DeveloperName: string } }>(
      `SELECT Group.DeveloperName FROM GroupMember WHERE UserOrGroupId = '${id}'`,
    ),
    query<{ UserRole: { DeveloperName: string } }>(
      `SELECT UserRole.DeveloperName FROM User WHERE Id = '${id}' AND UserRoleId != null`,
    ),
  ]);
  return labels([
    ...sets.map((row) => ({ type: 'permission-set', name: row.PermissionSet.Name })),
    ...licences.map((row) => ({ type: 'permission-set-license', name: row.PermissionSetLicense.DeveloperName })),
    ...memberships.map((row) => ({ type: 'queue', name: row.Group.DeveloperName })),
    ...roles.map((row) => ({ type: 'role', name: row.UserRole.DeveloperName })),
  ]);
}

/** The contacts with the subject's e-mail address. */
export async function contacts({ query }: World, subject: Subject): Promise<{ Title: string | null }[]> {
  const rows = await query<{ Title: string | null }>(
    `SELECT Title FROM Contact WHERE Email = '${contactFields(subject).Email}'`,
  );
  return rows.map(({ Title }) => ({ Title }));
}
