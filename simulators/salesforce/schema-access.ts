// The objects that say what a user may do: licences of all kinds, profiles, permission sets and groups of them.

import type { Row } from './journal.ts';
import {
  auditFields,
  derived,
  type Field,
  fixed,
  flag,
  idField,
  picklist,
  readOnly,
  reference,
  required,
  type SObject,
  sobject,
  text,
  typed,
} from './schema.ts';

/** The permissions this simulator knows. */
export const PERMISSIONS = [
  'PermissionsApiEnabled',
  'PermissionsManageUsers',
  'PermissionsViewSetup',
  'PermissionsManageInternalUsers',
  'PermissionsAssignPermissionSets',
  'PermissionsResetPasswords',
  'PermissionsViewRoles',
  'PermissionsViewAllUsers',
  'PermissionsActivitiesAccess',
  'PermissionsTransferAnyEntity',
  'PermissionsViewAllData',
  'PermissionsModifyAllData',
] as const;

/** Whether an assignment counts: it is neither revoked nor past its expiration date. */
export function isInForce(assignment: Row): boolean {
  const expires = assignment.ExpirationDate;
  return assignment.IsRevoked !== true && !(typeof expires === 'string' && Date.parse(expires) <= Date.now());
}

const permissionFlags: Field[] = PERMISSIONS.map((name) =>
  flag(name, name.replace('Permissions', '').replace(/(?<=[a-z])(?=[A-Z])/g, ' ')),
);
const systemModstamp = typed('datetime', 'SystemModstamp', 'System Modstamp', 0, derived);
const developerName = (options = {}): Field =>
  text('DeveloperName', 'Developer Name', 80, { indexed: true, ...options });
/** What a package brings bears its namespace. */
const namespacePrefix = text('NamespacePrefix', 'Namespace Prefix', 15, { createable: false, updateable: false });
const uniqueInNamespace = { unique: true, uniqueWithin: 'NamespacePrefix' };
const readOnlyObject = { createable: false, updateable: false };

const licenses: SObject[] = [
  sobject({ name: 'UserLicense', keyPrefix: '100', ...readOnlyObject }, [
    idField,
    text('LicenseDefinitionKey', 'License Def. ID', 40, derived),
    text('Name', 'Name', 40, { ...derived, indexed: true }),
    text('MasterLabel', 'License Name', 40, derived),
    picklist('Status', 'Status', ['Active', 'Disabled'], derived),
    typed('int', 'TotalLicenses', 'Total Licenses', 0, { ...derived, filterable: false }),
    typed('int', 'UsedLicenses', 'Used Licenses', 0, { ...derived, filterable: false }),
    ...auditFields.filter((field) => field.type === 'datetime'),
  ]),
  sobject({ name: 'PermissionSetLicense', keyPrefix: '0PL', ...readOnlyObject }, [
    idField,
    developerName(derived),
    text('Language', 'Language', 40, derived),
    text('MasterLabel', 'Permission Set License Label', 80, derived),
    text('PermissionSetLicenseKey', 'Permission Set License Key', 80, derived),
    picklist('Status', 'Status', ['Active', 'Disabled'], derived),
    typed('int', 'TotalLicenses', 'Total Licenses', 0, derived),
    typed('int', 'UsedLicenses', 'Used Licenses', 0, derived),
    readOnly('date', 'ExpirationDate', 'Expiration Date'),
    ...auditFields,
  ]),
  sobject({ name: 'PermissionSetLicenseAssign', keyPrefix: '2LA', updateable: false, deletable: true }, [
    idField,
    reference('PermissionSetLicenseId', 'Permission Set License ID', 'PermissionSetLicense', {
      ...required,
      childRelationshipName: 'PermissionSetLicenseAssignments',
    }),
    reference('AssigneeId', 'Assigned User ID', 'User', {
      ...required,
      childRelationshipName: 'PermissionSetLicenseAssignments',
    }),
    ...auditFields,
  ]),
  sobject({ name: 'PackageLicense', keyPrefix: '050', ...readOnlyObject }, [
    idField,
    text('NamespacePrefix', 'Namespace Prefix', 15, { ...derived, indexed: true }),
    picklist('Status', 'Status', ['Active', 'Expired', 'Free', 'Trial'], derived),
    flag('IsProvisioned', 'Is Provisioned', derived),
    typed('int', 'AllowedLicenses', 'Allowed Licenses', 0, derived),
    typed('int', 'UsedLicenses', 'Used Licenses', 0, derived),
    readOnly('datetime', 'ExpirationDate', 'Expiration Date'),
    ...auditFields.filter((field) => field.type === 'datetime'),
  ]),
  sobject({ name: 'UserPackageLicense', keyPrefix: '051', updateable: false, deletable: true }, [
    idField,
    reference('PackageLicenseId', 'Package License ID', 'PackageLicense', {
      ...required,
      childRelationshipName: 'UserPackageLicenses',
    }),
    reference('UserId', 'User ID', 'User', { ...required, childRelationshipName: 'UserPackageLicenses' }),
    ...auditFields,
  ]),
];

const permissionSets: SObject[] = [
  sobject({ name: 'Profile', keyPrefix: '00e', createable: false }, [
    idField,
    text('Name', 'Name', 255, { ...required, indexed: true }),
    text('Description', 'Description', 255),
    reference('UserLicenseId', 'User License ID', 'UserLicense', { ...required, ...fixed }),
    picklist('UserType', 'User Type', ['Standard', 'CsnOnly'], derived),
    ...permissionFlags,
    ...auditFields,
  ]),
  sobject({ name: 'PermissionSet', keyPrefix: '0PS', deletable: true }, [
    idField,
    text('Name', 'Permission Set Name', 80, { ...required, ...uniqueInNamespace, indexed: true }),
    text('Label', 'Permission Set Label', 80, required),
    text('Description', 'Description', 255),
    reference('LicenseId', 'License ID', ['UserLicense', 'PermissionSetLicense'], fixed),
    reference('ProfileId', 'Profile ID', 'Profile', derived),
    reference('PermissionSetGroupId', 'Permission Set Group ID', 'PermissionSetGroup', derived),
    flag('IsOwnedByProfile', 'Is Owned By Profile', derived),
    flag('IsCustom', 'Is Custom', derived),
    picklist('Type', 'Permission Set Type', ['Regular', 'Profile', 'Group'], derived),
    namespacePrefix,
    flag('HasActivationRequired', 'Has Activation Required', fixed),
    ...permissionFlags,
    ...auditFields,
  ]),
  sobject({ name: 'PermissionSetGroup', keyPrefix: '0PG', deletable: true }, [
    idField,
    developerName({ ...required, ...uniqueInNamespace }),
    namespacePrefix,
    text('MasterLabel', 'Label', 80, required),
    text('Description', 'Description', 255),
    picklist('Status', 'Status', ['Updated', 'Outdated', 'Updating', 'Failed'], derived),
    ...auditFields,
  ]),
  sobject({ name: 'PermissionSetGroupComponent', keyPrefix: '0PH', updateable: false, deletable: true }, [
    idField,
    reference('PermissionSetGroupId', 'Permission Set Group ID', 'PermissionSetGroup', {
      ...required,
      childRelationshipName: 'PermissionSetGroupComponents',
    }),
    reference('PermissionSetId', 'Permission Set ID', 'PermissionSet', {
      ...required,
      childRelationshipName: 'PermissionSetGroupComponents',
    }),
    ...auditFields,
  ]),
  sobject({ name: 'PermissionSetAssignment', keyPrefix: '0Pa', deletable: true }, [
    idField,
    reference('PermissionSetId', 'Permission Set ID', 'PermissionSet', {
      ...fixed,
      childRelationshipName: 'Assignments',
    }),
    reference('PermissionSetGroupId', 'Permission Set Group ID', 'PermissionSetGroup', {
      ...fixed,
      childRelationshipName: 'Assignments',
    }),
    reference('AssigneeId', 'Assignee ID', 'User', {
      ...required,
      ...fixed,
      childRelationshipName: 'PermissionSetAssignments',
    }),
    typed('datetime', 'ExpirationDate', 'Expiration Date', 0),
    flag('IsActive', 'Is Active', { ...derived, compute: isInForce }),
    flag('IsRevoked', 'Is Revoked', derived),
    systemModstamp,
  ]),
  sobject({ name: 'ObjectPermissions', keyPrefix: '110', deletable: true }, [
    idField,
    reference('ParentId', 'Parent ID', 'PermissionSet', {
      ...required,
      ...fixed,
      childRelationshipName: 'ObjectPerms',
    }),
    picklist('SobjectType', 'Sobject Type', ['Account', 'Case', 'Contact', 'Lead', 'Opportunity'], {
      ...required,
      ...fixed,
    }),
    flag('PermissionsCreate', 'Create Records'),
    flag('PermissionsRead', 'Read Records'),
    flag('PermissionsEdit', 'Edit Records'),
    flag('PermissionsDelete', 'Delete Records'),
    flag('PermissionsViewAllRecords', 'Read All Records'),
    flag('PermissionsModifyAllRecords', 'Edit All Records'),
    ...auditFields,
  ]),
];

export const accessObjects: SObject[] = [...licenses, ...permissionSets];
