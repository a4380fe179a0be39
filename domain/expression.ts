/**
 * Expressions: how administrators say what an attribute is, whom an application is for, and who gets what. CEL: typed,
 * without a clock, and always ending. The variables are the profile fields (text, empty when not known) and
 * `employeeNumber`.
 */
import { Environment } from '@marcbachmann/cel-js';
import type { AttributeValue } from './account.ts';
import { localeOf } from './locale.ts';
import type { Person } from './person.ts';

/** Expressions over one set of profile fields. */
export interface Expressions {
  /** What is wrong with the expression, in one sentence; undefined when it may be stored. */
  fault(expression: string, type: 'value' | 'condition'): string | undefined;
  /** The value for a person. Throws ExpressionError naming the expression when it cannot be computed. */
  value(expression: string, person: Person): AttributeValue;
  /** Whether a condition holds for a person. Throws ExpressionError likewise. */
  holds(condition: string, person: Person): boolean;
}

export class ExpressionError extends Error {
  override readonly name = 'ExpressionError';
}

/** Builds the expression language for these profile fields; keep the result, compiled expressions are kept in it. */
export function createExpressions(fields: readonly string[]): Expressions {
  const environment = vocabulary(fields);
  const compiled = new Map<string, (variables: Record<string, unknown>) => unknown>();

  const run = (expression: string, person: Person): unknown => {
    try {
      const program = compiled.get(expression) ?? environment.parse(expression);
      compiled.set(expression, program);
      return program(variables(fields, person));
    } catch (error) {
      throw new ExpressionError(`expression ${expression}: ${firstLine(error)}`, { cause: error });
    }
  };

  return {
    fault(expression, type) {
      if (/\.\s*matches\s*\(/.test(expression))
        return 'matches() is not available: it can take for ever on hostile text';
      const result = environment.check(expression);
      if (!result.valid) return firstLine(result.error);
      const wanted = type === 'condition' ? ['bool'] : ['string', 'int', 'double', 'bool', 'null', 'dyn'];
      return wanted.includes(String(result.type))
        ? undefined
        : `gives ${String(result.type)}, expected ${wanted.join(' or ')}`;
    },
    value: (expression, person) => plain(run(expression, person), expression),
    holds: (condition, person) => run(condition, person) === true,
  };
}

function vocabulary(fields: readonly string[]): Environment {
  const environment = new Environment({ limits: { maxAstNodes: 500, maxDepth: 50, maxListElements: 200 } })
    .registerVariable('employeeNumber', 'string')
    .registerFunction('lower(string): string', (text: string) => text.toLowerCase())
    .registerFunction('upper(string): string', (text: string) => text.toUpperCase())
    .registerFunction('left(string, int): string', (text: string, count: bigint) => text.slice(0, Number(count)))
    .registerFunction('normalise(string): string', (text: string) => text.normalize('NFKD').replace(/\p{M}/gu, ''))
    .registerFunction('coalesce(string, string): string', (first: string, second: string) => first || second)
    .registerFunction('localeOf(string): string', localeOf);
  for (const field of fields) environment.registerVariable(field, 'string');
  return environment;
}

function variables(fields: readonly string[], person: Person): Record<string, string> {
  const values: Record<string, string> = { employeeNumber: person.employeeNumber };
  for (const field of fields) values[field] = person.profile[field] ?? '';
  return values;
}

function plain(value: unknown, expression: string): AttributeValue {
  if (typeof value === 'bigint') return Number(value);
  if (value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
    return value;
  throw new ExpressionError(`expression ${expression}: gives neither text, number nor yes/no`);
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';
}
