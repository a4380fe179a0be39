/** What a user record can hold in this org, custom fields included. */
import type { ApplicationSchema, AttributeDescription, Connector } from '#connectors/connector.ts';
import type { EntitlementType } from '#domain/account.ts';
import type { Session } from './session.ts';

interface Field {
  name: string;
  label: string;
  type: string;
  length: number;
  nillable: boolean;
  createable: boolean;
  updateable: boolean;
  defaultedOnCreate: boolean;
  unique: boolean;
  restrictedPicklist?: boolean;
  picklistValues?: { active: boolean; value: string }[] | null;
}

/** `describe` of the connector: one API call. */
export function createDescribe(session: Session, entitlementTypes: EntitlementType[]): Pick<Connector, 'describe'> {
  return {
    async describe(context): Promise<ApplicationSchema> {
      const { fields } = (await session.call({ action: 'describe User' }, context, (org) =>
        org.sobject('User').describe(),
      )) as unknown as {
        fields: Field[];
      };
      return { accountType: 'User', attributes: fields.map(attribute), entitlementTypes };
    },
  };
}

function attribute(field: Field): AttributeDescription {
  const picklist = field.restrictedPicklist
    ? field.picklistValues?.filter(({ active }) => active).map(({ value }) => value)
    : undefined;
  return {
    name: field.name,
    label: field.label,
    type: TYPES[field.type] ?? 'string',
    required: field.createable && !field.nillable && !field.defaultedOnCreate,
    unique: field.unique,
    writable: field.createable || field.updateable,
    ...(field.length > 0 ? { length: field.length } : {}),
    ...(picklist ? { picklist } : {}),
  };
}

const TYPES: Record<string, AttributeDescription['type']> = {
  boolean: 'boolean',
  int: 'number',
  double: 'number',
  currency: 'number',
  percent: 'number',
  date: 'date',
  datetime: 'date',
  reference: 'reference',
  picklist: 'picklist',
  multipicklist: 'picklist',
};
