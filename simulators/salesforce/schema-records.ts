// The org itself, and the business records that a user or a queue can own.

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

export const record = { setup: false, deletable: true };
export const isDeleted = flag('IsDeleted', 'Deleted', derived);
/** Who owns a record; only some objects can be owned by a queue as well. */
export const userOwner = reference('OwnerId', 'Owner ID', 'User', { nillable: false, derived: true });
export const userOrQueueOwner = reference('OwnerId', 'Owner ID', ['Group', 'User'], { nillable: false, derived: true });
export const viewFields: Field[] = [
  readOnly('date', 'LastActivityDate', 'Last Activity'),
  readOnly('datetime', 'LastViewedDate', 'Last Viewed Date'),
  readOnly('datetime', 'LastReferencedDate', 'Last Referenced Date'),
];
export const LEAD_SOURCES = ['Web', 'Phone Inquiry', 'Partner Referral', 'Purchased List', 'Other'] as const;
export const INDUSTRIES = ['Agriculture', 'Banking', 'Education', 'Energy', 'Manufacturing', 'Retail'] as const;
const RATINGS = ['Hot', 'Warm', 'Cold'] as const;

/** A picklist that takes any value, as Salesforce's standard ones do unless an administrator restricts them. */
export const openPicklist = (name: string, label: string, values: readonly string[], length = 255): Field =>
  picklist(name, label, values, { restricted: false, length });

export const ratingField = openPicklist('Rating', 'Rating', RATINGS);

/** The parts of an address and the compound field that shows them together. */
export function addressFields(prefix: string, label: string): Field[] {
  const named = (part: string): string => `${prefix}${part}`;
  const words = (part: string): string => `${label} ${part}`.trim();
  return [
    typed('textarea', named('Street'), words('Street'), 255),
    text(named('City'), words('City'), 40),
    text(named('State'), words('State/Province'), 80),
    text(named('PostalCode'), words('Zip/Postal Code'), 20),
    text(named('Country'), words('Country'), 80),
    typed('double', named('Latitude'), words('Latitude'), 0),
    typed('double', named('Longitude'), words('Longitude'), 0),
    openPicklist(named('GeocodeAccuracy'), words('Geocode Accuracy'), ['Address', 'Street', 'Zip', 'City'], 40),
    { ...readOnly('address', named('Address'), words('Address')), filterable: false },
  ];
}

const organization = sobject(
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
);

const account = sobject({ name: 'Account', keyPrefix: '001', ...record }, [
  idField,
  isDeleted,
  text('Name', 'Account Name', 255, { ...required, indexed: true }),
  openPicklist('Type', 'Account Type', ['Prospect', 'Customer', 'Partner', 'Other']),
  reference('ParentId', 'Parent Account ID', 'Account', { childRelationshipName: 'ChildAccounts' }),
  ...addressFields('Billing', 'Billing'),
  ...addressFields('Shipping', 'Shipping'),
  typed('phone', 'Phone', 'Account Phone', 40),
  typed('phone', 'Fax', 'Account Fax', 40),
  typed('url', 'Website', 'Website', 255),
  text('AccountNumber', 'Account Number', 40),
  openPicklist('Industry', 'Industry', INDUSTRIES),
  ratingField,
  typed('currency', 'AnnualRevenue', 'Annual Revenue', 0),
  typed('int', 'NumberOfEmployees', 'Employees', 0),
  typed('textarea', 'Description', 'Account Description', 32_000),
  openPicklist('AccountSource', 'Account Source', LEAD_SOURCES),
  text('SicDesc', 'SIC Description', 80),
  userOwner,
  ...viewFields,
  ...auditFields,
]);

const opportunity = sobject({ name: 'Opportunity', keyPrefix: '006', labelPlural: 'Opportunities', ...record }, [
  idField,
  isDeleted,
  reference('AccountId', 'Account ID', 'Account', { childRelationshipName: 'Opportunities' }),
  text('Name', 'Name', 120, { ...required, indexed: true }),
  typed('textarea', 'Description', 'Description', 32_000),
  { ...openPicklist('StageName', 'Stage', ['Prospecting', 'Negotiation', 'Closed Won', 'Closed Lost']), ...required },
  typed('currency', 'Amount', 'Amount', 0),
  typed('double', 'Probability', 'Probability (%)', 0),
  typed('date', 'CloseDate', 'Close Date', 0, required),
  openPicklist('Type', 'Opportunity Type', ['New Business', 'Existing Business']),
  text('NextStep', 'Next Step', 255),
  openPicklist('LeadSource', 'Lead Source', LEAD_SOURCES),
  flag('IsClosed', 'Closed', derived),
  flag('IsWon', 'Won', derived),
  userOwner,
  ...viewFields,
  ...auditFields,
]);

const supportCase = sobject({ name: 'Case', keyPrefix: '500', ...record }, [
  idField,
  isDeleted,
  text('CaseNumber', 'Case Number', 30, { ...derived, indexed: true }),
  reference('ContactId', 'Contact ID', 'Contact', { childRelationshipName: 'Cases' }),
  reference('AccountId', 'Account ID', 'Account', { childRelationshipName: 'Cases' }),
  text('SuppliedName', 'Name', 80),
  typed('email', 'SuppliedEmail', 'Email Address', 80),
  openPicklist('Type', 'Case Type', ['Question', 'Problem', 'Feature Request']),
  {
    ...openPicklist('Status', 'Status', ['New', 'Working', 'Escalated', 'Closed']),
    nillable: false,
    defaultValue: 'New',
  },
  openPicklist('Reason', 'Case Reason', ['Instructions not clear', 'Other']),
  openPicklist('Origin', 'Case Origin', ['Phone', 'Email', 'Web']),
  {
    ...openPicklist('Priority', 'Priority', ['High', 'Medium', 'Low']),
    nillable: false,
    defaultValue: 'Medium',
  },
  text('Subject', 'Subject', 255),
  typed('textarea', 'Description', 'Description', 32_000),
  flag('IsClosed', 'Closed', derived),
  readOnly('datetime', 'ClosedDate', 'Closed Date'),
  flag('IsEscalated', 'Escalated'),
  userOrQueueOwner,
  ...viewFields.filter(({ name }) => name !== 'LastActivityDate'),
  ...auditFields,
]);

const task = sobject({ name: 'Task', keyPrefix: '00T', ...record }, [
  idField,
  isDeleted,
  reference('WhoId', 'Name ID', ['Contact', 'Lead'], { childRelationshipName: 'Tasks' }),
  reference('WhatId', 'Related To ID', ['Account', 'Case', 'Opportunity'], { childRelationshipName: 'Tasks' }),
  openPicklist('Subject', 'Subject', ['Call', 'Email', 'Send Letter', 'Other']),
  typed('date', 'ActivityDate', 'Due Date Only', 0),
  {
    ...openPicklist('Status', 'Status', ['Not Started', 'In Progress', 'Completed', 'Deferred']),
    nillable: false,
    defaultValue: 'Not Started',
  },
  {
    ...openPicklist('Priority', 'Priority', ['High', 'Normal', 'Low']),
    nillable: false,
    defaultValue: 'Normal',
  },
  flag('IsHighPriority', 'High Priority', derived),
  flag('IsClosed', 'Closed', derived),
  typed('textarea', 'Description', 'Description', 32_000),
  userOrQueueOwner,
  ...auditFields,
]);

export const recordObjects: SObject[] = [organization, account, opportunity, supportCase, task];
