// A new org: its licences, profiles, roles, permission sets, groups, a queue, and two administrators.

import { formatTime } from './field-rules.ts';
import { makeId } from './ids.ts';
import type { Draft } from './journal.ts';
import { MixedDmlGuard } from './mixed-dml.ts';
import { insertRow } from './dml.ts';
import type { Caller, Org } from './row-rules.ts';
import { objectNamed } from './schema.ts';
import { PERMISSIONS } from './schema-access.ts';

export const INTEGRATION_USER = 'integration@joinery-demo.example';
const ADMINISTRATOR = 'admin@joinery-demo.example';

const LICENSES = [
  ['Salesforce', 'SFDC', 500],
  ['Salesforce Platform', 'AUL', 100],
  ['Identity', 'PID_Identity', 3],
] as const;
const PROFILES = [
  ['System Administrator', 'Salesforce'],
  ['Standard User', 'Salesforce'],
  ['Sales User', 'Salesforce'],
  ['Support User', 'Salesforce'],
  ['Operations User', 'Salesforce'],
  ['Minimum Access - Salesforce', 'Salesforce'],
  ['Standard Platform User', 'Salesforce Platform'],
  ['Identity User', 'Identity'],
] as const;
/** Name, DeveloperName, DeveloperName of the parent. */
const ROLES = [
  ['CEO', 'CEO', undefined],
  ['VP Sales', 'VP_Sales', 'CEO'],
  ['Sales Rep', 'Sales_Rep', 'VP_Sales'],
  ['Support Agent', 'Support_Agent', 'CEO'],
  ['Operations', 'Operations', 'CEO'],
] as const;
const PERMISSION_SETS = [
  'Sales_Console',
  'Forecast_Editor',
  'Service_Console',
  'Inventory_Manager',
  'Shipping_Desk',
  'Finance_Reports',
  'Executive_Dashboards',
  'Developer_Tools',
  'HR_Records',
  'Knowledge_Reader',
];
const PERMISSION_SET_LICENSES = [['SalesConsoleUser', 'Sales Console User', 25]] as const;
const GROUPS = [
  ['All Staff', 'All_Staff', 'Regular'],
  ['Sales Team', 'Sales_Team', 'Regular'],
  ['Support Queue', 'Support_Queue', 'Queue'],
] as const;
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
  seedRoles(put, create);
  for (const name of PERMISSION_SETS) create('PermissionSet', { Name: name, Label: name.replaceAll('_', ' ') });
  create('PermissionSetGroup', { DeveloperName: 'Sales_Bundle', MasterLabel: 'Sales Bundle' });
  for (const [name, label, type] of GROUPS) {
    const id = create('Group', { Name: name, DeveloperName: label, Type: type });
    if (type === 'Queue') create('QueueSobject', { QueueId: id, SobjectType: 'Case' });
  }
}

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
  const profiles = new Map<string, string>();
  for (const [name, license] of PROFILES) profiles.set(name, seedProfile(name, licenses.get(license) ?? '', put));
  return profiles;
}

function seedProfile(name: string, licenseId: string, put: Put): string {
  const permissions: Draft = {};
  for (const permission of PERMISSIONS) {
    permissions[permission] =
      name === 'System Administrator' || (permission === 'PermissionsApiEnabled' && name.startsWith('Standard'));
  }
  const id = put('Profile', {
    Name: name,
    UserLicenseId: licenseId,
    UserType: 'Standard',
    Description: null,
    ...permissions,
  });
  put('PermissionSet', {
    Name: `X${id.slice(0, 15)}`,
    Label: name,
    LicenseId: licenseId,
    ProfileId: id,
    IsOwnedByProfile: true,
    IsCustom: false,
    Type: 'Profile',
    ...permissions,
  });
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
    IsActive: true,
    IsRevoked: false,
  });
  const licenseId = String(org.store.get('Profile', fields.ProfileId)?.UserLicenseId);
  org.store.update('UserLicense', licenseId, { UsedLicenses: 1 });
}

function seedRoles(put: Put, create: (objectName: string, input: Draft) => string): void {
  const roles = new Map<string, string>();
  for (const [name, developerName, parent] of ROLES) {
    const parentId = parent === undefined ? null : (roles.get(parent) ?? null);
    roles.set(developerName, create('UserRole', { Name: name, DeveloperName: developerName, ParentRoleId: parentId }));
  }
  // Salesforce keeps groups of its own for the whole org and for each role; a list of public groups has to leave them out.
  put('Group', { Name: 'All Internal Users', DeveloperName: 'AllInternalUsers', Type: 'Organization' });
  for (const [, developerName] of ROLES) {
    for (const type of ['Role', 'RoleAndSubordinates']) {
      put('Group', {
        Name: null,
        DeveloperName: developerName,
        Type: type,
        RelatedId: roles.get(developerName) ?? null,
      });
    }
  }
}
