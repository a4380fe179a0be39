// Object permissions: what a permission set lets its holders do with the records of an object.

import { duplicateValue } from './field-rules.ts';
import { SalesforceError } from './errors.ts';
import type { Draft } from './journal.ts';
import type { ObjectRules } from './row-rules.ts';

const WITH_READ = [
  'PermissionsCreate',
  'PermissionsEdit',
  'PermissionsDelete',
  'PermissionsViewAllRecords',
  'PermissionsModifyAllRecords',
];

export const objectPermissionRules: ObjectRules = {
  beforeInsert(org, draft) {
    const same = org.store
      .find('ObjectPermissions', 'ParentId', draft.ParentId ?? null)
      .find((row) => row.SobjectType === draft.SobjectType);
    if (same !== undefined) throw duplicateValue('SobjectType', same.Id);
    refuseWithoutRead(draft);
  },
  beforeUpdate(_org, row, changes) {
    refuseWithoutRead({ ...row, ...changes });
  },
};

function refuseWithoutRead(draft: Draft): void {
  if (draft.PermissionsRead === true || !WITH_READ.some((name) => draft[name] === true)) return;
  const message = `Permission Read ${String(draft.SobjectType)} depends on permission(s): the others need it`;
  throw new SalesforceError('FIELD_INTEGRITY_EXCEPTION', message, { fields: ['PermissionsRead'] });
}
