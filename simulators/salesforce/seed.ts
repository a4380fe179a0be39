// A new org: its licences, profiles, roles, permission sets, groups, queues, and two administrators.

import { formatTime } from './field-rules.ts';
import { makeId } from './ids.ts';
import type { Draft } from './journal.ts';
import { MixedDmlGuard } from './mixed-dml.ts';
import { insertRow } from './dml.ts';
import type { Caller, Org } from './row-rules.ts';
import { objectNamed } from './schema.ts';
import { PERMISSIONS } from './schema-access.ts';
import {
  GROUPS,
  LICENSES,
  PACKAGES,
  PERMISSION_SET_GROUPS,
  PERMISSION_SET_LICENSES,
  PERMISSION_SETS,
  PROFILES,
  ROLES,
  type SeedProfile,
} from './seed-data.ts';

export const INTEGRATION_USER = 'integration@joinery-demo.example';
const ADMINISTRATOR = 'admin@joinery-demo.example';

const USER_DEFAULTS = {
  TimeZoneSidKey: 'America/Los_Angeles',
  LocaleSidKey: 'en_US',
  EmailEncodingKey: 'UTF-8',
  LanguageLocaleKey: 'en_US',
};

/** Fills an empty org. Rows that only Salesforce itself can make are put in directly; the others are created like any. */
export function seed(org: Org): void {
  const now = formatTime(Date.now());
  // The integration user is the first user of the org, and has made everything in it, itself included.
  const integrationId = makeId('005', 1);
  const put = putter(org, integrationId, now);
  const profiles = seedAccess(org, put);
  const userFields = { ...USER_DEFAULTS, ProfileId: profiles.get('System Administrator') ?? '' };
  seedIntegrationUser(org, integrationId, put, userFields);
  const caller: Caller = { userId: integrationId, now, mixedDml: new MixedDmlGuard() };
  const create = (objectName: string, input: Draft): string =>
    insertRow(org, caller, objectNamed(org.schema, objectName), input);
  create('User', {
    ...userFields,
    Username: ADMINISTRATOR,
    Email: ADMINISTRATOR,
    FirstName: 'Ada',
    LastName: 'Administrator',
    Alias: 'aadmin',
    CommunityNickname: 'ada',
  });
  // Salesforce keeps a group of its own for the whole org; a list of public groups has to leave it out.
  put('Group', { Name: 'All Internal Users', DeveloperName: 'AllInternalUsers', Type: 'Organization' });
  seedRoles(create);
  seedPermissionSets(org, create);
  for (const { name, developerName, owns } of GROUPS) {
    const Type = owns === undefined ? 'Regular' : 'Queue';
    const QueueId = create('Group', { Name: name, DeveloperName: developerName, Type });
    for (const SobjectType of owns ?? []) create('QueueSobject', { QueueId, SobjectType });
  }
}

type Create = (objectName: string, input: Draft) => string;
type Put = (objectName: string, fields: Draft, id?: string) => string;

function putter(org: Org, byId: string, now: string): Put {
  const stamps = {
    CreatedDate: now,
    CreatedById: byId,
    LastModifiedDate: now,
    LastModifiedById: byId,
    SystemModstamp: now,
  };
  return (objectName, fields, id = org.store.nextId(objectNamed(org.schema, objectName).keyPrefix)) => {
    org.store.insert(objectName, { ...fields, ...stamps, Id: id });
    return id;
  };
}

function seedAccess(org: Org, put: Put): Map<string, string> {
  // Takes the number that the integration user's id is made from.
  org.store.nextId('005');
  put('Organization', {
    Name: 'Joinery Demo (simulated)',
    OrganizationType: 'Enterprise Edition',
    IsSandbox: false,
    InstanceName: 'SIM1',
    NamespacePrefix: null,
    LanguageLocaleKey: 'en_US',
    TimeZoneSidKey: 'America/Los_Angeles',
  });
  const licenses = new Map<string, string>();
  for (const [name, key, total] of LICENSES) {
    const counts = { TotalLicenses: total, UsedLicenses: 0 };
    licenses.set(
      name,
      put('UserLicense', { Name: name, MasterLabel: name, LicenseDefinitionKey: key, Status: 'Active', ...counts }),
    );
  }
  for (const [key, label, total] of PERMISSION_SET_LICENSES) {
    const names = { DeveloperName: key, MasterLabel: label, PermissionSetLicenseKey: key };
    put('PermissionSetLicense', {
      ...names,
      Status: 'Active',
      TotalLicenses: total,
      UsedLicenses: 0,
      ExpirationDate: null,
    });
  }
  for (const [prefix, allowed] of PACKAGES) {
    const counts = { AllowedLicenses: allowed, UsedLicenses: 0 };
    put('PackageLicense', { NamespacePrefix: prefix, Status: 'Active', IsProvisioned: true, ...counts });
  }
  const profiles = new Map<string, string>();
  for (const profile of PROFILES)
    profiles.set(profile.name, seedProfile(profile, licenses.get(profile.license) ?? '', put));
  return profiles;
}

function seedProfile(
  { name, objects, permissions: granted, userType }: SeedProfile,
  licenseId: string,
  put: Put,
): string {
  const permissions: Draft = {};
  for (const permission of PERMISSIONS)
    permissions[permission] = name === 'System Administrator' || granted.includes(permission);
  const id = put('Profile', {
    Name: name,
    UserLicenseId: licenseId,
    UserType: userType ?? 'Standard',
    Description: null,
    ...permissions,
  });
  const ParentId = put('PermissionSet', {
    Name: `X${id.slice(0, 15)}`,
    Label: name,
    LicenseId: licenseId,
    ProfileId: id,
    IsOwnedByProfile: true,
    IsCustom: false,
    Type: 'Profile',
    ...permissions,
  });
  const access = { PermissionsCreate: true, PermissionsRead: true, PermissionsEdit: true, PermissionsDelete: true };
  for (const SobjectType of objects) put('ObjectPermissions', { ParentId, SobjectType, ...access });
  return id;
}

function seedIntegrationUser(org: Org, id: string, put: Put, fields: Draft & { ProfileId: string }): void {
  put(
    'User',
    {
      ...fields,
      Username: INTEGRATION_USER,
      Email: INTEGRATION_USER,
      FirstName: 'Joinery',
      LastName: 'Integration',
      Name: 'Joinery Integration',
      Alias: 'joinery',
      CommunityNickname: 'joinery',
      IsActive: true,
      UserType: 'Standard',
    },
    id,
  );
  put('UserLogin', { UserId: id, IsFrozen: false, IsPasswordLocked: false });
  const hidden = org.store.find('PermissionSet', 'ProfileId', fields.ProfileId)[0];
  put('PermissionSetAssignment', {
    PermissionSetId: hidden?.Id ?? null,
    AssigneeId: id,
    IsRevoked: false,
  });
  const licenseId = String(org.store.get('Profile', fields.ProfileId)?.UserLicenseId);
  org.store.update('UserLicense', licenseId, { UsedLicenses: 1 });
}

function seedRoles(create: Create): void {
  const roles = new Map<string, string>();
  for (const [name, developerName, parent] of ROLES) {
    const parentId = parent === undefined ? null : (roles.get(parent) ?? null);
    roles.set(developerName, create('UserRole', { Name: name, DeveloperName: developerName, ParentRoleId: parentId }));
  }
}

function seedPermissionSets(org: Org, create: Create): void {
  const sets = new Map<string, string>();
  for (const [name, license] of PERMISSION_SETS) {
    const row =
      org.store.find('PermissionSetLicense', 'DeveloperName', license ?? null)[0] ??
      org.store.find('UserLicense', 'Name', license ?? null)[0];
    const LicenseId = row?.Id ?? null;
    sets.set(name, create('PermissionSet', { Name: name, Label: name.replaceAll('_', ' '), LicenseId }));
  }
  for (const [name, members] of PERMISSION_SET_GROUPS) {
    const label = name.replaceAll('_', ' ');
    const PermissionSetGroupId = create('PermissionSetGroup', { DeveloperName: name, MasterLabel: label });
    for (const member of members)
      create('PermissionSetGroupComponent', { PermissionSetGroupId, PermissionSetId: sets.get(member) ?? null });
  }
}
