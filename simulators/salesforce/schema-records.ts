// The org itself, and the few business records that a user can own: enough to transfer ownership, and to show that
// Setup objects and business records do not mix in one transaction.

import {
  auditFields,
  derived,
  type Field,
  flag,
  idField,
  picklist,
  reference,
  required,
  type SObject,
  sobject,
  text,
  typed,
} from './schema.ts';

const record = { setup: false, deletable: true };
const isDeleted = flag('IsDeleted', 'Deleted', derived);
const owner = reference('OwnerId', 'Owner ID', 'User', { nillable: false, derived: true });

const nameFields: Field[] = [
  text('LastName', 'Last Name', 80, required),
  text('FirstName', 'First Name', 40),
  text('Name', 'Full Name', 121, { ...derived, indexed: true }),
  typed('email', 'Email', 'Email', 80, { indexed: true, idLookup: true }),
  text('Title', 'Title', 128),
  typed('phone', 'Phone', 'Phone', 40),
];

export const recordObjects: SObject[] = [
  sobject(
    { name: 'Organization', keyPrefix: '00D', createable: false, updateable: false, labelPlural: 'Organizations' },
    [
      idField,
      text('Name', 'Name', 80, derived),
      text('OrganizationType', 'Edition', 40, derived),
      flag('IsSandbox', 'Is Sandbox', derived),
      text('InstanceName', 'Instance Name', 5, derived),
      text('NamespacePrefix', 'Namespace Prefix', 15, { createable: false, updateable: false }),
      picklist('LanguageLocaleKey', 'Language', ['en_US'], derived),
      picklist('TimeZoneSidKey', 'Time Zone', ['America/Los_Angeles'], derived),
      ...auditFields,
    ],
  ),
  sobject({ name: 'Account', keyPrefix: '001', ...record }, [
    idField,
    isDeleted,
    text('Name', 'Account Name', 255, { ...required, indexed: true }),
    reference('ParentId', 'Parent Account ID', 'Account', { childRelationshipName: 'ChildAccounts' }),
    typed('phone', 'Phone', 'Account Phone', 40),
    typed('url', 'Website', 'Website', 255),
    owner,
    ...auditFields,
  ]),
  sobject({ name: 'Contact', keyPrefix: '003', ...record }, [
    idField,
    isDeleted,
    reference('AccountId', 'Account ID', 'Account', { childRelationshipName: 'Contacts' }),
    ...nameFields,
    text('Department', 'Department', 80),
    owner,
    ...auditFields,
  ]),
  sobject({ name: 'Lead', keyPrefix: '00Q', ...record }, [
    idField,
    isDeleted,
    ...nameFields,
    text('Company', 'Company', 255, required),
    picklist('Status', 'Lead Status', ['Open - Not Contacted', 'Working - Contacted', 'Closed - Converted'], {
      nillable: false,
      defaultValue: 'Open - Not Contacted',
      restricted: false,
    }),
    owner,
    ...auditFields,
  ]),
];
