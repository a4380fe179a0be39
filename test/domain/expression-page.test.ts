/** Every example of docs/expressions.md gives what the page says, and what it calls refused is refused. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createExpressions } from '#domain/expression.ts';
import { EXPRESSION_FUNCTIONS } from '#domain/expression-functions.ts';
import { DEFAULT_PROFILE_FIELDS } from '#domain/profile-field.ts';

const page = readFileSync(new URL('../../docs/expressions.md', import.meta.url), 'utf8');
const expressions = createExpressions(DEFAULT_PROFILE_FIELDS, [
  { name: 'Sales', label: 'Sales', rule: null, children: [] },
]);
const person = { employeeNumber: 'E1', status: 'active' as const, profile: {}, memberOf: ['Sales'] };

const rows = page
  .split('\n')
  .filter((line) => line.startsWith('|'))
  .map((line) => line.split(/(?<!\\)\|/).map((cell) => /^`(.*)`$/.exec(cell.trim())?.[1] ?? cell.trim()));
const column = (name: string) => {
  let at = -1;
  return rows.flatMap((cells) => {
    if (cells.includes('such as')) at = cells.includes(name) ? cells.indexOf('such as') : -1;
    else if (at >= 0 && !cells[at]?.startsWith('--'))
      return [{ expression: cells[at] ?? '', gives: cells[at + 1] ?? '' }];
    return [];
  });
};
const examples = column('gives');
const refused = column('refused');

describe('docs/expressions.md', () => {
  it('has an example of every function, and of everything that is refused', () => {
    expect(examples.length).toBeGreaterThanOrEqual(45);
    expect(refused.length).toBeGreaterThanOrEqual(11);
    const shown = examples.map(({ expression }) => expression).join('\n');
    const names = new Set(EXPRESSION_FUNCTIONS.map(({ signature }) => signature.replace(/\(.*/, '(')));
    expect([...names].filter((name) => !shown.includes(name))).toEqual([]);
  });

  it.each(examples)('$expression gives $gives', ({ expression, gives }) => {
    expect(expressions.fault(expression, 'value')).toBeUndefined();
    expect(expressions.value(expression, person)).toBe(JSON.parse(gives));
  });

  it.each(refused)('$expression is refused', ({ expression }) => {
    expect(expressions.fault(expression, 'value')).toBeDefined();
  });
});
