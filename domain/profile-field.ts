/** Profile fields: what the directory can know of a person. Names follow SCIM's core and enterprise user. */

/** text: one line. number: a decimal number such as 12.5. boolean: true or false. date: 2026-11-24. */
export type ProfileFieldType = 'text' | 'number' | 'boolean' | 'date';

export interface ProfileField {
  name: string;
  label: string;
  type: ProfileFieldType;
  /** Nobody is without it. */
  required: boolean;
  /** No two people have the same, without regard to case. */
  unique: boolean;
  /** What a text must look like: `email`, `country`, `time-zone`, or a glob such as `CC-*`; null: anything. */
  format: string | null;
  /** Added by an administrator; the default fields cannot be removed. */
  custom: boolean;
}

/** Field values of one person, as canonical text whatever the type; an absent field and null both mean "not known". */
export type Profile = Record<string, string | null>;

/** The fields every directory starts with. `employeeNumber` is the key and stands beside them, not among them. */
export const DEFAULT_PROFILE_FIELDS: readonly ProfileField[] = [
  field('givenName', 'First name'),
  field('familyName', 'Last name', { required: true }),
  field('displayName', 'Display name'),
  field('email', 'Work e-mail', { required: true, format: 'email' }),
  field('privateEmail', 'Private e-mail', { format: 'email' }),
  field('phone', 'Work phone'),
  field('mobile', 'Mobile phone'),
  field('title', 'Job title'),
  field('department', 'Department'),
  field('division', 'Division'),
  field('company', 'Company'),
  field('costCenter', 'Cost centre'),
  field('managerEmployeeNumber', 'Manager (employee number)'),
  field('street', 'Street'),
  field('city', 'City'),
  field('region', 'State or region'),
  field('postalCode', 'Postal code'),
  field('country', 'Country (ISO 3166 code)', { format: 'country' }),
  field('timeZone', 'Time zone (IANA name)', { format: 'time-zone' }),
  field('language', 'Language'),
];

function field(name: string, label: string, more: Partial<ProfileField> = {}): ProfileField {
  return { name, label, type: 'text', required: false, unique: false, format: null, custom: false, ...more };
}

/** A field's text as what it stands for; null when it is not known, or not what the field takes any more. */
export function typedValue(type: ProfileFieldType, text: string | null): string | number | boolean | null {
  if (text === null || text === '') return null;
  if (type === 'number') return Number.isFinite(Number(text)) ? Number(text) : null;
  if (type === 'boolean') return text === 'true' ? true : text === 'false' ? false : null;
  return text;
}
