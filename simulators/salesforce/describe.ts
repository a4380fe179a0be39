// Describes: what objects there are, and what fields each has.

import { json, type Answer } from './http.ts';
import type { Context } from './context.ts';
import { isReplicateable } from './replication.ts';
import type { Field, SObject } from './schema.ts';
import { isGroupable } from './soql-group.ts';

/** `GET /sobjects`. */
export function describeGlobal(context: Context): Answer {
  const sobjects = [...context.org.schema.values()].map((object) => summary(object, context.version));
  return json(200, { encoding: 'UTF-8', maxBatchSize: 200, sobjects });
}

/** `GET /sobjects/X`. */
export function describeBasic(context: Context, object: SObject): Answer {
  return json(200, { objectDescribe: summary(object, context.version), recentItems: [] });
}

/** `GET /sobjects/X/describe`. */
export function describe(context: Context, object: SObject): Answer {
  const childRelationships = [...context.org.schema.values()].flatMap((child) =>
    child.fields
      .filter((field) => field.referenceTo?.includes(object.name) === true)
      .map((field) => ({
        childSObject: child.name,
        field: field.name,
        relationshipName: field.childRelationshipName ?? null,
        cascadeDelete: false,
      })),
  );
  const fields = object.fields.map(describeField);
  return json(200, { ...summary(object, context.version), fields, childRelationships, recordTypeInfos: [] });
}

function summary(object: SObject, version: string): object {
  const url = `/services/data/v${version}/sobjects/${object.name}`;
  return {
    name: object.name,
    label: object.label,
    labelPlural: object.labelPlural,
    keyPrefix: object.keyPrefix,
    createable: object.createable,
    updateable: object.updateable,
    deletable: object.deletable,
    queryable: true,
    retrieveable: true,
    replicateable: isReplicateable(object),
    custom: false,
    urls: { sobject: url, describe: `${url}/describe`, rowTemplate: `${url}/{ID}` },
  };
}

function describeField(field: Field): object {
  return {
    name: field.name,
    label: field.label,
    type: field.type,
    length: field.length,
    nillable: field.nillable,
    createable: field.createable,
    updateable: field.updateable,
    defaultedOnCreate: field.defaultValue !== undefined || field.derived === true,
    defaultValue: field.defaultValue ?? null,
    unique: field.unique ?? false,
    idLookup: field.idLookup ?? false,
    externalId: field.externalId ?? false,
    filterable: field.filterable ?? true,
    sortable: field.filterable ?? true,
    groupable: isGroupable(field),
    custom: field.name.endsWith('__c'),
    restrictedPicklist: field.restricted ?? false,
    picklistValues: (field.values ?? []).map((value) => ({
      active: true,
      defaultValue: value === field.defaultValue,
      label: value,
      value,
    })),
    referenceTo: field.referenceTo ?? [],
    relationshipName: field.relationshipName ?? null,
  };
}
