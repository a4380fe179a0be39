/** What a record of an object can hold in this org, custom fields included. */
import type { CallContext, Connector } from '#connectors/connector.ts';
import type { ApplicationSchema, AttributeDescription } from '#domain/application-schema.ts';
import { ConnectorError } from '#connectors/errors.ts';
import type { EntitlementType } from '#domain/account.ts';
import type { KnownType } from './entitlement-types.ts';
import { ASK_AGAIN_MS, kept, KEEP_MS, type Kept } from './kept.ts';
import type { Named } from './listing.ts';
import type { Session } from './session.ts';

/** A field as Salesforce describes it. */
export interface Field {
  name: string;
  label: string;
  type: string;
  length: number;
  nillable: boolean;
  createable: boolean;
  updateable: boolean;
  defaultedOnCreate: boolean;
  unique: boolean;
  custom: boolean;
  referenceTo?: string[];
  restrictedPicklist?: boolean;
  picklistValues?: { active: boolean; value: string }[] | null;
}

/** The fields of an object that we may see. */
export type Fields = Kept<Field[]>;

/** One API call, kept. */
export function createFields(session: Session, object: string): Fields {
  const action = `describe ${object}`;
  return kept(action, async (context) => {
    const answer = await session.call({ action }, context, (org) => org.sobject(object).describe());
    return (answer as unknown as { fields: Field[] }).fields;
  });
}

/** Asks with the fields as we know them; once more as they are now, where one of them is refused and they have changed. */
export async function withFields<T>(
  fields: Fields,
  context: CallContext | undefined,
  ask: (described: Field[]) => Promise<T>,
): Promise<T> {
  const known = await fields(KEEP_MS, context);
  try {
    return await ask(known);
  } catch (error) {
    if (!(error instanceof ConnectorError) || error.code !== 'INVALID_FIELD') throw error;
    const now = await fields(0, context);
    if (namesIn(now) === namesIn(known)) throw error;
    return await ask(now);
  }
}

function namesIn(fields: Field[]): string {
  return fields.map(({ name }) => name).join();
}

/** `describe` of the connector. `read`: the fields that are read with every account. */
export function createDescribe(
  fields: Fields,
  { accountType, entitlementTypes }: { accountType: string; entitlementTypes: EntitlementType[] },
  read: readonly string[],
): Pick<Connector, 'describe'> {
  return {
    async describe(context): Promise<ApplicationSchema> {
      const attributes = (await fields(ASK_AGAIN_MS, context)).map((field) => ({
        ...attribute(field),
        read: read.includes(field.name),
      }));
      return { accountType, attributes, entitlementTypes };
    },
  };
}

/** The flags of User that each take a feature licence, such as `UserPermissionsMarketingUser`, also known by their label. */
export function featureFlags(fields: Field[]): Named[] {
  return fields.filter(isFeatureFlag).map(({ name, label }) => ({ id: name, name, label, alias: label }));
}

function isFeatureFlag({ name, type }: Field): boolean {
  return type === 'boolean' && /^UserPermissions\w+User$/.test(name);
}

/** Whether a new user can not be without it. */
export function isRequired(field: Field): boolean {
  return field.createable && !field.nillable && !field.defaultedOnCreate && field.type !== 'boolean';
}

/** Unique whether Salesforce describes them so or not: usernames over all orgs, the others in theirs. */
const UNIQUE = new Set(['Username', 'CommunityNickname', 'FederationIdentifier']);

/** Whether somebody can sign in is changed by freezing and deactivating, not as an attribute. */
export function isOfStatus({ name }: Field): boolean {
  return name === 'IsActive';
}

/** The values it takes, where it takes no others. */
export function activeValues({ restrictedPicklist, picklistValues }: Field): string[] | undefined {
  if (restrictedPicklist !== true) return undefined;
  return picklistValues?.filter(({ active }) => active).map(({ value }) => value);
}

function attribute(field: Field): Omit<AttributeDescription, 'read'> {
  const picklist = activeValues(field);
  const entitlementType = isFeatureFlag(field) ? 'feature-license' : SET_BY_GRANT[field.name];
  return {
    name: field.name,
    label: field.label,
    type: TYPES[field.type] ?? 'string',
    required: isRequired(field),
    unique: field.unique || UNIQUE.has(field.name),
    writable: (field.createable || field.updateable) && !isOfStatus(field),
    changeable: field.updateable && !isOfStatus(field),
    ...(field.length > 0 ? { length: field.length } : {}),
    ...(picklist ? { picklist } : {}),
    ...(entitlementType ? { entitlementType } : {}),
  };
}

const SET_BY_GRANT: Record<string, KnownType> = { ProfileId: 'profile', UserRoleId: 'role' };

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
