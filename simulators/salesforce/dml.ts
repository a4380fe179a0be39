// Creating, changing and deleting one row, the same for single calls, collections and composites: who may, what the
// fields accept, what the object's own rules add, and the stamps Salesforce leaves on a row.

import { badCrossReference, complete, readFields, refuseDuplicates, refuseEmptied } from './field-rules.ts';
import { SalesforceError } from './errors.ts';
import type { Draft, Row } from './journal.ts';
import { insufficientAccess, mayAccess, type Permission, requirePermission } from './permissions.ts';
import type { Caller, Org } from './row-rules.ts';
import { rulesOf } from './rules.ts';
import type { SObject } from './schema.ts';

const VERBS = { Create: 'create', Edit: 'update', Delete: 'delete' } as const;

/** Setup objects that need another permission than the others. */
const ASSIGNED_WITH: Readonly<Record<string, Permission>> = {
  PermissionSetAssignment: 'PermissionsAssignPermissionSets',
  PermissionSetLicenseAssign: 'PermissionsManageInternalUsers',
};

/** Creates a row and returns its id; where the object says so, the id of the row that is already there. */
export function insertRow(org: Org, caller: Caller, object: SObject, input: object): string {
  requireAbility(org, caller, object, object.createable, 'Create');
  const rules = rulesOf(object.name);
  const draft = readFields(org, object, input, 'create');
  caller.mixedDml.onCreate(object, draft);
  complete(object, draft);
  const existing = rules.existing?.(org, draft);
  if (existing !== undefined) return existing;
  rules.beforeInsert?.(org, draft, caller);
  refuseDuplicates(org, object, draft);
  const row: Row = { ...draft, ...stamps(object, caller, true), Id: org.store.nextId(object.keyPrefix) };
  org.store.insert(object.name, row);
  rules.afterInsert?.(org, row, caller);
  return row.Id;
}

/** Changes a row. */
export function updateRow(org: Org, caller: Caller, object: SObject, id: string, input: object): void {
  requireAbility(org, caller, object, object.updateable, 'Edit');
  const row = existingRow(org, object, id);
  const rules = rulesOf(object.name);
  const changes = readFields(org, object, input, 'update');
  caller.mixedDml.onUpdate(object, changes);
  refuseEmptied(object, changes);
  rules.beforeUpdate?.(org, row, changes, caller);
  refuseDuplicates(org, object, changes, id);
  const before: Draft = {};
  for (const field of Object.keys(changes)) before[field] = row[field] ?? null;
  org.store.update(object.name, id, { ...changes, ...stamps(object, caller, false) });
  rules.afterUpdate?.(org, row, before, caller);
}

/** Deletes a row; it is then known as deleted, not as never having been. */
export function deleteRow(org: Org, caller: Caller, object: SObject, id: string): void {
  requireAbility(org, caller, object, object.deletable, 'Delete');
  const row = existingRow(org, object, id);
  caller.mixedDml.onDelete(object);
  const rules = rulesOf(object.name);
  rules.beforeDelete?.(org, row, caller);
  org.store.update(object.name, id, { IsDeleted: true, ...stamps(object, caller, false) });
  rules.afterDelete?.(org, row);
}

function requireAbility(org: Org, caller: Caller, object: SObject, able: boolean, access: keyof typeof VERBS): void {
  if (!able) {
    const message = `entity type ${object.name} does not support ${VERBS[access]}`;
    throw new SalesforceError('INVALID_TYPE_FOR_OPERATION', message, {
      fields: [],
    });
  }
  if (object.setup) requirePermission(org, caller.userId, ASSIGNED_WITH[object.name] ?? 'PermissionsManageUsers');
  else if (!mayAccess(org, caller.userId, object.name, access)) throw insufficientAccess();
}

function existingRow(org: Org, object: SObject, id: string): Row {
  const row = org.store.get(object.name, id);
  if (row === undefined) throw badCrossReference();
  if (row.IsDeleted !== true) return row;
  // What has no recycle bin is gone for good.
  if (!object.byName.has('isdeleted')) throw badCrossReference();
  throw new SalesforceError('ENTITY_IS_DELETED', 'entity is deleted', { fields: [] });
}

function stamps(object: SObject, caller: Caller, created: boolean): Draft {
  const values: Draft = {};
  const has = (field: string): boolean => object.byName.has(field.toLowerCase());
  if (created && has('CreatedDate')) values.CreatedDate = caller.now;
  if (created && has('CreatedById')) values.CreatedById = caller.userId;
  if (has('LastModifiedDate')) values.LastModifiedDate = caller.now;
  if (has('LastModifiedById')) values.LastModifiedById = caller.userId;
  if (has('SystemModstamp')) values.SystemModstamp = caller.now;
  return values;
}
