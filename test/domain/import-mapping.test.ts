/** People read off their accounts: by what is mapped for it, or by attribute mappings turned round. */
import { describe, expect, it } from 'vitest';
import type { Account, Attributes } from '#domain/account.ts';
import type { Application } from '#domain/application.ts';
import { createExpressions, ExpressionError } from '#domain/expression.ts';
import { importRuleFaults } from '#domain/import-faults.ts';
import { importedPerson, importMappingsOf, type ImportMapping } from '#domain/import-mapping.ts';
import { DEFAULT_PROFILE_FIELDS, type ProfileField } from '#domain/profile-field.ts';
import { PLAIN_APPLICATION } from '../support/plain-application.ts';

const field = (name: string, more: Partial<ProfileField>): ProfileField => ({
  name,
  label: name,
  type: 'text',
  required: false,
  unique: false,
  format: null,
  custom: true,
  ...more,
});
const fields = [
  ...DEFAULT_PROFILE_FIELDS,
  field('desk', { unique: true }),
  field('grade', { type: 'number' }),
  field('remote', { type: 'boolean' }),
  field('birthday', { type: 'date' }),
];
const expressions = createExpressions(fields);

const account = (attributes: Attributes, more: Partial<Account> = {}): Account => ({
  nativeId: '1',
  username: 'ada@acme.example',
  status: 'active',
  attributes,
  entitlements: [],
  ...more,
});
const read = (mappings: ImportMapping[], attributes: Attributes, more: Partial<Account> = {}) =>
  importedPerson(mappings, account(attributes, more), fields, expressions);
const derived = (application: Partial<Application>) => importMappingsOf({ ...PLAIN_APPLICATION, ...application });

describe('what an account says of its person', () => {
  it('is an attribute, a constant, or what an expression makes of the account', () => {
    const mappings = [
      { field: 'employeeNumber', attribute: 'Number' },
      { field: 'company', constant: 'Acme' },
      { field: 'email', expression: 'lower(attributes["Mail"])' },
      { field: 'title', expression: '"role CEO" in entitlements ? "Chief" : ""' },
      { field: 'displayName', expression: 'username.split("@")[0]' },
    ];
    const entitlements = [{ type: 'role', name: 'CEO' }];
    expect(read(mappings, { Number: ' E1 ', Mail: 'ADA@acme.example' }, { entitlements })).toEqual({
      employeeNumber: 'E1',
      profile: { company: 'Acme', email: 'ada@acme.example', title: 'Chief', displayName: 'ada' },
    });
  });

  it('is left out where it is empty, the number too', () => {
    const mappings = [
      { field: 'employeeNumber', attribute: 'Number' },
      { field: 'title', attribute: 'Title' },
      { field: 'city', attribute: 'City' },
      { field: 'startDate', attribute: 'Hired' },
    ];
    expect(read(mappings, { Number: null, Title: '  ' })).toEqual({ profile: {} });
  });

  it('is written as profile fields are: one line, numbers and yes/no as text, days without their time', () => {
    const mappings = ['street', 'grade', 'remote', 'birthday', 'startDate'].map((name) => ({
      field: name,
      attribute: name,
    }));
    const attributes = {
      street: 'Main\tSt 1\r\n2nd floor',
      grade: 12.5,
      remote: false,
      birthday: '1990-05-06',
      startDate: '2020-02-03T10:00:00.000+0000',
    };
    expect(read(mappings, attributes)).toEqual({
      startDate: '2020-02-03',
      profile: { street: 'Main St 1, 2nd floor', grade: '12.5', remote: 'false', birthday: '1990-05-06' },
    });
  });

  it('can not be told where an expression can not be computed', () => {
    const mappings = [{ field: 'title', expression: 'attributes["Title"].split(" ")[3]' }];
    expect(() => read(mappings, { Title: 'Boss' })).toThrow(ExpressionError);
  });
});

describe('attribute mappings turned round', () => {
  it('are those that take a field as it is, cut, trimmed, in other case, or where it is known; not what more is made of', () => {
    const mappings = [
      { attribute: 'EmployeeNumber', expression: 'left(employeeNumber, 20)' },
      { attribute: 'LastName', field: 'familyName' },
      { attribute: 'FirstName', expression: 'left(trim(givenName), 40)' },
      { attribute: 'Alias', expression: 'alias(givenName, familyName)' },
      { attribute: 'Zone', expression: 'coalesce(usualTimeZone(timeZone), timeZoneOf(country))' },
      { attribute: 'Land', expression: 'coalesce(upper(country), "DE")' },
      { attribute: 'Country', expression: 'upper(country)' },
      { attribute: 'Both', expression: 'lower(city) + lower(region)' },
      { attribute: 'Either', expression: 'coalesce(division, "a") + coalesce(company, "b")' },
      { attribute: 'Fixed', expression: 'coalesce("a", division)' },
      { attribute: 'Coding', constant: 'UTF-8' },
    ];
    expect(derived({ mappings })).toEqual([
      { field: 'employeeNumber', attribute: 'EmployeeNumber' },
      { field: 'familyName', attribute: 'LastName' },
      { field: 'givenName', attribute: 'FirstName' },
      { field: 'timeZone', attribute: 'Zone' },
      { field: 'country', attribute: 'Country' },
    ]);
  });

  it('of one field several times take what takes it as it is, then its namesake, and the username last', () => {
    const username = { attribute: 'Username', field: 'email' };
    const federation = { attribute: 'FederationIdentifier', expression: 'lower(email)' };
    const email = { attribute: 'Email', expression: 'lower(email)' };
    const plain = { attribute: 'Mail', field: 'email' };
    const chosen = (...mappings: Application['mappings']) => derived({ mappings }).map(({ attribute }) => attribute);
    expect(chosen(username, federation, email, plain)).toEqual(['Mail']);
    expect(chosen(username, federation, email)).toEqual(['Email']);
    expect(chosen(username, federation)).toEqual(['FederationIdentifier']);
    expect(chosen(username)).toEqual(['Username']);
  });

  it('take no username that has a suffix behind it', () => {
    const mappings = [{ attribute: 'Username', field: 'email' }];
    expect(derived({ mappings, usernameSuffix: '.uat' })).toEqual([]);
  });

  it('take a default for nothing that is known', () => {
    const mappings = [{ attribute: 'Title', field: 'title', default: 'Staff "A"' }];
    expect(read(derived({ mappings }), { Title: 'Staff "A"' })).toEqual({ profile: {} });
    expect(read(derived({ mappings }), { Title: 'Boss' })).toEqual({ profile: { title: 'Boss' } });
  });

  it('know the number by the rule that finds accounts, where no mapping gives it', () => {
    const correlation = [
      { attribute: 'Email', expression: 'email' },
      { attribute: 'Number', expression: 'employeeNumber' },
    ];
    expect(derived({ correlation })).toEqual([{ field: 'employeeNumber', attribute: 'Number' }]);
  });

  it('count for nothing where there are import mappings', () => {
    const importMappings = [{ field: 'employeeNumber', attribute: 'Number' }];
    expect(derived({ importMappings, mappings: [{ attribute: 'Title', field: 'title' }] })).toEqual(importMappings);
  });
});

describe('import mappings are refused', () => {
  const number = { field: 'employeeNumber', attribute: 'Number' };
  const faults = (...mappings: ImportMapping[]) =>
    importRuleFaults(mappings, fields, expressions).map(({ field: name, problem }) => `${name} ${problem}`);

  it.each<[string, ImportMapping[], string]>([
    [
      'without the number',
      [{ field: 'title', attribute: 'Title' }],
      'importMappings give no employeeNumber: nobody is known without one',
    ],
    [
      'of a field that is none',
      [number, { field: 'titel', attribute: 'Title' }],
      'importMappings.titel "titel" is not a profile field; did you mean title',
    ],
    [
      'twice',
      [number, { field: 'title', attribute: 'A' }, { field: 'title', attribute: 'B' }],
      'importMappings.title is mapped more than once',
    ],
    [
      'of a person’s words',
      [number, { field: 'title', expression: 'upper(department)' }],
      'importMappings.title upper(department): Unknown variable: department',
    ],
    [
      'that give another type',
      [number, { field: 'grade', expression: 'status == "active"' }],
      'importMappings.grade gives yes or no, and grade takes a number',
    ],
    [
      'with a constant that the field does not take',
      [number, { field: 'country', constant: 'Germany' }],
      'importMappings.country "Germany" must be a two-letter country code',
    ],
    [
      'with a constant for what is one person’s own',
      [number, { field: 'desk', constant: '1' }],
      'importMappings.desk is one person’s own',
    ],
    [
      'with one number for everybody',
      [{ field: 'employeeNumber', constant: 'E1' }],
      'importMappings.employeeNumber is one person’s own',
    ],
  ])('%s', (_, mappings, problem) => {
    const [first, ...more] = faults(...mappings);
    expect(more).toEqual([]);
    expect(first).toContain(problem);
  });

  it('not otherwise', () => {
    expect(
      faults(
        number,
        { field: 'grade', expression: 'size(username)' },
        { field: 'startDate', constant: '2026-01-01' },
        { field: 'remote', constant: true },
      ),
    ).toEqual([]);
  });
});
