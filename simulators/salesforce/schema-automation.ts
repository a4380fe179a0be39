// What runs in an org on behalf of a user: approval requests, dashboards, scheduled jobs. The API shows them, so that
// one can know before a user is deactivated what will be refused, and what will silently stop.

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

const shown = { setup: false, createable: false, updateable: false };
const APPROVED = ['Account', 'Case', 'Contact', 'Lead', 'Opportunity'] as const;

export const automationObjects: SObject[] = [
  sobject({ name: 'ProcessInstance', keyPrefix: '04g', ...shown }, [
    idField,
    reference('TargetObjectId', 'Target Object ID', APPROVED, derived),
    picklist('Status', 'Status', ['Pending', 'Approved', 'Rejected', 'Removed'], derived),
    reference('SubmittedById', 'Submitted By ID', 'User', derived),
    ...auditFields,
  ]),
  sobject({ name: 'ProcessInstanceWorkitem', keyPrefix: '04i', ...shown, updateable: true }, [
    idField,
    reference('ProcessInstanceId', 'Process Instance ID', 'ProcessInstance', {
      ...derived,
      childRelationshipName: 'Workitems',
    }),
    reference('OriginalActorId', 'Original Actor ID', ['Group', 'User'], derived),
    reference('ActorId', 'Actor ID', ['Group', 'User'], { ...required, createable: false }),
    typed('datetime', 'CreatedDate', 'Created Date', 0, derived),
    reference('CreatedById', 'Created By ID', 'User', { ...derived, indexed: false }),
    typed('datetime', 'SystemModstamp', 'System Modstamp', 0, derived),
  ]),
  sobject({ name: 'Dashboard', keyPrefix: '01Z', ...shown }, [
    idField,
    flag('IsDeleted', 'Deleted', derived),
    text('Title', 'Title', 80, derived),
    text('DeveloperName', 'Dashboard Unique Name', 80, derived),
    text('FolderName', 'Folder Name', 256, derived),
    picklist('Type', 'Dashboard Running User Type', ['SpecifiedUser', 'LoggedInUser', 'MyTeamUser'], derived),
    reference('RunningUserId', 'Running User ID', 'User', derived),
    ...auditFields,
  ]),
  sobject({ name: 'CronJobDetail', keyPrefix: '08a', ...shown }, [
    idField,
    text('Name', 'Job Name', 255, { ...derived, indexed: true }),
    picklist('JobType', 'Job Type', ['0', '3', '4', '7', '8', 'A'], derived),
  ]),
  sobject({ name: 'CronTrigger', keyPrefix: '08e', ...shown }, [
    idField,
    reference('CronJobDetailId', 'Cron Job Detail ID', 'CronJobDetail', derived),
    text('CronExpression', 'Cron Expression', 255, derived),
    picklist('State', 'State', ['WAITING', 'ACQUIRED', 'EXECUTING', 'PAUSED', 'BLOCKED', 'COMPLETE', 'ERROR'], derived),
    readOnly('datetime', 'NextFireTime', 'Next Run Time'),
    reference('OwnerId', 'Owner ID', 'User', { ...derived, ...fixed }),
    typed('datetime', 'CreatedDate', 'Created Date', 0, derived),
    reference('CreatedById', 'Created By ID', 'User', { ...derived, indexed: false }),
    reference('LastModifiedById', 'Last Modified By ID', 'User', { ...derived, indexed: false }),
  ]),
];
