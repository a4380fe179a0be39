/** Attributes that Salesforce would refuse, told from the description of their object alone. */
import type { IntendedChange } from '#connectors/connector.ts';
import { ConnectorError } from '#connectors/errors.ts';
import type { AttributeValue } from '#domain/account.ts';
import { isDate } from '#domain/due.ts';
import { activeValues, isOfStatus, isRequired, type Field } from './describe.ts';
import { isRecordId } from './ids.ts';
import { nearNames } from '#domain/near-names.ts';

/** All of them. Each names its attribute, the value, what is allowed and what to do. */
export function attributeFaults(
  { account, attributes, entitlements }: IntendedChange,
  fields: Field[],
): ConnectorError[] {
  const creates = account === undefined;
  const byName = new Map(fields.map((field) => [field.name.toLowerCase(), field]));
  const given = new Map(Object.entries(attributes).map(([name, value]) => [name.toLowerCase(), value]));
  const hasProfile = entitlements.some(({ type }) => type === 'profile');
  const faults = Object.entries(attributes).flatMap(([name, value]) => {
    const field = byName.get(name.toLowerCase());
    if (!field) return noSuchAttribute(name, fields, creates);
    return (isWritable(field, creates) ? valueFault(field, value, creates) : notWritable(field, creates)) ?? [];
  });
  if (!creates) return faults;
  const missing = fields
    .filter((field) => isRequired(field) && !(field.name === 'ProfileId' && hasProfile))
    .filter(({ name }) => !given.has(name.toLowerCase()));
  return [...faults, ...missing.map(missingFault)];
}

function isWritable(field: Field, creates: boolean): boolean {
  return (creates ? field.createable : field.updateable) && !isOfStatus(field);
}

function valueFault(field: Field, value: AttributeValue, creates: boolean): ConnectorError | undefined {
  const form = formFault(field, value);
  if (form && field.type === 'boolean') return form;
  if (value === null || value === '' || (typeof value === 'string' && value.trim() === '' && !form))
    return field.nillable || (creates && field.defaultedOnCreate) ? undefined : missingFault(field);
  if (form || typeof value !== 'string') return form;
  const allowed = activeValues(field);
  const wrong = allowed && valuesIn(field, value).find((one) => !allowed.includes(one));
  if (wrong !== undefined) {
    return fault(field, `${JSON.stringify(wrong)} is not one of its active values`, {
      code: 'INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST',
      remedy: `use one of its values, such as ${nearNames(wrong, allowed ?? []).join(', ')}: correct the mapping, or the person's profile`,
    });
  }
  const { length } = value.trim();
  if (!isText(field) || length <= field.length) return undefined;
  return fault(field, `${JSON.stringify(value)} has ${length} characters, at most ${field.length} fit`, {
    code: 'STRING_TOO_LONG',
    remedy: "shorten it in the mapping, or in the person's profile",
  });
}

/** What a value of each type of field looks like; every other type is text. */
const FORMS: Record<string, { takes: string; isRight: (value: AttributeValue, field: Field) => boolean }> = {
  boolean: { takes: 'true or false', isRight: (value) => typeof value === 'boolean' },
  int: { takes: 'a whole number', isRight: (value) => Number.isInteger(value) },
  double: { takes: 'a number', isRight: (value) => typeof value === 'number' },
  currency: { takes: 'a number', isRight: (value) => typeof value === 'number' },
  percent: { takes: 'a number', isRight: (value) => typeof value === 'number' },
  date: { takes: 'a day such as 2026-11-24', isRight: text(isDate) },
  datetime: {
    takes: 'an instant such as 2026-11-24T09:00:00Z',
    isRight: text((value) => INSTANT.test(value) && isDate(value.slice(0, 10))),
  },
  reference: { takes: 'the id of a record that it can point to', isRight: text(canPointTo) },
  email: { takes: 'an e-mail address', isRight: text((value) => EMAIL.test(value.trim())) },
};

type IsRight = (value: string, field: Field) => boolean;

function text(isRight: IsRight): (value: AttributeValue, field: Field) => boolean {
  return (value, field) => typeof value === 'string' && isRight(value, field);
}

/** How the ids of objects begin that people's records point to. */
const PREFIXES: Record<string, string> = { User: '005', Group: '00G', Account: '001', Contact: '003' };

function canPointTo(id: string, { referenceTo = [] }: Field): boolean {
  if (!isRecordId(id)) return false;
  const prefixes = referenceTo.map((object) => PREFIXES[object]);
  return prefixes.length === 0 || prefixes.some((prefix) => prefix === undefined || id.startsWith(prefix));
}

const INSTANT = /^\d{4}-\d\d-\d\dT([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,3})?)?(Z|[+-]\d\d:?\d\d)$/;
const EMAIL = /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*\.[A-Za-z0-9-]{2,}$/;

/** A username is text to `describe`, and has to look like an e-mail address all the same. */
function formFault(field: Field, value: AttributeValue): ConnectorError | undefined {
  const form = FORMS[field.name === 'Username' ? 'email' : field.type];
  if (form ? form.isRight(value, field) : typeof value === 'string') return undefined;
  const says = `${JSON.stringify(value)} is not ${form?.takes ?? 'text'}`;
  return fault(field, says, {
    code: field.type === 'email' ? 'INVALID_EMAIL_ADDRESS' : 'JSON_PARSER_ERROR',
    remedy: "correct the mapping, or the person's profile",
  });
}

/** Several values of a multi-select picklist are one text. */
function valuesIn({ type }: Field, value: string): string[] {
  return type === 'multipicklist' ? value.split(';').map((one) => one.trim()) : [value.trim()];
}

function isText({ type, length }: Field): boolean {
  return length > 0 && type !== 'reference' && type !== 'id';
}

function missingFault(field: Field): ConnectorError {
  return fault(field, 'an account can not be without it', {
    code: 'REQUIRED_FIELD_MISSING',
    remedy:
      field.name === 'ProfileId'
        ? 'give a profile among the birthrights'
        : "map it, and see that the person's profile has a value for it",
  });
}

function notWritable(field: Field, creates: boolean): ConnectorError {
  return fault(field, `we may not set it when we ${creates ? 'create' : 'change'} an account`, {
    code: 'INVALID_FIELD_FOR_INSERT_UPDATE',
    remedy: 'take it out of the mappings, or let the user we run as edit it (field-level security)',
  });
}

function noSuchAttribute(name: string, fields: Field[], creates: boolean): ConnectorError {
  const near = nearNames(
    name,
    fields.filter((field) => isWritable(field, creates)).map((field) => field.name),
  );
  return new ConnectorError('invalid-data', `salesforce: ${name}: there is no such field that we may see`, {
    code: 'INVALID_FIELD',
    fields: [name],
    remedy: `did you mean ${near.join(', ')}?`,
  });
}

function fault(field: Field, says: string, facts: { code: string; remedy: string }): ConnectorError {
  return new ConnectorError('invalid-data', `salesforce: ${field.name} (${field.label}): ${says}`, {
    ...facts,
    fields: [field.name],
  });
}
