// Makes many rows at once, for tests that need them: records through the same rules as any create, and by themselves
// the rows that only Salesforce can make (dashboards, scheduled jobs, approval requests).

import { insertRow } from './dml.ts';
import { refuseDuplicates } from './field-rules.ts';
import type { Draft, FieldValue } from './journal.ts';
import type { Caller, Org } from './row-rules.ts';
import { rulesOf } from './rules.ts';
import { fieldOf, objectNamed } from './schema.ts';

export interface RecordsOrder {
  object: string;
  count: number;
  /** The id of the user or queue the rows are for. */
  ownerId?: string;
  /** In a text, `{n}` stands for the number of the row. */
  fields: Draft;
}

type Make = (org: Org, caller: Caller, fields: Draft) => string;

/** What a record gets when the order says nothing. */
const TEMPLATES: Readonly<Record<string, Draft>> = {
  User: {
    Username: 'user{n}@seeded.example',
    Email: 'user{n}@seeded.example',
    FirstName: 'Seeded',
    LastName: 'User {n}',
    Alias: 'u{n}',
    TimeZoneSidKey: 'America/New_York',
    LocaleSidKey: 'en_US',
    EmailEncodingKey: 'UTF-8',
    LanguageLocaleKey: 'en_US',
  },
  Account: { Name: 'Account {n}' },
  Contact: { FirstName: 'Seeded', LastName: 'Contact {n}', Email: 'contact{n}@seeded.example' },
  Lead: { FirstName: 'Seeded', LastName: 'Lead {n}', Company: 'Company {n}', Email: 'lead{n}@seeded.example' },
  Opportunity: { Name: 'Opportunity {n}', StageName: 'Prospecting', CloseDate: '2030-12-31' },
  Case: { Subject: 'Case {n}' },
  Task: { Subject: 'Task {n}' },
  Dashboard: { Title: 'Dashboard {n}', DeveloperName: 'Dashboard_{n}', FolderName: 'Company', Type: 'SpecifiedUser' },
  CronTrigger: { Name: 'Job {n}', JobType: '7', State: 'WAITING', CronExpression: '0 0 6 * * ?' },
};
/** The field that says whom a row is for, where that is not its owner. */
const OWNER_FIELDS: Readonly<Record<string, string>> = {
  Dashboard: 'RunningUserId',
  ProcessInstanceWorkitem: 'ActorId',
};
const MAKERS: Readonly<Record<string, Make>> = {
  Dashboard: (org, caller, fields) => put(org, caller, 'Dashboard', fields),
  CronTrigger: makeJob,
  PermissionSet: packaged('PermissionSet'),
  PermissionSetGroup: packaged('PermissionSetGroup'),
  ProcessInstanceWorkitem: makeApprovalRequest,
};

/** Makes the rows and answers with their ids; all of them, or, when one is refused, none. Each call makes new ones. */
export function seedRecords(
  org: Org,
  caller: Caller,
  { object: name, count, ownerId, fields }: RecordsOrder,
): string[] {
  const object = objectNamed(org.schema, name);
  const make = MAKERS[object.name] ?? ((_org, _caller, draft) => insertRow(org, caller, object, draft));
  const template: Draft = { ...TEMPLATES[object.name], ...fields };
  if (object.name === 'User') template.ProfileId ??= org.store.find('Profile', 'Name', 'Standard User')[0]?.Id ?? null;
  if (ownerId !== undefined) template[OWNER_FIELDS[object.name] ?? 'OwnerId'] = ownerId;
  let number = 0;
  for (const _ of org.store.rows(object.name)) number += 1;
  return Array.from({ length: count }, () => make(org, caller, numbered(template, ++number)));
}

function numbered(template: Draft, n: number): Draft {
  const entries = Object.entries(template).map(([name, value]): [string, FieldValue] => [
    name,
    typeof value === 'string' ? value.replaceAll('{n}', String(n)) : value,
  ]);
  return Object.fromEntries(entries);
}

/** One of a package, when it has a namespace, which only a package gives. */
function packaged(name: string): Make {
  return (org, caller, { NamespacePrefix = null, ...fields }) => {
    const object = objectNamed(org.schema, name);
    if (NamespacePrefix === null) return insertRow(org, caller, object, fields);
    const draft: Draft = { ...fields, NamespacePrefix };
    rulesOf(name).beforeInsert?.(org, draft, caller);
    refuseDuplicates(org, object, draft);
    const id = put(org, caller, name, draft);
    const row = org.store.live(name, id);
    if (row !== undefined) rulesOf(name).afterInsert?.(org, row, caller);
    return id;
  };
}

function makeJob(org: Org, caller: Caller, { Name = null, JobType = null, ...fields }: Draft): string {
  return put(org, caller, 'CronTrigger', {
    ...fields,
    CronJobDetailId: put(org, caller, 'CronJobDetail', { Name, JobType }),
  });
}

/** An approval request for the record given, or for an account made for it. */
function makeApprovalRequest(org: Org, caller: Caller, { TargetObjectId, ...fields }: Draft): string {
  const target =
    TargetObjectId ?? insertRow(org, caller, objectNamed(org.schema, 'Account'), { Name: 'To be approved' });
  const submitted = { TargetObjectId: target, Status: 'Pending', SubmittedById: caller.userId };
  const ProcessInstanceId = put(org, caller, 'ProcessInstance', submitted);
  const OriginalActorId = fields.ActorId ?? null;
  return put(org, caller, 'ProcessInstanceWorkitem', { ...fields, ProcessInstanceId, OriginalActorId });
}

function put(org: Org, caller: Caller, name: string, fields: Draft): string {
  const object = objectNamed(org.schema, name);
  for (const field of Object.keys(fields)) fieldOf(object, field);
  const Id = org.store.nextId(object.keyPrefix);
  const stamps = {
    CreatedDate: caller.now,
    CreatedById: caller.userId,
    LastModifiedDate: caller.now,
    LastModifiedById: caller.userId,
    SystemModstamp: caller.now,
  };
  org.store.insert(object.name, { ...fields, ...stamps, Id });
  return Id;
}
