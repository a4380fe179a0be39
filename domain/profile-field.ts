/** Profile fields: what the directory can know of a person. Names follow SCIM's core and enterprise user. */
import { isDate, isTimeZone } from './due.ts';
import { matchesGlob } from './glob.ts';

export const PROFILE_FIELD_TYPES = ['text', 'number', 'boolean', 'date'] as const;

/** text: one line. number: a decimal number such as 12.5. boolean: true or false. date: 2026-11-24. */
export type ProfileFieldType = (typeof PROFILE_FIELD_TYPES)[number];

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

/** Why a value is not of the field's type or format, or undefined. No value is no fault. Takes time linear in the value. */
export function valueProblem(
  { type, format }: Pick<ProfileField, 'type' | 'format'>,
  text: string,
): string | undefined {
  if (text === '') return undefined;
  if (type !== 'text') return TYPES[type].is(text) ? undefined : TYPES[type].problem;
  if (format === null) return undefined;
  const known = FORMATS.get(format);
  if (known) return known.is(text) ? undefined : known.problem;
  return matchesGlob(text, format) ? undefined : `must look like ${format}`;
}

interface Kind {
  is: (text: string) => boolean;
  problem: string;
}

const TYPES: Record<Exclude<ProfileFieldType, 'text'>, Kind> = {
  // One way to write each, and no more digits than a double keeps.
  number: {
    is: (text) => text !== '-0' && /^-?(0|[1-9]\d*)(\.\d*[1-9])?$/.test(text) && text.replace(/\D/g, '').length <= 15,
    problem: 'must be a number written such as 12.5: at most 15 digits, no zeros before or after',
  },
  boolean: { is: (text) => text === 'true' || text === 'false', problem: 'must be true or false' },
  date: { is: isDate, problem: 'must be a calendar day written YYYY-MM-DD' },
};

/** The formats that have a name; any other is a pattern. */
export const FORMATS: ReadonlyMap<string, Kind> = new Map<string, Kind>([
  ['email', { is: isEmail, problem: 'must be an e-mail address' }],
  ['country', { is: (text) => /^[A-Z]{2}$/.test(text), problem: 'must be a two-letter country code such as DE' }],
  ['time-zone', { is: isTimeZone, problem: 'must be an IANA time zone such as Europe/Berlin' }],
]);

/** One @ with something before it, and behind it something with a dot in the middle. */
function isEmail(text: string): boolean {
  const [local, domain, ...more] = text.split('@');
  if (!local || !domain || more.length > 0 || /\s/.test(text)) return false;
  return domain.slice(1, -1).includes('.');
}

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
