/** Hostile expressions: refused on save, or at an end within 100 ms; and never anything but a value or an ExpressionError. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createExpressions, ExpressionError, type ExpressionType } from '#domain/expression.ts';
import { EXPRESSION_FUNCTIONS } from '#domain/expression-functions.ts';
import { matchesGlob } from '#domain/glob.ts';
import { DEFAULT_PROFILE_FIELDS } from '#domain/profile-field.ts';

const expressions = createExpressions(
  [...DEFAULT_PROFILE_FIELDS, { name: 'level', type: 'number' }, { name: 'remote', type: 'boolean' }],
  [{ name: 'Sales', label: '', rule: null, children: [] }],
);

/** As large as a person can be: every field full, in as many groups as anybody. */
const giant = {
  employeeNumber: 'E'.repeat(64),
  status: 'active' as const,
  profile: Object.fromEntries(DEFAULT_PROFILE_FIELDS.map(({ name }) => [name, 'a'.repeat(1_000)])),
  memberOf: Array.from({ length: 1_000 }, (_, index) => 'a'.repeat(290) + String(index)),
};

function many(count: number, part: string, between: string): string {
  return Array.from({ length: count }, (_, index) => part.replaceAll('#', String(index))).join(between);
}

/** Of three times the shortest: what else the machine is busy with is not the expression's doing. */
function milliseconds(work: (time: number) => void): number {
  const times = [1, 2, 3].map((time) => {
    const from = performance.now();
    work(time);
    return performance.now() - from;
  });
  return Math.min(...times);
}

describe('on save', () => {
  it.each<[string, string, string]>([
    ['10 MB of text', `"${'x'.repeat(10_000_000)}"`, 'has more than 10000 characters'],
    ['10 MB of sums', many(5_000_000, '1', '+'), 'has more than 10000 characters'],
    ['a catastrophic pattern', 'department.matches("(a+)+$")', 'matches() is not available'],
    ['one, put another way', 'department . matches\n("(a+)+$")', 'matches() is not available'],
    ['nested over groups', 'groups.exists(g, groups.exists(h, h == g + "x"))', 'inside another'],
    ['nested in a list of lists', '[1, 2].map(x, [x].filter(y, true).map(z, z)).size()', 'inside another'],
    ['nested behind a function', 'groups.all(g, size(groups.map(h, h + g)) > 1)', 'inside another'],
    [
      'nested over ten thousand parts',
      'padLeft("", 9999, "ab").split("").all(a, padLeft("", 9999, "b").split("").all(b, a != b))',
      'inside another',
    ],
    [
      'ten thousand parts, and costly',
      'padLeft("", 9999, "ab").split("").all(a, usualTimeZone(a) != "x")',
      'could take too long',
    ],
    ['doubling by names', 'cel.bind(a, "xx", cel.bind(b, a + a, b + b))', 'Unknown function: bind'],
    ['deep brackets', `${'('.repeat(4_900)}1${')'.repeat(4_900)}`, 'is nested too deeply'],
    ['deep lists', '['.repeat(9_900), 'is nested too deeply'],
    ['deep signs', `${'-'.repeat(9_900)}1`, 'is nested too deeply'],
    ['many signs', `${'!'.repeat(2_000)}true`, 'more than 500 parts'],
    ['many parts', many(600, '1', '+'), 'more than 500 parts'],
    ['a number of 9,000 digits', `groups.exists(g, text(${'9'.repeat(9_000)}) == g)`, 'a whole number may be at most'],
    ['a long list', `1 in [${many(201, '1', ',')}]`, 'Exceeded maxListElements'],
    ['the prototype', '{"a": 1}.__proto__ == {"a": 1}', '__proto__ is not available'],
    ['the prototype by index', '{"a": "b"}["__proto__"]', '__proto__ is not available'],
    ['the constructor', 'department.constructor', 'constructor is not available'],
    ['the constructor as a method', 'department.constructor("x")', 'Unknown function: constructor'],
    ['the constructor as a function', 'constructor("x")', 'Unknown function: constructor'],
    ['the constructor as a variable', 'constructor', 'constructor is not available'],
    ['the constructor of its own', 'groups.map(constructor, "x").join("")', 'of its own called constructor'],
    ['the global object', 'globalThis', 'Unknown variable: globalThis'],
    ['a type', 'string', 'Unknown variable: string'],
    ['the clock', 'timestamp("2026-01-01T00:00:00Z").getHours() > 1', 'Unknown function: '],
    ['JSON', 'bytes("{}").json()', 'Unknown function: json'],
    [
      'failures that are survived, by the thousand',
      `groups.exists(g, ${many(40, '[""][1] == g', ' || ')})`,
      'could take too long',
    ],
    [
      'failures far behind in the expression',
      `groups.exists(g, ${' '.repeat(9_000)}[""][1] == g || [""][2] == g)`,
      'could take too long',
    ],
    [
      'search in search in search',
      many(8, 'padLeft("", 10000, "a").lastIndexOf(padLeft("b", 5000, "a"))', ' + '),
      'could take too long',
    ],
  ])('%s is refused within 100 ms', (_name, expression, said) => {
    let fault: string | undefined;
    expect(milliseconds((time) => (fault = expressions.fault(expression + ' '.repeat(time), 'value')))).toBeLessThan(
      100,
    );
    expect(fault).toContain(said);
    expect(fault?.length).toBeLessThan(500);
  });
});

describe('at run time', () => {
  // Each is near the most that is accepted; what it does is written so that nothing ends early.
  it.each([
    ['sums of a thousand characters', `size(${many(200, 'department', ' + ')})`],
    ['lists out of lists', `(${many(7, 'groups', ' + ')}).size()`],
    ['a list compared with itself, copied', many(20, '(groups + [] == groups + [])', ' && ')],
    ['numbers for every group', `groups.all(g, ${many(110, '1', ' + ')} > 3)`],
    ['comparisons for every group', `groups.all(g, ${many(60, 'g > "#"', ' && ')})`],
    ['a glob for every group', 'groups.all(g, !glob(g, "*a*a*a*a*a*b"))'],
    ['the slowest glob', 'glob(padLeft("", 10000, "a"), "*" + padLeft("b", 150, "a"))'],
    ['the slowest search', 'padLeft("", 10000, "a").lastIndexOf(padLeft("", 5000, "a") + "b")'],
    ['a search for every group', 'groups.all(g, !g.contains(right(department, 140) + "b"))'],
    ['a replacement for every group', 'groups.map(g, replace(g, "a", "b")).size()'],
    ['small letters for every group', 'groups.map(g, lower(left(g, 100)) + upper(g)).size()'],
    ['a failure for every group', 'groups.exists(g, [""][1] == g || [""][2] == g) || true'],
    ['words', many(30, 'size(properCase(word(department, 1)))', ' + ')],
    ['letters spelled out', many(3, 'size(ascii(padLeft("", 10000, "é")))', ' + ')],
    ['the parts of a text', 'department.split("").map(x, x + "-").join("").size()'],
    ['dates', many(60, 'dateAdd("2020-01-31", #, "month")', ' + ')],
    ['time zones', many(60, 'usualTimeZone("Etc/GMT+#")', ' + ')],
  ])('%s ends within 100 ms', (_name, expression) => {
    expect(expressions.fault(expression, 'value')).toBeUndefined();
    expressions.groupsOf(giant);
    expect(milliseconds(() => expressions.value(expression, giant))).toBeLessThan(100);
  });

  it.each([
    '{"Sales": "S"}[privateEmail]',
    'dateAdd("2026-11-24", 1, privateEmail)',
    'int(privateEmail)',
    '(size(privateEmail) + 9223372036854775800) * 1234567 > 0',
    'double(privateEmail)',
    'privateEmail.split("@")[size(privateEmail)]',
    'privateEmail.substring(999)',
    'glob("x", privateEmail + privateEmail + padLeft("", 300, "x"))',
  ])('%s fails without telling the value of anybody', (expression) => {
    const person = { ...giant, profile: { privateEmail: 'ada@home.example' } };
    expect(expressions.fault(expression, 'value')).toBeUndefined();
    expect(() => expressions.value(expression, person)).toThrow(ExpressionError);
    expect(() => expressions.value(expression, person)).not.toThrow(/ada@|1138733/);
  });

  it('one draft after another does not fill the memory', () => {
    const fresh = createExpressions(DEFAULT_PROFILE_FIELDS);
    const before = process.memoryUsage().heapUsed;
    for (let draft = 0; draft < 3_000; draft++) fresh.fault(many(200, `(${draft})`, '+') + ' '.repeat(8_000), 'value');
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(200_000_000);
  });

  it('a replacement that would grow a thousandfold is not made', () => {
    const expression = 'replace(padLeft("", 10000, "x"), "x", padLeft("", 10000, "yz"))';
    const before = process.memoryUsage().heapUsed;
    expect(() => expressions.value(expression, giant)).toThrow('replace gives more than 10000 characters');
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(50_000_000);
  });

  it('no function gives more than 10,000 characters', () => {
    for (const { signature, run } of EXPRESSION_FUNCTIONS) {
      const parameters = signature.slice(signature.indexOf('(') + 1, signature.indexOf(')')).split(', ');
      const given = parameters.map((type) => ({ int: 10_000n, double: 1e4, bool: true })[type] ?? 'ﷺ'.repeat(10_000));
      const result: unknown = attempt(() => run(...(given as never[])));
      if (typeof result === 'string') expect(result.length, signature).toBeLessThanOrEqual(10_000);
    }
  });
});

function attempt<T>(work: () => T): T | Error {
  try {
    return work();
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

/** Expressions that mostly type-check, and some that do not. */
const { expression: anyExpression } = fc.letrec<{ text: string; condition: string; expression: string }>((tie) => ({
  text: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom('department', 'city', 'employeeNumber', 'g', '"__proto__"', '""', '"Sales"', '"é’\\n"'),
    fc.string({ maxLength: 8 }).map((text) => JSON.stringify(text)),
    fc
      .tuple(fc.constantFrom('lower', 'upper', 'properCase', 'trim', 'normalise', 'ascii', 'digits'), tie('text'))
      .map(([name, text]) => `${name}(${text})`),
    fc.tuple(tie('text'), fc.integer()).map(([text, count]) => `left(${text}, ${count})`),
    fc.tuple(tie('text'), fc.integer({ min: -3, max: 20_000 })).map(([text, n]) => `padLeft(${text}, ${n}, "ab")`),
    fc.tuple(tie('text'), tie('text'), tie('text')).map(([a, b, c]) => `replace(${a}, ${b}, ${c})`),
    fc.tuple(tie('text'), fc.integer({ max: 3 })).map(([text, n]) => `word(${text}, ${n})`),
    fc.tuple(tie('text'), fc.double()).map(([text, n]) => `dateAdd(${text}, ${n}, "month")`),
    fc.tuple(tie('text'), tie('text')).map(([a, b]) => `${a} + ${b}`),
    fc.tuple(tie('condition'), tie('text'), tie('text')).map(([a, b, c]) => `(${a} ? ${b} : ${c})`),
    fc.tuple(tie('text'), fc.nat(3)).map(([text, n]) => `${text}.split("a")[${n}]`),
    fc.tuple(tie('text')).map(([text]) => `groups.map(g, ${text}).join("")`),
  ),
  condition: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom('remote', 'level > 3', '"Sales" in groups', 'true', 'level / level == level'),
    fc.tuple(tie('text'), fc.constantFrom('==', '<', '!='), tie('text')).map((parts) => parts.join(' ')),
    fc.tuple(tie('condition'), fc.constantFrom('&&', '||'), tie('condition')).map((parts) => `(${parts.join(' ')})`),
    fc.tuple(tie('text'), tie('text')).map(([a, b]) => `glob(${a}, ${b})`),
    fc.tuple(tie('condition')).map(([a]) => `groups.exists(g, ${a})`),
  ),
  expression: fc.oneof(
    tie('text'),
    tie('condition'),
    fc.string({ maxLength: 40 }),
    fc.string({ unit: fc.constantFrom(...Array.from('.[]()"+-!?:,xg 1=&|{}')) }),
  ),
}));

const anyPerson = fc.record({
  employeeNumber: fc.string({ maxLength: 10 }),
  status: fc.constant('active' as const),
  profile: fc.dictionary(
    fc.constantFrom('department', 'city', 'level', 'remote', '__proto__', 'constructor'),
    fc.option(fc.string({ unit: 'grapheme', maxLength: 30 })),
  ),
  memberOf: fc.array(fc.constantFrom('Sales', '__proto__', 'x'), { maxLength: 3 }),
});

describe('whatever the expression and the person', () => {
  it('there is a value or an ExpressionError, the same each time, and nothing runs that was refused', () => {
    let ran = 0;
    fc.assert(
      fc.property(anyExpression, anyPerson, (expression, person) => {
        const once = attempt(() => expressions.value(expression, person));
        const again = attempt(() => expressions.value(expression, structuredClone(person)));
        if (once instanceof Error) expect(once).toBeInstanceOf(ExpressionError);
        else ran++;
        // A group may be removed after the expression was stored: then it is one that nobody is in.
        const fault = expressions.fault(expression, 'value') ?? 'is no group';
        if (!fault.includes('is no group')) expect(once).toBeInstanceOf(ExpressionError);
        expect(again).toEqual(once);
      }),
      { numRuns: 2_000 },
    );
    expect(ran).toBeGreaterThan(300);
  });

  it('nothing of Object.prototype can be reached', () => {
    const names = [...Object.getOwnPropertyNames(Object.prototype), 'prototype', 'length', 'name', 'call'];
    const kinds: ExpressionType[] = [
      'value',
      'alternative',
      'condition',
      'group rule',
      'push name',
      'account condition',
      'account value',
    ];
    const account = { username: 'a', status: 'active' as const, attributes: {}, entitlements: [] };
    for (const name of names) {
      for (const kind of kinds) {
        expect(expressions.fault(name, kind), name).toBeDefined();
        expect(expressions.fault(`${name}("x") == ""`, kind), name).toBeDefined();
      }
      expect(expressions.fault(`department.${name} == ""`, 'condition'), name).toBeDefined();
      expect(expressions.fault(`department.${name}() == ""`, 'condition'), name).toBeDefined();
      expect(
        attempt(() => expressions.value(`{"a": "b"}["${name}"]`, giant)),
        name,
      ).toBeInstanceOf(ExpressionError);
      expect(
        attempt(() => expressions.value(`{"a": "b"}.${name}`, giant)),
        name,
      ).toBeInstanceOf(ExpressionError);
      expect(expressions.value(`"${name}" in {"a": "b"}`, giant), name).toBe(false);
      const read = attempt(() => expressions.meets(`attributes["${name}"] == ""`, account));
      if (read !== true) expect(read, name).toBeInstanceOf(ExpressionError);
    }
  });
});

describe('glob', () => {
  /** As slow as it is plain. */
  function reference(text: readonly string[], pattern: readonly string[]): boolean {
    const [place, ...rest] = pattern;
    if (place === undefined) return text.length === 0;
    if (place === '*') return reference(text, rest) || (text.length > 0 && reference(text.slice(1), pattern));
    return text.length > 0 && (place === '?' || place === text[0]) && reference(text.slice(1), rest);
  }

  it('agrees with the plainest way to say what it is', () => {
    const letters = fc.array(fc.constantFrom('a', 'b', '𝒜'), { maxLength: 8 });
    const places = fc.array(fc.constantFrom('a', 'b', '𝒜', '*', '?'), { maxLength: 6 });
    fc.assert(
      fc.property(letters, places, (text, pattern) => {
        expect(matchesGlob(text.join(''), pattern.join(''))).toBe(reference(text, pattern));
      }),
      { numRuns: 3_000 },
    );
  });
});
