// The objects a user belongs to: roles, public groups, queues.

import {
  auditFields,
  derived,
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

/** The object types whose records a queue may own, when it is told to. */
export const QUEUE_OBJECTS = ['Case', 'Lead', 'Task'] as const;

const ACCOUNT_ACCESS = ['None', 'Read', 'Edit', 'ControlledByParent'] as const;
const systemModstamp = typed('datetime', 'SystemModstamp', 'System Modstamp', 0, derived);

export const groupObjects: SObject[] = [
  sobject({ name: 'UserRole', keyPrefix: '00E', label: 'Role', deletable: true }, [
    idField,
    text('Name', 'Name', 80, { ...required, indexed: true }),
    reference('ParentRoleId', 'Parent Role ID', 'UserRole'),
    text('RollupDescription', 'Description', 80),
    picklist('OpportunityAccessForAccountOwner', 'Opportunity Access Level for Account Owner', ACCOUNT_ACCESS, {
      nillable: false,
      defaultValue: 'Edit',
    }),
    picklist('CaseAccessForAccountOwner', 'Case Access Level for Account Owner', ACCOUNT_ACCESS, {
      defaultValue: 'Edit',
    }),
    picklist('ContactAccessForAccountOwner', 'Contact Access Level for Account Owner', ACCOUNT_ACCESS, {
      defaultValue: 'Edit',
    }),
    reference('ForecastUserId', 'User ID', 'User'),
    flag('MayForecastManagerShare', 'May Forecast Manager Share', derived),
    text('DeveloperName', 'Developer Name', 80, { unique: true, indexed: true }),
    readOnly('picklist', 'PortalType', 'Portal Type', 40),
    ...auditFields.filter((field) => !field.name.startsWith('Created')),
  ]),
  sobject({ name: 'Group', keyPrefix: '00G', deletable: true }, [
    idField,
    text('Name', 'Name', 40, { ...required, indexed: true }),
    text('DeveloperName', 'Developer Name', 80, { indexed: true, derived: true }),
    picklist('Type', 'Type', ['Regular', 'Queue', 'Role', 'RoleAndSubordinates', 'Organization'], {
      ...fixed,
      nillable: false,
      defaultValue: 'Regular',
      indexed: true,
    }),
    { ...readOnly('id', 'RelatedId', 'Related ID', 18), indexed: true },
    typed('email', 'Email', 'Email', 255),
    reference('OwnerId', 'Owner ID', 'User', { ...derived, indexed: false }),
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
    reference('QueueId', 'Queue ID', 'Group', {
      ...required,
      relationshipName: 'Queue',
      childRelationshipName: 'QueueSobjects',
    }),
    picklist('SobjectType', 'Sobject Type', QUEUE_OBJECTS, required),
    reference('CreatedById', 'Created By ID', 'User', { ...derived, indexed: false }),
    systemModstamp,
  ]),
];
