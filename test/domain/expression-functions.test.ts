/** What the functions give at their edges; the plain cases are in docs/expressions.md. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createExpressions } from '#domain/expression.ts';
import { nearMiss } from '#domain/near-names.ts';

const expressions = createExpressions([{ name: 'level', type: 'number' }]);

function valueOf(expression: string) {
  expect(expressions.fault(expression, 'value')).toBeUndefined();
  return expressions.value(expression, { employeeNumber: 'E1', status: 'active', profile: {} });
}

describe('properCase', () => {
  it.each([
    ['jane doe', 'Jane Doe'],
    ['JANE DOE', 'Jane Doe'],
    ['MCDONALD', 'McDonald'],
    ['macdonald macleod', 'MacDonald MacLeod'],
    ['MACKENZIE MACHADO MACRON MACK', 'Mackenzie Machado Macron Mack'],
    ['mc', 'Mc'],
    ["o'neill d’angelo", "O'Neill D’Angelo"],
    ["children's", "Children's"],
    ['jean-luc SMITH-JONES', 'Jean-Luc Smith-Jones'],
    ['ludwig VAN beethoven', 'Ludwig van Beethoven'],
    ['VAN DER BERG', 'Van der Berg'],
    ['JOHN SMITH III', 'John Smith III'],
    ['deVries MacDonald eBay', 'deVries MacDonald eBay'],
    ['Ada LOVELACE', 'Ada Lovelace'],
    ['HR Representative', 'HR Representative'],
    ['hr representative', 'Hr Representative'],
    ['VP sales EMEA (R&D)', 'VP Sales EMEA (R&D)'],
    ['Head of Sales', 'Head of Sales'],
    ['HEAD OF SALES AND MARKETING', 'Head of Sales and Marketing'],
    ['leiter forschung und entwicklung', 'Leiter Forschung und Entwicklung'],
    ['VON der LEYEN', 'Von der Leyen'],
    ['Assistant To The CEO', 'Assistant To The CEO'],
    ['j. r. (bob) "al"', 'J. R. (Bob) "Al"'],
    ['éric ÖZIL', 'Éric Özil'],
    ['  two  blanks ', '  Two  Blanks '],
    ['王 伟', '王 伟'],
    ['', ''],
  ])('%j is %j', (given, proper) => {
    expect(valueOf(`properCase(${JSON.stringify(given)})`)).toBe(proper);
  });

  it('leaves what is proper as it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme-ascii' }), (text) => {
        const proper = valueOf(`properCase(${JSON.stringify(text)})`);
        expect(valueOf(`properCase(${JSON.stringify(proper)})`)).toBe(proper);
      }),
    );
  });
});

describe('texts', () => {
  it.each([
    ['left("abc", -1) + left("abc", 0)', ''],
    ['left("abc", 9)', 'abc'],
    ['left("a😀b", 2)', 'a'],
    ['right("a😀b", 2)', 'b'],
    ['right("abc", -1) + right("abc", 0)', ''],
    ['right("abc", 9)', 'abc'],
    ['padLeft("12345", 3, "0")', '12345'],
    ['padLeft("1", 4, "ab")', 'aba1'],
    ['padLeft("1", -4, "0") + padLeft("1", 4, "")', '11'],
    ['replace("aaa", "a", "$&")', '$&$&$&'],
    ['replace("a.c abc", "a.c", "x")', 'x abc'],
    ['replace("abc", "", "x")', 'abc'],
    ['replace("abc", "b", "")', 'ac'],
    ['word("one two", 0) + word("one two", -1) + word("one two", 3) + word("", 1)', ''],
    ['word("  one\t two ", 2)', 'two'],
    ['word("a;;b,c", 2, ";,")', 'b'],
    ['word("a b", 1, "")', 'a b'],
    ['join("-", "", "") + join("-", "a", "") + join("-", "", "b")', 'ab'],
    ['coalesce("", "", "", "", "", "", "", "h")', 'h'],
    ['switch("x", "none", "a", "1", "x", "2", "x", "3")', '2'],
    ['switch("1", "none", "a", "1")', 'none'],
    ['switch("", "none", "", "empty")', 'empty'],
    ['glob("", "") && glob("", "*") && glob("a.b", "a.b") && !glob("axb", "a.b") && !glob("A", "a")', true],
    ['digits("١٢x3")', '3'],
    ['text(1.5) + text(-3) + text(0.0 / level)', '1.5-3'],
  ])('%s is %j', (expression, value) => {
    expect(valueOf(expression)).toBe(value);
  });
});

describe('numbers and dates', () => {
  it.each([
    ['toNumber(" -12.50 ")', -12.5],
    ['toNumber("")', null],
    ['toNumber("1e5")', null],
    ['toNumber("0x10")', null],
    ['toNumber("12,5")', null],
    ['1 / 4.0 + 1.5 * 2 - 1', 2.25],
    ['3 - 0.5 == 2.5 && 2.0 == 2 && 2 == 2.0 && 2.5 != 2', true],
    ['dateDiff("year", "2000-02-29", "2026-02-28")', 25],
    ['dateDiff("day", "2024-02-28", "2024-03-01")', 2],
    ['dateDiff("month", "2026-03-30", "2026-01-31")', -1],
    ['dateDiff("day", "2026-01-01", "2026-01-01")', 0],
    ['dateDiff("day", "2026-1-1", "2026-01-01")', null],
    ['dateDiff("day", "2026-01-01", "never") > 1 || dateDiff("day", "2026-01-01", "never") <= 1', false],
    ['dateAdd("2024-02-29", 1, "year")', '2025-02-28'],
    ['dateAdd("2026-03-31", -1, "month")', '2026-02-28'],
    ['dateAdd("2026-03-31", 1.9, "day")', '2026-04-01'],
    ['dateAdd("2026-03-31", level, "day")', ''],
    ['dateAdd("2026-02-30", 1, "day")', ''],
    ['dateAdd("9999-12-31", 1, "day") + dateAdd("0001-01-01", -1, "day")', ''],
    ['dateAdd("2026-01-01", 9223372036854775807, "year")', ''],
    ['isDate("2024-02-29") && !isDate("") && !isDate("2026-13-01") && !isDate("2026-01-01T00:00")', true],
  ])('%s is %j', (expression, value) => {
    expect(valueOf(expression)).toBe(value);
  });

  it('adding the days between two dates leads from one to the other', () => {
    const date = fc
      .date({ min: new Date('1900-01-01'), max: new Date('2200-01-01'), noInvalidDate: true })
      .map((moment) => moment.toISOString().slice(0, 10));
    fc.assert(
      fc.property(date, date, (from, to) => {
        expect(valueOf(`dateAdd("${from}", dateDiff("day", "${from}", "${to}"), "day")`)).toBe(to);
      }),
    );
  });
});

describe('a near miss', () => {
  const known = ['department', 'division', 'city', 'upper', 'lower'];
  it.each([
    ['departement', 'department'],
    ['Department', 'department'],
    ['detpartment', 'department'],
    ['citty', 'city'],
    ['dvision', 'division'],
    ['uppre', 'upper'],
    ['nickname', undefined],
    ['x', undefined],
  ])('of %s is %s', (written, meant) => {
    expect(nearMiss(written, known)).toBe(meant);
  });
});
