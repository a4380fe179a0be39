/** What expressions speak of, by kind and by type; what is said when they are wrong. */
import { describe, expect, it } from 'vitest';
import { createExpressions, ExpressionError, RESERVED_NAMES } from '#domain/expression.ts';
import type { Person } from '#domain/person.ts';
import { DEFAULT_PROFILE_FIELDS } from '#domain/profile-field.ts';

const FIELDS = [
  ...DEFAULT_PROFILE_FIELDS,
  { name: 'level', type: 'number' as const },
  { name: 'remote', type: 'boolean' as const },
  { name: 'contractEnd', type: 'date' as const },
];
const GROUPS = [
  { name: 'Sales', label: 'Sales', rule: 'department == "Sales"', children: ['Sales EMEA'] },
  { name: 'Sales EMEA', label: 'Sales in Europe', rule: null, children: [] },
  { name: 'Seniors', label: 'Seniors', rule: 'level >= 5', children: [] },
];
const expressions = createExpressions(FIELDS, GROUPS);

function somebody(profile: Person['profile'] = {}, more: Partial<Person> = {}): Person {
  return { employeeNumber: 'E1042', status: 'active', profile, ...more };
}

describe('variables', () => {
  it.each([
    ['level * 2 + 1', { level: '12.5' }, 26],
    ['level > 3 && level != 4', { level: '5' }, true],
    ['level == 5', { level: '5' }, true],
    ['remote ? "home" : "office"', { remote: 'true' }, 'home'],
    ['remote', { remote: 'false' }, false],
    ['contractEnd < "2027"', { contractEnd: '2026-12-31' }, true],
    ['department + employeeNumber', { department: 'IT' }, 'ITE1042'],
  ])('%s of %j is %j', (expression, profile, value) => {
    expect(expressions.fault(expression, 'value')).toBeUndefined();
    expect(expressions.value(expression, somebody(profile))).toBe(value);
  });

  it.each([
    ['department', ''],
    ['contractEnd', ''],
    ['startDate', ''],
    ['remote', false],
    ['level', null],
    ['level + 1', null],
    ['text(level)', ''],
    ['level < 3 || level >= 3 || level == 3', false],
    ['level != 3', true],
  ])('%s of somebody of whom nothing is known is %j', (expression, value) => {
    expect(expressions.value(expression, somebody())).toBe(value);
    expect(expressions.value(expression, somebody({ department: null, level: null, remote: null }))).toBe(value);
  });

  it('a profile field never hides a variable, a function, or a word of the language', () => {
    const hostile = [...RESERVED_NAMES, 'left', 'toString', 'two words'].map((name) => ({
      name,
      type: 'number' as const,
    }));
    const language = createExpressions([...hostile, ...DEFAULT_PROFILE_FIELDS], GROUPS.slice(0, 2));
    const person = somebody({ department: 'Sales', toString: '7' });
    expect(language.value('left(employeeNumber, 2) + department', person)).toBe('E1Sales');
    expect(language.holds('"Sales" in groups', person)).toBe(true);
    expect(language.value('toString', person)).toBe(7);
    expect(language.value('toString', somebody())).toBeNull();
    for (const name of ['employeeNumber', 'startDate', 'groups', 'number', 'in', 'string', 'type', 'cel', '__proto__'])
      expect(RESERVED_NAMES).toContain(name);
  });
});

describe('kinds', () => {
  it('an alternative counts from 2 to 20', () => {
    const values = expressions.alternatives('lower(department) + string(number)', somebody({ department: 'IT' }));
    expect([values[0], values.at(-1), values.length]).toEqual(['it2', 'it20', 19]);
  });

  it('groups are those of the name, of the rule, and what contains them', () => {
    expect(expressions.groupsOf(somebody({ level: '7' }, { memberOf: ['Sales EMEA'] }))).toEqual([
      'Sales',
      'Sales EMEA',
      'Seniors',
    ]);
    expect(expressions.holds('"Sales" in groups', somebody({ department: 'Sales' }))).toBe(true);
    expect(expressions.holds('"Sales" in groups', somebody({ department: 'IT' }))).toBe(false);
  });

  it('what is answered to one caller can not be changed by another', () => {
    const person = somebody({ department: 'Sales' });
    expressions.groupsOf(person).push('Seniors');
    expect(expressions.groupsOf(person)).toEqual(['Sales']);
  });

  it('the name of a pushed group speaks of the group', () => {
    expect(expressions.fault('"grp_" + replace(group, " ", "_")', 'push name')).toBeUndefined();
    expect(expressions.pushName('"grp_" + replace(group, " ", "_")', { name: 'Sales EMEA', label: '' })).toBe(
      'grp_Sales_EMEA',
    );
    expect(expressions.pushName('label', { name: 'Sales', label: 'Everybody who sells' })).toBe('Everybody who sells');
  });

  const admin = {
    username: 'root@x.example',
    status: 'frozen' as const,
    attributes: { Email: 'root@x.example', Level__c: 3, IsAdmin__c: true, Title: null },
    entitlements: [{ type: 'profile', name: 'System Administrator' }],
  };

  it.each([
    ['"profile System Administrator" in entitlements', true],
    ['entitlements.exists(e, e.startsWith("profile System"))', true],
    ['status == "frozen" && username.startsWith("root@")', true],
    ['attributes["Email"].endsWith("@x.example")', true],
    ['attributes.Email == ""', false],
    ['attributes["Level__c"] == "3" && attributes["IsAdmin__c"] == "true"', true],
    ['attributes["Title"] == "" && attributes["Department"] == "" && attributes["toString"] == ""', true],
    ['attributes["Absent"].contains("x")', false],
  ])('an account condition: %s is %s', (condition, met) => {
    expect(expressions.fault(condition, 'account condition')).toBeUndefined();
    expect(expressions.meets(condition, admin)).toBe(met);
  });
});

describe('what is wrong is said on save', () => {
  it.each([
    ['departement == "Sales"', 'condition', 'Unknown variable: departement; did you mean department?'],
    ['uper(department)', 'value', 'Unknown function: uper; did you mean upper?'],
    ['department.startWith("S")', 'condition', 'Unknown function: startWith; did you mean startsWith?'],
    ['nothingLikeIt', 'value', 'Unknown variable: nothingLikeIt'],
    ['"Sales" in groups', 'group rule', 'Unknown variable: groups (known in: value, alternative, condition)'],
    ['department', 'push name', 'Unknown variable: department (known in: value, alternative, condition, group rule)'],
    ['group', 'value', 'Unknown variable: group (known in: push name)'],
    ['status == "active"', 'condition', 'Unknown variable: status (known in: account condition, account value)'],
    ['department == "x"', 'account condition', 'Unknown variable: department'],
    ['size(group)', 'push name', 'gives int, expected string'],
    ['department', 'group rule', 'gives string, expected bool'],
    ['username', 'account condition', 'gives string, expected bool'],
    ['"Sale" in groups', 'condition', '"Sale" is no group; did you mean "Sales"?'],
    ['"Marketing" in groups ? "a" : "b"', 'value', '"Marketing" is no group'],
    ['groups.exists(g, g == "Sale")', 'condition', '"Sale" is no group; did you mean "Sales"?'],
    ['groups.all(g, "Sale" != g)', 'condition', '"Sale" is no group'],
    ['groups.exists(g, g in ["Sales", "Sale"])', 'condition', '"Sale" is no group'],
    ['["Sales", "Sale"].exists(name, name in groups)', 'condition', '"Sale" is no group'],
    ['groups.filter(g, g.startsWith("S")).exists(g, g == "Sale")', 'condition', '"Sale" is no group'],
    ['groups == ["Sale"]', 'condition', '"Sale" is no group'],
    ['left(department, "3")', 'value', "'left(string, string)'; it takes string, int"],
    ['remote == "true"', 'condition', 'no such overload: bool == string'],
    ['level + department', 'value', 'no such overload: double + string'],
    ['dateDiff("week", startDate, contractEnd) > 2', 'condition', '"week" is no unit of dates: day, month, year'],
    ['dateAdd(startDate, 3, "hours")', 'value', '"hours" is no unit of dates'],
    ['level / 0 > 1', 'condition', 'divides by zero'],
    ['7 % 0', 'value', 'divides by zero'],
    ['level / 0.0', 'value', 'divides by zero'],
    ['string(level)', 'value', 'write text(...)'],
    ['attributes[username] == ""', 'account condition', 'attributes are read by their names'],
    ['attributes.exists(a, a == "")', 'account condition', 'attributes are read by their names'],
    ['department.lowerAscii()', 'value', '.lowerAscii() is not available: write lower(text)'],
    [
      'groups.exists(department, department == "x")',
      'condition',
      'can not have a variable of its own called department',
    ],
    ['groups.exists("g", true)', 'condition', 'exists'],
    ['"a" ? 1 : 2', 'value', 'Ternary condition must be bool'],
    ['', 'value', 'Unexpected token'],
  ] as const)('%s as %s: %s', (expression, type, said) => {
    expect(expressions.fault(expression, type)).toContain(said);
  });

  it('what was refused does not run either, and the error names the expression, shortened', () => {
    const long = `nickname + "${'x'.repeat(500)}"`;
    expect(() => expressions.value(long, somebody())).toThrow(ExpressionError);
    expect(() => expressions.value(long, somebody())).toThrow(
      `expression ${long.slice(0, 200)}…: Unknown variable: nickname`,
    );
    expect(() => expressions.holds('department', somebody())).toThrow('gives string, expected bool');
  });

  it('a sentence stays one, whatever was written', () => {
    expect(expressions.fault('x'.repeat(9_000), 'value')?.length).toBeLessThan(320);
    expect(expressions.fault('"'.padEnd(9_000, 'x'), 'value')?.length).toBeLessThan(320);
    expect(expressions.fault(`"${'x'.repeat(9_000)}" in groups`, 'condition')?.length).toBeLessThan(320);
  });

  it('a group that has gone since an expression was stored has no members', () => {
    expect(expressions.holds('"Marketing" in groups', somebody())).toBe(false);
  });

  it.each([
    ['int(department)', 'cannot convert to int'],
    ['groups[7]', 'out of bounds'],
    ['"a" + "\\u0000"', 'must not contain the character U+0000'],
    ['"👩".substring(0, 1)', 'must be well-formed text'],
    ['department.substring(9)', 'out of range'],
    ['dateDiff(department, "2026-01-01", "2026-01-02")', 'what is given is no unit of dates: day, month or year'],
    ['padLeft(department, 10001, "x")', 'gives more than 10000 characters'],
    ['padLeft(department, 9999, "x") + department', 'gives more than 10000 characters'],
    ['replace(padLeft("", 9999, "x"), "x", "xx")', 'gives more than 10000 characters'],
    ['glob(department, padLeft("", 300, "*")) ? "a" : "b"', 'at most 255 characters'],
  ])('%s costs its own operation: %s', (expression, said) => {
    expect(expressions.fault(expression, 'value')).toBeUndefined();
    expect(() => expressions.value(expression, somebody({ department: 'Sales' }))).toThrow(ExpressionError);
    expect(() => expressions.value(expression, somebody({ department: 'Sales' }))).toThrow(said);
  });

  it('a broken group rule is an error of what speaks of groups, and of nothing else', () => {
    const broken = createExpressions(FIELDS, [{ name: 'Odd', label: '', rule: 'int(department) > 1', children: [] }]);
    const person = somebody({ department: 'Sales' });
    expect(broken.value('department', person)).toBe('Sales');
    expect(() => broken.holds('"Odd" in groups', person)).toThrow('expression int(department) > 1:');
  });

  it('a value longer than any that HR may send, and more groups than were reckoned with, are not worked on', () => {
    expect(() => expressions.value('city', somebody({ city: 'x'.repeat(1_001) }))).toThrow('city has more than 1000');
    const memberOf = Array.from({ length: 1_001 }, (_, index) => `G${index}`);
    expect(() => expressions.holds('"Sales" in groups', somebody({}, { memberOf }))).toThrow('more than 1000 names');
    expect(expressions.value('city', somebody({ city: 'x' }, { memberOf }))).toBe('x');
  });
});
