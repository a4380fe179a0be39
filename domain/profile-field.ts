/** Profile fields: what the directory can know of a person. Names follow SCIM's core and enterprise user. */

export interface ProfileField {
  name: string;
  label: string;
  required: boolean;
}

/** Field values of one person; an absent field and null both mean "not known". */
export type Profile = Record<string, string | null>;

/** The fields every directory starts with. `employeeNumber` is the key and stands beside them, not among them. */
export const DEFAULT_PROFILE_FIELDS: readonly ProfileField[] = [
  field('givenName', 'First name'),
  field('familyName', 'Last name', true),
  field('displayName', 'Display name'),
  field('email', 'Work e-mail', true),
  field('privateEmail', 'Private e-mail'),
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
  field('country', 'Country (ISO 3166 code)'),
  field('timeZone', 'Time zone (IANA name)'),
  field('language', 'Language'),
];

function field(name: string, label: string, required = false): ProfileField {
  return { name, label, required };
}
