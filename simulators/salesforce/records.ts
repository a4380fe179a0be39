// The rules of business records: each has an owner, some follow from others, and a converted lead is not changed again.

import { refuseLikelyDuplicate } from './duplicate-rules.ts';
import { SalesforceError } from './errors.ts';
import type { Draft, Row } from './journal.ts';
import { checkOwner, requireOwnRecord } from './owners.ts';
import { deleteFailed } from './permission-sets.ts';
import type { Caller, ObjectRules, Org } from './row-rules.ts';
import { CONVERTED_STATUS } from './schema-people.ts';

interface Kind {
  name: string;
  /** What follows from the record as it will be; `before` is missing for a new one. */
  derive?: (org: Org, after: Draft, caller: Caller, before?: Row) => Draft;
  beforeDelete?: (org: Org, row: Row) => void;
}

const OPEN_CASE_NUMBER = 1000;
/** Tells a moment in days, as a text that compares. */
const DAY_LENGTH = 'YYYY-MM-DD'.length;

export const recordRules: Readonly<Record<string, ObjectRules>> = {
  Account: rulesFor({ name: 'Account', beforeDelete: deleteAccount }),
  Contact: rulesFor({
    name: 'Contact',
    derive: (_org, after) => ({ Name: fullName(after), IsEmailBounced: typeof after.EmailBouncedDate === 'string' }),
    beforeDelete: (org, row) => refuseWithCases(org, row, 'ContactId'),
  }),
  Lead: rulesFor({ name: 'Lead', derive: deriveLead }),
  Opportunity: rulesFor({
    name: 'Opportunity',
    derive: (_org, { StageName: stage }) => ({
      IsClosed: String(stage).startsWith('Closed'),
      IsWon: stage === 'Closed Won',
    }),
  }),
  Case: rulesFor({ name: 'Case', derive: deriveCase }),
  Task: rulesFor({
    name: 'Task',
    derive: (_org, { Status, Priority }) => ({ IsClosed: Status === 'Completed', IsHighPriority: Priority === 'High' }),
  }),
};

/** Turns a lead into an account and a contact, as a user does with the Convert button; the lead is read-only from then on. */
export function convertLead(
  org: Org,
  lead: Row,
  caller: Caller,
  create: (object: string, input: Draft) => string,
): void {
  const owner = { OwnerId: lead.OwnerId ?? null };
  const accountId = create('Account', { Name: lead.Company ?? null, ...owner });
  const { FirstName = null, LastName = null, Email = null, Phone = null, Title = null } = lead;
  const person = { FirstName, LastName, Email, Phone, Title };
  const contactId = create('Contact', { ...person, AccountId: accountId, ...owner });
  org.store.update('Lead', lead.Id, {
    IsConverted: true,
    Status: CONVERTED_STATUS,
    ConvertedDate: caller.now.slice(0, DAY_LENGTH),
    ConvertedAccountId: accountId,
    ConvertedContactId: contactId,
    LastModifiedDate: caller.now,
    SystemModstamp: caller.now,
  });
}

function rulesFor({ name, derive, beforeDelete }: Kind): ObjectRules {
  return {
    beforeInsert(org, draft, caller) {
      draft.OwnerId ??= caller.userId;
      draft.IsDeleted = false;
      checkOwner(org, name, String(draft.OwnerId));
      Object.assign(draft, derive?.(org, draft, caller));
      refuseLikelyDuplicate(org, name, draft, caller);
    },
    beforeUpdate(org, row, changes, caller) {
      requireOwnRecord(org, row, changes, caller);
      if (row.IsConverted === true)
        throw new SalesforceError('CANNOT_UPDATE_CONVERTED_LEAD', 'cannot reference converted lead', { fields: [] });
      if ('OwnerId' in changes && changes.OwnerId !== row.OwnerId) checkOwner(org, name, String(changes.OwnerId));
      Object.assign(changes, derive?.(org, { ...row, ...changes }, caller, row));
      refuseLikelyDuplicate(org, name, changes, caller, row);
    },
    beforeDelete(org, row, caller) {
      requireOwnRecord(org, row, {}, caller);
      beforeDelete?.(org, row);
    },
  };
}

function deriveLead(_org: Org, after: Draft, _caller: Caller, before?: Row): Draft {
  if (after.Status === CONVERTED_STATUS && before?.Status !== CONVERTED_STATUS) {
    throw new SalesforceError('INVALID_STATUS', 'Status: a converted status is only set by converting the lead', {
      fields: ['Status'],
    });
  }
  return before === undefined ? { Name: fullName(after), IsConverted: false } : { Name: fullName(after) };
}

function deriveCase(org: Org, after: Draft, caller: Caller, before?: Row): Draft {
  const closed = after.Status === 'Closed';
  const closedDate = closed ? (before?.ClosedDate ?? caller.now) : null;
  const state = { IsClosed: closed, ClosedDate: closedDate };
  return before === undefined ? { ...state, CaseNumber: nextCaseNumber(org) } : state;
}

function nextCaseNumber(org: Org): string {
  const number = ((org.store.setting('lastCaseNumber') as number | undefined) ?? OPEN_CASE_NUMBER) + 1;
  org.store.set('lastCaseNumber', number);
  return String(number).padStart(8, '0');
}

function deleteAccount(org: Org, row: Row): void {
  refuseWithCases(org, row, 'AccountId');
  const opportunities = org.store.find('Opportunity', 'AccountId', row.Id);
  if (opportunities.some((one) => one.IsWon === true))
    throw deleteFailed(row.Name, 'it is associated with closed won opportunities');
  const contacts = org.store.find('Contact', 'AccountId', row.Id);
  for (const contact of contacts) refuseWithCases(org, contact, 'ContactId');
  for (const { Id } of opportunities) org.store.update('Opportunity', Id, { IsDeleted: true });
  for (const { Id } of contacts) org.store.update('Contact', Id, { IsDeleted: true });
}

function refuseWithCases(org: Org, row: Row, field: string): void {
  if (org.store.find('Case', field, row.Id).length > 0) throw deleteFailed(row.Name, 'it is associated with cases');
}

function fullName(draft: Draft): string {
  return [draft.FirstName, draft.LastName].filter(Boolean).join(' ');
}
