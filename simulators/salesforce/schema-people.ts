// Lead and Contact: the business records that are people.

import {
  auditFields,
  derived,
  type Field,
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
import {
  addressFields,
  INDUSTRIES,
  isDeleted,
  LEAD_SOURCES,
  openPicklist,
  ratingField,
  record,
  userOrQueueOwner,
  userOwner,
  viewFields,
} from './schema-records.ts';

/** The lead status that only a conversion gives. */
export const CONVERTED_STATUS = 'Closed - Converted';

const nameFields: Field[] = [
  text('LastName', 'Last Name', 80, { ...required, indexed: true }),
  text('FirstName', 'First Name', 40),
  openPicklist('Salutation', 'Salutation', ['Mr.', 'Ms.', 'Mrs.', 'Dr.', 'Prof.'], 40),
  text('Name', 'Full Name', 121, { ...derived, indexed: true }),
];
const phone = (name: string, label: string): Field => typed('phone', name, label, 40);
const email = typed('email', 'Email', 'Email', 80, { indexed: true, idLookup: true });
const bounceFields: Field[] = [
  text('EmailBouncedReason', 'Email Bounced Reason', 255),
  typed('datetime', 'EmailBouncedDate', 'Email Bounced Date', 0),
];
const jigsawFields: Field[] = [
  text('Jigsaw', 'Data.com Key', 20),
  readOnly('string', 'JigsawContactId', 'Jigsaw Contact ID', 20),
];
/** Filled in orgs that keep data privacy records only; this one does not. */
const individual = readOnly('id', 'IndividualId', 'Individual ID', 18);
const photo = readOnly('url', 'PhotoUrl', 'Photo URL', 255);

const lead = sobject({ name: 'Lead', keyPrefix: '00Q', ...record }, [
  idField,
  isDeleted,
  readOnly('id', 'MasterRecordId', 'Master Record ID', 18),
  ...nameFields,
  text('Title', 'Title', 128),
  text('Company', 'Company', 255, { ...required, indexed: true }),
  ...addressFields('', ''),
  phone('Phone', 'Phone'),
  phone('MobilePhone', 'Mobile Phone'),
  phone('Fax', 'Fax'),
  email,
  typed('url', 'Website', 'Website', 255),
  photo,
  typed('textarea', 'Description', 'Description', 32_000),
  openPicklist('LeadSource', 'Lead Source', LEAD_SOURCES),
  picklist('Status', 'Lead Status', ['Open - Not Contacted', 'Working - Contacted', CONVERTED_STATUS], {
    nillable: false,
    defaultValue: 'Open - Not Contacted',
    restricted: false,
    length: 255,
  }),
  openPicklist('Industry', 'Industry', INDUSTRIES),
  ratingField,
  typed('currency', 'AnnualRevenue', 'Annual Revenue', 0),
  typed('int', 'NumberOfEmployees', 'Employees', 0),
  userOrQueueOwner,
  flag('IsConverted', 'Converted', derived),
  readOnly('date', 'ConvertedDate', 'Converted Date'),
  { ...reference('ConvertedAccountId', 'Converted Account ID', 'Account'), ...derived, nillable: true },
  { ...reference('ConvertedContactId', 'Converted Contact ID', 'Contact'), ...derived, nillable: true },
  { ...reference('ConvertedOpportunityId', 'Converted Opportunity ID', 'Opportunity'), ...derived, nillable: true },
  flag('IsUnreadByOwner', 'Unread By Owner', { defaultValue: true }),
  flag('HasOptedOutOfEmail', 'Email Opt Out'),
  flag('DoNotCall', 'Do Not Call'),
  ...jigsawFields,
  individual,
  ...bounceFields,
  ...viewFields,
  ...auditFields,
]);

const contact = sobject({ name: 'Contact', keyPrefix: '003', ...record }, [
  idField,
  isDeleted,
  readOnly('id', 'MasterRecordId', 'Master Record ID', 18),
  reference('AccountId', 'Account ID', 'Account', { childRelationshipName: 'Contacts' }),
  ...nameFields,
  ...addressFields('Other', 'Other'),
  ...addressFields('Mailing', 'Mailing'),
  phone('Phone', 'Business Phone'),
  phone('Fax', 'Business Fax'),
  phone('MobilePhone', 'Mobile Phone'),
  phone('HomePhone', 'Home Phone'),
  phone('OtherPhone', 'Other Phone'),
  phone('AssistantPhone', 'Asst. Phone'),
  reference('ReportsToId', 'Reports To ID', 'Contact'),
  email,
  text('Title', 'Title', 128),
  text('Department', 'Department', 80),
  text('AssistantName', "Assistant's Name", 40),
  openPicklist('LeadSource', 'Lead Source', LEAD_SOURCES),
  typed('date', 'Birthdate', 'Birthdate', 0),
  typed('textarea', 'Description', 'Contact Description', 32_000),
  userOwner,
  flag('HasOptedOutOfEmail', 'Email Opt Out'),
  flag('HasOptedOutOfFax', 'Fax Opt Out'),
  flag('DoNotCall', 'Do Not Call'),
  flag('CanAllowPortalSelfReg', 'Allow Customer Portal Self-Registration'),
  readOnly('datetime', 'LastCURequestDate', 'Last Stay-in-Touch Request Date'),
  readOnly('datetime', 'LastCUUpdateDate', 'Last Stay-in-Touch Save Date'),
  ...bounceFields,
  flag('IsEmailBounced', 'Is Email Bounced', derived),
  photo,
  ...jigsawFields,
  individual,
  ...viewFields,
  ...auditFields,
]);

export const peopleObjects: SObject[] = [lead, contact];
