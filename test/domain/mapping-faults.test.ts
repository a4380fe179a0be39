/** Rules that an application's own description shows to be wrong: each is named, with what was meant. */
import { describe, expect, it } from 'vitest';
import { ALL_TOGGLES, type Application } from '#domain/application.ts';
import type { AttributeDescription, Schema } from '#domain/application-schema.ts';
import { createExpressions } from '#domain/expression.ts';
import { grantFaults } from '#domain/grant-faults.ts';
import type { AttributeMapping } from '#domain/mapping.ts';
import { mappingFaults } from '#domain/mapping-faults.ts';
import { personFaults } from '#domain/person-faults.ts';
import type { Person } from '#domain/person.ts';
import { DEFAULT_PROFILE_FIELDS } from '#domain/profile-field.ts';
import { PLAIN_APPLICATION } from '../support/plain-application.ts';

const expressions = createExpressions(DEFAULT_PROFILE_FIELDS);

const attribute = (name: string, more: Partial<AttributeDescription> = {}): AttributeDescription => ({
  name,
  label: name,
  type: 'string',
  required: false,
  unique: false,
  writable: true,
  changeable: true,
  read: true,
  ...more,
});

const schema: Schema = {
  accountType: 'User',
  attributes: [
    attribute('Username', { required: true, unique: true, length: 20 }),
    attribute('Department', { length: 10 }),
    attribute('Division'),
    attribute('Grade', { type: 'number' }),
    attribute('Remote', { type: 'boolean' }),
    attribute('Hired', { type: 'date' }),
    attribute('Locale', { type: 'picklist', picklist: ['de_DE', 'en_GB', 'en_US'] }),
    attribute('Notes', { read: false }),
    attribute('Origin', { changeable: false }),
    attribute('LastLogin', { type: 'date', writable: false }),
    attribute('ProfileId', { type: 'reference', required: true, entitlementType: 'profile' }),
  ],
  entitlementTypes: [
    { type: 'profile', label: 'Profile', carried: true },
    { type: 'role', label: 'Role', carried: false, single: true },
    { type: 'permission-set', label: 'Permission set', carried: false },
    { type: 'queue', label: 'Queue', carried: false, definable: true },
  ],
  entitlements: [
    { type: 'profile', name: 'Standard', label: 'Standard' },
    { type: 'role', name: 'Rep', label: 'Sales Representative' },
    { type: 'role', name: 'Boss', label: 'Leads' },
    { type: 'role', name: 'Chief', label: 'Leads' },
    { type: 'permission-set', name: 'Sales_Console', label: 'Sales Console' },
  ],
};

const username: AttributeMapping = { attribute: 'Username', expression: 'lower(email)' };
const standard = { type: 'profile', name: 'Standard' };

const application = (more: Partial<Application>): Application => ({
  ...PLAIN_APPLICATION,
  mappings: [username],
  correlation: [{ attribute: 'Username', expression: 'lower(email)' }],
  birthrights: [{ when: 'true', grant: [standard] }],
  ...more,
});

const told = ({ field, problem }: { field: string; problem: string }) => `${field}: ${problem}`;
const faultsOf = (more: Partial<Application>) => mappingFaults(application(more), schema, expressions).map(told);
const mapped = (...mappings: AttributeMapping[]) => faultsOf({ mappings: [username, ...mappings] });

describe('a mapping', () => {
  it.each<[AttributeMapping, string]>([
    [
      { attribute: 'Departmnt', field: 'department' },
      'mappings.Departmnt: User has no attribute "Departmnt" that we may see; did you mean Department, ',
    ],
    [{ attribute: 'department', field: 'department' }, 'mappings.department: User has no attribute "department"'],
    [{ attribute: 'LastLogin', field: 'startDate' }, 'mappings.LastLogin: LastLogin can not be written'],
    [
      { attribute: 'Origin', field: 'country' },
      'mappings.Origin: Origin can be set when an account is made, and not changed: set onCreateOnly',
    ],
    [
      { attribute: 'ProfileId', constant: '00e' },
      'mappings.ProfileId: ProfileId is set by what is granted: grant a profile instead',
    ],
    [
      { attribute: 'Grade', field: 'title' },
      'mappings.Grade: gives text, and Grade takes a number; toNumber(…) makes it that',
    ],
    [{ attribute: 'Remote', expression: 'size(title)' }, 'mappings.Remote: gives a number, and Remote takes yes or no'],
    [
      { attribute: 'Department', expression: 'title == ""' },
      'mappings.Department: gives yes or no, and Department takes text; text(…) makes it that',
    ],
    [{ attribute: 'Department', constant: 7 }, 'mappings.Department: 7 is a number, and Department takes text'],
    [
      { attribute: 'Department', constant: 'Manufacturing' },
      'mappings.Department: "Manufacturing" has more than 10 characters',
    ],
    [
      { attribute: 'Department', field: 'department', default: 'Manufacturing' },
      'mappings.Department.default: "Manufacturing" has more than 10 characters',
    ],
    [{ attribute: 'Locale', constant: 'de_UK' }, 'mappings.Locale: "de_UK" is not one of its values, such as de_DE'],
    [{ attribute: 'Hired', constant: 'soon' }, 'mappings.Hired: "soon" is not a day such as 2026-11-24'],
    [
      { attribute: 'Department', field: 'department', alternatives: ['"x"', 'number'] },
      'mappings.Department.alternatives.1: gives a number',
    ],
  ])('%j is refused', (mapping, fault) => {
    expect(mapped(mapping)).toEqual([expect.stringContaining(fault)]);
  });

  it('may not give everybody the same where the attribute is unique', () => {
    const problem = 'Username is unique there: the same value for everybody fits one person only';
    expect(faultsOf({ mappings: [{ attribute: 'Username', constant: 'ada' }] })).toEqual([
      `mappings.Username: ${problem}`,
    ]);
    expect(faultsOf({ mappings: [{ ...username, default: 'ada' }] })).toEqual([
      `mappings.Username.default: ${problem}`,
    ]);
  });

  it.each<AttributeMapping>([
    { attribute: 'Department', field: 'department', default: 'Staff' },
    { attribute: 'Department', expression: 'title' },
    { attribute: 'Origin', field: 'country', onCreateOnly: true },
    { attribute: 'Grade', expression: 'size(title)' },
    { attribute: 'Grade', constant: 3 },
    { attribute: 'Remote', expression: 'title == "x"' },
    { attribute: 'Locale', constant: 'DE_de' },
    { attribute: 'Locale', constant: 'de_DE;en_GB' },
    { attribute: 'Hired', field: 'startDate' },
    { attribute: 'Hired', constant: '2026-11-24' },
  ])('%j is right', (mapping) => {
    expect(mapped(mapping)).toEqual([]);
  });
});

describe('an entitlement that protects', () => {
  it.each([
    ['"profile Standard" in entitlements', []],
    ['"Standard" in entitlements', ['protect.0: "Standard" is no entitlement: write its type and name']],
    [
      'entitlements.exists(e, e == "role Sales Representative")',
      ['protect.0: there is no "role Sales Representative" that we may see; did you mean role '],
    ],
    ['entitlements.exists(e, e.startsWith("profile"))', []],
  ])('by name is one that accounts hold: %s', (condition, faults) => {
    expect(faultsOf({ protect: [condition] })).toEqual(faults.map((fault) => expect.stringContaining(fault)));
  });
});

describe('an attribute that accounts are read without', () => {
  const notRead = 'accounts are read without Notes: add it to settings.extraFields';

  it('is not mapped, since a plan could not tell whether it changed, but for new accounts', () => {
    const problem = `mappings.Notes: ${notRead}, so that a plan can tell whether it changed`;
    expect(mapped({ attribute: 'Notes', field: 'title' })).toEqual([problem]);
    expect(mapped({ attribute: 'Notes', field: 'title', onCreateOnly: true })).toEqual([]);
  });

  it('finds no account, and protects none', () => {
    expect(faultsOf({ correlation: [{ attribute: 'Notes', expression: 'email' }] })).toEqual([
      `correlation.Notes: ${notRead}`,
    ]);
    expect(
      faultsOf({ protect: ['attributes.Notes == "x" || attributes["Divison"] == "y"', 'username == "root"'] }),
    ).toEqual([
      `protect.0: ${notRead}`,
      expect.stringContaining('protect.0: User has no attribute "Divison" that we may see; did you mean Division'),
    ]);
  });
});

describe('an import mapping', () => {
  const read = (importMapping: object) =>
    faultsOf({ importMappings: [{ field: 'employeeNumber', attribute: 'Username' }, importMapping as never] });

  it('reads what accounts are read with, and what the field takes', () => {
    expect(read({ field: 'title', attribute: 'Grade' })).toEqual([]);
    expect(read({ field: 'title', attribute: 'Departmant' })).toEqual([
      expect.stringContaining('importMappings.title: User has no attribute "Departmant" that we may see'),
    ]);
    const notRead = 'importMappings.title: accounts are read without Notes: add it to settings.extraFields';
    expect(read({ field: 'title', attribute: 'Notes' })).toEqual([notRead]);
    expect(read({ field: 'title', expression: 'upper(attributes["Notes"])' })).toEqual([notRead]);
  });

  it('gives a field of numbers no yes or no', () => {
    const typed = createExpressions([{ name: 'rank', type: 'number' }]);
    const importMappings = [{ field: 'rank', attribute: 'Remote' }];
    const faults = mappingFaults(application({ importMappings }), schema, typed).map(told);
    expect(faults).toContain('importMappings.rank: gives yes or no, and rank takes a number');
  });
});

describe('what an account can not be without', () => {
  const nothing = { mappings: [], birthrights: [] };

  it('has to be mapped or granted', () => {
    expect(faultsOf(nothing)).toEqual([
      'mappings.Username: is missing: an account can not be without it',
      'birthrights: none grants a profile: an account can not be without one',
    ]);
  });

  it('matters only where accounts are made', () => {
    expect(faultsOf({ ...nothing, mode: 'link-only' })).toEqual([]);
    expect(faultsOf({ ...nothing, toggles: { ...ALL_TOGGLES, createUser: false } })).toEqual([]);
  });
});

it('a correlation rule names an attribute that is there', () => {
  expect(faultsOf({ correlation: [{ attribute: 'Usernam', expression: 'email' }] })).toEqual([
    expect.stringContaining(
      'correlation.Usernam: User has no attribute "Usernam" that we may see; did you mean Username,',
    ),
  ]);
});

describe('what is granted', () => {
  const granted = (grant: { type: string; name: string }[], of = schema) =>
    grantFaults(application({ birthrights: [{ when: 'true', grant }] }), of).map(told);

  it.each([
    [
      { type: 'permision-set', name: 'x' },
      '"permision-set" is not a type of entitlement there; it must be one of profile, role,',
    ],
    [
      { type: 'permission-set', name: 'Sales_Consle' },
      'there is no permission-set "Sales_Consle" that we may see; did you mean Sales_Console?',
    ],
    [{ type: 'role', name: 'leads' }, '"leads" is the label of role "Boss" and "Chief": use the name'],
    [{ type: 'role', name: 'Sales Representative' }, 'is the label of role "Rep": use the name'],
    [{ type: 'queue', name: 'Support' }, 'there is no queue that we may see'],
  ])('%j is refused', (entitlement, problem) => {
    expect(granted([standard, entitlement])).toEqual([expect.stringContaining(problem)]);
  });

  it('is known by its name in any case', () => {
    expect(granted([{ type: 'permission-set', name: 'sales_console' }])).toEqual([]);
  });

  it('can not be checked by name where the application lists none', () => {
    const { entitlements: _entitlements, ...unlisted } = schema;
    expect(granted([{ type: 'role', name: 'Nobody' }], unlisted)).toEqual([]);
  });

  it('is not twice what is held once', () => {
    expect(
      granted([
        { type: 'role', name: 'Rep' },
        { type: 'role', name: 'Boss' },
      ]),
    ).toEqual(['birthrights.0.grant: an account has one role, and this grants "Rep" and "Boss"']);
  });

  it('where accounts hold nothing is nothing', () => {
    expect(granted([standard], { ...schema, entitlementTypes: [] })).toEqual([
      'birthrights.0.grant.0: "profile" can not be granted: a User holds no entitlements',
    ]);
  });

  it.each([
    ['public-group', '"public-group" is not a type of entitlement there'],
    ['role', 'an account has one role: groups can not be pushed as that'],
    ['permission-set', 'a permission-set can not be made there: groups can be pushed as queue'],
  ])('by group push is not a %s', (type, problem) => {
    const pushing = application({ groupPush: [{ groups: ['*'], type, name: 'group' }] });
    expect(grantFaults(pushing, schema).map(told)).toEqual([expect.stringContaining(`groupPush.0.type: ${problem}`)]);
  });
});

describe('what the rules give for one person', () => {
  const ada: Person = {
    employeeNumber: 'E1',
    status: 'active',
    profile: { email: 'ada@x.example', department: 'Sales' },
  };
  const given = (more: Partial<Application>, person = ada) =>
    personFaults(application(more), schema, person, expressions).map(told);
  const value = (mapping: AttributeMapping, person = ada) => given({ mappings: [username, mapping] }, person);
  const inDepartment = (department: string) => ({ ...ada, profile: { ...ada.profile, department } });

  it('is nothing where everything fits', () => {
    expect(value({ attribute: 'Department', field: 'department' })).toEqual([]);
  });

  it('may be too long, not among the values, or not computable', () => {
    expect(value({ attribute: 'Department', field: 'department' }, inDepartment('Manufacturing'))).toEqual([
      'mappings.Department: has more than 10 characters',
    ]);
    expect(value({ attribute: 'Locale', field: 'department' })).toEqual(['mappings.Locale: is not one of its values']);
    expect(value({ attribute: 'Division', expression: 'department.split("-")[1]' })).toEqual([
      expect.stringContaining('mappings.Division: can not be computed: expression department.split("-")[1]:'),
    ]);
  });

  it('may lack what an account can not be without', () => {
    const { email: _email, ...profile } = ada.profile;
    expect(given({}, { ...ada, profile })).toEqual([
      'mappings.Username: is empty, and an account can not be without it',
    ]);
    expect(given({ birthrights: [{ when: 'department == "IT"', grant: [standard] }] })).toEqual([
      'birthrights: give no profile, and an account can not be without one',
    ]);
  });

  it('is nothing for whom the application is not', () => {
    expect(given({ scope: 'department == "IT"', birthrights: [] })).toEqual([]);
  });

  it('ends with a scope that can not be computed', () => {
    expect(given({ scope: 'department.split("-")[1] == "x"' })).toEqual([
      expect.stringContaining('scope: can not be computed'),
    ]);
  });
});
