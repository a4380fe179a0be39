/** A preview tells every rule's result for one person; what can not be computed is told beside the others. */
import { describe, expect, it } from 'vitest';
import { ALL_TOGGLES, DEFAULT_REMOVAL, type Application } from '#domain/application.ts';
import { createExpressions } from '#domain/expression.ts';
import { previewMapping } from '#domain/mapping-preview.ts';
import type { Person } from '#domain/person.ts';
import { DEFAULT_PROFILE_FIELDS } from '#domain/profile-field.ts';

const expressions = createExpressions(DEFAULT_PROFILE_FIELDS, [
  { name: 'Sales EMEA', label: 'Sales in Europe', rule: 'department == "Sales"', children: [] },
]);
const types = [
  { type: 'role', label: 'Role', carried: false, single: true },
  { type: 'public-group', label: 'Public group', carried: false },
];
const ada: Person = {
  employeeNumber: 'E1',
  status: 'active',
  profile: { email: 'Ada@x.example', department: 'Sales' },
};
const application: Application = {
  name: 'crm',
  label: 'CRM',
  connector: 'salesforce',
  settings: {},
  enabled: true,
  mode: 'provision',
  toggles: ALL_TOGGLES,
  scope: 'department == "Sales"',
  usernameAttribute: 'Username',
  usernameSuffix: '.uat',
  mappings: [
    { attribute: 'Username', expression: 'lower(email)', onCreateOnly: true, alternatives: ['"ada2@x.example"'] },
    { attribute: 'Title', field: 'title', default: 'Staff' },
    { attribute: 'Division', field: 'division', whenEmpty: 'leave' },
    { attribute: 'Building', expression: 'department.split("-")[1]' },
  ],
  correlation: [
    { attribute: 'Username', expression: 'lower(email)' },
    { attribute: 'Building', expression: 'department.split("-")[1]' },
  ],
  birthrights: [
    { name: 'Sales', when: '"Sales EMEA" in groups', grant: [{ type: 'role', name: 'Rep' }] },
    { when: 'department.split("-")[1] == "x"', grant: [{ type: 'role', name: 'Lost' }] },
    { name: 'Everybody', when: 'true', grant: [{ type: 'role', name: 'Employee' }] },
  ],
  groupPush: [{ groups: ['Sales*'], type: 'public-group', name: 'label' }],
  removal: DEFAULT_REMOVAL,
  protect: [],
  importMappings: [],
  transfer: [],
  apiReserve: 0.1,
};
const previewOf = (more: Partial<Application> = {}, person = ada) =>
  previewMapping({ ...application, ...more }, types, person, expressions);
const cause = expect.stringContaining('expression department.split("-")[1]');

describe('a preview', () => {
  it('tells every attribute, its value, where that comes from, and why there is none', () => {
    expect(previewOf().attributes).toEqual([
      {
        attribute: 'Username',
        value: 'ada@x.example.uat',
        rule: 'lower(email) + suffix .uat',
        onCreateOnly: true,
        whenEmpty: 'clear',
        alternatives: ['ada2@x.example.uat'],
      },
      {
        attribute: 'Title',
        value: 'Staff',
        rule: 'default',
        onCreateOnly: false,
        whenEmpty: 'clear',
        alternatives: [],
      },
      {
        attribute: 'Division',
        value: null,
        rule: 'field division',
        onCreateOnly: false,
        whenEmpty: 'leave',
        alternatives: [],
      },
      {
        attribute: 'Building',
        value: null,
        rule: 'department.split("-")[1]',
        onCreateOnly: false,
        whenEmpty: 'clear',
        alternatives: [],
        error: cause,
      },
    ]);
  });

  it('tells what is granted by which rule, and what another rule outranked', () => {
    const { entitlements, outranked } = previewOf();
    expect(entitlements).toEqual([
      { type: 'role', name: 'Rep', rule: 'birthright "Sales": "Sales EMEA" in groups' },
      { type: 'public-group', name: 'Sales in Europe', rule: 'group Sales EMEA' },
    ]);
    expect(outranked).toEqual([
      {
        type: 'role',
        name: 'Employee',
        rule: 'birthright "Everybody": true',
        by: 'birthright "Sales": "Sales EMEA" in groups',
      },
    ]);
  });

  it('tells what an account is found by, and each rule that can not be computed', () => {
    const { correlation, errors } = previewOf();
    expect(correlation).toEqual([{ attribute: 'Username', value: 'ada@x.example.uat', rule: 'lower(email)' }]);
    expect(errors).toEqual([
      { rule: 'birthright department.split("-")[1] == "x"', error: cause },
      { rule: 'correlation Building', error: cause },
    ]);
  });

  it('tells whether the application is for this person, and the rest all the same', () => {
    expect(previewOf().inScope).toBe(true);
    const elsewhere = previewOf({}, { ...ada, profile: { ...ada.profile, department: 'IT' } });
    expect(elsewhere).toMatchObject({ inScope: false, scope: 'department == "Sales"' });
    expect(elsewhere.entitlements).toMatchObject([{ name: 'Employee' }]);
    const broken = previewOf({ scope: 'department.split("-")[1] == "x"' });
    expect([broken.inScope, broken.errors[0]]).toEqual([null, { rule: 'scope', error: cause }]);
  });
});
