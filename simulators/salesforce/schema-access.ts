// The objects that say what a user may do: licences, profiles, roles, permission sets, groups, queues.

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

/** The permissions this simulator knows; the first three are enforced. */
export const PERMISSIONS = [
  'PermissionsApiEnabled',
  'PermissionsManageUsers',
  'PermissionsViewSetup',
  'PermissionsManageInternalUsers',
  'PermissionsAssignPermissionSets',
  'PermissionsResetPasswords',
  'PermissionsViewRoles',
  'PermissionsViewAllUsers',
  'PermissionsTransferAnyEntity',
  'PermissionsViewAllData',
  'PermissionsModifyAllData',
] as const;

const permissionFlags: Field[] = PERMISSIONS.map((name) =>
  flag(name, name.replace('Permissions', '').replace(/(?<=[a-z])(?=[A-Z])/g, ' ')),
);
const systemModstamp = typed('datetime', 'SystemModstamp', 'System Modstamp', 0, derived);
const developerName = (options = {}): Field =>
  text('DeveloperName', 'Developer Name', 80, { indexed: true, ...options });
const readOnlyObject = { createable: false, updateable: false };

export const accessObjects: SObject[] = [
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
  sobject({ name: 'Profile', keyPrefix: '00e', createable: false }, [
    idField,
    text('Name', 'Name', 255, { ...required, indexed: true }),
    text('Description', 'Description', 255),
    reference('UserLicenseId', 'User License ID', 'UserLicense', { ...required, ...fixed }),
    picklist('UserType', 'User Type', ['Standard', 'CsnOnly'], derived),
    ...permissionFlags,
    ...auditFields,
  ]),
  sobject({ name: 'UserRole', keyPrefix: '00E', label: 'Role' }, [
    idField,
    text('Name', 'Name', 80, { ...required, indexed: true }),
    reference('ParentRoleId', 'Parent Role ID', 'UserRole'),
    developerName({ unique: true }),
    text('RollupDescription', 'Description', 80),
    ...auditFields.filter((field) => !field.name.startsWith('Created')),
  ]),
  sobject({ name: 'PermissionSet', keyPrefix: '0PS', deletable: true }, [
    idField,
    text('Name', 'Permission Set Name', 80, { ...required, unique: true, indexed: true }),
    text('Label', 'Permission Set Label', 80, required),
    text('Description', 'Description', 255),
    reference('LicenseId', 'License ID', 'UserLicense', fixed),
    reference('ProfileId', 'Profile ID', 'Profile', derived),
    reference('PermissionSetGroupId', 'Permission Set Group ID', 'PermissionSetGroup', derived),
    flag('IsOwnedByProfile', 'Is Owned By Profile', derived),
    flag('IsCustom', 'Is Custom', derived),
    picklist('Type', 'Permission Set Type', ['Regular', 'Profile', 'Group'], derived),
    ...permissionFlags,
    ...auditFields,
  ]),
  sobject({ name: 'PermissionSetGroup', keyPrefix: '0PG' }, [
    idField,
    developerName({ ...required, unique: true }),
    text('MasterLabel', 'Label', 80, required),
    text('Description', 'Description', 255),
    picklist('Status', 'Status', ['Updated', 'Outdated', 'Updating', 'Failed'], derived),
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
    flag('IsActive', 'Is Active', { ...derived, defaultValue: true }),
    flag('IsRevoked', 'Is Revoked', derived),
    systemModstamp,
  ]),
  sobject({ name: 'PermissionSetLicense', keyPrefix: '0PL', ...readOnlyObject }, [
    idField,
    developerName(derived),
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
    reference('PermissionSetLicenseId', 'Permission Set License ID', 'PermissionSetLicense', required),
    reference('AssigneeId', 'Assigned User ID', 'User', {
      ...required,
      childRelationshipName: 'PermissionSetLicenseAssignments',
    }),
    ...auditFields,
  ]),
  sobject({ name: 'Group', keyPrefix: '00G', deletable: true }, [
    idField,
    text('Name', 'Name', 40, { ...required, indexed: true }),
    developerName({ derived: true }),
    picklist('Type', 'Type', ['Regular', 'Queue', 'Role', 'RoleAndSubordinates', 'Organization'], {
      ...fixed,
      nillable: false,
      defaultValue: 'Regular',
      indexed: true,
    }),
    { ...readOnly('id', 'RelatedId', 'Related ID', 18), indexed: true },
    typed('email', 'Email', 'Email', 255),
    flag('DoesSendEmailToMembers', 'Send Email to Members'),
    flag('DoesIncludeBosses', 'Include Bosses', { defaultValue: true }),
    ...auditFields,
  ]),
  sobject({ name: 'GroupMember', keyPrefix: '011', updateable: false, deletable: true }, [
    idField,
    reference('GroupId', 'Group ID', 'Group', { ...required, childRelationshipName: 'GroupMembers' }),
    typed('id', 'UserOrGroupId', 'User/Group ID', 18, { ...required, indexed: true }),
    systemModstamp,
  ]),
  sobject({ name: 'QueueSobject', keyPrefix: '03g', updateable: false, deletable: true }, [
    idField,
    reference('QueueId', 'Queue ID', 'Group', { ...required, childRelationshipName: 'QueueSobjects' }),
    picklist('SobjectType', 'Sobject Type', ['Account', 'Case', 'Contact', 'Lead'], required),
    reference('CreatedById', 'Created By ID', 'User', { ...derived, indexed: false }),
    systemModstamp,
  ]),
];
