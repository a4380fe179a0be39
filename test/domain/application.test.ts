/** Who gets what: mappings, birthrights, correlation and the expressions they are written in. */
import { describe, expect, it } from 'vitest';
import { wantedAccount, type Application } from '#domain/application.ts';
import { correlate, correlationValues } from '#domain/correlation.ts';
import type { Account } from '#domain/account.ts';
import { createExpressions } from '#domain/expression.ts';
import { wantedAttribute, type AttributeMapping } from '#domain/mapping.ts';
import type { Person } from '#domain/person.ts';
import { DEFAULT_PROFILE_FIELDS } from '#domain/profile-field.ts';
import { PLAIN_APPLICATION } from '../support/plain-application.ts';

const expressions = createExpressions(DEFAULT_PROFILE_FIELDS);

const person: Person = {
  employeeNumber: 'E7',
  status: 'active',
  profile: { givenName: 'Zoë', familyName: 'Ångström', email: 'Zoe@X.example', department: 'Sales', country: 'DE' },
};

const application: Application = {
  ...PLAIN_APPLICATION,
  mappings: [
    { attribute: 'Username', expression: 'lower(email)', onCreateOnly: true },
    { attribute: 'Alias', expression: 'alias(givenName, familyName)' },
    { attribute: 'Locale', expression: 'localeOf(country)' },
    { attribute: 'Country', expression: 'coalesce(country, "US")' },
  ],
  correlation: [
    { attribute: 'EmployeeNumber', expression: 'employeeNumber' },
    { attribute: 'Username', expression: 'lower(email)' },
  ],
  birthrights: [
    {
      when: 'department == "Sales"',
      grant: [
        { type: 'profile', name: 'Sales User' },
        { type: 'permission-set', name: 'Console' },
      ],
    },
    { when: 'department == "IT"', grant: [{ type: 'permission-set', name: 'Tools' }] },
    {
      when: 'true',
      grant: [
        { type: 'profile', name: 'Standard User' },
        { type: 'permission-set', name: 'Reader' },
      ],
    },
  ],
};

const types = [
  { type: 'profile', label: 'Profile', carried: true },
  { type: 'permission-set', label: 'Permission set', carried: false },
];

describe('the wanted account', () => {
  const account = wantedAccount(application, types, person, expressions);

  it('has every mapped attribute', () => {
    expect(Object.fromEntries(account.attributes.map(({ attribute, value }) => [attribute, value]))).toEqual({
      Username: 'zoe@x.example',
      Alias: 'zangstro',
      Locale: 'de_DE',
      Country: 'DE',
    });
    expect(account.username).toBe('zoe@x.example');
  });

  it('takes the first profile that holds and every permission set', () => {
    expect(account.entitlements.map(({ entitlement }) => entitlement.name)).toEqual([
      'Sales User',
      'Console',
      'Reader',
    ]);
    expect(account.entitlements[0]?.reason).toBe('birthright department == "Sales"');
  });

  it('treats a field that nobody knows as empty', () => {
    const unknown = wantedAccount(application, types, { ...person, profile: { email: 'a@b.c' } }, expressions);
    expect(unknown.attributes.find(({ attribute }) => attribute === 'Alias')?.value).toBeNull();
  });
});

describe('what a mapping gives', () => {
  const typed = createExpressions([
    ...DEFAULT_PROFILE_FIELDS,
    { name: 'grade', type: 'number' },
    { name: 'remote', type: 'boolean' },
  ]);
  const profile = { ...person.profile, title: null, grade: '7.5', remote: 'false' };
  const given = (mapping: Omit<AttributeMapping, 'attribute'>, suffix = '', who: Person = { ...person, profile }) =>
    wantedAttribute(
      { attribute: 'Username', ...mapping },
      { usernameAttribute: 'Username', usernameSuffix: suffix },
      who,
      typed,
    );

  it.each([
    [{ field: 'department' }, 'Sales', 'field department'],
    [{ field: 'grade' }, 7.5, 'field grade'],
    [{ field: 'remote' }, false, 'field remote'],
    [{ field: 'employeeNumber' }, 'E7', 'field employeeNumber'],
    [{ field: 'startDate' }, null, 'field startDate'],
    [{ field: 'title' }, null, 'field title'],
    [{ field: 'title', default: 'Staff' }, 'Staff', 'default'],
    [{ field: 'remote', default: true }, false, 'field remote'],
    [{ constant: 'UTF-8' }, 'UTF-8', 'constant'],
    [{ constant: 0 }, 0, 'constant'],
    [{ expression: 'lower(email)' }, 'zoe@x.example', 'lower(email)'],
    [{ expression: 'lower(title)', default: 'none' }, 'none', 'default'],
  ])('%j is %j, by its rule', (mapping, value, rule) => {
    expect(given(mapping)).toMatchObject({ value, rule });
  });

  it('tells the username suffix where it is put behind, and only there', () => {
    expect(given({ expression: 'lower(email)' }, '.uat')).toMatchObject({
      value: 'zoe@x.example.uat',
      rule: 'lower(email) + suffix .uat',
    });
    expect(given({ constant: 'Zoe@x.UAT' }, '.uat')).toMatchObject({ value: 'Zoe@x.UAT', rule: 'constant' });
    expect(given({ field: 'title' }, '.uat')).toMatchObject({ value: null, rule: 'field title' });
  });

  it('takes a field that is not what its type says any more for unknown', () => {
    const old = { ...person, profile: { ...profile, grade: 'senior', remote: 'perhaps' } };
    expect([given({ field: 'grade' }, '', old).value, given({ field: 'remote' }, '', old).value]).toEqual([null, null]);
  });

  it('clears what is empty, unless it is to be left', () => {
    expect(given({ field: 'title' }).leaveWhenEmpty).toBe(false);
    expect(given({ field: 'title', whenEmpty: 'leave' }).leaveWhenEmpty).toBe(true);
  });
});

describe('precedence', () => {
  const birthrightsOf = (...birthrights: Application['birthrights']) =>
    wantedAccount({ ...application, birthrights }, [...types, role], person, expressions);
  const role = { type: 'role', label: 'Role', carried: false, single: true };
  const sales = { name: 'Sales', when: 'department == "Sales"', grant: [{ type: 'role', name: 'Rep' }] };

  it('says which rule gave what, by name where it has one', () => {
    expect(birthrightsOf(sales, { when: 'true', grant: [{ type: 'permission-set', name: 'Reader' }] })).toMatchObject({
      entitlements: [{ reason: 'birthright "Sales": department == "Sales"' }, { reason: 'birthright true' }],
      outranked: [],
    });
  });

  it.each([
    ['role', { type: 'role', name: 'Employee' }],
    ['profile', { type: 'profile', name: 'Standard User' }],
  ])('of a %s the first rule wins, and the others are told with what they lost to', (_type, entitlement) => {
    const first = { ...sales, grant: [{ ...entitlement, name: 'First' }] };
    const everybody = { name: 'Everybody', when: 'true', grant: [entitlement] };
    expect(birthrightsOf(first, everybody)).toMatchObject({
      entitlements: [{ entitlement: { name: 'First' } }],
      outranked: [
        {
          entitlement,
          reason: 'birthright "Everybody": true',
          by: 'birthright "Sales": department == "Sales"',
        },
      ],
    });
  });

  it('leaves nothing outranked where two rules give the same, or a type is held many times', () => {
    const again = { when: 'true', grant: [{ type: 'role', name: 'rep' }] };
    const sets = ['A', 'B'].map((name) => ({ when: 'true', grant: [{ type: 'permission-set', name }] }));
    const account = birthrightsOf(sales, again, ...sets);
    expect(account.entitlements.map(({ entitlement }) => entitlement.name)).toEqual(['Rep', 'A', 'B']);
    expect(account.outranked).toEqual([]);
  });
});

describe('alternatives', () => {
  const named = (more: Partial<Application>, alternatives: string[]): Application => ({
    ...application,
    ...more,
    mappings: [{ attribute: 'Username', expression: 'lower(email)', alternatives }],
  });
  const offered = (configured: Application, who = person) =>
    wantedAccount(configured, types, who, expressions).attributes[0]?.alternatives;
  const split = 'lower(email).split("@")';

  it('come in order, with the numbers from 2 to 20 in place of number', () => {
    const alternatives = offered(named({}, ['"zoe.b@x.example"', `${split}[0] + string(number) + "@x.example"`]));
    expect(alternatives).toHaveLength(20);
    expect(alternatives?.slice(0, 3)).toEqual(['zoe.b@x.example', 'zoe2@x.example', 'zoe3@x.example']);
    expect(alternatives?.at(-1)).toBe('zoe20@x.example');
  });

  it('do not repeat the value or one another, whatever the case, and are never empty', () => {
    expect(offered(named({}, ['email', '"b@x.example"', 'upper("b@x.example")', 'department + ""', '""']))).toEqual([
      'b@x.example',
      'Sales',
    ]);
  });

  it('are at most 30', () => {
    expect(offered(named({}, ['"a" + string(number)', '"b" + string(number)']))).toHaveLength(30);
  });

  it('are none where there is no value: the expressions may not even be computable', () => {
    const nobody = { ...person, profile: { familyName: 'Ångström' } };
    expect(offered(named({}, [`${split}[1] + string(number)`]), nobody)).toEqual([]);
  });

  it('of a username carry the suffix, and so do the username and what it is correlated by', () => {
    const sandbox = named({ usernameSuffix: '.uat' }, ['"zoe2@x.example"', '"zoe3@x.example.UAT"']);
    const { username, attributes } = wantedAccount(sandbox, types, person, expressions);
    expect(username).toBe('zoe@x.example.uat');
    expect(attributes).toMatchObject([
      { value: 'zoe@x.example.uat', alternatives: ['zoe2@x.example.uat', 'zoe3@x.example.UAT'] },
    ]);
    expect(correlationValues(sandbox, person, expressions)).toEqual([
      { attribute: 'EmployeeNumber', value: 'E7' },
      { attribute: 'Username', value: 'zoe@x.example.uat' },
    ]);
  });
});

describe('correlation', () => {
  const account = (nativeId: string, attributes: Account['attributes']): Account => ({
    nativeId,
    username: nativeId,
    status: 'active',
    attributes,
    entitlements: [],
  });

  it('lets an earlier rule win over a later one', () => {
    const candidates = [account('1', { Username: 'zoe@x.example' }), account('2', { EmployeeNumber: 'e7' })];
    expect(correlate(application, candidates, person, expressions)).toMatchObject({
      found: 'one',
      account: { nativeId: '2' },
    });
  });

  it('does not take an account that carries another person’s number, whatever else matches', () => {
    const candidates = [account('1', { Username: 'zoe@x.example', EmployeeNumber: 'E8' })];
    expect(correlate(application, candidates, person, expressions).found).toBe('none');
  });

  it('does not choose between several', () => {
    const candidates = [account('1', { EmployeeNumber: 'E7' }), account('2', { EmployeeNumber: 'E7' })];
    expect(correlate(application, candidates, person, expressions).found).toBe('several');
  });

  it('never matches on an empty value', () => {
    const nobody = { ...person, profile: {} };
    expect(correlate(application, [account('1', { Username: '' })], nobody, expressions).found).toBe('none');
  });
});

describe('expressions', () => {
  it.each([
    ['nickname + "x"', 'value', 'Unknown variable: nickname'],
    ['department', 'condition', 'gives string'],
    ['department.matches("(a+)+$")', 'condition', 'matches() is not available'],
    ['department ==', 'condition', 'Unexpected token'],
    ['[department]', 'value', 'gives list'],
    ['email + string(number)', 'value', 'Unknown variable: number'],
    ['number > 2', 'condition', 'Unknown variable: number'],
    ['email + number', 'alternative', 'no such overload'],
  ] as const)('%s is refused as a %s: %s', (expression, type, fault) => {
    expect(expressions.fault(expression, type)).toContain(fault);
  });

  it('accepts what can be stored', () => {
    expect(expressions.fault('department in ["Sales", "IT"] && country != "DE"', 'condition')).toBeUndefined();
    expect(expressions.fault('lower(email)', 'value')).toBeUndefined();
    expect(expressions.fault('email + string(number)', 'alternative')).toBeUndefined();
  });

  it.each([
    ['ascii("Zoë Müller-Groß")', 'Zoe Muller-Gross'],
    ['ascii("Łukasz Æsir, Øyvind ﬁn Þór")', 'Lukasz AEsir, Oyvind fin Thor'],
    ['ascii("O’Brien 王")', "O'Brien "],
    ['alias("Ada", "Byron-Lovelace")', 'abyronlo'],
    ['alias("", "O\'Neil 3rd")', 'oneil3rd'],
    ['alias("伟", "王")', ''],
    ['localeOf("de")', 'de_DE'],
    ['localeOf("ZZ")', 'en_US'],
    ['localeOf("ZZ", "de_CH")', 'de_CH'],
    ['localeOf("NO", "de_CH")', 'no_NO'],
    ['languageOf("BR")', 'pt_BR'],
    ['languageOf("BE")', 'nl_NL'],
    ['languageOf("PL")', 'en_US'],
    ['languageOf("PL", "pl")', 'pl'],
    ['timeZoneOf("CH")', 'Europe/Berlin'],
    ['timeZoneOf("uk")', 'Europe/London'],
    ['timeZoneOf("ZZ")', 'GMT'],
    ['timeZoneOf("", "Asia/Tokyo")', 'Asia/Tokyo'],
    ['usualTimeZone("Europe/Berlin")', 'Europe/Berlin'],
    ['usualTimeZone("Asia/Calcutta")', 'Asia/Kolkata'],
    ['usualTimeZone("UTC")', 'GMT'],
    ['usualTimeZone("Europe/Zurich")', ''],
    ['usualTimeZone("Mars/Olympus")', ''],
    ['usualTimeZone("")', ''],
  ])('%s is %j', (expression, value) => {
    expect(expressions.fault(expression, 'value')).toBeUndefined();
    expect(expressions.value(expression, person)).toBe(value);
  });
});
